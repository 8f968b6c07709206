//! A payment whose event survives a crash, and is acked once. The disk is in memory.
//!
//! `cargo run -p reference --example payment`

use std::collections::BTreeSet;
use std::error::Error;

use reference::{
    ChannelId, Event, HTLCResolution, Mode, NewPart, Node, Outbox, Output, PaymentId,
    PaymentPreimage, PendingWrite, Persistence, Settings, StoredMonitor, StoredNode, StoredObject,
    Writing,
};

const CHANNEL: ChannelId = ChannelId([1; 32]);

/// What is stored, and the writes that have not landed.
#[derive(Default)]
struct Disk {
    stored: StoredNode,
    in_flight: Vec<PendingWrite>,
}

impl Disk {
    fn collect(&mut self, node: &mut Node<Outbox>) {
        while let Some(output) = node.poll() {
            match output {
                Output::Persist(write) => {
                    println!("    write starts     {}", short(&write));
                    self.in_flight.push(write);
                }
                Output::Send { message, .. } => println!("    to the peer      {}", name(&message)),
                Output::Deliver { event, .. } => println!("    to the user      {}", name(&event)),
                _ => {}
            }
        }
    }

    /// Lands all writes and reports them, until no other follows.
    fn land(&mut self, node: &mut Node<Outbox>) -> Result<(), Box<dyn Error>> {
        self.collect(node);
        while !self.in_flight.is_empty() {
            let write = self.in_flight.remove(0);
            println!("    write has landed {}", short(&write));
            let update_id = write.update_id;
            match write.object {
                StoredObject::Monitor(channel) => {
                    self.stored.monitors.insert(channel, StoredMonitor::of(write.bytes));
                    if let Some(update_id) = update_id {
                        node.channel_monitor_updated(channel, update_id)?;
                        node.process_completed(channel)?;
                    }
                }
                _ => {
                    self.stored.manager = write.bytes;
                    node.manager_persisted()?;
                }
            }
            self.collect(node);
        }
        Ok(())
    }
}

fn short(write: &PendingWrite) -> String {
    let object = match write.object {
        StoredObject::Manager => "manager",
        _ => "monitor",
    };
    format!("{object}, {} bytes", write.bytes.len())
}

/// The name of a variant.
fn name(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

fn listed(node: &Node<Outbox>) -> usize {
    node.monitor(CHANNEL).map_or(0, |monitor| monitor.events().count())
}

/// The user's own record is durable before it says so.
fn handle(node: &mut Node<Outbox>, record: &mut BTreeSet<Event>) -> Result<(), Box<dyn Error>> {
    node.process_pending_events(|event| {
        let news = if record.insert(event.clone()) { "is recorded" } else { "was known" };
        println!("    {} {news}", name(event));
        Ok(())
    })?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut disk, mut record) = (Disk::default(), BTreeSet::new());
    let outbox = Outbox::new(Persistence::Asynchronous, Writing::default());
    let proof = PaymentPreimage([7; 32]);

    println!("A node with a channel makes a payment.");
    let mut node = Node::new(Settings::default(), outbox.clone())?;
    node.open_channel(CHANNEL, Mode::On)?;
    disk.land(&mut node)?;
    let part = NewPart { channel_id: CHANNEL, amount_msat: 1000, retry_by: None };
    node.send_payment(PaymentId([9; 32]), proof.payment_hash(), &[part])?;
    node.free_holding_cells()?;
    node.persist_manager()?;
    disk.land(&mut node)?;

    println!("\nThe peer claims it. The user hears of it, the Manager is not written.");
    node.peer_signs_removal(CHANNEL, 0, HTLCResolution::Claimed(proof))?;
    disk.land(&mut node)?;
    node.process_pending_monitor_events()?;
    disk.collect(&mut node);
    handle(&mut node, &mut record)?;
    println!("    the Monitor lists {} event", listed(&node));

    println!("\nA crash: memory is lost, and with it that the user has handled the event.");
    let (mut node, _) = Node::load(&disk.stored, Settings::default(), Mode::On, outbox)?;
    node.start()?;
    println!("    the Monitor lists {} event", listed(&node));

    println!("\nThe event comes again. A write of the Manager lands, then it is acked.");
    node.process_pending_monitor_events()?;
    disk.collect(&mut node);
    handle(&mut node, &mut record)?;
    node.persist_manager()?;
    disk.land(&mut node)?;
    println!("    the Monitor lists {} events", listed(&node));

    assert_eq!((listed(&node), record.len()), (0, 1));
    Ok(())
}
