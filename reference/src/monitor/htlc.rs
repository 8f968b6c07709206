//! The HTLCs of a channel, and the places where a Monitor learns their outcome.

use crate::types::{HTLCResolution, HTLCSource, PaymentHash, PaymentPreimage};

/// How far the removal of an HTLC has come off chain. Blocks do not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum RemovalStage {
    /// Both commitments have the HTLC.
    Held,
    /// The commitment without the HTLC is signed.
    Signed(HTLCResolution),
    /// The peer has failed the HTLC and revoked the last commitment with it. The Monitor lists it
    /// no more, but for telling a load that it failed, should the mode be off (`UPG-3`).
    /// [`Node::prune`](crate::Node::prune) forgets it.
    Removed,
}

/// An HTLC of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MonitorHtlc {
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// Where it comes from, if we offered it.
    pub source: Option<HTLCSource>,
    /// How far its removal has come.
    pub stage: RemovalStage,
}

impl MonitorHtlc {
    /// Whether the Monitor lists it.
    pub fn is_listed(&self) -> bool {
        self.stage != RemovalStage::Removed
    }

    /// Whether a commitment is signed in which it is claimed.
    pub fn is_claim_signed(&self) -> bool {
        matches!(self.stage, RemovalStage::Signed(HTLCResolution::Claimed(_)))
    }
}

/// The places where a Monitor learns an outcome (SPEC section 5.1), all on the outbound channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PushSite {
    /// An update signs the commitment in which the peer claimed the HTLC.
    OffChainClaim(PaymentPreimage),
    /// An update brings the revocation of the last commitment that had a failed HTLC.
    OffChainFail,
    /// A block shows a preimage spend of the output of our commitment.
    ClaimOfHolderOutput(PaymentPreimage),
    /// A block shows a preimage spend of the output of the peer's commitment.
    ClaimOfCounterpartyOutput(PaymentPreimage),
    /// A timeout spend is final, or a commitment without an output for a listed HTLC is.
    MaturedTimeout,
    /// An update offers an HTLC where a commitment without an output for it is final.
    LateOffer,
}

impl PushSite {
    /// What is learned there.
    pub(super) fn resolution(self) -> HTLCResolution {
        match self {
            PushSite::OffChainClaim(preimage)
            | PushSite::ClaimOfHolderOutput(preimage)
            | PushSite::ClaimOfCounterpartyOutput(preimage) => HTLCResolution::Claimed(preimage),
            PushSite::OffChainFail | PushSite::MaturedTimeout | PushSite::LateOffer => {
                HTLCResolution::Failed
            }
        }
    }
}
