//! Ids, outcomes, and the events that travel from a Monitor to the user.
//!
//! SPEC section 2 fixes the words. The *identity* of an event is (channel, HTLC, outcome); the
//! [`EventId`] is only the name by which it is acked, until the next load.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

id! {
    /// A channel of this node.
    ChannelId, "channel "
}
id! {
    /// An HTLC. A forward has the same id on its inbound and on its outbound channel.
    HtlcId, "HTLC "
}
id! {
    /// The name by which an HTLC event of one Monitor is acked. It is in memory only: after a load
    /// the event has another. Notices have none.
    EventId, "event "
}

/// How an HTLC ended, or is going to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// The recipient has shown the preimage and gets the money.
    Claim,
    /// The sender keeps the money.
    Fail,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Claim => "claim",
            Outcome::Fail => "fail",
        })
    }
}

/// The outcome of one outbound HTLC, as its Monitor tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HTLCEvent {
    /// The outbound HTLC.
    pub htlc: HtlcId,
    /// How it ended.
    pub outcome: Outcome,
}

/// Where an HTLC event came from, as the Manager keeps it until it acks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MonitorEventSource {
    /// The channel whose Monitor lists the event.
    pub channel_id: ChannelId,
    /// The event's name there.
    pub event_id: EventId,
}

/// A fact for the Manager that is neither numbered nor written (SPEC section 2, *notice*).
///
/// A load derives them again: the first by the background step, the last by `RST-5`, once there is
/// a block to be seen. Of a close that no write holds nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MonitorNotice {
    /// A write was reported that holds the updates up to and including `update_id`.
    Completed {
        /// The channel whose Monitor was written.
        channel_id: ChannelId,
        /// The update id of the Monitor when the write started.
        update_id: u64,
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

/// What the user of the node is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Event {
    /// An own payment reached its recipient.
    PaymentSent {
        /// The HTLC that carried the payment, or its first part.
        htlc: HtlcId,
    },
    /// An own payment failed for good.
    PaymentFailed {
        /// The HTLC that carried the payment, or its first part.
        htlc: HtlcId,
    },
    /// A forward was claimed: its fee is earned, or will be.
    PaymentForwarded {
        /// The forward.
        htlc: HtlcId,
    },
    /// A payment received is claimed, and the node will not forget it.
    PaymentClaimed {
        /// The HTLC that brought the payment, or its first part.
        htlc: HtlcId,
    },
}

impl Event {
    /// The user event that tells the outcome of an own payment, which goes by its first part.
    pub fn for_payment(payment: HtlcId, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Claim => Event::PaymentSent { htlc: payment },
            Outcome::Fail => Event::PaymentFailed { htlc: payment },
        }
    }

    /// The outcome that the event tells.
    pub fn outcome(&self) -> Outcome {
        match self {
            Event::PaymentSent { .. }
            | Event::PaymentForwarded { .. }
            | Event::PaymentClaimed { .. } => Outcome::Claim,
            Event::PaymentFailed { .. } => Outcome::Fail,
        }
    }

    /// The HTLC that it is about.
    pub fn htlc(&self) -> HtlcId {
        match self {
            Event::PaymentSent { htlc }
            | Event::PaymentFailed { htlc }
            | Event::PaymentForwarded { htlc }
            | Event::PaymentClaimed { htlc } => *htlc,
        }
    }
}

/// What the Manager does once the user has handled an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventCompletionAction {
    /// Lets the ack of this monitor event become due (`MGR-1`).
    AckMonitorEvent(MonitorEventSource),
}
