//! Crashes between chosen steps.

mod common;

use common::{Action, BlockWrite, FORWARD, H0, H1, IN, Kept, NOTHING, OUT, PAYMENT, World, config};
use reference::monitor::Spend;
use reference::{ChannelManager, Event, HtlcState, LoadError, Outcome, PaymentState, Persistence};

/// The first test vector of docs/vectors.md: the user handles the same fail twice.
#[test]
fn handled_fail_comes_again_until_the_manager_is_written() {
    let mut world = World::new(config(Persistence::Asynchronous, &[PAYMENT]));
    world.go(Action::Sign(H0, Outcome::Fail));
    world.go(Action::Report(OUT));
    world.go(Action::Revoke(OUT, H0));
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    world.go(Action::Begin(H0));
    world.go(Action::EndOk(H0));
    world.go(Action::Crash(NOTHING));
    world.go(Action::StartWatch);
    world.go(Action::Background(OUT));
    world.go(Action::Release(OUT));
    world.go(Action::Background(IN));
    world.go(Action::Begin(H0));
    world.go(Action::Report(OUT));
    world.go(Action::EndOk(H0));
    world.go(Action::StartManagerWrite);
    world.go(Action::ManagerReport);
    world.go(Action::FullWrite(OUT));
    world.settle();
}

/// The second test vector: a forgotten revocation lets the peer claim what it failed.
#[test]
fn forgotten_revocation_turns_a_fail_into_a_claim() {
    let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD]));
    world.go(Action::Sign(H0, Outcome::Fail));
    world.go(Action::Report(OUT));
    world.go(Action::Revoke(OUT, H0));
    world.go(Action::Crash(NOTHING));
    world.go(Action::StartWatch);
    world.go(Action::Background(OUT));
    world.go(Action::Background(IN));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Spend(OUT, H0, reference::monitor::Spend::Preimage));
    world.go(Action::Report(OUT));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    world.go(Action::Release(OUT));
    assert!(world.node.monitor(IN).unwrap().knows_preimage(H0));
    world.settle();
}

#[test]
fn stale_channel_is_closed_and_locks_down() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT, PAYMENT]));
    world.go(Action::Sign(H0, Outcome::Claim));
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(OUT), "RST-1");
    assert!(world.node.manager().is_open(IN));
    assert!(!world.node.may_broadcast(OUT));
    world.load();
    assert!(world.node.monitor(OUT).unwrap().is_locked_down());
    world.go(Action::Broadcast(OUT));
    assert!(!world.step(Action::Sign(H1, Outcome::Fail)));
    world.settle();
}

#[test]
fn manager_newer_than_its_monitor_submits_again() {
    let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD]));
    world.go(Action::Sign(H0, Outcome::Claim));
    world.go(Action::StartManagerWrite);
    world.go(Action::ManagerReport);
    world.go(Action::Crash(NOTHING));
    assert!(world.node.manager().is_open(OUT));
    assert_eq!(world.node.monitor(OUT).unwrap().update_id(), 0);
    world.load();
    assert_eq!(world.node.monitor(OUT).unwrap().update_id(), 1, "RST-2");
    assert_eq!(world.node.monitor(OUT).unwrap().pending().len(), 1);
    world.settle();
}

#[test]
fn manager_writes_during_a_load_keep_the_list() {
    let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD]));
    world.go(Action::Sign(H0, Outcome::Fail));
    world.go(Action::Crash(Kept { out: 1, ..NOTHING }));
    world.go(Action::StartManagerWrite);
    world.go(Action::ManagerReport);
    let stored = ChannelManager::read(&world.manager).unwrap();
    assert_eq!(stored.channels()[&OUT].in_flight_monitor_updates.len(), 1, "RST-3");
    world.go(Action::Crash(NOTHING));
    world.load();
    world.settle();
}

#[test]
fn close_is_found_again_in_the_monitor() {
    let mut world = World::new(config(Persistence::Synchronous, &[FORWARD]));
    world.go(Action::PeerCloses(IN, true));
    world.go(Action::Block(IN, BlockWrite::Lands));
    assert!(world.node.manager().is_open(IN));
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(IN), "RST-5");
    world.settle();
}

