//! The background step of a channel: the last of a load (SPEC, `LOAD-4`).

use crate::manager::ChannelManager;
use crate::types::ChannelId;
use crate::update::UpdateError;
use crate::watch::Watch;

impl ChannelManager {
    /// The background step of a channel: updates in flight that the Monitor has are complete, the
    /// others are submitted again.
    ///
    /// `RST-3`: "A restarted Manager MUST keep every update in flight on its list, in its writes
    /// too, until the background step finds it in the Monitor or a `Completed` after the load
    /// covers it."
    ///
    /// `RST-2`: "A restarted Manager MUST submit again, in order, the updates in flight that the
    /// loaded Monitor lacks."
    pub(super) fn run_background_step(
        &mut self,
        channel_id: ChannelId,
        monitor_update_id: u64,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.channel_monitor_updated(channel_id, monitor_update_id);
        let listed = self.channels().get(channel_id).map(|c| c.in_flight_monitor_updates.clone());
        for update in listed.unwrap_or_default() {
            self.hand_over(channel_id, &update, watch)?;
        }
        self.background.remove(&channel_id);
        Ok(())
    }
}
