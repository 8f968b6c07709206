//! Own payments: sent, failed, in parts, retried, and told once the event is there.

use crate::common::{
    CLAIM, FAIL, IN, Keep, OUT, OUT_TOO, Step, World, of_part, part, preimage, told_by,
};
use reference::{Event, HtlcId, NewPart, NotNow, PartState, PaymentId, StepError};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

fn sent(n: u8) -> Event {
    let (payment_id, payment_preimage) = (PaymentId([n; 32]), preimage(n));
    let payment_hash = payment_preimage.payment_hash();
    Event::PaymentSent { payment_id, payment_hash, payment_preimage }
}

fn failed(n: u8) -> Event {
    Event::PaymentFailed {
        payment_id: PaymentId([n; 32]),
        payment_hash: preimage(n).payment_hash(),
    }
}

#[test]
fn a_claim_is_sent_and_acked_behind_the_managers_write() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, CLAIM));
    let held_back = world.take(&Step::Release(OUT));
    assert_eq!(held_back, Err(Some(StepError::NotNow(NotNow::NothingToRelease(OUT)))), "WCH-1");
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(!world.node.manager().needs_persistence(), "MGR-1");
    world.handle(told_by(7, 0));
    assert!(world.node.manager().needs_persistence(), "MGR-24");
    let listed = |world: &World| world.node.monitor(OUT).map(|m| m.events().count());
    world.go(Step::PersistManager);
    assert_eq!(listed(&world), Some(1), "MGR-8");
    world.go(Step::Land(None));
    assert_eq!(listed(&world), Some(0), "MGR-23");
    assert_eq!(world.disk.in_flight(Some(OUT)), 1, "WCH-6");
    assert_eq!(world.record.iter().collect::<Vec<_>>(), [&sent(7)]);
    world.settle();
}

/// An ack that becomes due while a write is in flight waits for the next one.
#[test]
fn a_write_that_started_before_covers_no_ack() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    world.go(Step::PersistManager);
    world.handle(told_by(7, 0));
    world.go(Step::Land(None));
    assert_eq!(world.node.monitor(OUT).map(|m| m.events().count()), Some(1), "MGR-8");
    world.settle();
}

#[test]
fn a_fail_is_told_once_the_peer_has_revoked() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, FAIL));
    assert!(!world.step(Step::Revoke(OUT, H0)), "our signature is not out");
    world.land(OUT);
    assert!(world.node.monitor(OUT).is_some_and(|m| m.has_no_event()), "MON-4");
    world.go(Step::Revoke(OUT, H0));
    world.land(OUT);
    world.go(Step::Release(OUT));
    world.handle(told_by(7, 0));
    assert!(world.record.contains(&failed(7)));
    world.settle();
}

#[test]
fn a_message_is_faster_than_the_event_whose_ack_joins() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Fulfil(OUT, 0));
    let queued = &world.node.manager().pending_events()[&told_by(7, 0)];
    assert!(queued.actions.is_empty(), "ACT-16");
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    let queued = &world.node.manager().pending_events()[&told_by(7, 0)];
    assert_eq!(queued.actions.len(), 1, "MGR-6");
    world.settle();
    assert!(world.record.contains(&sent(7)));
}

#[test]
fn one_claimed_part_is_the_payment_sent() {
    let mut world = World::new();
    world.pay(7, &[part(OUT), part(OUT_TOO)]);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, H0));
    world.land(OUT);
    world.go(Step::Release(OUT));
    assert!(world.node.manager().pending_events().is_empty(), "MGR-17");
    assert_eq!(world.node.manager().due_acks().len(), 1, "nobody else needs the event");
    world.go(Step::Sign(OUT_TOO, 0, CLAIM));
    world.settle();
    assert!(world.record.contains(&sent(7)), "MGR-16");
}

#[test]
fn a_failed_part_is_tried_once_more() {
    let mut world = World::new();
    let first = NewPart { channel_id: OUT, amount_msat: 1000, retry_by: Some(OUT_TOO) };
    world.pay(7, &[first]);
    world.go(Step::Sign(OUT, 0, FAIL));
    world.land(OUT);
    world.go(Step::Revoke(OUT, H0));
    world.land(OUT);
    world.go(Step::Release(OUT));
    let payment = &world.node.manager().payments()[&PaymentId([7; 32])];
    assert_eq!(payment.parts[&1].retry_of, Some(0));
    assert_eq!(payment.parts[&1].state, PartState::InHoldingCell);
    world.go(Step::Offer(of_part(7, 1)));
    world.flush();
    world.go(Step::Sign(OUT_TOO, 0, CLAIM));
    world.settle();
    assert!(world.record.contains(&sent(7)));
}

#[test]
fn a_refused_event_is_delivered_again() {
    let mut world = World::at_once();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.go(Step::Release(OUT));
    world.go(Step::Begin(told_by(7, 0)));
    world.go(Step::Refuse(told_by(7, 0)));
    assert!(world.record.is_empty());
    world.settle();
    assert_eq!(world.deliveries, [sent(7), sent(7)]);
}

#[test]
fn a_handled_event_comes_again_until_the_manager_is_written() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.land(OUT);
    world.go(Step::Release(OUT));
    world.handle(told_by(7, 0));
    world.restart();
    world.go(Step::Release(OUT));
    world.handle(told_by(7, 0));
    world.settle();
    assert_eq!(world.deliveries, [sent(7), sent(7)], "GUA-5: equal to what it repeats");
}

#[test]
fn a_crash_while_the_user_handles() {
    for record in [false, true] {
        let mut world = World::new();
        world.pay(7, &[part(OUT)]);
        world.go(Step::Sign(OUT, 0, CLAIM));
        world.land(OUT);
        world.all(&[Step::Release(OUT), Step::PersistManager, Step::Begin(told_by(7, 0))]);
        let writes = [(None, 1)].into();
        world.go(Step::Crash(Keep { writes, record, mode: true }));
        assert_eq!(world.node.manager().handling(), None);
        world.settle();
        assert!(world.record.contains(&sent(7)));
    }
}

/// The Manager is older than the payment: its HTLC is in the Monitor of a channel that is closed
/// for that.
#[test]
fn a_payment_that_the_manager_forgot_is_found_in_the_monitor() {
    let mut world = World::new();
    world.all(&[Step::Pay(7, vec![part(OUT)]), Step::Offer(of_part(7, 0))]);
    world.land(OUT);
    world.restart();
    assert!(world.report.closed.contains(&OUT), "RST-1");
    assert!(world.report.found.contains(&of_part(7, 0)), "RST-13");
    assert!(world.node.manager().is_open(IN));
    world.settle();
    assert!(world.record.contains(&failed(7)));
}

#[test]
fn what_was_never_offered_is_forgotten_or_fails() {
    let mut world = World::new();
    world.go(Step::Pay(7, vec![part(OUT)]));
    world.restart();
    assert!(world.node.manager().payments().is_empty());
    world.go(Step::Pay(7, vec![part(OUT)]));
    world.go(Step::ForceClose(OUT));
    assert!(world.node.manager().pending_events().is_empty(), "MGR-21");
    world.land(OUT);
    assert_eq!(world.node.manager().pending_events()[&told_by(7, 0)].event, failed(7), "MGR-11");
    world.settle();
}
