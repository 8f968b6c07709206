//! When the ack of an event becomes due, and when it is called (the table of SPEC section 5.3).

use std::sync::Arc;

use super::{ChannelManager, ForwardOutcome, InboundHtlcState};
use crate::event::{EventCompletionAction, EventKey, MonitorEventSource};
use crate::types::{HTLCPreviousHopData, Origin, Outcome, PartId};
use crate::watch::Watch;

impl ChannelManager {
    /// `MGR-6`: "The Manager MUST ack an event whose outcome it has already settled, at the ack
    /// point of that outcome." For an own payment that point is the end of the user's
    /// handling, which may be past.
    pub(super) fn ack_settled_payment(&mut self, source: MonitorEventSource, part: PartId) {
        let key = EventKey::Outbound(Origin::Payment(part));
        if !self.pending_events.contains_key(&key) {
            self.ack_is_due(source);
        } else if let Some(queued) = Arc::make_mut(&mut self.pending_events).get_mut(&key) {
            queued.actions.insert(EventCompletionAction::AckMonitorEvent(source));
        }
    }

    /// Keeps the source of a forward's event until its ack point, which may be now. A forward that
    /// was settled before takes the same way (`MGR-6`).
    pub(super) fn await_forward_ack(&mut self, source: MonitorEventSource, ended: ForwardOutcome) {
        self.pending_forward_monitor_event_acks.insert(source, ended);
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
        for (source, ended) in all {
            if self.is_past_ack_point(ended) {
                self.ack_is_due(source);
            } else {
                self.pending_forward_monitor_event_acks.insert(source, ended);
            }
        }
    }

    /// Whether the ack of a forward's event may become due.
    ///
    /// `MGR-15`: "The Manager MUST NOT let the ack of a forward's event become due before all
    /// previous hops of that forward have come to their ack points."
    fn is_past_ack_point(&self, ended: ForwardOutcome) -> bool {
        let ForwardOutcome { first, outcome } = ended;
        let forward = self.forwards.get(&first);
        forward.is_none_or(|f| f.prev_htlcs.iter().all(|hop| self.is_resolved(*hop, outcome)))
    }

    /// Whether a previous hop has come to its ack point.
    fn is_resolved(&self, hop: HTLCPreviousHopData, outcome: Outcome) -> bool {
        let HTLCPreviousHopData { channel_id: inbound, .. } = hop;
        if self.is_open(inbound) {
            // `MGR-2`: "The Manager MUST NOT let the ack of a forward's claim become due, while the
            // inbound channel is open, before the HTLC's irrevocable removal is complete in the
            // inbound Monitor."
            //
            // `MGR-3`: "The Manager MUST NOT let the ack of a forward's fail become due, while the
            // inbound channel is open, before the HTLC's irrevocable removal is complete in the
            // inbound Monitor."
            let state = self.inbound_htlc(hop).map(|htlc| htlc.state);
            let is_gone = state.is_none_or(|state| state == InboundHtlcState::Resolved);
            return is_gone && !self.is_revoking(inbound, hop.htlc());
        }
        match outcome {
            // `MGR-4`: "The Manager MUST let the ack of a forward's claim become due, once the
            // inbound channel is closed, when the update with the preimage is complete, and not
            // earlier."
            Outcome::Claim => !self.is_signing(inbound, hop.htlc()),
            // `MGR-5`: "The Manager MUST let the ack of a forward's fail become due once the
            // inbound channel is closed."
            Outcome::Fail => true,
        }
    }

    /// Whether the Manager asks for a write of itself (LDK: `get_and_clear_needs_persistence`).
    ///
    /// `MGR-24`: "The Manager MUST ask for a write of itself when an ack becomes due."
    pub fn needs_persistence(&self) -> bool {
        !self.due_acks.is_empty()
    }

    /// A write of the Manager starts ([`ChannelManager::write`] gives its bytes). It covers the
    /// acks that are due now. One write is in flight at a time.
    pub fn write_starts(&mut self) {
        self.write_in_flight = Some(std::mem::take(&mut self.due_acks));
    }

    /// The write in flight has landed: the acks that it covers are called, and no others. The Watch
    /// has to be given the chance to write what that changed behind it
    /// ([`ChainMonitor::persist_acked_monitors`](crate::ChainMonitor::persist_acked_monitors)).
    ///
    /// `MGR-8`: "The Manager MUST NOT call `ack_monitor_event` for an event before a Manager write
    /// that started after the ack became due is reported."
    ///
    /// `MGR-23`: "The Manager MUST call a due ack once MGR-8 allows it."
    pub fn manager_persisted(&mut self, watch: &mut impl Watch) {
        for source in self.write_in_flight.take().unwrap_or_default() {
            watch.ack_monitor_event(source);
        }
    }
}
