//! History: what properties need and no transition may read.

use super::HTLCS;
use zerocopy::{Immutable, IntoBytes};

/// A guarantee about a *step* that the step broke. It sticks, and the state has no successors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
#[repr(u8)]
pub enum Fault {
    /// None.
    None,
    /// GUA-3 (a): an ack was called while the effect was not durable.
    EarlyAck,
    /// GUA-4: a push found the list full, so two events name one HTLC.
    FullList,
    /// GUA-5: a delivery that no refusal and no crash accounts for.
    UncalledDelivery,
    /// GUA-5: an HTLC was resolved upstream although its monitor had a resolution.
    SecondEffect,
    /// GUA-7: the durable versions do not load, or an update does not follow the last one or
    /// has no monitor to go to.
    Unloadable,
    /// GUA-8: an ack removed an entry other than the one it was meant for.
    WrongAck,
}

/// What properties remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
#[repr(C)]
pub struct Ledger {
    /// Whether the HTLC's user event may be delivered (once): true at first, after a refusal, and
    /// after a crash that found its handling or its ack not durable. That of a payment is at its
    /// first part.
    pub may_deliver: [bool; HTLCS],
    /// Of a payment of several parts: which part's entry the user began to handle last.
    pub begun: [bool; HTLCS],
    /// GUA-10: a forward was given up as never offered, and its peer had been offered it.
    pub offered_again: bool,
    /// The broken step.
    pub fault: Fault,
}

impl Ledger {
    /// Nothing has happened.
    pub const INITIAL: Ledger = Ledger {
        may_deliver: [true; HTLCS],
        begun: [false; HTLCS],
        offered_again: false,
        fault: Fault::None,
    };

    /// Exchanges the two HTLCs.
    pub fn swap_htlcs(&mut self) {
        self.may_deliver.swap(0, 1);
        self.begun.swap(0, 1);
    }
}
