//! What becomes at a load of HTLCs that wait to be offered on a closed channel.

use crate::manager::ChannelManager;
use crate::monitor::ChannelMonitor;
use crate::types::{ChannelId, Origin};

impl ChannelMonitor {
    /// Whether it lists an HTLC that this one waits for, or has an event of one.
    pub(super) fn knows_origin(&self, origin: Origin) -> bool {
        self.known_sources().any(|(_, source)| source.origin() == origin)
    }
}

impl ChannelManager {
    /// Sees to the holding cells of the channels that a load closes, or finds closed. A fail may
    /// make a retry that waits in another of them, so this goes on until all are empty.
    pub(super) fn empty_holding_cells(&mut self, monitors: &[&ChannelMonitor]) {
        while let Some((channel_id, origin)) = self.held_on_closed() {
            let monitor = monitors.iter().find(|monitor| monitor.channel_id() == channel_id);
            self.leave_holding_cell(origin, monitor.copied());
        }
    }

    /// An HTLC that waits to be offered on a closed channel, with that channel.
    fn held_on_closed(&self) -> Option<(ChannelId, Origin)> {
        let held = self.origins().filter_map(|origin| Some((self.held_on(origin)?, origin)));
        held.filter(|(channel_id, _)| !self.is_open(*channel_id)).min()
    }

    /// Takes an HTLC from the holding cell of a closed channel. The channel has no Monitor if that
    /// is archived.
    ///
    /// `RST-9`: "A restarted Manager MUST fail an HTLC in the holding cell of a closed channel
    /// that the channel's Monitor does not list and no event names."
    ///
    /// `RST-11`: "A restarted Manager MUST wait for, and neither fail nor offer, an HTLC in the
    /// holding cell of a closed channel that the channel's Monitor lists or an event names."
    fn leave_holding_cell(&mut self, origin: Origin, monitor: Option<&ChannelMonitor>) {
        if monitor.is_some_and(|monitor| monitor.knows_origin(origin)) {
            self.await_outcome(origin);
        } else {
            self.fail_unsent(origin);
        }
    }
}
