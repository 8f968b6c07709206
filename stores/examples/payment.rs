//! A payment on LDK's `FilesystemStore`, whose event survives a crash and is acked once.
//!
//! `cargo run --example payment`

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use lightning_persister::fs_store::FilesystemStore;
use reference::{Event, HTLCResolution, Mode, NewPart, Node, Settings};
use stores::lab::{CHANNEL, payment_id, preimage};
use stores::{KvPersist, read_node};

type OnFiles = Node<KvPersist<FilesystemStore>>;

fn open(folder: &Path) -> KvPersist<FilesystemStore> {
    KvPersist::full(FilesystemStore::new(folder.to_owned()))
}

fn listed(node: &OnFiles) -> usize {
    node.monitor(CHANNEL).map_or(0, |monitor| monitor.events().count())
}

/// Hands the user what is queued; the user's own record is durable before it says so.
fn tell_user(node: &mut OnFiles, record: &mut BTreeSet<Event>) -> Result<(), Box<dyn Error>> {
    node.process_pending_monitor_events()?;
    node.process_pending_events(|event| {
        let is_news = record.insert(event.clone());
        println!("    PaymentSent {}", if is_news { "is recorded" } else { "was known" });
        Ok(())
    })?;
    Ok(())
}

fn show(folder: &Path) -> Result<(), Box<dyn Error>> {
    let stored = read_node(&FilesystemStore::new(folder.to_owned()))?.ok_or("nothing stored")?;
    for (_, monitor) in stored.monitors {
        println!("    monitors/: {} bytes", monitor.full.len());
    }
    println!("    manager: {} bytes", stored.manager.len());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut record = BTreeSet::new();

    println!("A node with a channel makes a payment.");
    let mut node = Node::new(Settings::default(), open(folder.path()))?;
    node.open_channel(CHANNEL, Mode::On)?;
    let part = NewPart { channel_id: CHANNEL, amount_msat: 1000, retry_by: None };
    node.send_payment(payment_id(0), preimage(0).payment_hash(), &[part])?;
    node.free_holding_cells()?;
    node.persist_manager()?;
    show(folder.path())?;

    println!("\nThe peer claims it. The user hears of it.");
    node.peer_signs_removal(CHANNEL, 0, HTLCResolution::Claimed(preimage(0)))?;
    node.persist_manager()?;
    tell_user(&mut node, &mut record)?;
    println!("    the Monitor lists {} event", listed(&node));
    show(folder.path())?;

    println!("\nA crash: memory is lost, and with it that the user has handled the event.");
    drop(node);
    let stored = read_node(&FilesystemStore::new(folder.path().to_owned()))?;
    let stored = stored.ok_or("nothing stored")?;
    let (mut node, report) =
        Node::load(&stored, Settings::default(), Mode::On, open(folder.path()))?;
    node.start()?;
    println!("    channels closed by the load: {}", report.closed.len());
    println!("    the Monitor lists {} event", listed(&node));

    println!("\nThe event comes again. A write of the Manager lands, then it is acked.");
    tell_user(&mut node, &mut record)?;
    node.persist_manager()?;
    println!("    the Monitor lists {} events", listed(&node));
    show(folder.path())?;
    assert_eq!((listed(&node), record.len(), report.closed.len()), (0, 1, 0));
    Ok(())
}
