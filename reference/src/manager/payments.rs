//! Own payments: what the end of a part means for the payment, and what the user is told.

use std::collections::BTreeSet;

use super::{ChannelManager, HtlcState, PaymentState, QueuedEvent};
use crate::event::{Event, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, Outcome};

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
        if matches!(state, PaymentState::Settled(_)) {
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
    /// its event or by MGR-11 or RST-9, if every part has failed, and not earlier."
    fn settle_part(&mut self, payment: HtlcId, htlc: HtlcId, outcome: Outcome) -> bool {
        let claimed = PaymentState::Settled(Outcome::Claim);
        let was_sent = self.parts(payment).any(|state| state == claimed);
        self.htlcs
            .insert(htlc, HtlcState::Payment { payment, state: PaymentState::Settled(outcome) });
        match outcome {
            Outcome::Claim => !was_sent,
            Outcome::Fail => {
                self.parts(payment).all(|state| state == PaymentState::Settled(Outcome::Fail))
            }
        }
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

    fn parts(&self, of: HtlcId) -> impl Iterator<Item = PaymentState> {
        self.htlcs.values().filter_map(move |htlc| match *htlc {
            HtlcState::Payment { payment, state } if payment == of => Some(state),
            _ => None,
        })
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
