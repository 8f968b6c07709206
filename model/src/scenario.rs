//! Scenarios: what exists, what the adversary may do, and how often.

mod count;
pub mod custom;
mod flag;
mod list;

pub use count::Count;
pub use flag::{Flag, Flags};
pub use list::SCENARIOS;

use crate::state::{Ack, EventList, manager::UPDATES, store::WRITES};
use crate::state::{
    Archival, Boot, Budget, CHANNELS, Chain, Channel, Disk, Inbound, Ledger, Manager, Mode,
    Monitor, NO_HTLC, Node, PeerSigned, Snapshot, Source, Stage, State, Status, Told, World, Write,
};

/// When a scenario is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// In the default run.
    Quick,
    /// With `--class nightly`.
    Nightly,
    /// With `--class long`.
    Long,
}

impl Class {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Class::Quick => "quick",
            Class::Nightly => "nightly",
            Class::Long => "long",
        }
    }
}

/// What an HTLC is to our node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Our own payment.
    Own,
    /// Our own payment, which waits in the holding cell at the start.
    Unsent,
    /// Another part of the payment before it (MPP).
    Part,
    /// Our own payment, which the user may make during the run.
    Unmade,
    /// A retry of the payment before it, which is made when that has failed.
    Retry,
    /// A forward from the inbound channel.
    Forward,
    /// A forward that waits in the outbound channel's holding cell at the start.
    UnsentForward,
    /// Another previous hop of the forward before it (trampoline): an HTLC of the inbound channel
    /// that ends as that one does.
    PreviousHop,
    /// A payment received over the inbound channel, or its first part, which the user may claim.
    Received,
    /// Another part of the payment received before it (MPP).
    ReceivedPart,
    /// Another part of the payment before it, which leaves by another channel.
    PartElsewhere,
    /// Another previous hop of the forward before it, which came in on another channel.
    HopElsewhere,
    /// Another part of the payment received before it, which came in on another channel.
    ReceivedElsewhere,
}

/// How a channel's monitor is stored: when a write is done, and what an update writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storing {
    /// In the step that starts it; the whole monitor.
    Sync,
    /// Some time after; the whole monitor.
    Async,
    /// In the step that starts it; the update alone.
    SyncDeltas,
    /// Some time after; the update alone.
    AsyncDeltas,
}

/// A bounded situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name on the command line: a situation.
    pub name: &'static str,
    /// When it is run.
    pub class: Class,
    /// The HTLCs, committed on the outbound channel from the start unless they are unsent.
    pub htlcs: &'static [Role],
    /// What may happen beside the core.
    pub flags: Flags,
    /// Monitor writes (and updates) in flight per channel.
    pub writes: u8,
    /// The adversary's budget.
    pub budget: Budget,
}

impl Role {
    /// The channel that it came in on.
    pub fn inbound(self) -> Option<Channel> {
        match self {
            Role::Forward | Role::UnsentForward | Role::PreviousHop => Some(Channel::IN),
            Role::Received | Role::ReceivedPart => Some(Channel::IN),
            Role::HopElsewhere | Role::ReceivedElsewhere => Some(Channel::IN2),
            _ => None,
        }
    }

    /// The channel that it leaves by under its own name.
    pub fn outbound(self) -> Option<Channel> {
        match self {
            Role::PartElsewhere => Some(Channel::OUT2),
            role if role.is_received() || role.is_further_hop() => None,
            _ => Some(Channel::OUT),
        }
    }

    /// Whether the user waits for its outcome.
    pub fn is_own(self) -> bool {
        matches!(self, Role::Own | Role::Unsent | Role::Unmade | Role::Retry)
            || matches!(self, Role::Part | Role::PartElsewhere)
    }

    /// Whether an HTLC of an inbound channel is behind it.
    pub fn is_inbound(self) -> bool {
        self.inbound().is_some()
    }

    /// Whether it ends at our node.
    pub fn is_received(self) -> bool {
        matches!(self, Role::Received | Role::ReceivedPart | Role::ReceivedElsewhere)
    }

    /// Whether it belongs to the payment before it.
    pub fn is_further_part(self) -> bool {
        matches!(self, Role::Part | Role::PartElsewhere | Role::Retry)
            || matches!(self, Role::ReceivedPart | Role::ReceivedElsewhere)
    }

    /// Whether it leaves as the forward before it does.
    pub fn is_further_hop(self) -> bool {
        matches!(self, Role::PreviousHop | Role::HopElsewhere)
    }

    /// Whether it is a forward with an HTLC of its own on the outbound channel.
    pub fn is_forward(self) -> bool {
        matches!(self, Role::Forward | Role::UnsentForward)
    }

    /// Whether it waits in the outbound channel's holding cell at the start.
    pub fn is_unsent(self) -> bool {
        matches!(self, Role::Unsent | Role::UnsentForward)
    }

