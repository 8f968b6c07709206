//! Channels that close: by choice, by a deadline, on chain; and Monitors that are archived.

use crate::common::{CLAIM, FAIL, IN, OUT, Step, World, hop, part, told_by};
use reference::{HtlcId, LoadError, Node};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

fn paid() -> World {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world
}

#[test]
fn a_close_by_choice_broadcasts_and_times_out() {
    let mut world = paid();
    world.go(Step::ForceClose(OUT));
    assert!(world.broadcast.contains_key(&OUT));
    world.all(&[Step::Broadcast(OUT), Step::See(OUT, true), Step::Spend(OUT, H0, FAIL)]);
    world.go(Step::See(OUT, false));
    assert!(!world.step(Step::Release(OUT)), "WCH-1: the close is not reported");
    world.land(OUT);
    world.go(Step::Release(OUT));
    world.handle(told_by(7, 0));
    world.settle();
}

#[test]
fn a_deadline_is_noticed() {
    let mut world = paid();
    world.go(Step::Deadline(OUT));
    assert!(world.node.manager().is_open(OUT));
    world.go(Step::Notice(OUT));
    assert!(!world.node.manager().is_open(OUT));
    world.settle();
}

/// What a crash can take back may not be broadcast.
#[test]
fn a_commitment_that_no_reported_write_holds_waits() {
    let mut world = paid();
    world.all(&[Step::Sign(OUT, 0, CLAIM), Step::Deadline(OUT)]);
    assert!(!world.broadcast.contains_key(&OUT), "MON-10");
    world.land(OUT);
    assert!(world.broadcast[&OUT].is_empty());
    world.settle();
}

#[test]
fn a_claim_on_chain_is_seen_replayed_and_shown_again() {
    for seen in [false, true] {
        let mut world = paid();
        world.all(&[Step::PeerCloses(OUT, false), Step::Spend(OUT, H0, CLAIM)]);
        world.go(Step::See(OUT, true));
        if seen {
            world.go(Step::See(OUT, false));
            world.go(Step::Rescan(OUT, 1));
            assert_eq!(world.node.monitor(OUT).map(|m| m.pending().len()), Some(1), "MON-2");
        }
        world.restart();
        assert_eq!(world.node.monitor(OUT).map(|m| m.pending().len()), Some(1));
        world.settle();
    }
}

/// A fail is signed and revoked off chain, and forgotten: the peer claims on chain what it failed.
#[test]
fn a_forgotten_revocation_turns_a_fail_into_a_claim() {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.forward(&[came], OUT);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, H0));
    world.restart();
    world.all(&[Step::PeerCloses(OUT, false), Step::Spend(OUT, H0, CLAIM)]);
    world.settle();
    assert_eq!(world.upstream(came), (true, false));
}

#[test]
fn an_output_of_an_inbound_htlc_is_claimed() {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.forward(&[came], OUT);
    world.all(&[Step::PeerCloses(IN, false), Step::See(IN, true), Step::Notice(IN)]);
    assert!(world.claims.is_empty());
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(world.claims.contains(&came));
    world.go(Step::Spend(IN, came.htlc(), CLAIM));
    world.settle();
    assert_eq!(world.upstream(came), (true, false));
}

#[test]
fn an_htlc_without_an_output_fails_with_the_final_commitment() {
    let mut world = paid();
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.all(&[Step::PeerCloses(OUT, true), Step::See(OUT, true)]);
    assert!(world.node.monitor(OUT).is_some_and(|m| m.has_no_event()));
    world.all(&[Step::Final(OUT), Step::See(OUT, true)]);
    assert!(world.node.monitor(OUT).is_some_and(|m| !m.has_no_event()), "site 5");
    world.settle();
}

#[test]
fn a_monitor_is_archived_behind_its_last_event() {
    let mut world = paid();
    world.all(&[Step::PeerCloses(OUT, false), Step::Spend(OUT, H0, FAIL), Step::Final(OUT)]);
    world.all(&[Step::See(OUT, true), Step::See(OUT, true)]);
    assert!(!world.step(Step::Archive(OUT)), "a block is missing");
    world.go(Step::See(OUT, true));
    assert!(!world.step(Step::Archive(OUT)), "the notice waits");
    world.go(Step::Notice(OUT));
    assert!(!world.step(Step::Archive(OUT)), "WCH-4: pending, and WCH-5");
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(!world.step(Step::Archive(OUT)), "WCH-4: provided");
    world.handle(told_by(7, 0));
    world.flush();
    world.go(Step::Archive(OUT));
    assert!(world.node.monitor(OUT).is_some(), "only its clock runs");
    world.go(Step::Archive(OUT));
    assert!(world.node.monitor(OUT).is_none());
    world.restart();
    assert!(!world.node.manager().is_open(OUT), "RST-7");
    let mut stored = world.disk.stored.clone();
    stored.archived.clear();
    let missed = Node::load(&stored, world.settings, world.mode, reference::Outbox::default());
    assert_eq!(missed.map(|_| ()), Err(LoadError::MissingMonitor(OUT)));
    world.settle();
}

/// What is over is forgotten by a prune; what a Monitor lists is not. A repeat finds nobody.
#[test]
fn a_prune_forgets_only_what_nobody_brings_up() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    let came = world.arrive(IN, 8);
    world.forward(&[came], OUT);
    world.pay(9, &[part(OUT)]);
    for (id, outcome) in [(0, CLAIM), (1, CLAIM), (2, FAIL)] {
        world.go(Step::Sign(OUT, id, outcome));
    }
    world.pump();
    world.handle_all();
    world.flush();
    world.go(Step::Crash(crate::common::Keep::nothing()));
    world.go(Step::Prune);
    assert_eq!(world.node.manager().payments().len(), 2, "the Monitor lists them");
    assert_eq!(world.node.manager().forwards().len(), 1);
    world.load();
    world.settle();
    world.go(Step::Crash(crate::common::Keep::nothing()));
    world.go(Step::Prune);
    assert!(world.node.manager().payments().is_empty());
    assert!(world.node.manager().forwards().is_empty());
    assert!(world.node.monitor(OUT).is_some_and(|m| m.htlcs().is_empty()));
    world.load();
    world.settle();
    assert_eq!(world.upstream(hop(IN, 0)), (true, false));
}

#[test]
fn a_store_that_went_back_is_refused() {
    let mut world = paid();
    let old = world.disk.stored.clone();
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.flush();
    let mut stored = world.disk.stored.clone();
    stored.monitors = old.monitors;
    let refused = Node::load(&stored, world.settings, world.mode, reference::Outbox::default());
    let error = LoadError::MissingUpdate { channel: OUT, update_id: 2 };
    assert_eq!(refused.map(|_| ()), Err(error));
}
