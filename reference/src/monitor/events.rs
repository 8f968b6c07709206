//! The two lists of HTLC events: listed, released, acked, and what each event waits for.

use serde::{Deserialize, Serialize};

use super::ChannelMonitor;
use crate::config::Mode;
use crate::event::{EventId, HTLCEvent, HtlcId};

/// An HTLC event with the name by which it is acked until the next load.
pub type NumberedEvent = (EventId, HTLCEvent);

/// An event that was not released since the last load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

    /// The events that were released and are not acked.
    pub fn provided(&self) -> &[NumberedEvent] {
        &self.provided
    }

    /// The events that were not released since the last load.
    pub fn pending(&self) -> &[PendingEvent] {
        &self.pending
    }

    /// Both lists as one, in the order in which they are written.
    pub fn events(&self) -> impl Iterator<Item = NumberedEvent> {
        let pending = self.pending.iter().map(|pending| (pending.event_id, pending.event));
        self.provided.iter().copied().chain(pending)
    }

    /// Whether an event names the HTLC.
    pub(crate) fn names(&self, htlc: HtlcId) -> bool {
        self.events().any(|(_, event)| event.htlc == htlc)
    }

    /// The events that a full write holds.
    ///
    /// `MON-6`: "A Monitor MUST include in every full write its `provided` events, unless its mode
    /// is off, followed by its `pending` events."
    pub(super) fn written_events(&self) -> impl Iterator<Item = HTLCEvent> {
        let provided = if self.mode == Mode::On { &self.provided[..] } else { &[] };
        let pending = self.pending.iter().map(|pending| pending.event);
        provided.iter().map(|(_, event)| *event).chain(pending)
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
    pub fn release(&mut self) -> Option<NumberedEvent> {
        if self.pending.is_empty() {
            return None;
        }
        let PendingEvent { event_id, event, waits_for: _ } = self.pending.remove(0);
        self.provided.push((event_id, event));
        Some((event_id, event))
    }

    /// Forgets an event; says whether it was listed. In memory only, and in any order.
    ///
    /// `MON-9`: "A Monitor MUST remove, on an ack, the entry with the named id, from whichever list
    /// holds it, and change nothing else in the lists."
    pub fn ack_monitor_event(&mut self, event_id: EventId) -> bool {
        let is_listed = self.events().any(|(id, _)| id == event_id);
        self.provided.retain(|(id, _)| *id != event_id);
        self.pending.retain(|pending| pending.event_id != event_id);
        is_listed
    }

    /// Learns that the updates up to this one are reported. Of the events that were pushed before
    /// the next update none waits any more.
    pub(crate) fn updates_reported(&mut self, up_to: u64) {
        self.reported = up_to;
        for pending in &mut self.pending {
            pending.waits_for = pending.waits_for.filter(|update_id| *update_id > up_to);
        }
    }
}
