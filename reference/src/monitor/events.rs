//! The two lists of HTLC events: listed, released, acked, and what each event waits for.

use super::ChannelMonitor;
use crate::config::Mode;
use crate::event::{EventId, HTLCEvent};
use crate::types::HtlcId;

/// An event that was released, and is not acked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProvidedEvent {
    /// The name by which it is acked.
    pub event_id: EventId,
    /// What it tells.
    pub event: HTLCEvent,
}

/// An event that was not released since the last load.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PendingEvent {
    /// The name by which it will be acked.
    pub event_id: EventId,
    /// What it tells.
    pub event: HTLCEvent,
    /// The update that has to be reported before it may be released (`WCH-1`): the last one applied
    /// when it was pushed. None once that is reported.
    pub waits_for: Option<u64>,
}

impl ChannelMonitor {
    /// The id that the next event will get. Ids count up from the last load on.
    pub fn next_event_id(&self) -> EventId {
        self.next_event_id
    }

    /// The events that were released and are not acked (LDK: `provided_monitor_events`).
    pub fn provided(&self) -> &[ProvidedEvent] {
        &self.provided
    }

    /// The events that were not released since the last load (LDK: `pending_monitor_events`).
    pub fn pending(&self) -> &[PendingEvent] {
        &self.pending
    }

    /// Both lists as one, in the order in which they are written.
    pub fn events(&self) -> impl Iterator<Item = (EventId, &HTLCEvent)> {
        let pending = self.pending.iter().map(|pending| (pending.event_id, &pending.event));
        self.provided.iter().map(|provided| (provided.event_id, &provided.event)).chain(pending)
    }

    /// Whether it lists no event.
    pub fn has_no_event(&self) -> bool {
        self.provided.is_empty() && self.pending.is_empty()
    }

    /// The event that names the HTLC, if there is one.
    pub fn event_of(&self, htlc: HtlcId) -> Option<&HTLCEvent> {
        let named = |event: &&HTLCEvent| HtlcId::outbound(event.htlc_id) == htlc;
        self.events().map(|(_, event)| event).find(named)
    }

    /// The events that a full write holds.
    ///
    /// `MON-6`: "A Monitor MUST include in every full write its `provided` events, unless its mode
    /// is off, followed by its `pending` events."
    pub(super) fn written_events(&self) -> impl Iterator<Item = &HTLCEvent> {
        let provided = if self.mode == Mode::On { &self.provided[..] } else { &[] };
        let pending = self.pending.iter().map(|pending| &pending.event);
        provided.iter().map(|provided| &provided.event).chain(pending)
    }

    /// Appends an event to `pending`.
    pub(crate) fn list(&mut self, event: HTLCEvent) {
        let event_id = self.next_event_id;
        self.next_event_id = EventId(event_id.0 + 1);
        let waits_for = (self.update_id > self.reported).then_some(self.update_id);
        self.pending.push(PendingEvent { event_id, event, waits_for });
        // `MON-13`: "A Monitor MUST stop its archival clock when it pushes an event."
        self.archival_clock = false;
    }

    /// Hands out the oldest pending event.
    ///
    /// `MON-5`: "A Monitor MUST keep an event that is released, in `provided`, until it is acked."
    pub fn release(&mut self) -> Option<ProvidedEvent> {
        if self.pending.is_empty() {
            return None;
        }
        let PendingEvent { event_id, event, waits_for: _ } = self.pending.remove(0);
        let released = ProvidedEvent { event_id, event };
        self.provided.push(released.clone());
        Some(released)
    }

    /// Forgets an event; says whether it was listed. In memory only, and in any order.
    ///
    /// `MON-9`: "A Monitor MUST remove, on an ack, the entry with the named id, from whichever list
    /// holds it, and change nothing else in the lists."
    pub fn ack_monitor_event(&mut self, event_id: EventId) -> bool {
        let is_listed = self.events().any(|(id, _)| id == event_id);
        self.provided.retain(|provided| provided.event_id != event_id);
        self.pending.retain(|pending| pending.event_id != event_id);
        is_listed
    }

    /// Learns that the updates up to this one are reported. Of the events that were pushed before
    /// the next update none waits any more.
    pub(crate) fn updates_reported(&mut self, up_to: u64) {
        self.reported = up_to;
        self.unreported_signature = self.unreported_signature.filter(|id| *id > up_to);
        for pending in &mut self.pending {
            pending.waits_for = pending.waits_for.filter(|update_id| *update_id > up_to);
        }
    }
}
