//! Calls that cannot be: each is refused with its reason, and leaves the node as it was.

use std::collections::BTreeSet;

use crate::common::{
    CLAIM, IN, IN_TOO, Keep, OUT, Step, World, hop, of_part, part, preimage, told_by,
};
use reference::monitor::FactError;
use reference::{
    ChannelId, CommitmentOwner, EventKey, Fact, HTLCResolution, HtlcId, Mode, Node, NotNow, Origin,
    Outbox, PaymentId, Refused, StepError, StoredObject, UpdateAddHTLC,
};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };
const NOBODY: ChannelId = ChannelId([99; 32]);

/// Why the node does not take a step, which must leave no trace.
fn why<T>(
    world: &mut World,
    call: impl FnOnce(&mut Node<Outbox>) -> Result<T, StepError>,
) -> StepError {
    let before = world.node.clone();
    let Err(error) = call(&mut world.node) else { panic!("it was taken") };
    assert_eq!(before, world.node, "{error} left a trace");
    assert!(!error.to_string().is_empty());
    error
}

fn add(htlc_id: u64, n: u8) -> UpdateAddHTLC {
    UpdateAddHTLC { htlc_id, amount_msat: 1000, payment_hash: preimage(n).payment_hash() }
}

#[test]
fn what_is_never_possible() {
    let mut w = World::new();
    w.pay(7, &[part(OUT)]);
    let (first, other) = (w.arrive(IN, 8), w.arrive(IN, 9));
    let unknown = Refused::UnknownChannel(NOBODY).into();
    assert_eq!(why(&mut w, |n| n.force_close(NOBODY)), unknown);
    assert_eq!(why(&mut w, |n| n.open_channel(OUT, Mode::On)), Refused::KnownChannel(OUT).into());
    let (channel, htlc) = (OUT, HtlcId::outbound(5));
    let no_htlc = StepError::Refused(Refused::UnknownHtlc { channel, htlc });
    let removes = |n: &mut Node<_>| n.peer_signs_removal(OUT, 5, HTLCResolution::Failed);
    assert_eq!(why(&mut w, removes), no_htlc);
    assert_eq!(why(&mut w, |n| n.revoke_and_ack(OUT, htlc)), no_htlc);
    let (channel, htlc) = (IN, HtlcId::inbound(5));
    let no_htlc = StepError::Refused(Refused::UnknownHtlc { channel, htlc });
    assert_eq!(why(&mut w, |n| n.fail_htlc(hop(IN, 5))), no_htlc);
    let out_of_turn = Refused::OutOfTurn { channel: IN, expected: 2 };
    assert_eq!(why(&mut w, |n| n.update_add_htlc(IN, add(0, 7))), out_of_turn.into());
    assert_eq!(why(&mut w, |n| n.update_add_htlc(IN, add(3, 7))), out_of_turn.into());
    let wrong = StepError::Refused(Refused::WrongPreimage { channel: OUT, htlc: H0 });
    assert_eq!(why(&mut w, |n| n.update_fulfill_htlc(OUT, 0, preimage(8))), wrong);
    let claim = HTLCResolution::Claimed(preimage(8));
    assert_eq!(why(&mut w, |n| n.peer_signs_removal(OUT, 0, claim)), wrong);
    let (id, hash) = (PaymentId([7; 32]), preimage(7).payment_hash());
    let again = why(&mut w, |n| n.send_payment(id, hash, &[part(OUT)]));
    assert_eq!(again, Refused::KnownPayment(id).into());
    let none = StepError::Refused(Refused::NoPayment);
    assert_eq!(why(&mut w, |n| n.send_payment(PaymentId([8; 32]), hash, &[])), none);
    assert_eq!(why(&mut w, |n| n.receive_payment(&[])), none);
    assert_eq!(why(&mut w, |n| n.forward_htlcs(&[first, first], OUT, 1000)), none);
    assert_eq!(why(&mut w, |n| n.forward_htlcs(&[first], OUT, 1101)), none);
    assert_eq!(why(&mut w, |n| n.forward_htlcs(&[first], IN, 1000)), Refused::Loop(first).into());
    let other_hash = Refused::OtherHash(other).into();
    assert_eq!(why(&mut w, |n| n.receive_payment(&[first, other])), other_hash);
    w.settle();
}

