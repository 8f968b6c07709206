//! What a row says of a kind of action; the rows themselves are in [`super::rows`].

use super::Machine;
use super::need::Need;
use super::room::Uses;
use super::step::Step;
use crate::action::{ActionKind, Args, Kept};
use crate::protocol::Protocol;
use crate::state::{Budget, Channel, Htlc, View};
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
pub enum Fair<const C: usize, const H: usize> {
    /// It is.
    Always,
    /// It is not.
    Never,
    /// It is where this holds.
    Where(fn(&Topology, View<C, H>, Args) -> bool),
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

/// The names of the settling orders.
pub const ORDERS: [&str; 2] = ["store first", "node first"];

impl Turn {
    /// The place in a settling order; the smallest goes first.
    pub fn rank(self, order: usize) -> u8 {
        match (self, order) {
            (Turn::Store, 0) => 0,
            (Turn::Node, _) => 1,
            (Turn::Store, _) => 3,
            (Turn::Peer, _) => 4,
        }
    }
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
        self.purse(&mut { *budget }).is_none_or(|left| *left > 0)
    }
}

/// Whether a scenario has an action with this argument.
pub type Exists<P, A, const C: usize, const H: usize> = fn(&Machine<P, C, H>, A) -> bool;
/// Whether an action with this argument is enabled.
pub type Guard<P, A, const C: usize, const H: usize> = fn(&Machine<P, C, H>, View<C, H>, A) -> bool;
/// What an action with this argument does.
pub type Effect<P, A, const C: usize, const H: usize> = fn(&mut Step<P, C, H>, A);

/// Where an action exists, where it is enabled, what it uses and does; for each argument.
pub struct Deed<P: Protocol + ?Sized + 'static, A, const C: usize, const H: usize> {
    /// Whether the scenario rules it out for good; so much need not be asked in every state.
    pub exists: Exists<P, A, C, H>,
    /// Whether it is enabled; phase, cost and room are asked apart.
    pub guard: Guard<P, A, C, H>,
    /// What it takes of the bounds.
    pub uses: fn(&Machine<P, C, H>, View<C, H>, A) -> Uses,
    /// What it does.
    pub effect: Effect<P, A, C, H>,
}

/// The arguments of a kind, and what is done with them. Where a channel is `implied`, scripts leave
/// it out.
pub enum Takes<P: Protocol + ?Sized + 'static, const C: usize, const H: usize> {
    /// None.
    Nothing(Deed<P, (), C, H>),
    /// An HTLC.
    Htlc(Deed<P, Htlc, C, H>),
    /// A channel.
    Channel(Option<Channel>, Deed<P, Channel, C, H>),
    /// An HTLC on one of its channels.
    On(Deed<P, (Channel, Htlc), C, H>),
    /// A block of a channel's chain.
    Block(Channel, Deed<P, (Channel, u8), C, H>),
    /// What a crash keeps.
    Kept(Deed<P, Kept, C, H>),
}

/// What there is to say of a kind of action.
pub struct Row<P: Protocol + ?Sized + 'static, const C: usize, const H: usize> {
    /// The kind.
    pub kind: ActionKind,
    /// Who acts. A crash acts on everybody; it counts as the world's.
    pub lane: Lane,
    /// Whether it is bound to happen.
    pub fair: Fair<C, H>,
    /// When it has its turn in the settling orders.
    pub turn: Turn,
    /// What must be so before anything else is asked.
    pub needs: &'static [Need],
    /// What the adversary pays.
    pub cost: Cost,
    /// Arguments, guard and effect.
    pub takes: Takes<P, C, H>,
}

fn uses_nothing<P: Protocol + ?Sized, A, const C: usize, const H: usize>(
    _: &Machine<P, C, H>,
    _: View<C, H>,
    _: A,
) -> Uses {
    Uses::NOTHING
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Row<P, C, H> {
    pub(super) const fn new(
        kind: ActionKind,
        lane: Lane,
        needs: &'static [Need],
        takes: Takes<P, C, H>,
    ) -> Row<P, C, H> {
        Row { kind, lane, fair: Fair::Always, turn: Turn::Node, needs, cost: Cost::Free, takes }
    }

    pub(super) const fn fair(self, fair: Fair<C, H>) -> Row<P, C, H> {
        Row { fair, ..self }
    }

    pub(super) const fn unfair(self) -> Row<P, C, H> {
        self.fair(Fair::Never)
    }

    pub(super) const fn turn(self, turn: Turn) -> Row<P, C, H> {
        Row { turn, ..self }
    }

    pub(super) const fn costs(self, cost: Cost) -> Row<P, C, H> {
        Row { cost, fair: Fair::Never, ..self }
    }
}

/// What is done where nothing of the bounds is used.
pub(super) const fn deed<P: Protocol + ?Sized, A, const C: usize, const H: usize>(
    exists: Exists<P, A, C, H>,
    guard: Guard<P, A, C, H>,
    effect: Effect<P, A, C, H>,
) -> Deed<P, A, C, H> {
    Deed { exists, guard, uses: uses_nothing, effect }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Deed<P, Htlc, C, H> {
    /// It generates one update of the channel that the HTLC leaves by.
    pub(super) const fn one_update_outbound(self) -> Deed<P, Htlc, C, H> {
        Deed { uses: |m, _, h| Uses::updates(m.topology.outbound(h), 1), ..self }
    }

    /// It generates one update of the channel that the HTLC came in on.
    pub(super) const fn one_update_inbound(self) -> Deed<P, Htlc, C, H> {
        Deed { uses: |m, _, h| Uses::updates(m.topology.inbound(h), 1), ..self }
    }
}

impl<P: Protocol + ?Sized, A, const C: usize, const H: usize> Deed<P, A, C, H> {
    /// It uses what this says.
    pub(super) const fn using(
        self,
        uses: fn(&Machine<P, C, H>, View<C, H>, A) -> Uses,
    ) -> Deed<P, A, C, H> {
        Deed { uses, ..self }
    }
}
