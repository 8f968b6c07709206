//! Channels that close, for the Manager, and what that gives up.

use super::{ChannelManager, InboundHtlcState};
use crate::types::{ChannelId, Outcome};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

impl ChannelManager {
    /// Closes a channel and tells its Monitor by an update.
    pub(crate) fn force_close(
        &mut self,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.submit(channel_id, ChannelMonitorUpdateStep::ChannelForceClosed, watch)?;
        self.close_channel(channel_id);
        self.fail_closed_holding_cell(channel_id);
        Ok(())
    }

    /// Closes a channel, as `ACT-23` says: its blocked updates are dropped, and a fail that waits
    /// in the queue or is signed is given up, for the payer takes the HTLC back on chain. A claim
    /// goes on: its preimage is, or will be, in the Monitor.
    pub(crate) fn close_channel(&mut self, channel_id: ChannelId) {
        if let Some(channel) = self.channels.get_mut(channel_id) {
            channel.is_open = false;
            channel.blocked_monitor_updates.clear();
            for htlc in channel.inbound_htlcs.values_mut() {
                use InboundHtlcState::{FailQueued, Resolved, Signed};
                if matches!(htlc.state, FailQueued | Signed(Outcome::Fail)) {
                    htlc.state = Resolved;
                }
            }
        }
        self.collect_due_acks();
    }
}
