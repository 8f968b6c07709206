//! HTLCs that belong together and lie on different channels: parts of a payment that leave by two,
//! a forward that came in on two, a payment received over two.

mod common;

use std::sync::Arc;

use common::walk::walk;
use common::{
    Action, BlockWrite, FORWARD, H0, H1, IN, IN_TOO, NOTHING, OUT, OUT_TOO, PAYMENT, World, config,
    node_config,
};
use reference::monitor::Spend;
use reference::{
    Event, HtlcId, HtlcRole, HtlcState, NodeConfig, Outcome, Persistence, ReceivedState,
    UpdateWrites,
};

const PART: HtlcRole = HtlcRole::Part { outbound: OUT_TOO, payment: H0 };
const RETRY: HtlcRole = HtlcRole::Retry { outbound: OUT_TOO, payment: H0 };
const HOP: HtlcRole = HtlcRole::PreviousHop { inbound: IN_TOO, leaves_as: H0 };
const HELD: HtlcRole = HtlcRole::Forward { inbound: IN, outbound: OUT, held: true };
const RECEIVED: HtlcRole = HtlcRole::Received { inbound: IN };
const RECEIVED_TOO: HtlcRole = HtlcRole::ReceivedPart { inbound: IN_TOO, payment: H0 };

/// Every way to write, with closes by update and without.
fn configs(roles: &[HtlcRole]) -> Vec<Arc<NodeConfig>> {
    let mut all = Vec::new();
    for persistence in [Persistence::Asynchronous, Persistence::Synchronous] {
        for updates in [UpdateWrites::Full, UpdateWrites::Deltas] {
            for close_updates in [false, true] {
                let config = node_config(persistence, updates, roles);
                all.push(Arc::new(NodeConfig { close_updates, ..config }));
            }
        }
    }
    all
}

fn walks(seeds: u64, topologies: &[&[HtlcRole]]) {
    for roles in topologies {
        for config in configs(roles) {
            for seed in 1..=seeds {
                walk(seed, config.clone(), |_| {});
            }
        }
    }
}

#[test]
fn parts_that_leave_by_two_channels_settle() {
    let third = HtlcRole::Part { outbound: OUT, payment: H0 };
    walks(100, &[&[PAYMENT, PART], &[PAYMENT, PART, third], &[PAYMENT, RETRY]]);
    let held = HtlcRole::Payment { outbound: OUT, held: true };
    walks(100, &[&[PAYMENT, PART, RETRY], &[held, RETRY], &[held, PART, RETRY]]);
}

#[test]
fn previous_hops_on_two_channels_settle() {
    let third = HtlcRole::PreviousHop { inbound: IN, leaves_as: H0 };
    walks(100, &[&[FORWARD, HOP], &[FORWARD, HOP, third], &[FORWARD, HOP, PAYMENT]]);
    walks(100, &[&[HELD, HOP], &[HELD, HOP, third]]);
}

#[test]
fn parts_received_over_two_channels_settle() {
    let third = HtlcRole::ReceivedPart { inbound: IN, payment: H0 };
    let behind = HtlcRole::Forward { inbound: IN_TOO, outbound: OUT, held: false };
    walks(100, &[&[RECEIVED, RECEIVED_TOO], &[RECEIVED, RECEIVED_TOO, third]]);
    walks(100, &[&[RECEIVED, RECEIVED_TOO, FORWARD], &[RECEIVED, RECEIVED_TOO, behind]]);
    let other = HtlcRole::Received { inbound: IN_TOO };
    let part_of_other = HtlcRole::ReceivedPart { inbound: IN, payment: H1 };
    walks(100, &[&[RECEIVED, other, part_of_other]]);
}

fn received(world: &World, h: HtlcId) -> ReceivedState {
    match world.node.manager().htlcs()[&h] {
        HtlcState::Received { state, .. } => state,
        other => panic!("{other:?}"),
    }
}

/// The user has handled `PaymentClaimed`, and the payer of one part would revoke, before the other
/// part's Monitor has the preimage.
fn claimed_on_one_channel() -> World {
    let mut world = World::new(config(Persistence::Asynchronous, &[RECEIVED, RECEIVED_TOO]));
    world.go(Action::Claim(H0));
    world.go(Action::Report(IN));
    world.go(Action::Begin(H0));
    world.go(Action::EndOk(H0));
    world.go(Action::Revoke(IN, H0));
    world
}

#[test]
fn a_part_is_not_forgotten_before_the_other_monitor_has_the_preimage() {
    let mut world = claimed_on_one_channel();
    assert!(world.node.manager().is_blocked(IN), "MGR-20");
    assert!(!world.step(Action::SubmitBlocked(IN)), "MGR-20");
    world.go(Action::Report(IN_TOO));
    world.go(Action::SubmitBlocked(IN));
    world.settle();
}