#[test]
fn what_a_load_has_to_come_first_for() {
    let mut w = World::new();
    let already = StepError::NotNow(NotNow::AlreadyWatched);
    assert_eq!(why(&mut w, |n| n.start_watch()), already);
    assert_eq!(why(&mut w, |n| n.prune()), already);
    assert_eq!(why(&mut w, |n| n.replay_block(OUT, 1, &[])), already);
    assert_eq!(why(&mut w, |n| n.background_step(OUT)), NotNow::BackgroundDone(OUT).into());
    w.go(Step::Crash(Keep { mode: false, ..Keep::nothing() }));
    let not_watched = StepError::NotNow(NotNow::NotWatched);
    assert_eq!(why(&mut w, |n| n.process_pending_monitor_events()), not_watched);
    assert_eq!(why(&mut w, |n| n.block_connected(OUT, 1, &[])), not_watched);
    assert_eq!(why(&mut w, |n| n.process_pending_events(|_| Ok(()))), not_watched);
    assert_eq!(why(&mut w, |n| n.start_watch()), NotNow::ModeInFlight(OUT).into());
    for c in [OUT, IN, crate::common::OUT_TOO, IN_TOO] {
        w.go(Step::Land(Some(c)));
    }
    w.go(Step::StartWatch);
    let pending = StepError::NotNow(NotNow::BackgroundPending(OUT));
    assert_eq!(why(&mut w, |n| n.open_channel(NOBODY, Mode::On)), pending);
    w.settle();
}

#[test]
fn what_has_to_wait() {
    let mut w = World::new();
    w.go(Step::Open(NOBODY));
    let (id, hash) = (PaymentId([7; 32]), preimage(7).payment_hash());
    let new = StepError::NotNow(NotNow::New(NOBODY));
    assert_eq!(why(&mut w, |n| n.send_payment(id, hash, &[part(NOBODY)])), new);
    w.flush();
    w.go(Step::Pay(7, vec![part(OUT)]));
    w.go(Step::Offer(of_part(7, 0)));
    let claim = HTLCResolution::Claimed(preimage(7));
    let not_durable = StepError::NotNow(NotNow::NotDurable { channel: OUT, htlc: H0 });
    assert_eq!(why(&mut w, |n| n.peer_signs_removal(OUT, 0, claim)), not_durable);
    let not_held = NotNow::NotHeld(of_part(7, 0)).into();
    assert_eq!(why(&mut w, |n| n.free_holding_cell(of_part(7, 0))), not_held);
    w.go(Step::PersistManager);
    assert_eq!(why(&mut w, |n| n.persist_manager()), NotNow::WriteInFlight.into());
    w.flush();
    assert_eq!(why(&mut w, |n| n.persist_manager()), NotNow::NothingToWrite.into());
    let no_write = NotNow::NoWrite(StoredObject::Manager).into();
    assert_eq!(why(&mut w, |n| n.manager_persisted()), no_write);
    let no_write = StepError::NotNow(NotNow::NoWrite(StoredObject::Monitor(OUT)));
    assert_eq!(why(&mut w, |n| n.channel_monitor_updated(OUT, 1)), no_write);
    assert_eq!(why(&mut w, |n| n.channel_monitor_updated(OUT, 99)), no_write);
    let wrong_stage = NotNow::WrongStage { channel: OUT, htlc: H0 }.into();
    assert_eq!(why(&mut w, |n| n.revoke_and_ack(OUT, H0)), wrong_stage);
    assert_eq!(why(&mut w, |n| n.process_completed(OUT)), NotNow::NoCompletion(OUT).into());
    let nothing = NotNow::NothingToRelease(OUT).into();
    assert_eq!(why(&mut w, |n| n.process_monitor_event(OUT)), nothing);
    assert_eq!(why(&mut w, |n| n.process_close_notice(OUT)), NotNow::NoNotice(OUT).into());
    assert_eq!(why(&mut w, |n| n.deadline_reached(IN)), NotNow::NothingUrgent(IN).into());
    assert_eq!(why(&mut w, |n| n.archive_monitor(OUT)), NotNow::Needed(OUT).into());
    let key = told_by(7, 0);
    assert_eq!(why(&mut w, |n| n.begin_event(key)), NotNow::NotQueued(key).into());
    let not_handling = StepError::NotNow(NotNow::NotHandling(key));
    assert_eq!(why(&mut w, |n| n.end_event_ok(key)), not_handling);
    assert_eq!(why(&mut w, |n| n.end_event_refused(key)), not_handling);
    w.go(Step::Fulfil(OUT, 0));
    let settled = NotNow::Settled(of_part(7, 0)).into();
    assert_eq!(why(&mut w, |n| n.update_fulfill_htlc(OUT, 0, preimage(7))), settled);
    w.go(Step::Begin(key));
    assert_eq!(why(&mut w, |n| n.begin_event(key)), NotNow::Handling(key).into());
    w.go(Step::EndOk(key));
    w.go(Step::ForceClose(IN));
    assert_eq!(why(&mut w, |n| n.force_close(IN)), NotNow::Closed(IN).into());
    assert_eq!(why(&mut w, |n| n.update_add_htlc(IN, add(0, 8))), NotNow::Closed(IN).into());
    assert_eq!(why(&mut w, |n| n.peer_connected(IN)), NotNow::Closed(IN).into());
    w.settle();
    assert_eq!(why(&mut w, |n| n.block_connected(IN, 9, &[])), NotNow::Archived(IN).into());
}

