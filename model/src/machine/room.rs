//! Bounds, apart from the protocol: how much of the room for updates and writes in flight an action
//! uses. No guard of a role asks for it; the rows say it, and the machine asks.

use crate::state::{CHANNELS, Channel};

/// What of the bound on updates and writes in flight an action uses, per channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uses {
    /// Updates that it generates; each starts a write, too.
    pub updates: [u8; CHANNELS],
    /// Writes that it starts beside them.
    pub writes: [u8; CHANNELS],
}

impl Uses {
    /// Nothing.
    pub const NOTHING: Uses = Uses { updates: [0; CHANNELS], writes: [0; CHANNELS] };

    /// Updates of a channel.
    pub fn updates(c: Channel, count: usize) -> Uses {
        let mut uses = Uses::NOTHING;
        uses.updates[c] = count as u8;
        uses
    }

    /// Writes of a channel's monitor.
    pub fn writes(c: Channel, count: usize) -> Uses {
        let mut uses = Uses::NOTHING;
        uses.writes[c] = count as u8;
        uses
    }
}