#[test]
fn a_load_claims_the_part_of_another_channel() {
    let mut world = claimed_on_one_channel();
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(IN), "RST-1");
    assert!(world.node.manager().is_open(IN_TOO));
    assert_eq!(received(&world, H1), ReceivedState::Claimed, "RST-12");
    assert!(!world.node.monitor(IN_TOO).unwrap().knows_preimage(H1));
    world.load();
    assert!(world.node.monitor(IN_TOO).unwrap().knows_preimage(H1));
    world.settle();
    assert!(world.record.contains(&Event::PaymentClaimed { htlc: H0 }));
}

/// A claim that a load goes on with may be more than fits in flight.
#[test]
fn a_load_submits_a_close_and_the_claims_of_two_parts() {
    let third = HtlcRole::ReceivedPart { inbound: IN_TOO, payment: H0 };
    let other = HtlcRole::Forward { inbound: IN_TOO, outbound: OUT, held: false };
    let roles = [RECEIVED, RECEIVED_TOO, third, other];
    let mut world = World::new(config(Persistence::Asynchronous, &roles));
    world.go(Action::Sign(HtlcId(3), Outcome::Claim));
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    world.go(Action::Report(IN_TOO));
    world.go(Action::Claim(H0));
    world.go(Action::Report(IN));
    world.go(Action::Crash(NOTHING));
    world.load();
    assert_eq!(world.in_flight[&IN_TOO].len(), 3);
    world.settle();
}

#[test]
fn a_part_whose_monitor_is_archived_is_resolved() {
    let mut world = World::new(config(Persistence::Synchronous, &[RECEIVED, RECEIVED_TOO]));
    world.go(Action::PeerCloses(IN, true));
    world.go(Action::Block(IN, BlockWrite::Lands));
    world.go(Action::Notice(IN));
    world.go(Action::Claim(H0));
    world.go(Action::Spend(IN, H0, Spend::Preimage));
    world.go(Action::Block(IN, BlockWrite::Lands));
    world.go(Action::Archive(IN));
    world.go(Action::Archive(IN));
    world.go(Action::Crash(NOTHING));
    assert_eq!(received(&world, H0), ReceivedState::Resolved, "MGR-10");
    assert_eq!(received(&world, H1), ReceivedState::Claimed, "RST-6");
    world.settle();
}

#[test]
fn a_claim_comes_again_for_the_previous_hop_that_lacks_it() {
    let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD, HOP]));
    world.go(Action::Sign(H0, Outcome::Claim));
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    world.go(Action::Report(IN));
    world.go(Action::Crash(NOTHING));
    world.load();
    assert!(!world.node.monitor(IN_TOO).unwrap().knows_preimage(H1));
    world.go(Action::Release(OUT));
    assert!(world.node.monitor(IN_TOO).unwrap().knows_preimage(H1));
    assert_eq!(world.node.manager().pending_forward_monitor_event_acks().len(), 1, "MGR-15");
    world.settle();
}

/// One previous hop is failed already, and its Monitor is newer; the other still waits for what the
/// holding cell of the outbound channel comes to.
#[test]
fn a_previous_hop_waits_in_the_holding_cell_though_another_has_failed() {
    let mut world = World::new(config(Persistence::Synchronous, &[HELD, HOP]));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Block(OUT, BlockWrite::Skipped));
    world.go(Action::Notice(OUT));
    world.go(Action::ForwardFail(H0));
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(IN), "RST-1");
    assert!(world.node.manager().is_open(OUT));
    assert_eq!(world.node.manager().held_on(H0), Some(OUT));
    world.load();
    world.go(Action::Notice(OUT));
    assert_eq!(world.node.manager().queued_fail(H1), Some(IN_TOO), "MGR-11");
    world.settle();
}

#[test]
fn a_load_makes_no_retry_by_a_channel_that_it_finds_closed() {
    let held = HtlcRole::Payment { outbound: OUT, held: true };
    let mut world = World::new(config(Persistence::Synchronous, &[held, RETRY]));
    for channel in [OUT, OUT_TOO] {
        world.go(Action::PeerCloses(channel, true));
        world.go(Action::Block(channel, BlockWrite::Lands));
    }
    world.go(Action::Crash(NOTHING));
    assert_eq!(world.node.manager().held_on(H1), None);
    assert_eq!(world.node.manager().pending_events().len(), 1, "MGR-17");
    world.settle();
    assert!(world.record.contains(&Event::PaymentFailed { htlc: H0 }));
}

#[test]
fn one_part_claimed_is_the_payment_sent_whatever_the_other_channel_does() {
    let mut world = World::new(config(Persistence::Asynchronous, &[PAYMENT, PART]));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    world.go(Action::Sign(H1, Outcome::Claim));
    world.go(Action::Report(OUT_TOO));
    world.go(Action::Release(OUT_TOO));
    world.go(Action::Spend(OUT, H0, Spend::Timeout));
    world.go(Action::Crash(NOTHING));
    assert!(!world.node.manager().is_open(OUT_TOO), "RST-1");
    world.settle();
    assert!(world.record.contains(&Event::PaymentSent { htlc: H0 }));
}
