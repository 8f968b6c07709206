//! The two ways in which a Monitor hands its events over (SPEC section 7).

use super::ChannelMonitor;
use crate::config::Mode;
use crate::event::{HTLCEvent, HtlcId};

impl ChannelMonitor {
    /// How it hands its events over.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Hands them over so from now on.
    pub(crate) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
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
}
