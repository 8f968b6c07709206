//! The actions: one row each, in the order of their numbers.
//!
//! A row says all that is to be said of a kind of action: who acts, whether it is bound to happen
//! and when it has its turn, what must be so before anything else is asked, what it costs, where it
//! exists, where it is enabled, what of the bounds it uses, and what it does. Alphabet,
//! enabledness, effects, fairness, settling order, script words and chart lanes are made from the
//! rows.

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

fn anywhere<P: Protocol + ?Sized, A, const C: usize, const H: usize>(
    _: &Machine<P, C, H>,
    _: A,
) -> bool {
    true
}

fn leaves<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    h: Htlc,
) -> bool {
    m.topology.leaves(h)
}

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
        role if role.is_forward() => m.scenario.has(Flag::TellForwards),
        role => role.is_own() || role == Role::Received,
    }
}

fn has_leaving<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    m.topology.leaving_by(c).next().is_some()
}

fn may_close<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    m.scenario.may_close(c)
}

fn blocks<P: Protocol + ?Sized, const C: usize, const H: usize>(
    m: &Machine<P, C, H>,
    c: Channel,
) -> bool {
    let receives = |h| m.topology.is_received(h) && m.topology.came_in_on(h, c);
    (m.scenario.has(Flag::BlockIn) && c == Channel::IN) || m.topology.htlcs().any(receives)
}

fn is_peer_claiming<const C: usize, const H: usize>(
    _: &Topology,
    s: View<C, H>,
    args: Args,
) -> bool {
    matches!(args, Args::Htlc(h) if s.world.is_peer_claiming(h))
}

