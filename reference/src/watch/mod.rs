//! The Watch: owns the Monitors, starts their writes, releases their events (SPEC section 5.2).

mod chain_monitor;
mod watched;

pub use chain_monitor::ChainMonitor;
pub use watched::WatchedMonitor;

use crate::event::{HTLCEvent, MonitorEventSource, MonitorNotice};
use crate::monitor::ChannelMonitor;
use crate::persist::ChannelMonitorUpdateStatus;
use crate::types::ChannelId;
use crate::update::{ChannelMonitorUpdate, UpdateError};

/// What the Manager needs of whoever owns the Monitors (LDK: `chain::Watch`).
pub trait Watch {
    /// Takes over the Monitor of a new channel, and starts its first write.
    ///
    /// # Errors
    /// The channel has a Monitor, or the Store has failed.
    fn watch_channel(
        &mut self,
        monitor: ChannelMonitor,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError>;

    /// Applies an update to the channel's Monitor and starts the write of it in the same step: a
    /// full write of the Monitor, or a delta. `Completed` says that the write is reported already.
    ///
    /// # Errors
    /// The Monitor refuses the update, there is none, or the Store has failed. The node must stop.
    fn update_channel(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError>;

    /// The channel's oldest pending HTLC event, unless it is held back.
    fn releasable(&self, channel_id: ChannelId) -> Option<&HTLCEvent>;

    /// Releases that event (LDK: `release_pending_monitor_events`, which releases all).
    fn release_pending_monitor_event(
        &mut self,
        channel_id: ChannelId,
    ) -> Option<(MonitorEventSource, HTLCEvent)>;

    /// Whether a close notice of the channel waits.
    fn has_close_notice(&self, channel_id: ChannelId) -> bool;

    /// Whether the channel's funding is spent, as far as its Monitor has seen.
    fn is_confirmed(&self, channel_id: ChannelId) -> bool;

    /// Hands out the channel's close notice, if one waits.
    fn release_close_notice(&mut self, channel_id: ChannelId) -> Option<MonitorNotice>;

    /// Hands out the channel's `Completed`, if one waits.
    fn release_completed(&mut self, channel_id: ChannelId) -> Option<MonitorNotice>;

    /// Tells the Monitor that nobody needs the event any more. With an archived Monitor there is
    /// nothing to tell.
    fn ack_monitor_event(&mut self, source: MonitorEventSource);

    /// Whether the Monitor of the channel is archived.
    fn is_archived(&self, channel_id: ChannelId) -> bool;
}