    /// Whether the outbound peer can be offered an HTLC for it during the run.
    pub fn may_be_offered(self) -> bool {
        self.is_unsent() || matches!(self, Role::Unmade | Role::Retry)
    }

    /// Whether the outbound peer is offered an HTLC for it before the run starts.
    pub fn is_offered(self) -> bool {
        matches!(self, Role::Own | Role::Part | Role::PartElsewhere | Role::Forward)
    }
}

impl Scenario {
    /// The state in which all HTLCs but unsent ones are irrevocably committed and everything is
    /// durable.
    pub fn initial<const C: usize, const H: usize>(&self) -> State<C, H> {
        assert!(self.htlcs.len() <= H && usize::from(self.writes) <= WRITES.min(UPDATES));
        assert!(self.can_dispatch(), "the claim of two inbound HTLCs makes two updates");
        let mut manager = Manager::EMPTY;
        for (status, role) in manager.statuses.iter_mut().zip(self.htlcs) {
            *status = match role {
                Role::Own | Role::Part | Role::PartElsewhere => Status::Waiting,
                Role::Unsent => Status::Unsent,
                Role::Unmade | Role::Retry => Status::Unmade,
                Role::UnsentForward => Status::UnsentForward,
                Role::Forward | Role::PreviousHop | Role::HopElsewhere => Status::Held,
                Role::Received | Role::ReceivedPart | Role::ReceivedElsewhere => Status::Claimable,
            };
        }
        for h in self.htlcs().filter(|h| self.htlcs[*h] == Role::Received) {
            manager.told[h] = Told::NotYet;
        }
        for h in self.htlcs().filter(|h| self.htlcs[*h].is_forward()) {
            manager.told[h] = if self.has(Flag::TellForwards) { Told::NotYet } else { Told::Never };
        }
        let mut peer = [PeerSigned::Nothing; H];
        let mut monitors = [Snapshot::INITIAL; C];
        for h in self.htlcs().filter(|h| !self.htlcs[*h].is_offered()) {
            peer[h] = PeerSigned::Unoffered;
            for c in self.channels().filter(|c| *c != Channel::IN && *c != Channel::IN2) {
                monitors[c].data.stages[h] = Stage::Unoffered;
            }
        }
        for c in self.channels().filter(|_| self.has(Flag::Builds)) {
            monitors[c].data.mode = Mode::Off;
        }
        let in_memory = |snapshot: Snapshot<H>| Monitor {
            data: snapshot.data,
            events: EventList::EMPTY,
            provided: 0,
            covered_below: 0,
            close_notice: false,
            completed: 0,
        };
        State {
            world: World {
                chains: [Chain::OPEN; C],
                peer,
                inbound: [Inbound::Held; H],
                blocker: self.has(Flag::BlockIn),
                record: [0; H],
            },
            disk: Disk {
                monitors,
                writes: [[Write::NONE; WRITES]; C],
                writes_len: [0; C],
                archival: std::array::from_fn(|c| self.archival(Channel::at(c))),
                manager,
                manager_write: Manager::EMPTY,
                manager_writing: false,
            },
            node: Node {
                boot: Boot::Watching,
                failed: false,
                resumed: [true; C],
                monitors: monitors.map(in_memory),
                manager,
                forward_acks: [Source::NONE; H],
                acks: [Ack::NONE; H],
                handling: NO_HTLC,
                copy_acks: false,
            },
            ledger: Ledger::INITIAL,
            budget: self.budget,
        }
    }

    /// Whether every claim can be submitted: it makes an update for each previous hop, or for each
    /// part of a payment received.
    pub fn can_dispatch(&self) -> bool {
        let several = |role: &Role| matches!(role, Role::PreviousHop | Role::ReceivedPart);
        let takes_time = self.has(Flag::AsyncIn) || self.has(Flag::Deferred);
        !takes_time || self.writes > 1 || !self.htlcs.iter().any(several)
    }

    /// The HTLC slots in use.
    pub fn htlcs(&self) -> std::ops::Range<usize> {
        0..self.htlcs.len()
    }

    /// The channels in use: one to leave by at least, and those of its HTLCs.
    pub fn channels(&self) -> impl Iterator<Item = Channel> + Clone + use<> {
        let of_htlcs = self.htlcs.iter().flat_map(|role| [role.inbound(), role.outbound()]);
        let used = of_htlcs.flatten().fold(1_u8, |used, c| used | 1 << c.index());
        (0..CHANNELS).filter(move |index| used & 1 << index != 0).map(Channel::at)
    }

