//! The actions: one row each, in the order of their numbers.
//!
//! A row says all that is to be said of a kind of action: who acts, whether it is bound to happen
//! and when it has its turn, what must be so before anything else is asked, what it costs, where it exists,
//! where it is enabled, what of the bounds it uses, and what it does. Alphabet, enabledness,
//! effects, fairness, settling order, script words and chart lanes are made from the rows.

use super::Machine;
use super::need::Need;
use super::room::Uses;
use super::step::Step;
use crate::action::{ActionKind, Args, Kept};
use crate::protocol::Protocol;
use crate::scenario::{Flag, Role};
use crate::state::{Budget, Channel, Htlc, Inbound, Outcome, View};
use crate::topology::Topology;

/// A party with a memory of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Chain and peers.
    World,
    /// The monitors in memory, and the Watch that holds them.
    Monitors,
    /// What is durable, and the writes on their way.
    Disk,
    /// The manager in memory.
    Manager,
    /// The user's handler and its record.
    User,
}

/// Whether an action is bound to happen if it stays enabled. Fair actions have no budget.
#[derive(Clone, Copy)]
pub enum Fair {
    /// It is.
    Always,
    /// It is not.
    Never,
    /// It is where this holds.
    Where(fn(&Topology, View, Args) -> bool),
}

/// Whose turn a fair action is in the settling orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The store's: first in the one order, late in the other.
    Store,
    /// The node's, or whoever else is quick.
    Node,
    /// The outbound peer's and its chain's: last.
    Peer,
}

/// What the adversary pays for an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Nothing.
    Free,
    /// One of its crashes.
    Crash,
    /// One of the block writes it may skip.
    Skip,
    /// One of the facts it may show again.
    Rescan,
    /// One of the events it may refuse.
    Refusal,
}

impl Cost {
    /// What is left to pay it from; `None` where it costs nothing.
    pub fn purse(self, budget: &mut Budget) -> Option<&mut u8> {
        match self {
            Cost::Free => None,
            Cost::Crash => Some(&mut budget.crashes),
            Cost::Skip => Some(&mut budget.skips),
            Cost::Rescan => Some(&mut budget.rescans),
            Cost::Refusal => Some(&mut budget.refusals),
        }
    }

    /// Whether it can be paid.
    pub fn is_affordable(self, budget: &Budget) -> bool {
        match self {
            Cost::Free => true,
            _ => self.purse(&mut budget.clone()).is_none_or(|left| *left > 0),
        }
    }
}

/// Where an action exists, where it is enabled, what it uses and does; for each argument.
pub struct Deed<P: Protocol + ?Sized + 'static, A> {
    /// Whether the scenario rules it out for good; so much need not be asked in every state.
    pub exists: fn(&Machine<P>, A) -> bool,
    /// Whether it is enabled; phase, cost and room are asked apart.
    pub guard: fn(&Machine<P>, View, A) -> bool,
    /// What it takes of the bounds.
    pub uses: fn(&Machine<P>, View, A) -> Uses,
    /// What it does.
    pub effect: fn(&mut Step<P>, A),
}

/// The arguments of a kind, and what is done with them. Where a channel is `implied`, scripts leave
/// it out.
pub enum Takes<P: Protocol + ?Sized + 'static> {
    /// None.
    Nothing(Deed<P, ()>),
    /// An HTLC.
    Htlc(Deed<P, Htlc>),
    /// A channel.
    Channel(Option<Channel>, Deed<P, Channel>),
    /// An HTLC on one of its channels.
    On(Deed<P, (Channel, Htlc)>),
    /// A block of a channel's chain.
    Block(Channel, Deed<P, (Channel, u8)>),
    /// What a crash keeps.
    Kept(Deed<P, Kept>),
}

/// What there is to say of a kind of action.
pub struct Row<P: Protocol + ?Sized + 'static> {
    /// The kind.
    pub kind: ActionKind,
    /// Who acts. A crash acts on everybody; it counts as the world's.
    pub lane: Lane,
    /// Whether it is bound to happen.
    pub fair: Fair,
    /// When it has its turn in the settling orders.
    pub turn: Turn,
    /// What must be so before anything else is asked.
    pub needs: &'static [Need],
    /// What the adversary pays.
    pub cost: Cost,
    /// Arguments, guard and effect.
    pub takes: Takes<P>,
}

fn uses_nothing<P: Protocol + ?Sized, A>(_: &Machine<P>, _: View, _: A) -> Uses {
    Uses::NOTHING
}

fn anywhere<P: Protocol + ?Sized, A>(_: &Machine<P>, _: A) -> bool {
    true
}

fn leaves<P: Protocol + ?Sized>(m: &Machine<P>, h: Htlc) -> bool {
    m.topology.leaves(h)
}

