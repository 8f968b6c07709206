//! Payments received: the user claims, and is told once that cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use super::{ChannelManager, HtlcState, QueuedEvent, ReceivedState, Telling};
use crate::event::{ChannelId, Event, HtlcId, Outcome};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

/// A part of a payment received, with its channel.
#[derive(Clone, Copy)]
pub(crate) struct ReceivedPart {
    pub(crate) htlc: HtlcId,
    pub(crate) inbound: ChannelId,
    pub(crate) state: ReceivedState,
}

/// The update that gives a part's Monitor the preimage.
pub(crate) fn claim_of(htlc: HtlcId) -> ChannelMonitorUpdateStep {
    ChannelMonitorUpdateStep::SignRemoval { htlc, outcome: Outcome::Claim }
}

impl ChannelManager {
    pub(crate) fn received_parts(&self, of: HtlcId) -> Vec<ReceivedPart> {
        let parts = self.htlcs.iter().filter_map(|(htlc, state)| match *state {
            HtlcState::Received { payment, inbound, state, .. } if payment == of => {
                Some(ReceivedPart { htlc: *htlc, inbound, state })
            }
            _ => None,
        });
        parts.collect()
    }

    /// The payments received, by their first part, with what the user was told of each.
    pub(crate) fn payments_received(&self) -> Vec<(HtlcId, Telling)> {
        let payments = self.htlcs.iter().filter_map(|(htlc, state)| match *state {
            HtlcState::Received { payment, telling, .. } if payment == *htlc => {
                Some((payment, telling))
            }
            _ => None,
        });
        payments.collect()
    }

    /// How many updates the user's claim of a payment would submit to each channel; none if there
    /// is no such payment to be claimed.
    pub fn updates_by_claim(
        &self,
        payment: HtlcId,
        watch: &impl Watch,
    ) -> Option<BTreeMap<ChannelId, usize>> {
        let parts = self.received_parts(payment);
        let claimable = |part: &ReceivedPart| part.state == ReceivedState::Claimable;
        if parts.is_empty() || !parts.iter().all(claimable) {
            return None;
        }
        let mut updates = BTreeMap::new();
        for part in parts.iter().filter(|part| !watch.is_archived(part.inbound)) {
            *updates.entry(part.inbound).or_default() += 1;
        }
        Some(updates)
    }

    /// The user claims a payment: each part's Monitor gets the preimage, unless it is archived
    /// (`MGR-10`).
    pub(crate) fn claim_funds(
        &mut self,
        payment: HtlcId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        for ReceivedPart { htlc, inbound, .. } in self.received_parts(payment) {
            if watch.is_archived(inbound) {
                self.set_received_state(htlc, ReceivedState::Resolved);
            } else {
                self.submit(inbound, claim_of(htlc), watch)?;
                self.set_received_state(htlc, ReceivedState::Claimed);
            }
        }
        self.tell_claims();
        Ok(())
    }

    pub(crate) fn set_received_state(&mut self, htlc: HtlcId, to: ReceivedState) {
        if let Some(HtlcState::Received { state, .. }) = self.htlcs.get_mut(&htlc) {
            *state = to;
        }
    }

    /// Called whenever an update may have become complete.
    ///
    /// `MGR-19`: "The Manager MUST queue `PaymentClaimed` when the update with the preimage of a
    /// payment received is complete for one of its parts, and not earlier, unless it has queued it
    /// before."
    pub(crate) fn tell_claims(&mut self) {
        for (payment, telling) in self.payments_received() {
            let parts = self.received_parts(payment);
            if telling == Telling::NotYet && parts.iter().any(|part| self.is_kept(part)) {
                self.tell_claim(payment);
            }
        }
    }

    /// Whether the part is claimed, and the update with its preimage complete.
    fn is_kept(&self, part: &ReceivedPart) -> bool {
        part.state != ReceivedState::Claimable && self.is_durable(part.inbound, claim_of(part.htlc))
    }

    fn tell_claim(&mut self, payment: HtlcId) {
        self.set_claim_told(payment);
        let event = Event::PaymentClaimed { htlc: payment };
        self.pending_events.insert(payment, QueuedEvent { event, actions: BTreeSet::new() });
    }

    pub(crate) fn set_claim_told(&mut self, payment: HtlcId) {
        if let Some(HtlcState::Received { telling, .. }) = self.htlcs.get_mut(&payment) {
            *telling = Telling::Queued;
        }
    }

    /// Whether a claim blocks the channel's revocations.
    ///
    /// `MGR-20`: "The Manager MUST block the revocations of each channel over which a payment is
    /// received, from its claim until the updates with the preimage are complete for all of its
    /// parts and the User has handled its `PaymentClaimed`."
    pub fn has_claim_under_way(&self, channel_id: ChannelId) -> bool {
        self.payments_received().into_iter().any(|(payment, telling)| {
            let parts = self.received_parts(payment);
            let is_claimed = parts.iter().any(|part| part.state != ReceivedState::Claimable);
            let is_handled =
                telling == Telling::Queued && !self.pending_events.contains_key(&payment);
            let is_over = is_handled && parts.iter().all(|part| self.is_kept(part));
            is_claimed && !is_over && parts.iter().any(|part| part.inbound == channel_id)
        })
    }
}
