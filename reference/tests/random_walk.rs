//! Deterministic random walks: everything settles, everything stored can be read again, and
//! damaged bytes give errors.

mod common;

use std::collections::BTreeSet;

use common::{Action, FORWARD, H0, H1, IN, Kept, OUT, PAYMENT, World, config_of};
use reference::monitor::Spend;
use reference::{
    BlockWrite, ChannelManager, ChannelMonitor, ChannelMonitorUpdate, DecodeErrorKind, HtlcRole,
    Node, Outcome, Persistence, StoredMonitorError, Submission, UpdateWrites,
};

/// A small generator (xorshift), so that a walk is the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn action(&mut self) -> Action {
        let channel = [OUT, IN][self.roll(2)];
        let htlc = [H0, H1][self.roll(2)];
        let outcome = [Outcome::Claim, Outcome::Fail][self.roll(2)];
        let spend = [Spend::Preimage, Spend::Timeout][self.roll(2)];
        let write = [BlockWrite::Lands, BlockWrite::Skipped][self.roll(2)];
        let coin = self.roll(2) == 0;
        match self.roll(81) {
            0..5 => Action::Sign(htlc, outcome),
            5..8 => Action::Revoke(channel, htlc),
            8..10 => Action::RevokeBlocked(htlc),
            10 => Action::PeerCloses(channel, coin),
            11..14 => Action::Broadcast(channel),
            14 => Action::ForceClose(channel),
            15..18 => Action::Spend(channel, htlc, spend),
            18..20 => Action::Final(channel),
            20..24 => Action::Block(channel, write),
            24 => Action::Rescan(channel, self.roll(4)),
            25..33 => Action::Report(channel),
            33..35 => Action::FullWrite(channel),
            35..38 => Action::Notice(channel),
            38..44 => Action::Release(channel),
            44..48 => Action::ForwardFail(htlc),
            48..52 => Action::Begin(htlc),
            52..56 => Action::EndOk(htlc),
            56 => Action::Refuse(htlc),
            57..60 => Action::StartManagerWrite,
            60..63 => Action::ManagerReport,
            63..65 => Action::Crash(Kept {
                out: self.roll(3),
                inbound: self.roll(3),
                manager: coin,
                record: self.roll(2) == 0,
            }),
            65..70 => Action::Replay(channel),
            70..75 => Action::StartWatch,
            75 => Action::SubmitBlocked,
            _ => Action::Background(channel),
        }
    }
}

fn walk(
    seed: u64,
    roles: &[HtlcRole],
    (persistence, updates): (Persistence, UpdateWrites),
    mut visit: impl FnMut(&World),
) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::new(config_of(persistence, updates, roles));
    for _ in 0..150 {
        let action = dice.action();
        if world.node.config().htlcs.len() == 1 && format!("{action:?}").contains("HtlcId(1)") {
            continue;
        }
        if world.step(action) {
            visit(&world);
        }
    }
    world.settle();
    visit(&world);
}

fn walks(seeds: u64, mut visit: impl FnMut(&World)) {
    let scenarios: [&[HtlcRole]; 4] =
        [&[PAYMENT], &[FORWARD], &[PAYMENT, FORWARD], &[FORWARD, FORWARD]];
    for seed in 1..=seeds {
        for roles in scenarios {
            for persistence in [Persistence::Asynchronous, Persistence::Synchronous] {
                for updates in [UpdateWrites::Full, UpdateWrites::Deltas] {
                    walk(seed, roles, (persistence, updates), &mut visit);
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
        assert_eq!(read.pending_events(), manager.pending_events());
        assert!(read.due_acks().is_empty() && read.handling().is_none());
        for id in world.config.channels.keys() {
            let monitor = world.node.monitor(*id).unwrap();
            let read = ChannelMonitor::read(&monitor.write()).unwrap();
            assert_eq!(read.write(), monitor.write());
            assert!(read.pending().iter().eq(monitor.events()), "MON-6, MON-7");
            assert_eq!(read.next_event_id(), monitor.next_event_id(), "MON-8");
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
    let mut dice = Dice(7);
    let mut loaded = 0;
    walks(6, |world| {
        let mut garbled = world.clone();
        let World { durable, manager, .. } = &mut garbled;
        let flip = 1 << dice.roll(3);
        if dice.roll(2) == 0 {
            let at = dice.roll(manager.len());
            manager[at] ^= flip;
        } else {
            let stored = durable.get_mut(&[OUT, IN][dice.roll(2)]).unwrap();
            let bytes = stored.deltas.last_mut().unwrap_or(&mut stored.full);
            let at = dice.roll(bytes.len());
            bytes[at] ^= flip;
        }
        let Ok(node) = garbled.loaded() else { return };
        loaded += 1;
        let mut node = node;
        for _ in 0..100 {
            step_blindly(&mut node, dice.action(), world);
        }
    });
    assert!(loaded > 100, "{loaded}");
}

fn step_blindly(node: &mut Node, action: Action, world: &World) {
    let before = node.clone();
    let next = |node: &Node, c| {
        let height = node.monitor(c).unwrap().best_block() as usize;
        world.chain[&c].get(height).cloned()
    };
    let happened = match action {
        Action::Sign(h, outcome) => node.peer_signs_removal(h, outcome).is_ok(),
        Action::Revoke(c, h) => node.peer_revokes(c, h, Submission::AtOnce).is_ok(),
        Action::RevokeBlocked(h) => node.peer_revokes(IN, h, Submission::Blocked).is_ok(),
        Action::SubmitBlocked => node.submit_blocked_update(IN).is_ok(),
        Action::Block(c, write) => {
            next(node, c).is_some_and(|fact| node.block_connected(c, &fact, write).is_ok())
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
            let tips = [OUT, IN].map(|c| (c, node.monitor(c).unwrap().best_block()));
            node.start_watch(&tips.into()).is_ok()
        }
        Action::Background(c) => node.background_step(c).is_ok(),
        _ => false,
    };
    assert!(happened || before == *node, "refused {action:?} left a trace");
}
