//! Everything a run can remember, as fixed-size plain bytes (no heap, no padding).
//!
//! Reading order: [`monitor`] (one channel's lists), [`manager`] (the node's manager), [`store`]
//! (what is on disk and on its way there), [`world`] (chain, peers, user), [`ledger`] (history that
//! only properties read). Memory, disk and history are separate types, so that a crash is "drop
//! [`Node`], keep [`Disk`] and [`World`]" and a transition that read the history would be visible.
//!
//! Emptied slots are reset to one canonical value; event ids are never compressed, because that
//! would hide an id that is used twice.

mod ids;
pub mod ledger;
pub mod manager;
pub mod monitor;
pub mod store;
pub mod world;

use std::hash::{Hash, Hasher};
use zerocopy::{Immutable, IntoBytes, Unaligned};

pub use ids::{Channel, Htlc, HtlcSet, Renaming};
pub use ledger::{Fault, Faults, Ledger};
pub use manager::{Ack, AckStage, Manager, Source, Status, Told, Update, UpdateKind};
pub use monitor::{Entry, EventList, Mode, Monitor, MonitorData, Snapshot, Stage};
pub use store::{Archival, Disk, Write};
pub use world::{Chain, CloseKind, Fact, FactKind, Inbound, PeerSigned, World};

/// The most HTLCs a scenario has.
pub const HTLCS: usize = 3;
/// The most channels a scenario has.
pub const CHANNELS: usize = 4;
/// "No event id": ids count from 0 and stay far below.
pub const NO_ID: u8 = u8::MAX;
/// "No HTLC": no handler is running.
pub const NO_HTLC: u8 = u8::MAX;

/// How an HTLC ended: by preimage or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Outcome {
    /// The recipient revealed the preimage.
    Claim,
    /// It did not.
    Fail,
}

/// How far the node is in its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Boot {
    /// Monitors and manager are read; blocks are replayed into the monitors.
    Loading,
    /// The monitors are in the Watch; background steps and all the rest may run.
    Watching,
}

/// All that a crash drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Node<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// How far the start has come.
    pub boot: Boot,
    /// The node cannot go on: it refuses to start, or an update has no monitor to go to.
    pub failed: bool,
    /// Whether the channel's background step (completions, re-submissions) has run.
    pub resumed: [bool; C],
    /// The in-memory monitors.
    pub monitors: [Monitor<H>; C],
    /// The in-memory manager, the part that a manager write copies.
    pub manager: Manager<C, H>,
    /// Forward events that wait for the inbound edge (`pending_forward_monitor_event_acks`):
    /// the event to ack, by HTLC. Never written; re-provided events make it anew.
    pub forward_acks: [Source; H],
    /// Acks that are due and wait for a manager write (MGR-8). Never written.
    pub acks: [Ack; H],
    /// The HTLC whose user event is being handled, or [`NO_HTLC`].
    pub handling: u8,
    /// Where the user handles a copy of the queue, which SPEC.md does not: whether the event in
    /// the copy has an ack to bring. Else false.
    pub copy_acks: bool,
}

/// What the adversary has left to spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Budget {
    /// Crashes.
    pub crashes: u8,
    /// Full writes that a block should have caused and did not.
    pub skips: u8,
    /// Spends that the chain shows a second time.
    pub rescans: u8,
    /// User events that the user refuses.
    pub refusals: u8,
}

/// One global state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct State<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Chain, peers and the user's record: never lost.
    pub world: World<C, H>,
    /// What is durable, and what is on its way to be.
    pub disk: Disk<C, H>,
    /// What a crash drops.
    pub node: Node<C, H>,
    /// History: read by properties, never by a transition.
    pub ledger: Ledger<H>,
    /// The adversary's budget.
    pub budget: Budget,
}

impl<const C: usize, const H: usize> Hash for State<C, H> {
    /// One write of all bytes: a derived `Hash` would cost a third of the run time.
    fn hash<S: Hasher>(&self, hasher: &mut S) {
        hasher.write(self.as_bytes());
    }
}

/// What guards may read: all but the history.
#[derive(Clone, Copy)]
pub struct View<'a, const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Chain, peers and the user's record.
    pub world: &'a World<C, H>,
    /// What is durable, and what is on its way to be.
    pub disk: &'a Disk<C, H>,
    /// What a crash drops.
    pub node: &'a Node<C, H>,
    /// The adversary's budget.
    pub budget: &'a Budget,
}

impl<const C: usize, const H: usize> State<C, H> {
    /// The state without its history.
    pub fn view(&self) -> View<'_, C, H> {
        let State { world, disk, node, ledger: _, budget } = self;
        View { world, disk, node, budget }
    }

    /// Whether nothing can follow: the node has failed, or a list has overflowed.
    pub fn is_stuck(&self) -> bool {
        self.node.failed || self.node.monitors.iter().any(|m| m.events.has_overflowed())
    }

    /// This state with other names for its HTLCs. Nothing can tell the two apart where the
    /// topology is the same under either name ([`crate::topology::Topology::renamings`]).
    #[must_use]
    pub fn renamed(&self, new: &Renaming) -> State<C, H> {
        let mut renamed = *self;
        let State { world, disk, node, ledger, budget: _ } = &mut renamed;
        world.rename(new);
        disk.rename(new);
        node.rename(new);
        ledger.rename(new);
        renamed
    }
}

impl<const C: usize, const H: usize> Node<C, H> {
    fn rename(&mut self, new: &Renaming) {
        for monitor in &mut self.monitors {
            monitor.rename(new);
        }
        self.manager.rename(new);
        new.apply(&mut self.forward_acks);
        new.apply(&mut self.acks);
        if self.handling != NO_HTLC {
            self.handling = new.of(Htlc::at(self.handling.into())).index() as u8;
        }
    }
}