#[test]
fn what_is_decided_or_blocked() {
    let mut w = World::new();
    let (first, other) = (w.arrive(IN, 7), w.arrive(IN, 7));
    let hash = preimage(7).payment_hash();
    let not_claimable = StepError::NotNow(NotNow::NotClaimable(hash));
    assert_eq!(why(&mut w, |n| n.claim_funds(preimage(7))), not_claimable);
    assert_eq!(why(&mut w, |n| n.fail_htlc_backwards(hash)), not_claimable);
    let no_fail = NotNow::NoFailQueued(first).into();
    assert_eq!(why(&mut w, |n| n.process_forward_fail(first)), no_fail);
    w.go(Step::Receive(vec![first]));
    let decided = StepError::NotNow(NotNow::Decided(first));
    assert_eq!(why(&mut w, |n| n.fail_htlc(first)), decided);
    assert_eq!(why(&mut w, |n| n.forward_htlcs(&[first], OUT, 1)), decided);
    let in_use = NotNow::HashInUse(hash).into();
    assert_eq!(why(&mut w, |n| n.receive_payment(&[other])), in_use);
    let not_blocked = NotNow::NotBlocked(IN).into();
    assert_eq!(why(&mut w, |n| n.submit_blocked_update(IN)), not_blocked);
    w.go(Step::Claim(7));
    w.land(IN);
    w.go(Step::Revoke(IN, first.htlc()));
    let blocked = StepError::NotNow(NotNow::Blocked(IN));
    assert_eq!(why(&mut w, |n| n.submit_blocked_update(IN)), blocked);
    w.go(Step::FailHtlc(other));
    assert_eq!(why(&mut w, |n| n.process_forward_fail(other)), blocked);
    w.settle();
    assert!(w.record.iter().any(|event| matches!(event, reference::Event::PaymentClaimed { .. })));
    assert!(!w.node.manager().pending_events().contains_key(&EventKey::Claimed(hash)));
}

#[test]
fn a_claim_that_the_manager_needs_is_not_revoked() {
    let mut w = World::bare(crate::common::ways()[0], reference::Settings::default(), Mode::Off);
    w.open(OUT);
    w.pay(7, &[part(OUT)]);
    w.go(Step::Sign(OUT, 0, CLAIM));
    w.land(OUT);
    let unacked = NotNow::ClaimUnacked { channel: OUT, htlc: H0 }.into();
    assert_eq!(why(&mut w, |n| n.revoke_and_ack(OUT, H0)), unacked);
    w.settle();
}

#[test]
fn what_no_chain_can_show() {
    let mut w = World::new();
    w.pay(7, &[part(OUT), part(OUT)]);
    let confirmed = |outputs: &[HtlcId]| Fact::CommitmentConfirmed {
        owner: CommitmentOwner::Counterparty,
        outputs: outputs.iter().copied().collect::<BTreeSet<_>>(),
    };
    let timeout = |htlc| Fact::TimeoutSpend { htlc };
    let (h1, stranger) = (HtlcId::outbound(1), HtlcId::outbound(2));
    let no = |w: &mut World, height, facts: &[Fact], error: FactError| {
        assert_eq!(why(w, |n| n.block_connected(OUT, height, facts)), error.into());
    };
    no(&mut w, 0, &[], FactError::OldBlock(0));
    no(&mut w, 1, &[timeout(H0)], FactError::NotConfirmed);
    no(&mut w, 1, &[Fact::CommitmentFinal], FactError::NotConfirmed);
    no(&mut w, 1, &[confirmed(&[stranger])], FactError::UnknownHtlc(stranger));
    no(&mut w, 1, &[confirmed(&[]), confirmed(&[])], FactError::AlreadyConfirmed);
    no(&mut w, 1, &[confirmed(&[H0]), timeout(h1)], FactError::NoOutput(h1));
    no(&mut w, 1, &[confirmed(&[H0]), timeout(H0), timeout(H0)], FactError::AlreadySpent(H0));
    let wrong = Fact::PreimageSpend { htlc: H0, payment_preimage: preimage(8) };
    no(&mut w, 1, &[confirmed(&[H0]), wrong], FactError::WrongPreimage(H0));
    let last = Fact::CommitmentFinal;
    no(&mut w, 1, &[confirmed(&[]), last.clone(), last], FactError::AlreadyFinal);
    let shown = why(&mut w, |n| n.block_rescanned(OUT, &timeout(H0)));
    assert_eq!(shown, FactError::NotShown.into());
    w.settle();
    assert_eq!(w.node.manager().held_on(Origin::Forward(hop(IN, 0))), None);
}
