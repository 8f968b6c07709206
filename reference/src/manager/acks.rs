//! When the ack of an event becomes due, and when it is called (the table of SPEC section 5.3).

use std::collections::BTreeSet;

use super::forwards::PreviousHop;
use super::{ChannelManager, ForwardState};
use crate::event::{
    ChannelId, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, Outcome,
};
use crate::update::ChannelMonitorUpdateStep;
use crate::watch::Watch;

impl ChannelManager {
    /// `MGR-6`: "The Manager MUST ack an event whose outcome it has already settled, at the ack
    /// point of that outcome." For an own payment that point is the end of the user's
    /// handling, which may be past.
    pub(super) fn ack_settled_payment(&mut self, source: MonitorEventSource, htlc: HtlcId) {
        match self.pending_events.get_mut(&htlc) {
            Some(queued) => {
                queued.actions.insert(EventCompletionAction::AckMonitorEvent(source));
            }
            None => self.ack_is_due(source),
        }
    }

    /// Keeps the source of a forward's event until its ack point, which may be now. A forward that
    /// was settled before takes the same way (`MGR-6`).
    pub(super) fn await_forward_ack(&mut self, source: MonitorEventSource, event: HTLCEvent) {
        self.pending_forward_monitor_event_acks.insert(source, event);
        self.collect_due_acks();
    }

    /// An ack that the write in flight covers is due already.
    pub(crate) fn ack_is_due(&mut self, source: MonitorEventSource) {
        let is_covered = self.write_in_flight.as_ref().is_some_and(|acks| acks.contains(&source));
        if !is_covered {
            self.due_acks.insert(source);
        }
    }

    /// Lets the acks of all forwards become due that are past their ack point. Called after every
    /// change that can bring one there.
    pub(crate) fn collect_due_acks(&mut self) {
        let all = std::mem::take(&mut self.pending_forward_monitor_event_acks);
        for (source, event) in all {
            if self.is_past_ack_point(event) {
                self.ack_is_due(source);
            } else {
                self.pending_forward_monitor_event_acks.insert(source, event);
            }
        }
    }

    /// Whether the ack of a forward's event may become due.
    ///
    /// `MGR-15`: "The Manager MUST NOT let the ack of a forward's event become due before all
    /// previous hops of that forward have come to their ack points."
    fn is_past_ack_point(&self, event: HTLCEvent) -> bool {
        let mut hops = self.previous_hops(event.htlc).into_iter();
        hops.all(|hop| self.is_resolved(hop, event.outcome))
    }

    /// Whether a previous hop has come to its ack point.
    fn is_resolved(&self, hop: PreviousHop, outcome: Outcome) -> bool {
        let PreviousHop { htlc, inbound, state } = hop;
        if self.is_open(inbound) {
            // `MGR-2`: "The Manager MUST NOT let the ack of a forward's claim become due, while
            // the inbound channel is open, before the HTLC's irrevocable removal is durable in the
            // inbound Monitor."
            //
            // `MGR-3`: "The Manager MUST NOT let the ack of a forward's fail become due, while the
            // inbound channel is open, before the HTLC's irrevocable removal is durable in the
            // inbound Monitor."
            let removal = ChannelMonitorUpdateStep::Revocation { htlc };
            return state == ForwardState::Resolved && self.is_durable(inbound, removal);
        }
        match outcome {
            // `MGR-4`: "The Manager MUST let the ack of a forward's claim become due, once the
            // inbound channel is closed, when the update with the preimage is complete, and not
            // earlier."
            Outcome::Claim => {
                self.is_durable(inbound, ChannelMonitorUpdateStep::SignRemoval { htlc, outcome })
            }
            // `MGR-5`: "The Manager MUST let the ack of a forward's fail become due once the
            // inbound channel is closed."
            Outcome::Fail => true,
        }
    }

    /// Whether an update that was generated is known to be durable: only a report, or the
    /// background step, takes it from the list. One that is blocked is not even submitted.
    pub(super) fn is_durable(&self, channel_id: ChannelId, step: ChannelMonitorUpdateStep) -> bool {
        let channel = self.channels.get(&channel_id);
        channel.is_none_or(|channel| {
            let listed = channel.in_flight_monitor_updates.iter().map(|update| &update.step);
            listed.chain(&channel.blocked_monitor_updates).all(|other| *other != step)
        })
    }

    /// Whether the Manager asks for a write of itself.
    ///
    /// `MGR-24`: "The Manager MUST ask for a write of itself when an ack becomes due."
    pub fn asks_for_write(&self) -> bool {
        !self.due_acks.is_empty()
    }

    /// A write of the Manager starts: it covers the acks that are due now.
    pub(crate) fn write_started(&mut self) {
        self.write_in_flight = Some(std::mem::take(&mut self.due_acks));
    }

    /// The write in flight has landed: the acks that it covers are called, and no others. Gives the
    /// channels whose Monitors now need a full write.
    ///
    /// `MGR-8`: "The Manager MUST NOT call `ack_monitor_event` for an event before a Manager write
    /// that started after the ack became due has landed."
    ///
    /// `MGR-23`: "The Manager MUST call a due ack once MGR-8 allows it."
    pub(crate) fn write_landed(&mut self, watch: &mut impl Watch) -> BTreeSet<ChannelId> {
        let mut to_write = BTreeSet::new();
        for source in self.write_in_flight.take().unwrap_or_default() {
            if watch.ack_monitor_event(source) {
                to_write.insert(source.channel_id);
            }
        }
        to_write
    }
}
