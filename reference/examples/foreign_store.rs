//! A store of one's own, as a crate outside writes it: a map with a log. It runs a payment and a
//! forward, loses the node, and starts another from what is stored.
//!
//! `cargo run -p reference --example foreign_store`

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::rc::Rc;

use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdate, ChannelMonitorUpdateStatus, Event,
    HTLCPreviousHopData, HTLCResolution, Mode, NewPart, Node, PaymentId, PaymentPreimage, Persist,
    Settings, StoredMonitor, StoredNode, UpdateAddHTLC,
};

const NEXT: ChannelId = ChannelId([1; 32]);
const PREVIOUS: ChannelId = ChannelId([2; 32]);

/// What outlives the node. Every write has landed when the call is back.
#[derive(Default)]
struct Files {
    map: HashMap<String, Vec<u8>>,
    archived: BTreeSet<ChannelId>,
    log: Vec<String>,
}

#[derive(Clone, Default)]
struct Store(Rc<RefCell<Files>>);

impl Store {
    fn put(&self, key: String, bytes: Vec<u8>) -> ChannelMonitorUpdateStatus {
        let mut files = self.0.borrow_mut();
        files.log.push(format!("{key}, {} bytes", bytes.len()));
        files.map.insert(key, bytes);
        ChannelMonitorUpdateStatus::Completed
    }

    /// What a load asks for.
    fn stored(&self) -> StoredNode {
        let files = self.0.borrow();
        let monitor = |channel| {
            let bytes = files.map.get(&key(channel))?;
            Some((channel, StoredMonitor::of(bytes.clone())))
        };
        StoredNode {
            monitors: [NEXT, PREVIOUS].into_iter().filter_map(monitor).collect(),
            archived: files.archived.clone(),
            manager: files.map.get("manager").cloned().unwrap_or_default(),
        }
    }
}

fn key(channel: ChannelId) -> String {
    format!("monitor {}", &channel.to_string()[..4])
}

impl Persist for Store {
    fn persist_new_channel(
        &mut self,
        channel: ChannelId,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        self.put(key(channel), monitor.write())
    }

    fn update_persisted_channel(
        &mut self,
        channel: ChannelId,
        _update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        self.put(key(channel), monitor.write())
    }

    fn archive_persisted_channel(&mut self, channel: ChannelId) {
        let mut files = self.0.borrow_mut();
        files.map.remove(&key(channel));
        files.archived.insert(channel);
    }

    fn persist_manager(&mut self, manager: Vec<u8>) -> ChannelMonitorUpdateStatus {
        self.put("manager".to_owned(), manager)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::default();
    let proof = PaymentPreimage([7; 32]);
    let mut node = Node::new(Settings::default(), store.clone())?;
    node.open_channel(NEXT, Mode::On)?;
    node.open_channel(PREVIOUS, Mode::On)?;

    // A payment of our own, and one that passes through.
    let part = NewPart { channel_id: NEXT, amount_msat: 1000, retry_by: None };
    node.send_payment(PaymentId([9; 32]), proof.payment_hash(), &[part])?;
    let payment_hash = proof.payment_hash();
    node.update_add_htlc(PREVIOUS, UpdateAddHTLC { htlc_id: 0, amount_msat: 1100, payment_hash })?;
    let came_in = HTLCPreviousHopData { channel_id: PREVIOUS, htlc_id: 0 };
    node.forward_htlcs(&[came_in], NEXT, 1000)?;
    node.free_holding_cells()?;
    node.persist_manager()?;
    for htlc_id in 0..2 {
        node.peer_signs_removal(NEXT, htlc_id, HTLCResolution::Claimed(proof))?;
    }
    println!("Both HTLCs are claimed. The node is gone before it has said so:");
    drop(node);

    let (mut node, report) =
        Node::load(&store.stored(), Settings::default(), Mode::On, store.clone())?;
    assert!(report.closed.contains(&NEXT), "its Monitor is ahead of the Manager");
    node.start()?;
    node.process_pending_monitor_events()?;
    let mut record = BTreeSet::new();
    node.process_pending_events(|event| {
        println!("  {}", format!("{event:?}").split(' ').next().unwrap_or_default());
        record.insert(event.clone());
        Ok(())
    })?;
    let is_sent = |event: &Event| matches!(event, Event::PaymentSent { .. });
    assert!(record.len() == 2 && record.iter().any(is_sent));

    // The payer revokes, so nobody needs the events any more.
    node.revoke_and_ack(PREVIOUS, came_in.htlc())?;
    node.persist_manager()?;
    assert!(node.monitor(NEXT).is_some_and(ChannelMonitor::has_no_event));
    println!("and the events are acked. The log of the store:");
    store.0.borrow().log.iter().for_each(|line| println!("  {line}"));
    Ok(())
}
