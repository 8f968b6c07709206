//! Deterministic random walks: everything settles, everything stored can be read again, and
//! damaged bytes give errors.

mod common;

use std::collections::BTreeSet;

use common::walk::{Dice, walk};
use common::{Action, FORWARD, IN, OUT, PAYMENT, World, config_of};
use reference::{
    ChannelId, ChannelManager, ChannelMonitor, ChannelMonitorUpdate, DecodeErrorKind, Event,
    EventId, HtlcRole, Node, Persistence, StoredMonitorError, Submission, UpdateWrites,
};

fn walks(seeds: u64, mut visit: impl FnMut(&World)) {
    let scenarios: [&[HtlcRole]; 4] =
        [&[PAYMENT], &[FORWARD], &[PAYMENT, FORWARD], &[FORWARD, FORWARD]];
    for seed in 1..=seeds {
        for roles in scenarios {
            for persistence in [Persistence::Asynchronous, Persistence::Synchronous] {
                for updates in [UpdateWrites::Full, UpdateWrites::Deltas] {
                    walk(seed, config_of(persistence, updates, roles), &mut visit);
                }
            }
        }
    }
}

#[test]
fn walks_settle_with_nothing_lost_or_left() {
    walks(1_000, |_| {});
}

#[test]
fn what_is_written_can_be_read() {
    walks(50, |world| {
        let manager = world.node.manager();
        let read = ChannelManager::read(&manager.write()).unwrap();
        assert_eq!(read.write(), manager.write());
        assert_eq!(read.channels(), manager.channels());
        assert_eq!(read.htlcs(), manager.htlcs());
        assert!(read.pending_events().values().all(|q| q.actions.is_empty()), "MGR-22");
        let events = |m: &ChannelManager| -> Vec<Event> {
            m.pending_events().values().map(|queued| queued.event).collect()
        };
        assert_eq!(events(&read), events(manager));
        assert!(read.due_acks().is_empty() && read.handling().is_none());
        for id in world.config.channels.keys() {
            let Some(monitor) = world.node.monitor(*id) else { continue };
            let read = ChannelMonitor::read(&monitor.write()).unwrap();
            assert_eq!(read.write(), monitor.write());
            let listed = read.pending().iter().map(|pending| pending.event);
            assert!(listed.eq(monitor.events().map(|(_, event)| event)), "MON-6, MON-7");
            assert!(read.pending().iter().all(|pending| pending.waits_for.is_none()));
            assert!((0..).map(EventId).zip(read.events()).all(|(i, (id, _))| i == id));
            assert_eq!(read.chain(), monitor.chain());
            assert_eq!(read.htlcs(), monitor.htlcs());
        }
    });
}

#[test]
fn damaged_bytes_are_errors() {
    let mut stored = BTreeSet::new();
    walks(4, |world| {
        stored.insert(world.manager.clone());
        for monitor in world.durable.values() {
            stored.insert(monitor.full.clone());
            stored.extend(monitor.deltas.iter().cloned());
        }
    });
    for bytes in &stored {
        let is_manager = ChannelManager::read(bytes).is_ok();
        let is_monitor = ChannelMonitor::read(bytes).is_ok();
        let read = |bytes: &[u8]| match (is_manager, is_monitor) {
            (true, _) => ChannelManager::read(bytes).map(|object| object.write()),
            (false, true) => ChannelMonitor::read(bytes).map(|object| object.write()),
            (false, false) => ChannelMonitorUpdate::read(bytes).map(|object| object.write()),
        };
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            assert_eq!(error.kind, DecodeErrorKind::UnexpectedEnd);
            assert!(error.offset <= length && !error.to_string().is_empty());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(read(&longer).unwrap_err().kind, DecodeErrorKind::TrailingBytes);
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut garbled = bytes.clone();
                garbled[at] ^= flip;
                // Other bytes may be another object, but then they are its only encoding.
                if let Ok(again) = read(&garbled) {
                    assert_eq!(again, garbled);
                }
            }
        }
    }
}

