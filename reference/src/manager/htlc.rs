//! What the Manager knows of an HTLC, by its role.

use serde::{Deserialize, Serialize};

use crate::event::{ChannelId, HtlcId, Outcome};

/// A part of an own payment; most payments have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PaymentState {
    /// It was not made, for all the Manager knows; it would leave by this channel.
    Unmade(ChannelId),
    /// It waits in the holding cell of this channel.
    InHoldingCell(ChannelId),
    /// Its outcome is not known.
    Waiting,
    /// It ended so. What the user is told by that is queued, or was.
    Settled(Outcome),
}

/// The inbound HTLC of a forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ForwardState {
    /// What it leaves as waits in the holding cell of this channel.
    InHoldingCell(ChannelId),
    /// The outcome downstream is not known.
    Waiting,
    /// A fail waits in the forward queue.
    FailQueued,
    /// The removal is signed, or the preimage given to the Monitor of a closed channel.
    Signed(Outcome),
    /// Nothing is left to do: the removal is revoked, or a fail was given up because the channel
    /// is closed.
    Resolved,
}

impl ForwardState {
    /// The channel in whose holding cell it waits.
    pub(crate) fn held_on(self) -> Option<ChannelId> {
        match self {
            ForwardState::InHoldingCell(channel) => Some(channel),
            _ => None,
        }
    }

    /// Whether no outcome was applied to it.
    pub(crate) fn waits(self) -> bool {
        matches!(self, ForwardState::InHoldingCell(_) | ForwardState::Waiting)
    }
}

/// A part of a payment received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReceivedState {
    /// The user may claim it.
    Claimable,
    /// The preimage was given to its Monitor.
    Claimed,
    /// Nothing is left to do: it is irrevocably removed, or its Monitor is archived.
    Resolved,
}

/// Whether `PaymentForwarded` tells the user that a forward was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Telling {
    /// The user does not want to know.
    Never,
    /// The event was not queued.
    NotYet,
    /// The event was queued; if it is not in the queue any more, the user has handled it.
    Queued,
}

/// An HTLC as the Manager knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HtlcState {
    /// Our own payment, or a part of one.
    Payment {
        /// The payment, by its first part.
        payment: HtlcId,
        /// How far this part has come.
        state: PaymentState,
    },
    /// A forward.
    Forward {
        /// The channel it came in on.
        inbound: ChannelId,
        /// The HTLC it left as: its own name, unless it is another previous hop of that forward.
        leaves_as: HtlcId,
        /// How far the inbound HTLC has come.
        state: ForwardState,
        /// Whether the user is told if it is claimed.
        telling: Telling,
    },
    /// A payment received, or a part of one.
    Received {
        /// The channel it came in on.
        inbound: ChannelId,
        /// The payment, by its first part.
        payment: HtlcId,
        /// How far this part has come.
        state: ReceivedState,
        /// Of the first part: whether the user was told that the payment is claimed.
        telling: Telling,
    },
}

impl HtlcState {
    /// The channel in whose holding cell it waits.
    pub(crate) fn held_on(&self) -> Option<ChannelId> {
        match self {
            HtlcState::Payment { state: PaymentState::InHoldingCell(channel), .. } => {
                Some(*channel)
            }
            HtlcState::Forward { state, .. } => state.held_on(),
            _ => None,
        }
    }
}
