//! What peers say to each other about HTLCs, as far as it concerns their outcomes.
//!
//! The names are BOLT 2's. Each stands for itself with the commitment and the revocations that
//! follow it: this crate takes them as one (docs/bounds.md, "commitment dance in two durable
//! steps").

use crate::types::{PaymentHash, PaymentPreimage};

/// A message to the peer of a channel. Sent again after each load and reconnection, as long as the
/// node does not know that the peer has acted on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Message {
    /// We offer an HTLC.
    UpdateAddHTLC {
        /// Its number among those that we offered.
        htlc_id: u64,
        /// Its amount, in thousandths of a satoshi.
        amount_msat: u64,
        /// Its hash.
        payment_hash: PaymentHash,
    },
    /// We claim an HTLC that the peer offered.
    UpdateFulfillHTLC {
        /// Its number among those that the peer offered.
        htlc_id: u64,
        /// The proof.
        payment_preimage: PaymentPreimage,
    },
    /// We fail an HTLC that the peer offered.
    UpdateFailHTLC {
        /// Its number among those that the peer offered.
        htlc_id: u64,
    },
    /// The peer has signed a commitment of ours without an HTLC that we offered: we revoke the one
    /// before, and sign the peer's without that HTLC.
    RevokeAndACK {
        /// The HTLC that goes, by its number among those that we offered.
        htlc_id: u64,
    },
}

/// An HTLC that the peer of a channel offers, and what its onion asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpdateAddHTLC {
    /// Its number: that of the HTLCs that this peer has offered on the channel before.
    pub htlc_id: u64,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// Its hash.
    pub payment_hash: PaymentHash,
}
