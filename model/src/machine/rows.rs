//! The actions: one row each, in the order of their numbers.
//!
//! A row says all that is to be said of a kind of action: who acts, whether it is bound to happen
//! and when it has its turn, what must be so before anything else is asked, what it costs, where it
//! exists, where it is enabled, what of the bounds it uses, and what it does. Alphabet,
//! enabledness, effects, fairness, settling order, script words and chart lanes are made from the
//! rows.
//!
//! What makes an action fair is the question whether a real node can be kept waiting for it for
//! ever. Without fairness there would be no quiescent state in which GUA-1 and GUA-6 could be
//! asked; with too much of it, a design that needs luck would look as if it needed none. Whatever
//! has a cost is the adversary's, and never fair.

use super::Machine;
use super::need::Need;
use super::room::Uses;
use super::row::{Cost, Deed, Fair, Lane, Row, Takes, Turn, deed};
use crate::action::{ActionKind, Args};
use crate::protocol::Protocol;
use crate::scenario::{Flag, Role};
use crate::state::{Channel, Htlc, Inbound, Outcome, View};
use crate::topology::Topology;

use ActionKind as Kind;
use Takes::{Block, Htlc as OfHtlc, Kept as OfCrash, Nothing, On};

/// Takes a channel that scripts name.
const fn channel<P: Protocol + ?Sized, const C: usize, const H: usize>(
    deed: Deed<P, Channel, C, H>,
) -> Takes<P, C, H> {
    Takes::Channel(None, deed)
}

/// Takes a channel that scripts leave out if it is this one.
const fn implied<P: Protocol + ?Sized, const C: usize, const H: usize>(
    c: Channel,
    deed: Deed<P, Channel, C, H>,
) -> Takes<P, C, H> {
    Takes::Channel(Some(c), deed)
}

/// For actions that no scenario rules out: where they may be taken, their guards say.
fn anywhere<P: Protocol + ?Sized, A, const C: usize, const H: usize>(
    _: &Machine<P, C, H>,
    _: A,
) -> bool {
    true
}

/// Not every HTLC leaves: a payment received ends here, and a forward's second previous hop has
/// left with the first, under whose name the peer and the Monitor know it.
fn leaves<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    h: Htlc,
) -> bool {
    m.topology.leaves(h)
}

/// The user's own payments came in on no channel.
fn came_in<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    h: Htlc,
) -> bool {
    m.topology.shape(h).inbound.is_some()
}

/// The user is told of it in an event of its own.
fn is_told<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    h: Htlc,
) -> bool {
    match m.scenario.htlcs[h.index()] {
        // `PaymentForwarded` carries no money and multiplies the states; it is a scenario's choice.
        role if role.is_forward() => m.scenario.has(Flag::TellForwards),
        role => role.is_own() || role == Role::Received,
    }
}

/// A channel that no HTLC leaves by has no event, no spend to look for and nothing to bury.
fn has_leaving<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    m.topology.leaving_by(c).next().is_some()
}

/// A scenario may keep a channel from being closed by choice: all that follows from a close is left
/// out then, which is how the small scenarios stay small.
fn may_close<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    m.scenario.may_close(c)
}

/// Two things can block revocations (`actions_blocking_raa_monitor_updates`): the scenario's
/// nameless claim, and the claim of a payment received that the model follows itself (MGR-20).
fn blocks<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    let receives = |h| m.topology.is_received(h) && m.topology.came_in_on(h, c);
    (m.scenario.has(Flag::BlockIn) && c == Channel::IN) || m.topology.htlcs().any(receives)
}

/// A peer that has shown the preimage wants its money: it signs, or spends on chain. Fairness ends
/// there. A peer that has shown nothing may stay silent for ever.
fn is_peer_claiming<const C: usize, const H: usize>(
    _: &Topology,
    s: View<C, H>,
    args: Args,
) -> bool {
    matches!(args, Args::Htlc(h) if s.world.is_peer_claiming(h))
}

