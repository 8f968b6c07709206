//! History: what properties need and no transition may read. [`crate::history`] computes it.

use super::{HTLCS, HtlcSet, Renaming};
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// A guarantee about a *step* that a step broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Fault {
    /// GUA-3 (a): an ack was called while the effect was not durable.
    EarlyAck = 1,
    /// GUA-5: a delivery that no refusal and no crash accounts for.
    UncalledDelivery = 2,
    /// GUA-8: an ack removed an entry other than the one it was meant for.
    WrongAck = 4,
    /// GUA-10: a forward was offered again or given up as never offered, and its peer had been
    /// offered it.
    OfferedAgain = 8,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 4] =
        [Fault::EarlyAck, Fault::UncalledDelivery, Fault::WrongAck, Fault::OfferedAgain];
}

/// A set of faults: once broken, a guarantee about a step stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(transparent)]
pub struct Faults(u8);

impl Faults {
    /// None.
    pub const NONE: Faults = Faults(0);

    /// Whether a fault is among them.
    pub fn contains(self, fault: Fault) -> bool {
        self.0 & fault as u8 != 0
    }

    /// Adds a fault.
    pub fn insert(&mut self, fault: Fault) {
        self.0 |= fault as u8;
    }

    /// The faults, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.into_iter().filter(move |fault| self.contains(*fault))
    }
}

/// What properties remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Ledger<const H: usize = HTLCS> {
    /// Whether the HTLC's user event may be delivered (once): true at first, after a refusal, and
    /// after a crash that found its handling or its ack not durable. That of a payment is at its
    /// first part.
    pub may_deliver: [bool; H],
    /// Of a payment of several parts: which part's entry the user began to handle last.
    pub begun: [bool; H],
    /// GUA-5: the HTLCs whose outcome was applied a second time, or that were resolved upstream a
    /// second time.
    pub applied_again: HtlcSet,
    /// The other guarantees about a step that were broken.
    pub faults: Faults,
}

impl<const H: usize> Ledger<H> {
    /// Nothing has happened.
    pub const INITIAL: Ledger<H> = Ledger {
        may_deliver: [true; H],
        begun: [false; H],
        applied_again: HtlcSet::NONE,
        faults: Faults::NONE,
    };

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        new.apply(&mut self.may_deliver);
        new.apply(&mut self.begun);
        self.applied_again = self.applied_again.map(|h| new.of(h)).collect();
    }
}