fn came_in<P: Protocol + ?Sized>(m: &Machine<P>, h: Htlc) -> bool {
    m.topology.shape(h).inbound.is_some()
}

/// The user is told of it in an event of its own.
fn is_told<P: Protocol + ?Sized>(m: &Machine<P>, h: Htlc) -> bool {
    match m.scenario.htlcs[h.index()] {
        role if role.is_forward() => m.scenario.has(Flag::TellForwards),
        role => role.is_own() || role == Role::Received,
    }
}

fn has_leaving<P: Protocol + ?Sized>(m: &Machine<P>, c: Channel) -> bool {
    m.topology.leaving_by(c).next().is_some()
}

fn may_close<P: Protocol + ?Sized>(m: &Machine<P>, c: Channel) -> bool {
    m.scenario.may_close(c)
}

fn blocks<P: Protocol + ?Sized>(m: &Machine<P>, c: Channel) -> bool {
    let receives = |h| m.topology.is_received(h) && m.topology.came_in_on(h, c);
    (m.scenario.has(Flag::BlockIn) && c == Channel::IN) || m.topology.htlcs().any(receives)
}

fn is_peer_claiming(_: &Topology, s: View, args: Args) -> bool {
    matches!(args, Args::Htlc(h) if s.world.is_peer_claiming(h))
}

fn has_claimed(t: &Topology, s: View, args: Args) -> bool {
    let is_claimed = |part| s.world.inbound[part] == Inbound::Claimed;
    matches!(args, Args::Htlc(h) if t.parts(h).any(is_claimed))
}

impl<P: Protocol + ?Sized> Row<P> {
    const fn new(kind: ActionKind, lane: Lane, needs: &'static [Need], takes: Takes<P>) -> Row<P> {
        Row { kind, lane, fair: Fair::Always, turn: Turn::Node, needs, cost: Cost::Free, takes }
    }

    const fn fair(self, fair: Fair) -> Row<P> {
        Row { fair, ..self }
    }

    const fn unfair(self) -> Row<P> {
        self.fair(Fair::Never)
    }

    const fn turn(self, turn: Turn) -> Row<P> {
        Row { turn, ..self }
    }

    const fn costs(self, cost: Cost) -> Row<P> {
        Row { cost, fair: Fair::Never, ..self }
    }
}

/// What is done where nothing of the bounds is used.
const fn deed<P: Protocol + ?Sized, A>(
    exists: fn(&Machine<P>, A) -> bool,
    guard: fn(&Machine<P>, View, A) -> bool,
    effect: fn(&mut Step<P>, A),
) -> Deed<P, A> {
    Deed { exists, guard, uses: uses_nothing, effect }
}

impl<P: Protocol + ?Sized> Deed<P, Htlc> {
    /// It generates one update of the channel that the HTLC leaves by.
    const fn one_update_outbound(self) -> Deed<P, Htlc> {
        Deed { uses: |m, _, h| Uses::updates(m.topology.outbound(h), 1), ..self }
    }

    /// It generates one update of the channel that the HTLC came in on.
    const fn one_update_inbound(self) -> Deed<P, Htlc> {
        Deed { uses: |m, _, h| Uses::updates(m.topology.inbound(h), 1), ..self }
    }
}

impl<P: Protocol + ?Sized, A> Deed<P, A> {
    /// It uses what this says.
    const fn using(self, uses: fn(&Machine<P>, View, A) -> Uses) -> Deed<P, A> {
        Deed { uses, ..self }
    }
}

use ActionKind as Kind;
use Takes::{Block, Htlc as OfHtlc, Kept as OfCrash, Nothing, On};

/// Takes a channel that scripts name.
const fn channel<P: Protocol + ?Sized>(deed: Deed<P, Channel>) -> Takes<P> {
    Takes::Channel(None, deed)
}

/// Takes a channel that scripts leave out if it is this one.
const fn implied<P: Protocol + ?Sized>(c: Channel, deed: Deed<P, Channel>) -> Takes<P> {
    Takes::Channel(Some(c), deed)
}

impl<P: Protocol + ?Sized> Machine<P> {
    /// All rows, by number.
    #[rustfmt::skip]
    pub const ROWS: &'static [Row<P>; 37] = &[
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
        Row::new(Kind::ExpireInbound, Lane::World, &[Need::LastChance, Need::ClosedInbound], OfHtlc(deed(
            came_in,
            Self::can_expire_inbound,
            |s, h| s.expire_inbound(h),
        ))),
        Row::new(Kind::Rescan, Lane::World, &[Need::Watching, Need::Closed], Block(Channel::OUT, deed(
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
        Row::new(Kind::Unblock, Lane::World, &[Need::Running], implied(Channel::IN, deed(
            |m, c| m.scenario.has(Flag::BlockIn) && c == Channel::IN,
            |_, s, _| s.world.blocker,
            |s, _| s.unblock(),
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
