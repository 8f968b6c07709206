//! What a Monitor wants on the chain: our newest commitment, and claims of inbound outputs.

use std::collections::BTreeSet;

use super::{ChannelMonitor, MonitorHtlc, RemovalStage};
use crate::types::{ChannelId, Direction, HtlcId, PaymentPreimage};

/// What a Monitor wants on the chain (LDK: `BroadcasterInterface`, and `BumpTransactionEvent`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnChain {
    /// Broadcast our newest commitment of a channel. A later one of the same channel replaces it.
    BroadcastHolderCommitment {
        /// The channel.
        channel_id: ChannelId,
        /// The HTLCs that have an output in it, and those of ours on their way into it: whether the
        /// peer was offered one before the channel closed, a Monitor does not know.
        outputs: BTreeSet<HtlcId>,
    },
    /// Claim the output of an inbound HTLC on chain.
    ClaimHTLCOutput {
        /// The channel.
        channel_id: ChannelId,
        /// The HTLC, by its number among those that the peer offered.
        htlc_id: u64,
        /// What it is claimed with.
        payment_preimage: PaymentPreimage,
    },
}

/// What was told since the last load, so that each thing is told once. Never written: after a load
/// it is told again, for what was told before may not have left the node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Told {
    /// The outputs of the commitment that is to be broadcast.
    commitment: Option<BTreeSet<HtlcId>>,
    /// The outputs that are to be claimed.
    claims: BTreeSet<HtlcId>,
}

impl ChannelMonitor {
    /// The HTLCs that have an output in our newest commitment.
    pub fn holder_commitment(&self) -> BTreeSet<HtlcId> {
        let in_ours = |(id, h): &(&HtlcId, &MonitorHtlc)| match id.direction {
            // The peer's signature for our commitment without the HTLC is what "signed" means.
            Direction::Outbound => h.stage == RemovalStage::Held,
            // There "signed" speaks of the peer's commitment; ours follows with the revocation.
            Direction::Inbound => h.is_listed(),
        };
        self.htlcs.iter().filter(in_ours).map(|(id, _)| *id).collect()
    }

    /// Whether our newest commitment is to be broadcast.
    ///
    /// `MON-10`: "A Monitor MUST NOT broadcast a holder commitment that no reported write holds."
    pub fn broadcasts(&self) -> bool {
        self.lockdown && !self.funding_spend_seen() && self.unreported_signature.is_none()
    }

    /// The preimage with which it claims the output of an inbound HTLC: one that waits on chain,
    /// and of which it knows the preimage.
    pub fn claims_output(&self, htlc: HtlcId) -> Option<PaymentPreimage> {
        let is_there = !htlc.is_outbound() && self.chain.has_output(htlc);
        let is_unspent = is_there && self.chain.spend(htlc).is_none();
        is_unspent.then(|| self.preimage_of(htlc)).flatten()
    }

    /// What there is to tell beyond what was told, and what will have been told then; none if that
    /// changes nothing. A Monitor broadcasts only once it is in the Watch.
    pub(super) fn untold(&self, is_watched: bool) -> Option<(Told, Option<OnChain>)> {
        let channel_id = self.channel_id;
        let broadcasts = is_watched && self.broadcasts();
        let commitment = broadcasts.then(|| self.holder_commitment());
        if commitment != self.told.commitment {
            let told = Told { commitment: commitment.clone(), claims: self.told.claims.clone() };
            let output = commitment
                .map(|outputs| OnChain::BroadcastHolderCommitment { channel_id, outputs });
            return Some((told, output));
        }
        let outputs = self.chain.commitment.iter().flat_map(|commitment| &commitment.outputs);
        let claims = outputs.filter_map(|htlc| Some((*htlc, self.claims_output(*htlc)?)));
        let untold = claims.clone().find(|(htlc, _)| !self.told.claims.contains(htlc));
        let is_past = |htlc: &HtlcId| self.claims_output(*htlc).is_none();
        if untold.is_none() && !self.told.claims.iter().any(is_past) {
            return None;
        }
        let mut told = Told { commitment, claims: self.told.claims.clone() };
        told.claims.retain(|htlc| !is_past(htlc));
        told.claims.extend(untold.map(|(htlc, _)| htlc));
        let output = untold.map(|(htlc, payment_preimage)| OnChain::ClaimHTLCOutput {
            channel_id,
            htlc_id: htlc.id,
            payment_preimage,
        });
        Some((told, output))
    }

    /// The next thing that is to be told, which counts as told then.
    pub(crate) fn next_output(&mut self, is_watched: bool) -> Option<OnChain> {
        while let Some((told, output)) = self.untold(is_watched) {
            self.told = told;
            if output.is_some() {
                return output;
            }
        }
        None
    }

    /// Whether there is something to tell, or to take back.
    pub(crate) fn has_untold(&self, is_watched: bool) -> bool {
        self.untold(is_watched).is_some()
    }
}
