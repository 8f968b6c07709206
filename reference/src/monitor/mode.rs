//! The two ways in which a Monitor hands its events over (SPEC section 7).

use super::{ChannelMonitor, NumberedEvent};
use crate::config::Mode;
use crate::event::{EventId, HtlcId};

impl ChannelMonitor {
    /// How it hands its events over.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Hands them over so from now on.
    pub(crate) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// What a build makes of it that knows no ids: it numbers what is listed anew.
    pub(crate) fn renumber(&mut self) {
        for (index, (id, _)) in self.pending.iter_mut().enumerate() {
            *id = EventId(index as u64);
        }
        self.next_event_id = EventId(self.pending.len() as u64);
    }

    /// Whether it lists an event under this id.
    pub(crate) fn lists(&self, event_id: EventId) -> bool {
        self.events().any(|(id, _)| *id == event_id)
    }

    /// Whether an event names the HTLC.
    pub(crate) fn names(&self, htlc: HtlcId) -> bool {
        self.events().any(|(_, event)| event.htlc == htlc)
    }

    /// The events that a full write holds.
    ///
    /// `MON-6`: "A Monitor MUST include in every full write its `provided` events, unless its mode
    /// is off, followed by its `pending` events, with their ids."
    pub(super) fn written_events(&self) -> impl Iterator<Item = &NumberedEvent> {
        let provided = if self.mode == Mode::On { &self.provided[..] } else { &[] };
        provided.iter().chain(&self.pending)
    }
}
