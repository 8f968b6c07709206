//! What becomes at a load of HTLCs that wait to be offered on a closed channel.

use crate::event::ChannelId;
use crate::manager::ChannelManager;
use crate::monitor::ChannelMonitor;

impl ChannelManager {
    /// Sees to the holding cell of a channel that a load closes, or finds closed. The channel has
    /// no Monitor if that is archived.
    ///
    /// `RST-9`: "A restarted Manager MUST fail an HTLC in the holding cell of a closed channel
    /// that the channel's Monitor does not list and no event names."
    ///
    /// `RST-11`: "A restarted Manager MUST NOT fail, nor offer again, an HTLC in the holding cell
    /// of a closed channel that the channel's Monitor lists or an event names."
    pub(super) fn empty_holding_cell(
        &mut self,
        channel_id: ChannelId,
        monitor: Option<&ChannelMonitor>,
    ) {
        for htlc in self.holding_cell(channel_id) {
            if monitor.is_some_and(|monitor| monitor.knows_htlc(htlc)) {
                self.await_outcome(htlc);
            } else {
                self.fail_unsent(htlc);
            }
        }
    }
}