/// A missing delta, or one that fits nothing, is an error that says which; one that the full write
/// holds already changes nothing.
#[test]
fn deltas_that_do_not_fit_are_errors() {
    let (mut missing, mut held) = (0, 0);
    walks(20, |world| {
        for (id, stored) in &world.durable {
            let read = ChannelMonitor::read_stored(stored).unwrap();
            if stored.deltas.len() > 1 {
                let mut damaged = stored.clone();
                damaged.deltas.remove(0);
                let error = ChannelMonitor::read_stored(&damaged).unwrap_err();
                assert!(matches!(error, StoredMonitorError::Update { index: 0, .. }), "{error}");
                missing += 1;
            }
            if let Some(last) = stored.deltas.last() {
                let mut lazy = stored.clone();
                lazy.full = read.write();
                assert_eq!(ChannelMonitor::read_stored(&lazy).unwrap().write(), read.write());
                lazy.deltas.push(last[..last.len() - 1].to_vec());
                let error = ChannelMonitor::read_stored(&lazy).unwrap_err().to_string();
                assert!(
                    error.starts_with(&format!("delta {}: ", stored.deltas.len())),
                    "{id}: {error}"
                );
                held += 1;
            }
        }
    });
    assert!(missing > 10 && held > 10, "{missing}, {held}");
}

/// Bytes that decode may still make no sense together. Stepping such a node gives errors.
#[test]
fn garbled_nodes_do_not_panic() {
    let mut dice = Dice::new(7);
    let mut loaded = 0;
    walks(6, |world| {
        let mut garbled = world.clone();
        let World { durable, manager, .. } = &mut garbled;
        let flip = 1 << dice.roll(3);
        if dice.roll(2) == 0 {
            let at = dice.roll(manager.len());
            manager[at] ^= flip;
        } else {
            let Some(stored) = durable.get_mut(&[OUT, IN][dice.roll(2)]) else { return };
            let bytes = stored.deltas.last_mut().unwrap_or(&mut stored.full);
            let at = dice.roll(bytes.len());
            bytes[at] ^= flip;
        }
        let Ok(node) = garbled.loaded() else { return };
        loaded += 1;
        let mut node = node;
        for _ in 0..100 {
            step_blindly(&mut node, dice.action(&world.config), world);
        }
    });
    assert!(loaded > 100, "{loaded}");
}

fn step_blindly(node: &mut Node, action: Action, world: &World) {
    let before = node.clone();
    let next = |node: &Node, c| {
        let height = node.monitor(c)?.best_block() as usize;
        world.chain[&c].get(height).cloned()
    };
    let happened = match action {
        Action::Sign(h, outcome) => node.peer_signs_removal(h, outcome).is_ok(),
        Action::Revoke(c, h) => node.peer_revokes(c, h, Submission::AtOnce).is_ok(),
        Action::RevokeBlocked(h) => node.peer_revokes(IN, h, Submission::Blocked).is_ok(),
        Action::SubmitBlocked(c) => node.submit_blocked_update(c).is_ok(),
        Action::Block(c, _) => {
            next(node, c).is_some_and(|fact| node.block_connected(c, &fact).is_ok())
        }
        Action::Replay(c) => next(node, c).is_some_and(|fact| node.replay_block(c, &fact).is_ok()),
        Action::Report(c) => node.monitor_write_reported(c).is_ok(),
        Action::FullWrite(c) => node.start_full_write(c).is_ok(),
        Action::Release(c) => node.release_monitor_event(c).is_ok(),
        Action::ForwardFail(h) => node.process_forward_fail(h).is_ok(),
        Action::Begin(h) => node.begin_event(h).is_ok(),
        Action::EndOk(h) => node.end_event_ok(h).is_ok(),
        Action::StartManagerWrite => node.start_manager_write().is_ok(),
        Action::ManagerReport => node.manager_write_reported().is_ok(),
        Action::StartWatch => {
            let tip = |c: ChannelId| Some((c, node.monitor(c)?.best_block()));
            let tips = [OUT, IN].into_iter().filter_map(tip).collect();
            node.start_watch(&tips).is_ok()
        }
        Action::Background(c) => node.background_step(c).is_ok(),
        _ => false,
    };
    assert!(happened || before == *node, "refused {action:?} left a trace");
}
