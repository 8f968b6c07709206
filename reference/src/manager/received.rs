//! Payments received: the user claims, and is told once that cannot be forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ChannelManager, InboundHtlcState, Telling};
use crate::event::{Event, EventKey};
use crate::types::{
    ChannelId, HTLCPreviousHopData, HTLCResolution, HtlcId, Outcome, PaymentHash, PaymentPreimage,
};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

/// A payment received: the inbound HTLCs that bring it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReceivedPayment {
    /// Its parts.
    pub parts: Vec<HTLCPreviousHopData>,
    /// Whether the user was told that it is claimed.
    pub telling: Telling,
}

/// The update that gives a part's Monitor the preimage.
pub(crate) fn claim_of(htlc: HtlcId, preimage: PaymentPreimage) -> ChannelMonitorUpdateStep {
    ChannelMonitorUpdateStep::SignRemoval { htlc, resolution: HTLCResolution::Claimed(preimage) }
}

impl ChannelManager {
    /// Takes inbound HTLCs, of which nothing was said before, for the parts of a payment, and tells
    /// the user.
    pub(crate) fn receive_payment(
        &mut self,
        payment_hash: PaymentHash,
        parts: &[HTLCPreviousHopData],
    ) {
        for part in parts {
            self.set_inbound(*part, InboundHtlcState::Claimable);
        }
        let (parts, telling) = (parts.to_vec(), Telling::NotYet);
        Arc::make_mut(&mut self.received).insert(payment_hash, ReceivedPayment { parts, telling });
        let amount_msat = self.amount_received(payment_hash);
        let event = Event::PaymentClaimable { payment_hash, amount_msat };
        self.queue(EventKey::Claimable(payment_hash), event, BTreeSet::new());
    }

    fn amount_received(&self, payment_hash: PaymentHash) -> u64 {
        let parts = self.received.get(&payment_hash).into_iter().flat_map(|payment| &payment.parts);
        let amounts = parts.filter_map(|part| Some(self.inbound_htlc(*part)?.amount_msat));
        amounts.fold(0, u64::saturating_add)
    }

    /// The parts of a payment received, each with its state.
    pub(crate) fn received_parts(
        &self,
        payment_hash: PaymentHash,
    ) -> Vec<(HTLCPreviousHopData, InboundHtlcState)> {
        self.states_of(self.received.get(&payment_hash).map(|payment| &payment.parts[..]))
    }

    /// Whether the user may claim the payment, or fail it: it is there, and neither was done.
    pub fn is_claimable(&self, payment_hash: PaymentHash) -> bool {
        let parts = self.received_parts(payment_hash);
        let claimable = |(_, state): &(_, _)| *state == InboundHtlcState::Claimable;
        !parts.is_empty() && parts.iter().all(claimable)
    }

    /// The user claims a payment: each part's Monitor gets the preimage, unless it is archived
    /// (`MGR-10`).
    pub(crate) fn claim_funds(
        &mut self,
        payment_preimage: PaymentPreimage,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        for (part, _) in self.received_parts(payment_preimage.payment_hash()) {
            if watch.is_archived(part.channel_id) {
                self.set_inbound(part, InboundHtlcState::Resolved);
            } else {
                self.submit(part.channel_id, claim_of(part.htlc(), payment_preimage), watch)?;
                self.set_inbound(part, InboundHtlcState::Signed(Outcome::Claim));
            }
        }
        self.tell_claims();
        Ok(())
    }

    /// The user gives a payment back.
    pub(crate) fn fail_payment(&mut self, payment_hash: PaymentHash) {
        let failed = Arc::make_mut(&mut self.received).remove(&payment_hash);
        failed.into_iter().flat_map(|payment| payment.parts).for_each(|p| self.fail_inbound(p));
        Arc::make_mut(&mut self.pending_events).remove(&EventKey::Claimable(payment_hash));
        self.handling = self.handling.filter(|key| *key != EventKey::Claimable(payment_hash));
    }

    /// An inbound HTLC is failed.
    pub(crate) fn fail_inbound(&mut self, hop: HTLCPreviousHopData) {
        self.set_inbound(hop, self.failed_inbound(hop.channel_id));
    }

    /// Called whenever an update may have become complete.
    ///
    /// `MGR-19`: "The Manager MUST queue `PaymentClaimed` when the update with the preimage of a
    /// payment received is complete for one of its parts, and not earlier, unless it has queued it
    /// before."
    pub(crate) fn tell_claims(&mut self) {
        let untold = self.received.iter().filter(|(_, p)| p.telling == Telling::NotYet);
        let untold: Vec<PaymentHash> = untold.map(|(payment_hash, _)| *payment_hash).collect();
        for payment_hash in untold {
            let parts = self.received_parts(payment_hash);
            if parts.iter().any(|(part, state)| self.is_kept(*part, *state)) {
                self.set_claim_told(payment_hash);
                let amount_msat = self.amount_received(payment_hash);
                let event = Event::PaymentClaimed { payment_hash, amount_msat };
                self.queue(EventKey::Claimed(payment_hash), event, BTreeSet::new());
            }
        }
    }

    /// Whether the part is claimed, and the update with its preimage complete.
    fn is_kept(&self, part: HTLCPreviousHopData, state: InboundHtlcState) -> bool {
        is_claimed(state) && !self.is_signing(part.channel_id, part.htlc())
    }

    pub(crate) fn set_claim_told(&mut self, payment_hash: PaymentHash) {
        if let Some(payment) = Arc::make_mut(&mut self.received).get_mut(&payment_hash) {
            payment.telling = Telling::Queued;
        }
    }

    /// Whether a claim blocks the channel's revocations.
    ///
    /// `MGR-20`: "The Manager MUST block the revocations of each channel over which a payment is
    /// received, from its claim until the updates with the preimage are complete for all of its
    /// parts and the User has handled its `PaymentClaimed`."
    pub(super) fn has_claim_under_way(&self, channel_id: ChannelId) -> bool {
        self.received.iter().any(|(payment_hash, payment)| {
            let is_queued = self.pending_events.contains_key(&EventKey::Claimed(*payment_hash));
            let is_handled = payment.telling == Telling::Queued && !is_queued;
            let lies_here = payment.parts.iter().any(|part| part.channel_id == channel_id);
            lies_here && {
                let parts = self.received_parts(*payment_hash);
                let is_over =
                    is_handled && parts.iter().all(|(part, state)| self.is_kept(*part, *state));
                parts.iter().any(|(_, state)| is_claimed(*state)) && !is_over
            }
        })
    }
}

/// Whether a part of a payment received was claimed, once.
fn is_claimed(state: InboundHtlcState) -> bool {
    matches!(state, InboundHtlcState::Signed(Outcome::Claim) | InboundHtlcState::Resolved)
}
