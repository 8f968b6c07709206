//! What becomes at a load of HTLCs that wait to be offered on a closed channel.

use crate::event::{ChannelId, HtlcId};
use crate::manager::ChannelManager;
use crate::monitor::ChannelMonitor;

impl ChannelManager {
    /// Sees to the holding cells of the channels that a load closes, or finds closed. A fail may
    /// make a retry that waits in another of them, so this goes on until all are empty.
    pub(super) fn empty_holding_cells(&mut self, monitors: &[&ChannelMonitor]) {
        while let Some((channel_id, htlc)) = self.held_on_closed() {
            let monitor = monitors.iter().find(|monitor| monitor.channel_id() == channel_id);
            self.leave_holding_cell(htlc, monitor.copied());
        }
    }

    /// An HTLC that waits to be offered on a closed channel, with that channel.
    fn held_on_closed(&self) -> Option<(ChannelId, HtlcId)> {
        let held = self.htlcs().keys().filter_map(|htlc| Some((self.held_on(*htlc)?, *htlc)));
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
    fn leave_holding_cell(&mut self, htlc: HtlcId, monitor: Option<&ChannelMonitor>) {
        if monitor.is_some_and(|monitor| monitor.knows_htlc(htlc)) {
            self.await_outcome(htlc);
        } else {
            self.fail_unsent(htlc);
        }
    }
}
