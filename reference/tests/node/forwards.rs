//! Forwards: claimed, failed, of two previous hops, and found again by an older Manager.

use crate::common::{CLAIM, FAIL, IN, IN_TOO, Keep, OUT, Step, World, hop};
use reference::{Event, HTLCPreviousHopData, HtlcId, Origin, Settings};

fn forwarded(hops: &[HTLCPreviousHopData], fee: u64) -> Event {
    Event::PaymentForwarded {
        prev_htlcs: hops.to_vec(),
        next_channel_id: OUT,
        total_fee_earned_msat: fee,
    }
}

/// An HTLC came in and has left.
fn under_way() -> (World, HTLCPreviousHopData) {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.forward(&[came], OUT);
    (world, came)
}

#[test]
fn a_claim_passes_through_with_its_fee() {
    let (mut world, came) = under_way();
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(world.node.monitor(IN).is_some_and(|m| m.preimage_of(came.htlc()).is_some()));
    assert_eq!(world.node.manager().pending_forward_monitor_event_acks().len(), 1, "MGR-2");
    world.land(IN);
    world.go(Step::Revoke(IN, came.htlc()));
    assert!(world.node.manager().due_acks().is_empty(), "MGR-2");
    world.land(IN);
    assert_eq!(world.node.manager().due_acks().len(), 1);
    world.settle();
    assert_eq!(world.record.iter().collect::<Vec<_>>(), [&forwarded(&[came], 100)]);
    assert_eq!(world.upstream(came), (true, false));
}

#[test]
fn a_fail_passes_through() {
    let (mut world, came) = under_way();
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, HtlcId::outbound(0)));
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(world.node.manager().has_queued_fail(came));
    world.go(Step::ForwardFail(came));
    world.land(IN);
    world.go(Step::Revoke(IN, came.htlc()));
    assert!(world.node.manager().due_acks().is_empty(), "MGR-3");
    world.settle();
    assert_eq!((world.record.len(), world.upstream(came)), (0, (false, true)));
}

#[test]
fn two_previous_hops_end_as_one() {
    for outcome in [CLAIM, FAIL] {
        let mut world = World::new();
        let hops = [world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
        world.forward(&hops, OUT);
        world.go(Step::Sign(OUT, 0, outcome));
        world.pump();
        world.settle();
        for came in hops {
            assert_eq!(world.upstream(came), (outcome == CLAIM, outcome == FAIL));
        }
        assert_eq!(world.record.contains(&forwarded(&hops, 1200)), outcome == CLAIM);
    }
}

/// One inbound Monitor has the preimage, the other does not yet: the event is needed.
#[test]
fn the_ack_waits_for_both_previous_hops() {
    let mut world = World::new();
    let hops = [world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
    world.forward(&hops, OUT);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    world.land(IN);
    world.go(Step::Revoke(IN, hops[0].htlc()));
    world.land(IN);
    assert!(world.node.manager().due_acks().is_empty(), "MGR-15");
    world.restart();
    let lacks = world.node.monitor(IN_TOO).is_some_and(|m| m.preimage_of(hops[1].htlc()).is_none());
    assert!(lacks);
    world.go(Step::Release(OUT));
    assert!(world.node.monitor(IN_TOO).is_some_and(|m| m.preimage_of(hops[1].htlc()).is_some()));
    world.settle();
}

#[test]
fn nobody_is_told_who_does_not_ask() {
    let mut settings = Settings::default();
    settings.tell_forwards = false;
    let mut world = World::with(crate::common::ways()[0], settings);
    let came = world.arrive(IN, 7);
    world.forward(&[came], OUT);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.settle();
    assert!(world.record.is_empty());
}

#[test]
fn an_undecided_htlc_is_failed() {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.go(Step::FailHtlc(came));
    world.settle();
    assert_eq!(world.upstream(came), (false, true));
}

/// The Manager is older than the arrival and than the forward: both channels are closed for that,
/// and the claim still reaches the payer.
#[test]
fn an_older_manager_finds_a_forward_that_it_never_saw() {
    for claimed_before in [false, true] {
        let mut world = World::new();
        world.go(Step::Arrive(IN, 7, 1100));
        world.land(IN);
        let came = hop(IN, 0);
        world.go(Step::Forward(vec![came], OUT, 1000));
        world.go(Step::Offer(Origin::Forward(came)));
        world.land(OUT);
        world.go(Step::Sign(OUT, 0, CLAIM));
        if claimed_before {
            world.land(OUT);
        }
        world.restart();
        assert!(world.report.closed.contains(&IN) && world.report.closed.contains(&OUT), "RST-1");
        assert!(world.report.found.contains(&Origin::Forward(came)), "RST-13");
        world.settle();
        assert_eq!(world.upstream(came), (true, false));
        assert!(world.record.contains(&forwarded(&[came], 100)), "MGR-12");
    }
}

/// The Manager has the arrival, and not the forward.
#[test]
fn an_older_manager_waits_for_what_it_did_not_forward() {
    let mut world = World::new();
    let came = world.arrive(IN, 7);
    world.all(&[Step::Forward(vec![came], OUT, 1000), Step::Offer(Origin::Forward(came))]);
    world.land(OUT);
    world.restart();
    assert!(!world.step(Step::FailHtlc(came)), "GUA-2");
    assert!(!world.step(Step::Forward(vec![came], OUT, 1000)), "GUA-10");
    world.all(&[Step::PeerCloses(OUT, false), Step::Spend(OUT, HtlcId::outbound(0), CLAIM)]);
    world.settle();
    assert!(world.record.contains(&forwarded(&[came], 100)));
}

#[test]
fn a_crash_keeps_what_has_landed_of_both_channels() {
    let (mut world, came) = under_way();
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    let writes = [(Some(IN), 1)].into();
    world.go(Step::Crash(Keep { writes, record: false, mode: true }));
    assert!(world.report.closed.contains(&IN), "RST-1: the claim is news to the Manager");
    world.settle();
    assert_eq!(world.upstream(came), (true, false));
    assert!(world.record.contains(&forwarded(&[came], 100)));
}

#[test]
fn a_blocked_revocation_waits_and_the_ack_with_it() {
    let (mut world, came) = under_way();
    world.go(Step::Block(IN));
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, HtlcId::outbound(0)));
    world.land(OUT);
    world.all(&[Step::Release(OUT), Step::ForwardFail(came)]);
    world.land(IN);
    world.go(Step::Revoke(IN, came.htlc()));
    assert!(world.node.manager().is_blocked(IN));
    assert!(world.node.manager().due_acks().is_empty(), "MGR-3");
    assert!(!world.step(Step::SubmitBlocked(IN)));
    world.all(&[Step::Unblock(IN), Step::SubmitBlocked(IN)]);
    world.land(IN);
    assert_eq!(world.node.manager().due_acks().len(), 1);
    world.settle();
}
