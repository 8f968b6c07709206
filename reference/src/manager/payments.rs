//! Own payments: what the end of a part means for the payment, and what the user is told.

use std::collections::BTreeSet;

use super::{ChannelManager, HtlcState, PaymentState, QueuedEvent};
use crate::event::{
    ChannelId, Event, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, Outcome,
};

impl ChannelManager {
    /// Settles a part. If the user is told of the payment by that, the ack waits for the user; else
    /// nothing outside the Manager needs the event, and only the next write of the Manager does.
    pub(super) fn dispatch_payment(
        &mut self,
        source: MonitorEventSource,
        event: HTLCEvent,
        payment: HtlcId,
        state: PaymentState,
    ) {
        let HTLCEvent { htlc, outcome } = event;
        if matches!(state, PaymentState::Settled(_) | PaymentState::Unmade(_)) {
            self.ack_settled_payment(source, htlc);
        } else if self.settle_part(payment, htlc, outcome) {
            let action = EventCompletionAction::AckMonitorEvent(source);
            self.tell_payment(payment, htlc, outcome, BTreeSet::from([action]));
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
    fn settle_part(&mut self, payment: HtlcId, htlc: HtlcId, outcome: Outcome) -> bool {
        let claimed = PaymentState::Settled(Outcome::Claim);
        let was_sent = self.parts(payment).any(|state| state == claimed);
        self.htlcs
            .insert(htlc, HtlcState::Payment { payment, state: PaymentState::Settled(outcome) });
        if outcome == Outcome::Fail && self.retry(payment) {
            return false;
        }
        match outcome {
            Outcome::Claim => !was_sent,
            Outcome::Fail => {
                self.parts(payment).all(|state| state == PaymentState::Settled(Outcome::Fail))
            }
        }
    }

    /// Makes the next part of a payment that has lost one; says whether there is one. It is not
    /// given up for a close that a crash can take back (`MGR-21`).
    fn retry(&mut self, of: HtlcId) -> bool {
        let next = self.htlcs.iter().find_map(|(htlc, state)| match *state {
            HtlcState::Payment { payment, state: PaymentState::Unmade(channel) }
                if payment == of && !self.is_closed_for_good(channel) =>
            {
                Some((*htlc, channel))
            }
            _ => None,
        });
        let Some((htlc, channel)) = next else { return false };
        let state = PaymentState::InHoldingCell(channel);
        self.htlcs.insert(htlc, HtlcState::Payment { payment: of, state });
        true
    }

    /// The channel by which a payment would leave that the user has not made.
    pub fn unmade_on(&self, htlc: HtlcId) -> Option<ChannelId> {
        match self.htlcs.get(&htlc)? {
            HtlcState::Payment { payment, state: PaymentState::Unmade(channel) }
                if *payment == htlc =>
            {
                Some(*channel)
            }
            _ => None,
        }
    }

    /// The user makes a payment: it waits in the holding cell.
    pub(crate) fn send_payment(&mut self, htlc: HtlcId, channel: ChannelId) {
        let state = PaymentState::InHoldingCell(channel);
        self.htlcs.insert(htlc, HtlcState::Payment { payment: htlc, state });
    }

    /// No event has led to this, so what the user is told acks nothing. If an event follows, its
    /// ack joins what the user is told (`MGR-6`).
    pub(super) fn end_part_without_event(
        &mut self,
        payment: HtlcId,
        htlc: HtlcId,
        outcome: Outcome,
    ) {
        if self.settle_part(payment, htlc, outcome) {
            self.tell_payment(payment, htlc, outcome, BTreeSet::new());
        }
    }

    /// The parts of a payment that were made.
    fn parts(&self, of: HtlcId) -> impl Iterator<Item = PaymentState> {
        let all = self.htlcs.values().filter_map(move |htlc| match *htlc {
            HtlcState::Payment { payment, state } if payment == of => Some(state),
            _ => None,
        });
        all.filter(|state| !matches!(state, PaymentState::Unmade(_)))
    }

    /// Queues `PaymentSent` or `PaymentFailed`, because the HTLC has ended so.
    fn tell_payment(
        &mut self,
        payment: HtlcId,
        htlc: HtlcId,
        outcome: Outcome,
        actions: BTreeSet<EventCompletionAction>,
    ) {
        let event = Event::for_payment(payment, outcome);
        self.pending_events.insert(htlc, QueuedEvent { event, actions });
    }
}
