//! Own payments: what the end of a part means for the payment, and what the user is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ChannelManager;
use crate::event::{Event, EventCompletionAction, EventKey, HTLCEvent, MonitorEventSource};
use crate::types::{ChannelId, HTLCResolution, Origin, Outcome, PartId, PaymentHash, PaymentId};

/// An own payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Payment {
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// Its parts, retries among them, by their numbers.
    pub parts: BTreeMap<u32, PaymentPart>,
}

/// A part of an own payment; most payments have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PaymentPart {
    /// The channel that it leaves by.
    pub channel_id: ChannelId,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// The part that it replaces, if it is a retry.
    pub retry_of: Option<u32>,
    /// The channel by which it is tried once more if it fails.
    pub retry_by: Option<ChannelId>,
    /// How far it has come.
    pub state: PartState,
}

/// How far a part has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PartState {
    /// It waits in the holding cell of its channel.
    InHoldingCell,
    /// Its outcome is not known.
    Waiting,
    /// It ended so. What the user is told by that is queued, or was.
    Settled(Outcome),
}

/// A part of a payment that the user makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NewPart {
    /// The channel that it leaves by.
    pub channel_id: ChannelId,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// The channel by which it is tried once more if it fails.
    pub retry_by: Option<ChannelId>,
}

impl Payment {
    /// The names of its parts.
    pub(crate) fn part_ids(&self, payment_id: PaymentId) -> impl Iterator<Item = PartId> + '_ {
        self.parts.keys().map(move |part| PartId { payment_id, part: *part })
    }

    /// The parts that ended so.
    fn ended(&self, outcome: Outcome) -> usize {
        let settled = PartState::Settled(outcome);
        self.parts.values().filter(|part| part.state == settled).count()
    }
}

impl ChannelManager {
    pub(crate) fn part(&self, id: PartId) -> Option<&PaymentPart> {
        self.payments.get(&id.payment_id)?.parts.get(&id.part)
    }

    pub(crate) fn part_mut(&mut self, id: PartId) -> Option<&mut PaymentPart> {
        Arc::make_mut(&mut self.payments).get_mut(&id.payment_id)?.parts.get_mut(&id.part)
    }

    /// Whether the payment has such a part, for all the Manager knows.
    pub(crate) fn knows_part(&self, id: PartId) -> bool {
        self.part(id).is_some()
    }

    /// Whether the outcome of a part would be news.
    pub fn awaits_part(&self, id: PartId) -> bool {
        self.part(id).is_some_and(|part| !matches!(part.state, PartState::Settled(_)))
    }

    /// The user makes a payment: its parts wait in the holding cells.
    pub(crate) fn send_payment(
        &mut self,
        payment_id: PaymentId,
        payment_hash: PaymentHash,
        parts: &[NewPart],
    ) {
        let part = |part: &NewPart| PaymentPart {
            channel_id: part.channel_id,
            amount_msat: part.amount_msat,
            retry_of: None,
            retry_by: part.retry_by,
            state: PartState::InHoldingCell,
        };
        let parts = (0..).zip(parts.iter().map(part)).collect();
        Arc::make_mut(&mut self.payments).insert(payment_id, Payment { payment_hash, parts });
    }

    /// Settles a part. If the user is told of the payment by that, the ack waits for the user; else
    /// nothing outside the Manager needs the event, and only the next write of the Manager does.
    pub(super) fn dispatch_payment(
        &mut self,
        source: MonitorEventSource,
        event: &HTLCEvent,
        part: PartId,
    ) {
        if !self.awaits_part(part) {
            self.ack_settled_payment(source, part);
        } else if self.settle_part(part, event.resolution.outcome()) {
            let action = EventCompletionAction::AckMonitorEvent(source);
            self.tell_payment(part, event.resolution, BTreeSet::from([action]));
        } else {
            self.ack_is_due(source);
        }
    }

    /// Gives whether the user has to be told now.
    ///
    /// `MGR-16`: "The Manager MUST queue `PaymentSent` when it applies the claim of the first
    /// claimed part of a payment, and not for a further part."
    ///
    /// `MGR-17`: "The Manager MUST queue `PaymentFailed` when the last part of a payment fails, by
    /// its event or by MGR-11 or RST-9, if every part that it knows has failed and no retry is
    /// made, and not earlier."
    fn settle_part(&mut self, id: PartId, outcome: Outcome) -> bool {
        let Some(part) = self.part_mut(id) else { return false };
        part.state = PartState::Settled(outcome);
        if outcome == Outcome::Fail && self.retry(id) {
            return false;
        }
        self.payments.get(&id.payment_id).is_some_and(|payment| match outcome {
            Outcome::Claim => payment.ended(Outcome::Claim) == 1,
            Outcome::Fail => payment.ended(Outcome::Fail) == payment.parts.len(),
        })
    }

    /// Makes the retry of a part that has failed; says whether there is one. It is not given up for
    /// a close that a crash can take back (`MGR-21`).
    fn retry(&mut self, failed: PartId) -> bool {
        let Some(PaymentPart { amount_msat, retry_by: Some(channel_id), .. }) =
            self.part(failed).copied()
        else {
            return false;
        };
        let is_closed = self.is_closed_for_good(channel_id);
        let Some(payment) = Arc::make_mut(&mut self.payments).get_mut(&failed.payment_id) else {
            return false;
        };
        let next = payment.parts.keys().max().and_then(|last| last.checked_add(1));
        let Some(next) = next.filter(|_| !is_closed && payment.ended(Outcome::Claim) == 0) else {
            return false;
        };
        if let Some(part) = payment.parts.get_mut(&failed.part) {
            part.retry_by = None;
        }
        let (retry_of, state) = (Some(failed.part), PartState::InHoldingCell);
        let retry = PaymentPart { channel_id, amount_msat, retry_of, retry_by: None, state };
        payment.parts.insert(next, retry);
        true
    }

    /// No event has led to this, so what the user is told acks nothing. If an event follows, its
    /// ack joins what the user is told (`MGR-6`).
    pub(super) fn end_part_without_event(&mut self, part: PartId, resolution: HTLCResolution) {
        if self.settle_part(part, resolution.outcome()) {
            self.tell_payment(part, resolution, BTreeSet::new());
        }
    }

    /// Queues `PaymentSent` or `PaymentFailed`, because the part has ended so.
    fn tell_payment(
        &mut self,
        part: PartId,
        resolution: HTLCResolution,
        actions: BTreeSet<EventCompletionAction>,
    ) {
        let payment_id = part.payment_id;
        let Some(Payment { payment_hash, .. }) = self.payments.get(&payment_id) else { return };
        let payment_hash = *payment_hash;
        let event = match resolution {
            HTLCResolution::Claimed(payment_preimage) => {
                Event::PaymentSent { payment_id, payment_hash, payment_preimage }
            }
            HTLCResolution::Failed => Event::PaymentFailed { payment_id, payment_hash },
        };
        self.queue(EventKey::Outbound(Origin::Payment(part)), event, actions);
    }
}