/// A first claim is the user's choice. One that the chain shows, and that the node has forgotten,
/// it makes again: an entry that stays claimable for ever is out of the model's sight
/// (docs/bounds.md).
fn has_claimed<const C: usize, const H: usize>(t: &Topology, s: View<C, H>, args: Args) -> bool {
    let is_claimed = |part| s.world.inbound[part] == Inbound::Claimed;
    matches!(args, Args::Htlc(h) if t.parts(h).any(is_claimed))
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// All rows, by number.
    #[rustfmt::skip]
    pub const ROWS: &'static [Row<P, C, H>; 38] = &[
        // `send_payment`. Nobody has to pay, so no settling order counts on it.
        Row::new(Kind::Pay, Lane::User, &[Need::Running], OfHtlc(deed(
            |m, h| m.scenario.htlcs[h.index()] == Role::Unmade,
            Self::can_pay,
            |s, h| s.pay(h),
        ))).unfair(),
        // Fair: else an HTLC could stay in `holding_cell_htlc_updates` for ever, and GUA-1 would
        // not see it.
        Row::new(Kind::Offer, Lane::Manager, &[Need::Running], OfHtlc(deed(
            |m, h| m.scenario.htlcs[h.index()].may_be_offered(),
            Self::can_offer,
            |s, h| s.offer(h),
        ).one_update_outbound())),
        // `update_fulfill_htlc`, the second driver of claims beside the event. It is not fair: what
        // a peer owes after it is the signature, and that is the row below. The outbound channel
        // gets no update by it, the inbound ones get the preimage.
        Row::new(Kind::PeerFulfil, Lane::World, &[Need::Running, Need::Open], OfHtlc(deed(
            |m, h| m.topology.leaves(h) && m.scenario.has(Flag::ClaimMessages),
            Self::can_peer_fulfil,
            |s, h| s.peer_fulfil(h),
        ).using(Self::claim_uses))).unfair(),
        // A peer finishes what it has sent or signed; an HTLC that nobody decided is failed.
        Row::new(Kind::PeerClaim, Lane::World, &[Need::Running, Need::Open], OfHtlc(deed(
            leaves,
            Self::can_peer_claim,
            |s, h| s.peer_sign(h, Outcome::Claim),
        ).one_update_outbound())).fair(Fair::Where(is_peer_claiming)).turn(Turn::Peer),
        // Always fair, so that in a quiescent state each HTLC has an outcome; the guard spares a
        // claim.
        Row::new(Kind::PeerFail, Lane::World, &[Need::Running, Need::Open], OfHtlc(deed(
            leaves,
            Self::can_peer_fail,
            |s, h| s.peer_sign(h, Outcome::Fail),
        ).one_update_outbound())).turn(Turn::Peer),
        // `revoke_and_ack`, of the peer on either side. Outbound it prunes the HTLC, and pushes the
        // fail (site 2); inbound it is the removal that MGR-2 and MGR-3 wait for. Room is asked for
        // its update also where that will be blocked: it has to be submitted one day.
        Row::new(Kind::PeerRevoke, Lane::World, &[Need::Running, Need::Open], On(deed(
            |m, (c, h)| m.topology.leaves_by(h, c) || m.topology.came_in_on(h, c),
            |m, s, (c, h)| m.can_peer_revoke(s, c, h),
            |s, (c, h)| s.peer_revoke(c, h),
        ).using(|_, _, (c, _)| Uses::updates(c, 1)))).turn(Turn::Peer),
        // The chain does not wait for us: no phase is asked, and a commitment may confirm between
        // two steps of a load. RST-5 is about the close that nobody was told of.
        Row::new(Kind::CloseByPeer, Lane::World, &[Need::Open], channel(deed(
            may_close,
            |_, _, _| true,
            |s, c| s.close_by_peer(c),
        ))).unfair(),
        // By choice, hence not fair; and by the Manager, hence only while it runs.
        Row::new(Kind::CloseByUs, Lane::World, &[Need::Running, Need::Open], channel(deed(
            may_close,
            Self::can_close_by_us,
            |s, c| s.close_by_us(c),
        ).using(Self::close_uses))).unfair(),
        // The peer's preimage spend (`is_resolving_htlc_output` in LDK) needs nothing of our node.
        Row::new(Kind::ClaimOnChain, Lane::World, &[Need::Closed], OfHtlc(deed(
            leaves,
            Self::can_claim_on_chain,
            |s, h| s.claim_on_chain(h),
        ))).fair(Fair::Where(is_peer_claiming)).turn(Turn::Peer),
        // Our timeout spend stands here at its final depth: a reorganisation is left out, and with
        // it the time in which LDK's Monitor waits for confirmations.
        Row::new(Kind::TimeoutOnChain, Lane::World, &[Need::Closed], OfHtlc(deed(
            leaves,
            Self::can_time_out_on_chain,
            |s, h| s.time_out_on_chain(h),
        ))).turn(Turn::Peer),
        // Without this row an HTLC that has no output in the commitment would never end. Most
        // scenarios have one outbound channel; scripts need not name it.
        Row::new(Kind::Bury, Lane::World, &[Need::Closed], implied(Channel::OUT, deed(
            has_leaving,
            Self::can_bury,
            |s, c| s.bury(c),
        ))).turn(Turn::Peer),
        // A Monitor that is locked down broadcasts from the Watch by itself, also before the
        // background step: nobody else has to be ready for it.
        Row::new(Kind::Broadcast, Lane::World, &[Need::Watching, Need::Open], channel(deed(
            anywhere,
            Self::can_broadcast,
            |s, c| s.broadcast(c),
        ))),
        // No phase is asked: that the Monitor in memory has the preimage and the commitment is
        // enough, durable or not. What is on chain a crash does not take back.
        Row::new(Kind::ClaimInbound, Lane::World, &[Need::ClosedInbound], OfHtlc(deed(
            came_in,
            Self::can_claim_inbound,
            |s, h| s.claim_inbound(h),
        ))),
        // An expiry at any time would break GUA-9 in every design. So the payer waits until the
        // node has had its chance; who may be waited for is asked last, in `Model::actions`.
        Row::new(Kind::ExpireInbound, Lane::World, &[Need::LastChance, Need::ClosedInbound],
            OfHtlc(deed(
            came_in,
            Self::can_expire_inbound,
            |s, h| s.expire_inbound(h),
        ))),
        // Transactions may be shown twice. Then an event that was acked is pushed again, under a
        // new id: MGR-6 has to ack it without an effect, MON-13 to stop the archival clock. The
        // budget keeps this finite.
        Row::new(Kind::Rescan, Lane::World, &[Need::Watching, Need::Closed],
            Block(Channel::OUT, deed(
            |m, (c, _)| has_leaving(m, c),
            |m, s, (c, fact)| m.can_rescan(s, c, fact),
            |s, (c, fact)| s.rescan(c, fact),
        ))).costs(Cost::Rescan),
        // Landing and report are one step: that a write landed and nobody knows is what a crash
        // that keeps it amounts to. With this need met nothing else is asked.
        Row::new(Kind::Complete, Lane::Disk, &[Need::Watching, Need::Writing], channel(deed(
            |m, c| m.scenario.is_async(c),
            |_, _, _| true,
            |s, c| s.complete(c),
        ))).turn(Turn::Store),
        // LDK writes no Monitor because of an ack; the next full write carries it. It is fair here,
        // or GUA-6 would fail of acked events that are still on disk (docs/bounds.md).
        Row::new(Kind::FullWrite, Lane::Disk, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_write_fully,
            |s, c| s.write_fully(c),
        ))).turn(Turn::Store),
        // Blocks in which nothing of the channel happens are left out: the first that counts has a
        // commitment.
        Row::new(Kind::Block, Lane::Monitors, &[Need::Watching, Need::Closed], channel(deed(
            anywhere,
            Self::can_process_block,
            |s, c| s.process_block(c, true),
        ))),
        // `update_monitor_with_chain_data` writes a Monitor only for some blocks, and waits for
        // none of those writes. So the event of a block may be in memory alone (finding 003).
        Row::new(Kind::BlockSkipped, Lane::Monitors, &[Need::Watching, Need::Closed], channel(deed(
            anywhere,
            Self::can_process_block,
            |s, c| s.process_block(c, false),
        ))).costs(Cost::Skip),
        // No phase is asked: the Manager may be written between any two steps of a load (RST-3),
        // and while the user handles an event. There is one write at a time.
        Row::new(Kind::WriteManager, Lane::Disk, &[Need::ManagerIdle], Nothing(deed(
            anywhere,
            |m, s, ()| m.can_write_manager(s),
            |s, ()| s.write_manager(),
        ))).turn(Turn::Store),
        // An ack that comes due between start and landing is not in the copy, and needs another
        // write (MGR-8).
        Row::new(Kind::LandManager, Lane::Disk, &[Need::ManagerWriting], Nothing(deed(
            |m, ()| m.scenario.has(Flag::AsyncManager),
            |_, _, ()| true,
            |s, ()| s.land_manager(),
        ))).turn(Turn::Store),
        // Blocks are replayed before the Watch has the Monitor, so nothing is written for them and
        // no event of theirs can be released.
        Row::new(Kind::Replay, Lane::Monitors, &[Need::Loading, Need::Closed], channel(deed(
            anywhere,
            Self::can_replay,
            |s, c| s.replay(c),
        ))),
        // One step for all Monitors: before it nobody acts on any of them, so no one can tell the
        // order.
        Row::new(Kind::StartWatch, Lane::Monitors, &[Need::Loading], Nothing(deed(
            anywhere,
            |m, s, ()| m.can_start_watch(s),
            |s, ()| s.start_watch(),
        ))),
        // A step for each channel: a crash, a Manager write and another channel's release fall in
        // between. It takes room for writes alone, because its updates are on the list already
        // (RST-3).
        Row::new(Kind::Resume, Lane::Manager, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_resume,
            |s, c| s.resume(c),
        ).using(Self::resume_uses))),
        // `CommitmentTxConfirmed` or `HolderForceClosed`: no event, no id, nothing to ack.
        Row::new(Kind::CloseNotice, Lane::Manager, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_notice_close,
            |s, c| s.notice_close(c),
        ).using(Self::close_uses))),
        // `Completed`, where it reaches the Manager later than the report (finding 033).
        Row::new(Kind::CompletionNotice, Lane::Manager, &[Need::Watching], channel(deed(
            |m, c| m.scenario.has(Flag::Notices) && m.scenario.is_async(c),
            |_, s, c| s.node.monitors[c].completed > 0,
            |s, c| s.notice_completion(c),
        ))),
        // Heights are left out, so a deadline is any time; and not fair, since the peer may act
        // before it.
        Row::new(Kind::Deadline, Lane::Monitors, &[Need::Watching, Need::Open], channel(deed(
            |m, c| may_close(m, c) && m.scenario.has(Flag::Notices),
            Self::can_reach_deadline,
            |s, c| s.reach_deadline(c),
        ))).unfair(),
        // Taken twice: the first time starts the clock. Fair, because GUA-6 wants no resolved
        // Monitor left; but no excuse for an expiry, because archival comes long after.
        Row::new(Kind::Archive, Lane::Monitors, &[Need::Watching], channel(deed(
            |m, _| m.scenario.has(Flag::Archival),
            Self::can_archive,
            |s, c| s.archive(c),
        ))),
        // Release and dispatch are one step, as `process_pending_monitor_events` is one call.
        // Events come one at a time; a batch half dispatched is left out (docs/bounds.md).
        Row::new(Kind::Release, Lane::Monitors, &[Need::Watching], implied(Channel::OUT, deed(
            has_leaving,
            Self::can_release,
            |s, c| s.release(c),
        ).using(Self::release_uses))),
        // `forward_htlcs` is worked off apart from the dispatch: a fail can be written in the
        // queue, and be there after a crash when its event is not (finding 029).
        Row::new(Kind::ForwardFail, Lane::Manager, &[Need::Watching], OfHtlc(deed(
            |m, h| came_in(m, h) && !m.topology.is_received(h),
            Self::can_forward_fail,
            |s, h| s.forward_fail(h),
        ).one_update_inbound())),
        // What blocks a channel ends one day, and for good; else a revocation would wait for ever.
        Row::new(Kind::Unblock, Lane::World, &[Need::Running], Nothing(deed(
            |m, ()| m.scenario.has(Flag::BlockIn),
            |_, s, ()| s.world.blocker,
            |s, ()| s.unblock(),
        ))),
        // A duty in every state, not an answer to a message: a crash may take what would have told
        // (MGR-13).
        Row::new(Kind::SubmitBlocked, Lane::Manager, &[Need::Running], implied(Channel::IN, deed(
            blocks,
            Self::can_submit_blocked,
            |s, c| s.submit_blocked(c),
        ).using(|_, _, c| Uses::updates(c, 1)))),
        // The user claims again what it has claimed, if we forgot it.
        Row::new(Kind::ClaimFunds, Lane::Manager, &[Need::Running], OfHtlc(deed(
            |m, h| m.scenario.htlcs[h.index()] == Role::Received,
            Self::can_claim_funds,
            |s, h| s.claim_funds(h),
        ).using(Self::claim_funds_uses))).fair(Fair::Where(has_claimed)),
        // Begin and end are two steps, so that an ack may join the event in between (MGR-18,
        // finding 028) and a crash may find the handler at work.
        Row::new(Kind::Begin, Lane::User, &[Need::Running, Need::UserIdle], OfHtlc(deed(
            is_told,
            Self::can_begin,
            |s, h| s.begin(h),
        ))),
        // No phase is asked: who is busy began while the node ran, and only a crash ends that.
        Row::new(Kind::Handle, Lane::User, &[Need::UserBusy], OfHtlc(deed(
            is_told,
            Self::is_handling,
            |s, h| s.handle(h),
        ))),
        // Each refusal excuses one delivery more (GUA-5); without a budget that would excuse any
        // number.
        Row::new(Kind::Refuse, Lane::User, &[Need::UserBusy], OfHtlc(deed(
            is_told,
            Self::is_handling,
            |s, h| s.refuse(h),
        ))).costs(Cost::Refusal),
        // It needs nothing: a crash may fall in every state, between two steps of a load too.
        Row::new(Kind::Crash, Lane::World, &[], OfCrash(deed(
            anywhere,
            Self::can_crash,
            |s, kept| s.crash(kept),
        ))).costs(Cost::Crash),
        // `ChainMonitor::flush`. LDK does so many calls in order as the queue had when the
        // Manager's write started; here the write says which they are.
        Row::new(Kind::Flush, Lane::Monitors, &[Need::Watching], channel(deed(
            |m, _| m.scenario.has(Flag::Deferred),
            Self::can_flush,
            |s, c| s.flush(c),
        ).using(|_, _, c| Uses::writes(c, 1)))),
    ];
}