fn has_claimed<const C: usize, const H: usize>(t: &Topology, s: View<C, H>, args: Args) -> bool {
    let is_claimed = |part| s.world.inbound[part] == Inbound::Claimed;
    matches!(args, Args::Htlc(h) if t.parts(h).any(is_claimed))
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// All rows, by number.
    #[rustfmt::skip]
    pub const ROWS: &'static [Row<P, C, H>; 37] = &[
        Row::new(Kind::Pay, Lane::User, &[Need::Running], OfHtlc(deed(
            |m, h| m.scenario.htlcs[h.index()] == Role::Unmade,
            Self::can_pay,
            |s, h| s.pay(h),
        ))).unfair(),
        Row::new(Kind::Offer, Lane::Manager, &[Need::Running], OfHtlc(deed(
            |m, h| m.scenario.htlcs[h.index()].may_be_offered(),
            Self::can_offer,
            |s, h| s.offer(h),
        ).one_update_outbound())),
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
        Row::new(Kind::PeerFail, Lane::World, &[Need::Running, Need::Open], OfHtlc(deed(
            leaves,
            Self::can_peer_fail,
            |s, h| s.peer_sign(h, Outcome::Fail),
        ).one_update_outbound())).turn(Turn::Peer),
        Row::new(Kind::PeerRevoke, Lane::World, &[Need::Running, Need::Open], On(deed(
            |m, (c, h)| m.topology.leaves_by(h, c) || m.topology.came_in_on(h, c),
            |m, s, (c, h)| m.can_peer_revoke(s, c, h),
            |s, (c, h)| s.peer_revoke(c, h),
        ).using(|_, _, (c, _)| Uses::updates(c, 1)))).turn(Turn::Peer),
        Row::new(Kind::CloseByPeer, Lane::World, &[Need::Open], channel(deed(
            may_close,
            |_, _, _| true,
            |s, c| s.close_by_peer(c),
        ))).unfair(),
        Row::new(Kind::CloseByUs, Lane::World, &[Need::Running, Need::Open], channel(deed(
            may_close,
            Self::can_close_by_us,
            |s, c| s.close_by_us(c),
        ).using(Self::close_uses))).unfair(),
        Row::new(Kind::ClaimOnChain, Lane::World, &[Need::Closed], OfHtlc(deed(
            leaves,
            Self::can_claim_on_chain,
            |s, h| s.claim_on_chain(h),
        ))).fair(Fair::Where(is_peer_claiming)).turn(Turn::Peer),
        Row::new(Kind::TimeoutOnChain, Lane::World, &[Need::Closed], OfHtlc(deed(
            leaves,
            Self::can_time_out_on_chain,
            |s, h| s.time_out_on_chain(h),
        ))).turn(Turn::Peer),
        Row::new(Kind::Bury, Lane::World, &[Need::Closed], implied(Channel::OUT, deed(
            has_leaving,
            Self::can_bury,
            |s, c| s.bury(c),
        ))).turn(Turn::Peer),
        Row::new(Kind::Broadcast, Lane::World, &[Need::Watching, Need::Open], channel(deed(
            anywhere,
            Self::can_broadcast,
            |s, c| s.broadcast(c),
        ))),
        Row::new(Kind::ClaimInbound, Lane::World, &[Need::ClosedInbound], OfHtlc(deed(
            came_in,
            Self::can_claim_inbound,
            |s, h| s.claim_inbound(h),
        ))),
        Row::new(Kind::ExpireInbound, Lane::World, &[Need::LastChance, Need::ClosedInbound],
            OfHtlc(deed(
            came_in,
            Self::can_expire_inbound,
            |s, h| s.expire_inbound(h),
        ))),
        Row::new(Kind::Rescan, Lane::World, &[Need::Watching, Need::Closed],
            Block(Channel::OUT, deed(
            |m, (c, _)| has_leaving(m, c),
            |m, s, (c, fact)| m.can_rescan(s, c, fact),
            |s, (c, fact)| s.rescan(c, fact),
        ))).costs(Cost::Rescan),
        Row::new(Kind::Complete, Lane::Disk, &[Need::Watching, Need::Writing], channel(deed(
            |m, c| m.scenario.is_async(c),
            |_, _, _| true,
            |s, c| s.complete(c),
        ))).turn(Turn::Store),
        Row::new(Kind::FullWrite, Lane::Disk, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_write_fully,
            |s, c| s.write_fully(c),
        ).using(|_, _, c| Uses::writes(c, 1)))).turn(Turn::Store),
        Row::new(Kind::Block, Lane::Monitors, &[Need::Watching, Need::Closed], channel(deed(
            anywhere,
            Self::can_process_block,
            |s, c| s.process_block(c, true),
        ))),
        Row::new(Kind::BlockSkipped, Lane::Monitors, &[Need::Watching, Need::Closed], channel(deed(
            anywhere,
            Self::can_process_block,
            |s, c| s.process_block(c, false),
        ))).costs(Cost::Skip),
        Row::new(Kind::WriteManager, Lane::Disk, &[Need::ManagerIdle], Nothing(deed(
            anywhere,
            |m, s, ()| m.can_write_manager(s),
            |s, ()| s.write_manager(),
        ))).turn(Turn::Store),
        Row::new(Kind::LandManager, Lane::Disk, &[Need::ManagerWriting], Nothing(deed(
            |m, ()| m.scenario.has(Flag::AsyncManager),
            |_, _, ()| true,
            |s, ()| s.land_manager(),
        ))).turn(Turn::Store),
        Row::new(Kind::Replay, Lane::Monitors, &[Need::Loading, Need::Closed], channel(deed(
            anywhere,
            Self::can_replay,
            |s, c| s.replay(c),
        ))),
        Row::new(Kind::StartWatch, Lane::Monitors, &[Need::Loading], Nothing(deed(
            anywhere,
            |m, s, ()| m.can_start_watch(s),
            |s, ()| s.start_watch(),
        ))),
        Row::new(Kind::Resume, Lane::Manager, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_resume,
            |s, c| s.resume(c),
        ).using(Self::resume_uses))),
        Row::new(Kind::CloseNotice, Lane::Manager, &[Need::Watching], channel(deed(
            anywhere,
            Self::can_notice_close,
            |s, c| s.notice_close(c),
        ).using(Self::close_uses))),
        Row::new(Kind::CompletionNotice, Lane::Manager, &[Need::Watching], channel(deed(
            |m, c| m.scenario.has(Flag::Notices) && m.scenario.is_async(c),
            |_, s, c| s.node.monitors[c].completed > 0,
            |s, c| s.notice_completion(c),
        ))),
        Row::new(Kind::Deadline, Lane::Monitors, &[Need::Watching, Need::Open], channel(deed(
            |m, c| may_close(m, c) && m.scenario.has(Flag::Notices),
            Self::can_reach_deadline,
            |s, c| s.reach_deadline(c),
        ))).unfair(),
        Row::new(Kind::Archive, Lane::Monitors, &[Need::Watching], channel(deed(
            |m, _| m.scenario.has(Flag::Archival),
            Self::can_archive,
            |s, c| s.archive(c),
        ))),
        Row::new(Kind::Release, Lane::Monitors, &[Need::Watching], implied(Channel::OUT, deed(
            has_leaving,
            Self::can_release,
            |s, c| s.release(c),
        ).using(Self::release_uses))),
        Row::new(Kind::ForwardFail, Lane::Manager, &[Need::Watching], OfHtlc(deed(
            |m, h| came_in(m, h) && !m.topology.is_received(h),
            Self::can_forward_fail,
            |s, h| s.forward_fail(h),
        ).one_update_inbound())),
        Row::new(Kind::Unblock, Lane::World, &[Need::Running], Nothing(deed(
            |m, ()| m.scenario.has(Flag::BlockIn),
            |_, s, ()| s.world.blocker,
            |s, ()| s.unblock(),
        ))),
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
        Row::new(Kind::Begin, Lane::User, &[Need::Running, Need::UserIdle], OfHtlc(deed(
            is_told,
            Self::can_begin,
            |s, h| s.begin(h),
        ))),
        Row::new(Kind::Handle, Lane::User, &[Need::UserBusy], OfHtlc(deed(
            is_told,
            Self::is_handling,
            |s, h| s.handle(h),
        ))),
        Row::new(Kind::Refuse, Lane::User, &[Need::UserBusy], OfHtlc(deed(
            is_told,
            Self::is_handling,
            |s, h| s.refuse(h),
        ))).costs(Cost::Refusal),
        Row::new(Kind::Crash, Lane::World, &[], OfCrash(deed(
            anywhere,
            Self::can_crash,
            |s, kept| s.crash(kept),
        ))).costs(Cost::Crash),
    ];
}
