//! What travels from a Monitor to the user.
//!
//! SPEC section 2 fixes the words. The *identity* of an HTLC event is (channel, HTLC, outcome); the
//! [`EventId`] is only the name by which it is acked, until the next load.

use std::fmt;

use crate::types::{
    ChannelId, HTLCPreviousHopData, HTLCResolution, HTLCSource, Origin, Outcome, PaymentHash,
    PaymentId, PaymentPreimage,
};

/// The name by which an HTLC event of one Monitor is acked. It is in memory only: after a load the
/// event has another. Notices have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventId(pub u64);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}", self.0)
    }
}

/// The outcome of one outbound HTLC, as its Monitor tells it (LDK: `MonitorEvent::HTLCEvent`, which
/// holds an `HTLCUpdate`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HTLCEvent {
    /// The HTLC, by its number among those that we offered on the channel.
    pub htlc_id: u64,
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// Who waits for it.
    pub source: HTLCSource,
    /// How it ended.
    pub resolution: HTLCResolution,
}

/// Where an HTLC event came from, as the Manager keeps it until it acks (LDK:
/// `MonitorEventSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MonitorEventSource {
    /// The channel whose Monitor lists the event.
    pub channel_id: ChannelId,
    /// The event's name there.
    pub event_id: EventId,
}

/// A fact for the Manager that is neither numbered nor written (SPEC section 2, *notice*; LDK:
/// the `MonitorEvent`s of these names).
///
/// A load derives them again: the first by the background step, the last by `RST-5`, once there is
/// a block to be seen. Of a close that no write holds nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MonitorNotice {
    /// A write was reported that holds the updates up to and including `monitor_update_id`.
    Completed {
        /// The channel whose Monitor was written.
        channel_id: ChannelId,
        /// The update id of the Monitor when the write started.
        monitor_update_id: u64,
    },
    /// The Monitor has closed the channel by itself, and will broadcast.
    HolderForceClosed {
        /// The channel.
        channel_id: ChannelId,
    },
    /// The Monitor has seen the channel's funding spent.
    CommitmentTxConfirmed {
        /// The channel that is closed on chain.
        channel_id: ChannelId,
    },
}

/// What the user of the node is told (LDK: the `Event`s of these names). A repeat after a crash is
/// equal to what it repeats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Event {
    /// An own payment reached its recipient.
    PaymentSent {
        /// The payment.
        payment_id: PaymentId,
        /// Its hash.
        payment_hash: PaymentHash,
        /// The proof that it was paid.
        payment_preimage: PaymentPreimage,
    },
    /// An own payment failed for good.
    PaymentFailed {
        /// The payment.
        payment_id: PaymentId,
        /// Its hash.
        payment_hash: PaymentHash,
    },
    /// A forward was claimed: its fee is earned, or will be.
    PaymentForwarded {
        /// The inbound HTLCs, as they came in.
        prev_htlcs: Vec<HTLCPreviousHopData>,
        /// The channel that it left by.
        next_channel_id: ChannelId,
        /// What came in less what went out, in thousandths of a satoshi.
        total_fee_earned_msat: u64,
    },
    /// All parts of a payment received are there: the user may claim it, or fail it.
    PaymentClaimable {
        /// Its hash.
        payment_hash: PaymentHash,
        /// What its parts bring, in thousandths of a satoshi.
        amount_msat: u64,
    },
    /// A payment received is claimed, and the node will not forget it.
    PaymentClaimed {
        /// Its hash.
        payment_hash: PaymentHash,
        /// What its parts bring, in thousandths of a satoshi.
        amount_msat: u64,
    },
}

impl Event {
    /// The outcome that the event tells; none if nothing has ended.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Event::PaymentSent { .. }
            | Event::PaymentForwarded { .. }
            | Event::PaymentClaimed { .. } => Some(Outcome::Claim),
            Event::PaymentFailed { .. } => Some(Outcome::Fail),
            Event::PaymentClaimable { .. } => None,
        }
    }
}

/// What has led to a user event: its place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EventKey {
    /// The end of this outbound HTLC.
    Outbound(Origin),
    /// The last part of a payment received has come.
    Claimable(PaymentHash),
    /// The claim of a payment received cannot be forgotten.
    Claimed(PaymentHash),
}

/// What the Manager does once the user has handled an event (LDK: `EventCompletionAction`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum EventCompletionAction {
    /// Lets the ack of this monitor event become due (`MGR-1`).
    AckMonitorEvent(MonitorEventSource),
}
