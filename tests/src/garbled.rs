//! Bytes of any kind where an object or a script is expected: the bodies of two fuzz targets.
//!
//! What the readers accept is canonical, is consistent in itself, and a node that loads it can read
//! whatever it writes next.

use model::trace::Script;
use reference::{
    ChannelManager, ChannelMonitor, ChannelMonitorUpdate, Mode, Node, Outbox, Output, PendingWrite,
    Settings, StoredMonitor, StoredNode, StoredObject,
};
use std::collections::BTreeSet;

/// Objects: the first byte says which.
///
/// # Panics
/// A reader accepts what the node cannot live with.
pub fn objects(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 3 {
        0 => monitor(bytes),
        1 => manager(bytes),
        _ => {
            if let Ok(update) = ChannelMonitorUpdate::read(bytes) {
                let written = update.write();
                assert_eq!(ChannelMonitorUpdate::read(&written).as_ref(), Ok(&update));
                is_canonical(bytes, &written);
            }
        }
    }
}

/// Behind the two bytes that say who wrote it and who may read it, there is one way to write a
/// thing; but a record that the reader passes over is not written again.
fn is_canonical(read: &[u8], written: &[u8]) {
    let is_same = read.get(2..) == written.get(2..);
    assert!(is_same || read.len() > written.len(), "two ways to write one thing");
}

fn monitor(bytes: &[u8]) {
    let Ok(monitor) = ChannelMonitor::read(bytes) else { return };
    let written = monitor.write();
    assert_eq!(ChannelMonitor::read(&written).as_ref(), Ok(&monitor));
    is_canonical(bytes, &written);
    let full = StoredMonitor::of(written);
    let stored = StoredNode {
        monitors: [(monitor.channel_id(), full)].into(),
        archived: BTreeSet::new(),
        manager: ChannelManager::new(Settings::default()).write(),
    };
    load(&stored);
}

fn manager(bytes: &[u8]) {
    let Ok(manager) = ChannelManager::read(bytes) else { return };
    let written = manager.write();
    assert_eq!(ChannelManager::read(&written).as_ref(), Ok(&manager));
    is_canonical(bytes, &written);
    // Without Monitors, a node loads it whose channels are all archived.
    let archived = manager.channels().ids().collect();
    load(&StoredNode { monitors: [].into(), archived, manager: written });
}

/// A node that loads what is stored goes on, and reads what it writes.
fn load(stored: &StoredNode) {
    for mode in [Mode::On, Mode::Off] {
        let loaded = Node::load(stored, Settings::default(), mode, Outbox::default());
        let Ok((mut node, _)) = loaded else { continue };
        let switched: Vec<_> = stored.monitors.keys().copied().collect();
        switched.into_iter().for_each(|channel| node.mode_switch_landed(channel));
        let _pruned = node.prune();
        // Each of these may stop the node, or have nothing to do.
        let _started = node.start();
        let _dispatched = node.process_pending_monitor_events();
        let _handled = node.process_pending_events(|_| Ok(()));
        let _written = node.persist_manager();
        while let Some(output) = node.poll() {
            if let Output::Persist(write) = output {
                is_readable(&write);
            }
        }
    }
}

fn is_readable(write: &PendingWrite) {
    let error = match write.object {
        StoredObject::Monitor(_) => ChannelMonitor::read(&write.bytes).err(),
        StoredObject::Delta(_) => ChannelMonitorUpdate::read(&write.bytes).err(),
        StoredObject::Manager => ChannelManager::read(&write.bytes).err(),
        _ => None,
    };
    assert!(error.is_none(), "the node cannot read {}: {error:?}", write.object);
}

/// A script: it is refused with a line, or it is written as it was read.
///
/// # Panics
/// A script that was accepted reads otherwise once it is written.
pub fn script(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(script) = Script::parse(text) {
        let written = script.to_string();
        let again = Script::parse(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
        assert_eq!(again.to_string(), written);
    }
}
