//! One HTLC, no crash: each role and outcome, off chain and on chain.

mod common;

use common::{Action, BlockWrite, FORWARD, H0, H1, IN, OUT, PAYMENT, World, config};
use reference::monitor::Spend;
use reference::{Event, Fact, Outcome, Persistence, StepError};

fn payment(persistence: Persistence, outcome: Outcome) -> World {
    let mut world = World::new(config(persistence, &[PAYMENT]));
    world.go(Action::Sign(H0, outcome));
    world
}

#[test]
fn payment_is_claimed_at_the_signature() {
    let mut world = payment(Persistence::Asynchronous, Outcome::Claim);
    assert!(!world.step(Action::Release(OUT)), "WCH-1: the write is not reported");
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    world.go(Action::Begin(H0));
    world.go(Action::EndOk(H0));
    assert_eq!(world.node.monitor(OUT).unwrap().provided().len(), 1, "MGR-8: not acked yet");
    assert!(world.node.manager().asks_for_write(), "MGR-24");
    world.go(Action::StartManagerWrite);
    assert!(!world.node.manager().asks_for_write());
    world.go(Action::ManagerReport);
    assert!(world.node.monitor(OUT).unwrap().provided().is_empty(), "MGR-23");
    assert!(world.step(Action::FullWrite(OUT)), "WCH-6: the event is stored");
    world.settle();
    assert!(world.record.contains(&Event::PaymentSent { htlc: H0 }));
}

#[test]
fn payment_fails_at_the_revocation() {
    let mut world = payment(Persistence::Synchronous, Outcome::Fail);
    assert!(!world.step(Action::Release(OUT)), "MON-4: not revoked");
    world.go(Action::Revoke(OUT, H0));
    world.go(Action::Release(OUT));
    world.settle();
    assert!(world.record.contains(&Event::PaymentFailed { htlc: H0 }));
}

#[test]
fn forward_is_resolved_upstream() {
    for outcome in [Outcome::Claim, Outcome::Fail] {
        let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD]));
        world.go(Action::Sign(H0, outcome));
        assert!(!world.step(Action::Revoke(OUT, H0)), "our signature has not left");
        world.go(Action::Report(OUT));
        world.go(Action::Revoke(OUT, H0));
        world.go(Action::Report(OUT));
        world.go(Action::Release(OUT));
        assert_eq!(world.step(Action::ForwardFail(H0)), outcome == Outcome::Fail);
        world.go(Action::Report(IN));
        world.go(Action::Revoke(IN, H0));
        assert!(world.node.manager().due_acks().is_empty(), "MGR-2, MGR-3: removal not durable");
        world.go(Action::Report(IN));
        assert_eq!(world.node.manager().due_acks().len(), 1);
        world.settle();
    }
}

#[test]
fn claim_for_a_closed_inbound_channel_needs_no_removal() {
    let mut world = World::new(config(Persistence::Asynchronous, &[FORWARD]));
    world.go(Action::PeerCloses(IN, true));
    world.go(Action::Block(IN, BlockWrite::Lands));
    world.go(Action::Notice(IN));
    world.go(Action::Sign(H0, Outcome::Claim));
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    assert!(world.node.manager().due_acks().is_empty(), "MGR-4: preimage not durable");
    assert!(world.node.would_claim_on_chain(IN, H0), "it knows the preimage, durable or not");
    world.go(Action::Report(IN));
    assert_eq!(world.node.manager().due_acks().len(), 1, "MGR-4");
    world.go(Action::Spend(IN, H0, Spend::Preimage));
    world.settle();
}

#[test]
fn fail_is_given_up_when_the_inbound_channel_closes() {
    let mut world = World::new(config(Persistence::Synchronous, &[FORWARD]));
    world.go(Action::Sign(H0, Outcome::Fail));
    world.go(Action::Revoke(OUT, H0));
    world.go(Action::Release(OUT));
    world.go(Action::PeerCloses(IN, true));
    world.go(Action::Block(IN, BlockWrite::Skipped));
    assert!(world.node.manager().due_acks().is_empty());
    world.go(Action::Notice(IN));
    assert_eq!(world.node.manager().due_acks().len(), 1, "MGR-5");
    assert!(!world.step(Action::ForwardFail(H0)));
    world.settle();
}

#[test]
fn on_chain_outcomes_wait_for_no_write() {
    for spend in [Spend::Preimage, Spend::Timeout] {
        let mut world = World::new(config(Persistence::Asynchronous, &[PAYMENT]));
        world.go(Action::ForceClose(OUT));
        world.go(Action::Spend(OUT, H0, spend));
        world.go(Action::Block(OUT, BlockWrite::Skipped));
        world.go(Action::Block(OUT, BlockWrite::Skipped));
        world.go(Action::Release(OUT));
        world.settle();
    }
}

#[test]
fn an_event_of_a_block_waits_for_the_updates_before_it() {
    let mut world = World::new(config(Persistence::Asynchronous, &[PAYMENT, PAYMENT]));
    world.go(Action::Sign(H1, Outcome::Fail));
    world.go(Action::PeerCloses(OUT, true));
    world.go(Action::Spend(OUT, H0, Spend::Preimage));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    assert!(!world.step(Action::Release(OUT)), "WCH-1: the block's write reports no update");
    world.go(Action::Report(OUT));
    world.go(Action::Release(OUT));
    world.settle();
}

#[test]
fn commitment_without_the_htlc_fails_it_once_final() {
    let mut world = payment(Persistence::Synchronous, Outcome::Fail);
    world.go(Action::PeerCloses(OUT, false));
    world.go(Action::Final(OUT));
    world.go(Action::Block(OUT, BlockWrite::Lands));
    assert!(world.node.monitor(OUT).unwrap().pending().is_empty());
    world.go(Action::Block(OUT, BlockWrite::Lands));
    assert_eq!(world.node.monitor(OUT).unwrap().pending().len(), 1);
    world.settle();
}

#[test]
fn repeated_fact_is_acked_without_effect() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    world.go(Action::ForceClose(OUT));
    world.go(Action::Spend(OUT, H0, Spend::Preimage));
    world.settle();
    let height = world.chain[&OUT]
        .iter()
        .position(|fact| *fact == Fact::PreimageSpend { htlc: H0 })
        .unwrap();
    world.go(Action::Rescan(OUT, height));
    world.go(Action::Release(OUT));
    assert!(world.node.manager().pending_events().is_empty(), "MGR-7");
    assert_eq!(world.node.manager().due_acks().len(), 1, "MGR-6");
    world.settle();
}

#[test]
fn impossible_blocks_are_errors() {
    let mut world = World::new(config(Persistence::Synchronous, &[PAYMENT]));
    let before = world.node.clone();
    let spend = Fact::PreimageSpend { htlc: H0 };
    let refused = world.node.block_connected(OUT, &spend);
    assert!(matches!(refused, Err(StepError::Fact(_))));
    assert!(matches!(world.node.block_rescanned(OUT, &spend), Err(StepError::Fact(_))));
    assert_eq!(before, world.node);
}
