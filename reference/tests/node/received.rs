//! Payments received: claimed in all parts, given back, and put together by an older Manager.

use crate::common::{IN, IN_TOO, Keep, OUT, Step, World, hop, preimage};
use reference::{Event, EventKey, InboundHtlcState, Mode};

const AMOUNT: u64 = 2200;

fn claimed() -> Event {
    Event::PaymentClaimed { payment_hash: preimage(7).payment_hash(), amount_msat: AMOUNT }
}

/// A payment has come in over two channels.
fn two_parts() -> World {
    let mut world = World::new();
    let parts = vec![world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
    world.go(Step::Receive(parts));
    world.flush();
    world
}

#[test]
fn a_claim_is_told_once_a_part_is_kept() {
    let mut world = two_parts();
    let payment_hash = preimage(7).payment_hash();
    assert_eq!(world.deliveries, [Event::PaymentClaimable { payment_hash, amount_msat: AMOUNT }]);
    world.handle(EventKey::Claimable(payment_hash));
    world.go(Step::Claim(7));
    assert!(world.node.manager().pending_events().is_empty(), "MGR-19");
    world.land(IN);
    world.handle(EventKey::Claimed(payment_hash));
    assert!(world.node.manager().blocks_revocations(IN), "MGR-20");
    world.go(Step::Revoke(IN, hop(IN, 0).htlc()));
    assert!(world.node.manager().is_blocked(IN), "MGR-20");
    world.land(IN_TOO);
    assert!(!world.node.manager().blocks_revocations(IN));
    world.settle();
    assert!(world.record.contains(&claimed()));
    assert_eq!(world.upstream(hop(IN, 0)), (true, false));
    assert_eq!(world.upstream(hop(IN_TOO, 0)), (true, false));
}

#[test]
fn a_payment_is_given_back() {
    let mut world = two_parts();
    world.go(Step::FailBack(7));
    assert!(!world.step(Step::Claim(7)));
    world.settle();
    assert_eq!(world.upstream(hop(IN, 0)), (false, true));
    assert_eq!(world.upstream(hop(IN_TOO, 0)), (false, true));
    assert!(!world.record.contains(&claimed()));
}

#[test]
fn a_load_claims_the_part_of_another_channel() {
    let mut world = two_parts();
    world.go(Step::Claim(7));
    world.land(IN);
    world.go(Step::Crash(Keep::nothing()));
    assert!(world.report.closed.contains(&IN), "RST-1");
    assert_eq!(world.report.submitted_again[&IN_TOO].len(), 1, "RST-12");
    world.settle();
    assert_eq!(world.upstream(hop(IN_TOO, 0)), (true, false));
    assert!(world.record.contains(&claimed()));
}

/// Neither the arrival of the parts nor that they are a payment is in the stored Manager.
#[test]
fn an_older_manager_puts_a_claimed_payment_together() {
    for knows_arrival in [false, true] {
        let mut world = World::new();
        world.all(&[Step::Arrive(IN, 7, 1100), Step::Arrive(IN_TOO, 7, 1100)]);
        world.land(IN);
        world.land(IN_TOO);
        if knows_arrival {
            world.flush();
        }
        world.all(&[Step::Receive(vec![hop(IN, 0), hop(IN_TOO, 0)]), Step::Claim(7)]);
        world.land(IN);
        world.go(Step::Crash(Keep::nothing()));
        let received = &world.node.manager().received()[&preimage(7).payment_hash()];
        assert_eq!(received.parts, [hop(IN, 0), hop(IN_TOO, 0)], "RST-12");
        world.settle();
        assert_eq!(world.upstream(hop(IN, 0)), (true, false));
        assert_eq!(world.upstream(hop(IN_TOO, 0)), (true, false));
        assert!(world.record.contains(&claimed()));
    }
}

#[test]
fn an_arrival_that_was_not_kept_comes_again() {
    let mut world = World::new();
    world.go(Step::Arrive(IN, 7, 1100));
    assert!(!world.step(Step::Receive(vec![hop(IN, 0)])), "it is not durable");
    world.restart();
    assert!(world.node.manager().inbound_htlc(hop(IN, 0)).is_none());
    world.arrive(IN, 7);
    let state = world.node.manager().inbound_htlc(hop(IN, 0)).map(|htlc| htlc.state);
    assert_eq!(state, Some(InboundHtlcState::Undecided));
    world.settle();
}

#[test]
fn a_new_channel_is_not_written_before_its_monitor_is_durable() {
    let new = reference::ChannelId([9; 32]);
    let mut world = World::new();
    let before = world.node.manager().write();
    world.go(Step::Open(new));
    assert_eq!(world.node.manager().write(), before);
    assert!(!world.step(Step::Arrive(new, 7, 1000)));
    let mut forgotten = world.clone();
    forgotten.restart();
    assert!(forgotten.node.monitor(new).is_none());
    world.go(Step::Land(Some(new)));
    // The Monitor is stored, the Manager is older than the channel.
    let mut older = world.clone();
    older.restart();
    assert!(older.report.closed.contains(&new), "RST-1");
    older.settle();
    world.flush();
    assert_ne!(world.node.manager().write(), before);
    world.arrive(new, 7);
    world.settle();
}

#[test]
fn modes_are_switched_by_loads() {
    let mut world = World::new();
    world.mode = Mode::Off;
    let off = reference::ChannelId([9; 32]);
    world.open(off);
    world.pay(7, &[crate::common::part(off), crate::common::part(OUT)]);
    world.go(Step::Sign(off, 0, crate::common::CLAIM));
    world.land(off);
    assert!(!world.step(Step::Revoke(off, reference::HtlcId::outbound(0))), "UPG-2");
    world.go(Step::Release(off));
    world.go(Step::PersistMonitor(off));
    world.land(off);
    assert!(world.disk.durable(off).is_some_and(|m| m.has_no_event()), "released, not kept");
    world.go(Step::Crash(Keep::nothing()));
    assert_eq!(world.report.switched.iter().collect::<Vec<_>>(), [&off]);
    assert!(world.node.monitor(off).is_some_and(|m| !m.has_no_event()), "UPG-3");
    assert!(!world.step(Step::StartWatch), "UPG-5");
    world.load();
    assert_eq!(world.disk.durable(off).map(|m| m.mode()), Some(Mode::On));
    world.go(Step::Crash(Keep { mode: false, ..Keep::nothing() }));
    assert!(!world.report.switched.contains(&off), "UPG-4");
    assert!(world.report.switched.contains(&OUT));
    world.settle();
}

/// The fail of one part is in its Monitor, the stored Manager takes the payment for claimable: the
/// other part is nobody's payment any more, and can be failed.
#[test]
fn an_older_manager_forgets_a_payment_that_was_given_back() {
    let mut world = two_parts();
    world.all(&[Step::FailBack(7), Step::ForwardFail(hop(IN_TOO, 0))]);
    world.land(IN_TOO);
    world.restart();
    assert!(world.node.manager().received().is_empty());
    let state = world.node.manager().inbound_htlc(hop(IN, 0)).map(|htlc| htlc.state);
    assert_eq!(state, Some(InboundHtlcState::Undecided));
    world.flush();
    world.restart();
    world.settle();
    assert_eq!(world.upstream(hop(IN, 0)), (false, true));
}

/// A retry by a channel that is in no write of the Manager would be in one.
#[test]
fn a_new_channel_takes_no_retry() {
    let new = reference::ChannelId([9; 32]);
    let mut world = World::new();
    world.go(Step::Open(new));
    let part = reference::NewPart { channel_id: OUT, amount_msat: 1000, retry_by: Some(new) };
    assert!(!world.step(Step::Pay(7, vec![part])));
    world.flush();
    world.go(Step::Pay(7, vec![part]));
    world.settle();
}
