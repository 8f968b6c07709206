//! What a Manager that was read does with the Monitors that were read (SPEC section 5.4).

use super::{ChannelManager, ForwardState};
use crate::chain_monitor::Watch;
use crate::event::ChannelId;
use crate::monitor::{ChannelMonitor, RemovalStage};
use crate::persist::PersistStatus;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};

/// A Monitor lacks an update that the Manager does not list in flight: refuse to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MissingUpdate {
    /// The channel.
    pub channel_id: ChannelId,
    /// The first update that nobody has.
    pub update_id: u64,
}

impl ChannelManager {
    /// Compares each channel with its Monitor. Which HTLCs a Monitor lists decides nothing but what
    /// becomes of the holding cell.
    ///
    /// `RST-4`: "A restarted Manager MUST NOT fail an HTLC for the reason that its Monitor no
    /// longer lists it."
    ///
    /// `RST-8`: "A restarted Manager MUST NOT wait again for an own payment whose outcome it has
    /// settled, whatever the Monitor of the payment's channel lists."
    pub(crate) fn reconcile<'a>(
        &mut self,
        monitors: impl Iterator<Item = &'a ChannelMonitor>,
    ) -> Result<(), MissingUpdate> {
        let monitors: Vec<&ChannelMonitor> = monitors.collect();
        for monitor in &monitors {
            let channel_id = monitor.channel_id();
            self.list_submitted_blocked_updates(monitor);
            let Some(channel) = self.channels.get(&channel_id) else { continue };
            let generated = channel.latest_monitor_update_id;
            if monitor.update_id() > generated {
                self.close_stale(monitor);
                continue;
            }
            // The list ends with the last update generated, without gaps, so its length says all.
            let listed = channel.in_flight_monitor_updates.len() as u64;
            if monitor.update_id() + listed < generated {
                let update_id = monitor.update_id() + 1;
                return Err(MissingUpdate { channel_id, update_id });
            }
            // `RST-5`: "A restarted Manager MUST treat a channel as closed whose Monitor has seen
            // its funding spent."
            if monitor.funding_spend_seen() {
                self.close_channel(channel_id);
            }
            if !self.is_open(channel_id) {
                self.adopt_payments(monitor);
                self.empty_holding_cell(channel_id, Some(monitor));
            }
        }
        // Every channel's next update id is known now.
        for monitor in monitors {
            self.resume_claims(monitor);
        }
        self.tell_claims();
        Ok(())
    }

    /// `RST-7`: "A restarted Manager MUST treat a channel whose Monitor is archived as closed, with
    /// no update in flight."
    pub(crate) fn reconcile_archived(&mut self, channel_id: ChannelId) {
        self.close_channel(channel_id);
        self.empty_holding_cell(channel_id, None);
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.in_flight_monitor_updates.clear();
        }
        self.tell_claims();
    }

    /// `RST-1`: "A restarted Manager MUST close a channel whose Monitor has an update that the
    /// Manager never generated."
    fn close_stale(&mut self, monitor: &ChannelMonitor) {
        let channel_id = monitor.channel_id();
        self.adopt_inbound_htlcs(monitor);
        self.adopt_received(monitor);
        self.adopt_payments(monitor);
        self.close_channel(channel_id);
        self.empty_holding_cell(channel_id, Some(monitor));
        let Some(channel) = self.channels.get_mut(&channel_id) else { return };
        // The Monitor has all of them: it is newer.
        channel.in_flight_monitor_updates.clear();
        channel.latest_monitor_update_id = monitor.update_id();
        if !monitor.is_locked_down() && !monitor.funding_spend_seen() {
            let update_id = monitor.update_id() + 1;
            let step = ChannelMonitorUpdateStep::ChannelForceClosed;
            channel.latest_monitor_update_id = update_id;
            channel.in_flight_monitor_updates.push(ChannelMonitorUpdate { update_id, step });
        }
    }

    /// `RST-6`: "A restarted Manager MUST take the state of the inbound HTLCs of a stale channel
    /// from that channel's Monitor."
    fn adopt_inbound_htlcs(&mut self, monitor: &ChannelMonitor) {
        for (id, state) in self.inbound_htlcs(monitor.channel_id()) {
            match monitor.htlcs().get(&id).map(|htlc| htlc.stage) {
                // Nothing was signed. What the Manager itself may know beyond that, a fail that
                // it queued or gave up, ends as given up in `close_channel`.
                None | Some(RemovalStage::Held) => {}
                Some(RemovalStage::Signed(outcome)) => *state = ForwardState::Signed(outcome),
                Some(RemovalStage::Removed) => *state = ForwardState::Resolved,
            }
        }
    }

    /// How many updates the background step of the channel would submit.
    pub(crate) fn updates_to_submit(&self, channel_id: ChannelId, monitor_update_id: u64) -> usize {
        let listed = self.channels.get(&channel_id).map(|c| &c.in_flight_monitor_updates);
        let lacks = |update: &&ChannelMonitorUpdate| update.update_id > monitor_update_id;
        listed.map_or(0, |updates| updates.iter().filter(lacks).count())
    }

    /// The background step of a channel: updates in flight that the Monitor has are complete, the
    /// others are submitted again.
    ///
    /// `RST-3`: "A restarted Manager MUST keep every update in flight on its list, in its writes
    /// too, until the background step finds it in the Monitor or a `Completed` after the load
    /// covers it."
    ///
    /// `RST-2`: "A restarted Manager MUST submit again, in order, the updates in flight that the
    /// loaded Monitor lacks."
    pub(crate) fn run_background_step(
        &mut self,
        channel_id: ChannelId,
        monitor_update_id: u64,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.channel_monitor_updated(channel_id, monitor_update_id);
        let listed = self.channels.get(&channel_id).map(|c| c.in_flight_monitor_updates.clone());
        for update in listed.unwrap_or_default() {
            if watch.update_channel(channel_id, &update)? == PersistStatus::Completed {
                self.channel_monitor_updated(channel_id, update.update_id);
            }
        }
        Ok(())
    }
}