    /// Whether a flag is on.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.has(flag)
    }

    /// How a channel's monitor is stored.
    pub fn storing(&self, channel: Channel) -> Storing {
        let [writes, updates] = if channel.is_outbound() {
            [Flag::AsyncOut, Flag::DeltaOut]
        } else {
            [Flag::AsyncIn, Flag::DeltaIn]
        };
        match (self.has(writes), self.has(updates)) {
            (false, false) => Storing::Sync,
            (true, false) => Storing::Async,
            (false, true) => Storing::SyncDeltas,
            (true, true) => Storing::AsyncDeltas,
        }
    }

    /// Whether writes of a channel's monitor take time.
    pub fn is_async(&self, channel: Channel) -> bool {
        match self.storing(channel) {
            Storing::Async | Storing::AsyncDeltas => true,
            Storing::Sync | Storing::SyncDeltas => false,
        }
    }

    /// Whether an update of a channel's monitor is stored as a delta, not as a full write.
    pub fn stores_deltas(&self, channel: Channel) -> bool {
        match self.storing(channel) {
            Storing::SyncDeltas | Storing::AsyncDeltas => true,
            Storing::Sync | Storing::Async => false,
        }
    }

    /// Whether a channel may be closed by choice: the first of a side only, where that has two.
    pub fn may_close(&self, channel: Channel) -> bool {
        (channel == Channel::OUT && self.has(Flag::CloseOut))
            || (channel == Channel::IN && self.has(Flag::CloseIn))
    }

    /// Whether a channel's monitor is archived one day.
    fn archival(&self, channel: Channel) -> Archival {
        let archives = self.has(Flag::Archival) && self.channels().any(|c| c == channel);
        if archives { Archival::NotYet } else { Archival::Never }
    }

    /// Whether a violation of another profile than `spec` would say something of that design. Where
    /// the build changes it would not: with its mode off, every monitor is that of SPEC.md.
    pub fn judges_profiles(&self) -> bool {
        !self.has(Flag::Builds)
    }

    /// The names of the [`Flags`] that are on.
    pub fn switches(&self) -> Vec<&'static str> {
        self.flags.iter().map(Flag::name).collect()
    }

    /// The names of the flags that are on; budgets that allow something count as flags.
    pub fn flag_names(&self) -> Vec<&'static str> {
        let allowed = Count::ALL.iter().filter(|count| count.value(self) > 0);
        let allowed = allowed.filter_map(|count| count.feature());
        self.switches().into_iter().chain(allowed).collect()
    }

    /// The bounds by name, in the order they are printed.
    pub fn bounds(&self) -> Vec<(&'static str, u8)> {
        Count::ALL.iter().map(|count| (count.name(), count.value(self))).collect()
    }
}

/// Finds a scenario by name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}

const ONE_PAYMENT: &[Role] = &[Role::Own];
const ONE_UNSENT: &[Role] = &[Role::Unsent];
const ONE_UNSENT_FORWARD: &[Role] = &[Role::UnsentForward];
const PAYMENT_AND_UNSENT_FORWARD: &[Role] = &[Role::Own, Role::UnsentForward];
const FORWARD_AND_UNSENT: &[Role] = &[Role::Forward, Role::UnsentForward];
const PAYMENT_AND_UNSENT: &[Role] = &[Role::Own, Role::Unsent];
const ONE_UNMADE: &[Role] = &[Role::Unmade];
const PAYMENT_AND_UNMADE: &[Role] = &[Role::Own, Role::Unmade];
const PAYMENT_AND_RETRY: &[Role] = &[Role::Own, Role::Retry];
const RETRY_BESIDE_PAYMENT: &[Role] = &[Role::Own, Role::Own, Role::Retry];
const TWO_PARTS: &[Role] = &[Role::Own, Role::Part];
const TWO_PAYMENTS: &[Role] = &[Role::Own, Role::Own];
const FORWARD: &[Role] = &[Role::Forward];
const FORWARD_AND_PAYMENT: &[Role] = &[Role::Forward, Role::Own];
const TRAMPOLINE: &[Role] = &[Role::Forward, Role::PreviousHop];
const RECEIVED: &[Role] = &[Role::Received];
const RECEIVED_IN_PARTS: &[Role] = &[Role::Received, Role::ReceivedPart];
const FORWARD_AND_RECEIVED: &[Role] = &[Role::Forward, Role::Received];
const NO_HTLCS: &[Role] = &[];
const TWO_FORWARDS: &[Role] = &[Role::Forward, Role::Forward];
const PARTS_BY_TWO_CHANNELS: &[Role] = &[Role::Own, Role::PartElsewhere];
const HOPS_ON_TWO_CHANNELS: &[Role] = &[Role::Forward, Role::HopElsewhere];
const RECEIVED_ON_TWO_CHANNELS: &[Role] = &[Role::Received, Role::ReceivedElsewhere];
const THREE_PAYMENTS: &[Role] = &[Role::Own, Role::Own, Role::Own];
