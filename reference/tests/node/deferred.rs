//! Deferred writing (`STO-11`): updates wait behind a write of the Manager that lists them.

use reference::{
    ChannelId, Mode, Node, NotNow, Outbox, Output, Persistence, Settings, StepError, StoredMonitor,
    StoredNode, StoredObject, UpdateAddHTLC, UpdateWrites, Writing,
};
use std::collections::BTreeMap;

use crate::common::{IN, preimage};

/// A node that defers, with one channel, and what it has stored.
struct Deferring {
    node: Node<Outbox>,
    stored: BTreeMap<ChannelId, Vec<u8>>,
    manager: Vec<u8>,
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.deferred_writing = true;
    settings
}

/// Synchronous, so that a write has landed when it is handed out.
fn outbox() -> Outbox {
    let persistence = Persistence::Synchronous;
    Outbox::new(persistence, Writing { persistence, updates: UpdateWrites::Full })
}

impl Deferring {
    fn new() -> Self {
        let node = Node::new(settings(), outbox()).expect("the outbox takes everything");
        let mut new = Deferring { node, stored: BTreeMap::new(), manager: Vec::new() };
        new.node.open_channel(IN, Mode::On).expect("a new channel");
        new.land();
        new
    }

    fn land(&mut self) {
        while let Some(output) = self.node.poll() {
            let Output::Persist(write) = output else { continue };
            match write.object {
                StoredObject::Manager => self.manager = write.bytes,
                StoredObject::Monitor(channel) => drop(self.stored.insert(channel, write.bytes)),
                object => panic!("{object} is written"),
            }
        }
    }

    fn add(&mut self, htlc_id: u64) -> Result<(), StepError> {
        let payment_hash = preimage(1).payment_hash();
        let add = UpdateAddHTLC { htlc_id, amount_msat: 1000, payment_hash };
        self.node.update_add_htlc(IN, add)
    }

    fn persist_manager(&mut self) {
        self.node.persist_manager().expect("there is something to write");
        self.land();
    }

    fn update_id(&self) -> u64 {
        self.node.monitor(IN).expect("it is not archived").update_id()
    }

    /// Starts again from what is stored.
    fn crash(&mut self) {
        let full =
            |(channel, bytes): (&ChannelId, &Vec<u8>)| (*channel, StoredMonitor::of(bytes.clone()));
        let monitors = self.stored.iter().map(full);
        let stored = StoredNode {
            monitors: monitors.collect(),
            manager: self.manager.clone(),
            ..Default::default()
        };
        let loaded = Node::load(&stored, settings(), Mode::On, outbox());
        self.node = loaded.expect("what was written is read").0;
        self.node.start_watch().expect("there is no block to replay");
        self.node.background_step(IN).expect("it has not run");
        self.land();
    }
}

const NOTHING: Result<(), StepError> = Err(StepError::NotNow(NotNow::NothingToFlush(IN)));

#[test]
fn an_update_waits_for_a_write_of_the_manager_that_lists_it() {
    let mut deferring = Deferring::new();
    let before = deferring.update_id();
    deferring.add(0).expect("it is the next one");
    assert_eq!(deferring.node.flush(IN), NOTHING);
    deferring.persist_manager();
    assert_eq!(deferring.update_id(), before);
    // Behind the write, and not in it. Its id is the next all the same.
    deferring.add(1).expect("the first is counted although no Monitor has it");
    assert_eq!(deferring.node.flush(IN), Ok(()));
    deferring.land();
    assert_eq!(deferring.update_id(), before + 1);
    assert_eq!(deferring.node.flush(IN), NOTHING);
    deferring.persist_manager();
    assert_eq!(deferring.node.flush(IN), Ok(()));
    assert_eq!(deferring.update_id(), before + 2);
    assert!(deferring.node.manager().channels()[IN].in_flight_monitor_updates.is_empty());
}

#[test]
fn no_monitor_is_ahead_of_the_manager_after_a_crash() {
    let mut deferring = Deferring::new();
    deferring.add(0).expect("it is the next one");
    deferring.persist_manager();
    deferring.add(1).expect("the first is counted");
    deferring.node.flush(IN).expect("the durable Manager lists it");
    deferring.land();
    let durable = deferring.update_id();
    deferring.crash();
    assert_eq!(deferring.update_id(), durable);
    // The second one is forgotten by both.
    assert_eq!(deferring.node.manager().channels()[IN].latest_monitor_update_id, durable);
    deferring.add(1).expect("the peer repeats it");
}

#[test]
fn what_the_durable_manager_lists_is_flushed_after_a_crash_without_another_write() {
    let mut deferring = Deferring::new();
    let before = deferring.update_id();
    deferring.add(0).expect("it is the next one");
    deferring.persist_manager();
    deferring.crash();
    assert_eq!(deferring.update_id(), before);
    assert_eq!(deferring.node.flush(IN), Ok(()));
    assert_eq!(deferring.update_id(), before + 1);
}
