//! Payments received, as an older Manager takes them from the Monitors.

use crate::common::{CLAIM, FAIL, IN, IN_TOO, Keep, OUT, Step, World, preimage};
use reference::{HTLCPreviousHopData, InboundHtlcState};

fn state(world: &World, came: HTLCPreviousHopData) -> Option<InboundHtlcState> {
    world.node.manager().inbound_htlc(came).map(|htlc| htlc.state)
}

/// What is put together are the parts that nobody has said otherwise of, of that hash alone.
#[test]
fn a_payment_is_put_together_of_its_own_parts_only() {
    let mut world = World::new();
    let parts = [world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
    let (failed, other, leaves) = (world.arrive(IN, 7), world.arrive(IN, 8), world.arrive(IN, 7));
    world.go(Step::FailHtlc(failed));
    world.forward(&[leaves], OUT);
    world.flush();
    world.all(&[Step::Receive(parts.to_vec()), Step::Claim(7)]);
    world.land(IN);
    // Its channel is stale: what the Manager did not know comes from the Monitor.
    world.restart();
    let received = world.node.manager().received();
    assert_eq!(received.keys().collect::<Vec<_>>(), [&preimage(7).payment_hash()]);
    assert_eq!(received[&preimage(7).payment_hash()].parts, parts, "RST-12");
    assert_eq!(state(&world, parts[1]), Some(InboundHtlcState::Signed(CLAIM)));
    assert_eq!(state(&world, other), Some(InboundHtlcState::Undecided));
    assert_eq!(state(&world, leaves), Some(InboundHtlcState::Waiting));
    assert_eq!(state(&world, failed), Some(InboundHtlcState::Resolved), "ACT-23");
    world.settle();
}

/// One part's channel is archived, the other part is claimed and removed: what an older Manager
/// takes for claimable is resolved.
#[test]
fn a_part_of_an_archived_channel_is_resolved_with_its_payment() {
    let mut world = World::new();
    let parts = [world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
    world.go(Step::Receive(parts.to_vec()));
    world.flush();
    world.all(&[Step::PeerCloses(IN, false), Step::Spend(IN, parts[0].htlc(), FAIL)]);
    world.go(Step::Final(IN));
    while world.step(Step::See(IN, true)) {}
    world.pump();
    world.all(&[Step::Archive(IN), Step::Archive(IN)]);
    world.flush();
    assert_eq!(state(&world, parts[0]), Some(InboundHtlcState::Claimable));
    let mut claimed = world.clone();
    claimed.restart();
    assert_eq!(state(&claimed, parts[0]), Some(InboundHtlcState::Claimable), "nobody claimed");
    assert!(world.node.claim_funds(preimage(7)).is_ok());
    // A step, for what the claim asks of the surroundings.
    world.go(Step::PersistMonitor(OUT));
    world.land(IN_TOO);
    let key = reference::EventKey::Claimed(preimage(7).payment_hash());
    world.handle(key);
    world.go(Step::Revoke(IN_TOO, parts[1].htlc()));
    world.land(IN_TOO);
    world.go(Step::Crash(Keep::nothing()));
    assert!(!world.node.manager().received().is_empty());
    assert_eq!(state(&world, parts[1]), Some(InboundHtlcState::Resolved), "RST-6");
    assert_eq!(state(&world, parts[0]), Some(InboundHtlcState::Resolved), "RST-12, MGR-10");
}

/// The parts have other numbers on their channels: each is looked up on its own.
#[test]
fn a_part_that_was_failed_ends_its_payment_and_no_other() {
    let mut world = World::new();
    let other = world.arrive(IN_TOO, 8);
    let parts = [world.arrive(IN, 7), world.arrive(IN_TOO, 7)];
    world.all(&[Step::Receive(vec![other]), Step::Receive(parts.to_vec())]);
    world.flush();
    let mut claimed = world.clone();
    world.all(&[Step::FailBack(7), Step::ForwardFail(parts[1])]);
    world.land(IN_TOO);
    world.go(Step::Crash(Keep::nothing()));
    let received = world.node.manager().received();
    assert_eq!(received.keys().collect::<Vec<_>>(), [&preimage(8).payment_hash()]);
    assert_eq!(state(&world, parts[0]), Some(InboundHtlcState::Undecided));
    assert_eq!(state(&world, other), Some(InboundHtlcState::Claimable));
    let keys: Vec<_> = world.node.manager().pending_events().keys().copied().collect();
    assert_eq!(keys, [reference::EventKey::Claimable(preimage(8).payment_hash())]);
    world.settle();
    // A claim that is removed is told, and no other payment is taken for claimed.
    claimed.go(Step::Claim(8));
    claimed.land(IN_TOO);
    claimed.handle(reference::EventKey::Claimed(preimage(8).payment_hash()));
    claimed.go(Step::Revoke(IN_TOO, other.htlc()));
    claimed.land(IN_TOO);
    claimed.go(Step::Crash(Keep::nothing()));
    let telling = |n| claimed.node.manager().received()[&preimage(n).payment_hash()].telling;
    assert_eq!(telling(8), reference::Telling::Queued, "RST-6");
    assert_eq!(telling(7), reference::Telling::NotYet);
    claimed.settle();
}

#[test]
fn the_user_gives_back_what_it_was_being_told_of() {
    let mut world = World::new();
    let parts = vec![world.arrive(IN, 7)];
    world.go(Step::Receive(parts));
    let key = reference::EventKey::Claimable(preimage(7).payment_hash());
    world.all(&[Step::Begin(key), Step::FailBack(7)]);
    assert_eq!(world.node.manager().handling(), None);
    assert!(world.node.manager().pending_events().is_empty());
    world.settle();
}