#[test]
fn blocks_are_replayed_before_the_watch() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Block(OUT, BlockWrite::Skipped));
    world.go(Action::Crash(NOTHING));
    assert!(!world.step(Action::StartWatch));
    world.go(Action::Replay(OUT));
    world.go(Action::StartWatch);
    world.go(Action::Notice(OUT));
    assert!(!world.node.manager().is_open(OUT));
    world.settle();
}

#[test]
fn crash_while_the_user_handles_an_event() {
    for record in [false, true] {
        let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
        world.go(Action::Sign(H0, Outcome::Claim));
        world.go(Action::Release(OUT));
        world.go(Action::StartManagerWrite);
        world.go(Action::Begin(H0));
        world.go(Action::Crash(Kept { manager: true, record, ..NOTHING }));
        let state = PaymentState::Settled(Outcome::Claim);
        let settled = HtlcState::Payment { payment: H0, state };
        assert_eq!(world.node.manager().htlcs()[&H0], settled);
        assert_eq!(world.node.manager().handling(), None);
        world.settle();
        assert!(world.record.contains(&Event::PaymentSent { htlc: H0 }));
    }
}

/// A queued user event names no event after a load. One that comes while it is queued joins it, and
/// one that comes later finds it handled.
#[test]
fn a_loaded_user_event_acks_what_comes_again() {
    for handled_first in [false, true] {
        let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
        world.go(Action::Sign(H0, Outcome::Claim));
        world.go(Action::Release(OUT));
        world.go(Action::StartManagerWrite);
        world.go(Action::Crash(Kept { manager: true, ..NOTHING }));
        world.load();
        assert!(world.node.manager().pending_events()[&H0].actions.is_empty(), "MGR-22");
        let handle = [Action::Begin(H0), Action::EndOk(H0)];
        let release = [Action::Release(OUT)];
        let steps = if handled_first {
            [&handle[..], &release[..]].concat()
        } else {
            [&release[..], &handle[..]].concat()
        };
        steps.into_iter().for_each(|step| world.go(step));
        assert_eq!(world.node.manager().due_acks().len(), 1, "MGR-6, MGR-18");
        world.settle();
    }
}

/// What another version of the format holds is not guessed at.
#[test]
fn bytes_of_another_version_are_refused() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    world.manager[0] = 1;
    let error = world.loaded().unwrap_err().to_string();
    assert_eq!(error, "cannot read the manager: version at byte 0: unknown value 1");
    world.durable.get_mut(&OUT).unwrap().full[0] = 1;
    let error = world.loaded().unwrap_err().to_string();
    let expected = "the full write: version at byte 0: unknown value 1";
    assert_eq!(error, format!("cannot read the monitor of channel 1: {expected}"));
}

#[test]
fn lost_update_refuses_the_load() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    let old = world.durable.clone();
    world.go(Action::Sign(H0, Outcome::Claim));
    (world.durable, world.manager) = (old, world.node.manager().write());
    let error = LoadError::MissingUpdate { channel: OUT, update_id: 1 };
    assert_eq!(world.loaded(), Err(error));
}

#[test]
fn a_monitor_is_archived_with_its_last_event_and_not_missed() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Spend(OUT, H0, Spend::Preimage));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    assert!(!world.step(Action::Archive(OUT)), "a block is missing");
    world.go(Action::Block(OUT, BlockWrite::Lands));
    assert!(!world.step(Action::Archive(OUT)), "the notice waits");
    world.go(Action::Notice(OUT));
    assert!(!world.step(Action::Archive(OUT)), "WCH-4: the event is pending");
    world.go(Action::Release(OUT));
    assert!(!world.step(Action::Archive(OUT)), "WCH-4: the event is provided");
    world.go(Action::Begin(H0));
    world.go(Action::EndOk(H0));
    world.go(Action::StartManagerWrite);
    world.go(Action::ManagerReport);
    world.go(Action::Archive(OUT));
    assert!(world.node.monitor(OUT).is_some(), "only its clock runs");
    world.go(Action::Archive(OUT));
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(OUT), "RST-7");
    let archived = std::mem::take(&mut world.archived);
    assert_eq!(world.loaded(), Err(LoadError::MissingMonitor(OUT)));
    world.archived = archived;
    assert!(world.loaded().is_ok());
}
