//! What a Manager that was read does with the Monitors that were read (SPEC section 5.4).

use std::collections::BTreeSet;

use super::{LoadError, LoadReport};
use crate::manager::{Channel, ChannelManager, InboundHtlc, InboundHtlcState};
use crate::monitor::{ChannelMonitor, RemovalStage};
use crate::types::{ChannelId, Direction, HTLCPreviousHopData, HtlcId};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};

impl ChannelManager {
    /// Compares each channel with its Monitor. Which HTLCs a Monitor lists decides nothing but what
    /// becomes of the holding cell, and of HTLCs that the Manager does not know.
    ///
    /// `RST-4`: "A restarted Manager MUST leave to its event an HTLC that it waits for and that the
    /// channel's Monitor lists no more."
    ///
    /// `RST-8`: "A restarted Manager MUST NOT wait again for an own payment whose outcome it has
    /// settled, whatever the Monitor of the payment's channel lists."
    pub(super) fn reconcile(
        &mut self,
        monitors: &[&ChannelMonitor],
        archived: &BTreeSet<ChannelId>,
        report: &mut LoadReport,
    ) -> Result<(), LoadError> {
        let mut stale = Vec::new();
        for monitor in monitors {
            let channel_id = monitor.channel_id();
            let was_open = self.is_open(channel_id);
            if self.reconcile_channel(monitor, report)? {
                stale.push(*monitor);
            }
            if was_open && !self.is_open(channel_id) {
                report.closed.insert(channel_id);
            }
        }
        archived.iter().for_each(|channel| self.reconcile_archived(*channel));
        // Which channels are closed is known now.
        for monitor in monitors {
            if !self.is_open(monitor.channel_id()) {
                self.adopt_unknown(monitor, report);
            }
        }
        // What fails in the one channel may have its retry, or its previous hops, on another.
        self.empty_holding_cells(monitors);
        for monitor in stale {
            self.list_close(monitor)?;
        }
        // Every channel's next update id is known now.
        self.resume_claims(monitors, archived)?;
        self.tell_claims();
        Ok(())
    }

    /// Compares one channel with its Monitor; says whether it is stale.
    fn reconcile_channel(
        &mut self,
        monitor: &ChannelMonitor,
        report: &mut LoadReport,
    ) -> Result<bool, LoadError> {
        let channel_id = monitor.channel_id();
        let Some(channel) = self.channels.get_mut(channel_id) else {
            // The Manager is older than the channel.
            self.channels.insert(channel_id, Channel::forgotten());
            report.closed.insert(channel_id);
            self.close_stale(monitor);
            return Ok(true);
        };
        list_submitted_blocked_updates(channel, monitor)?;
        let blocked = channel.blocked_monitor_updates.len();
        let generated = channel.latest_monitor_update_id;
        let is_stale = monitor.update_id() > generated;
        // The list ends with the last update generated, without gaps, so its length says all.
        let listed = channel.in_flight_monitor_updates.len() as u64;
        if is_stale {
            self.close_stale(monitor);
        } else if monitor.update_id() + listed < generated {
            let update_id = monitor.update_id() + 1;
            return Err(LoadError::MissingUpdate { channel: channel_id, update_id });
        } else if monitor.funding_spend_seen() {
            // `RST-5`: "A restarted Manager MUST treat a channel as closed whose Monitor has seen
            // its funding spent."
            self.close_channel(channel_id);
        }
        if blocked > 0 && !self.is_open(channel_id) {
            report.dropped.insert(channel_id, blocked);
        }
        Ok(is_stale)
    }

    /// `RST-7`: "A restarted Manager MUST treat a channel whose Monitor is archived as closed, with
    /// no update in flight."
    fn reconcile_archived(&mut self, channel_id: ChannelId) {
        self.close_channel(channel_id);
        if let Some(channel) = self.channels.get_mut(channel_id) {
            channel.in_flight_monitor_updates.clear();
        }
    }

    /// `RST-1`: "A restarted Manager MUST close a stale channel: it takes over the Monitor's update
    /// id, clears its list of updates in flight and, unless the Monitor is in lockdown or has seen
    /// the channel closed on chain, lists a close update."
    fn close_stale(&mut self, monitor: &ChannelMonitor) {
        let channel_id = monitor.channel_id();
        self.adopt_inbound_htlcs(monitor);
        self.close_channel(channel_id);
        let Some(channel) = self.channels.get_mut(channel_id) else { return };
        // The Monitor has all of them: it is newer.
        channel.in_flight_monitor_updates.clear();
        channel.latest_monitor_update_id = monitor.update_id();
    }

    /// Lists the update by which the Monitor of a stale channel learns of the close, unless it has
    /// closed the channel itself, or seen it closed.
    fn list_close(&mut self, monitor: &ChannelMonitor) -> Result<(), UpdateError> {
        if monitor.is_locked_down() || monitor.funding_spend_seen() {
            return Ok(());
        }
        let channel_id = monitor.channel_id();
        match self.channels.get_mut(channel_id) {
            Some(channel) => {
                channel.list_update(channel_id, ChannelMonitorUpdateStep::ChannelForceClosed)?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Takes the inbound HTLCs of a stale channel from its Monitor, also those that it does not
    /// know. What the Manager itself may know beyond that, a fail that it queued or gave up, ends
    /// as given up in `close_channel`.
    ///
    /// `RST-6`: "A restarted Manager MUST take the state of the inbound HTLCs of a stale channel
    /// from that channel's Monitor."
    fn adopt_inbound_htlcs(&mut self, monitor: &ChannelMonitor) {
        let channel_id = monitor.channel_id();
        let Some(channel) = self.channels.get_mut(channel_id) else { return };
        for (htlc, entry) in monitor.htlcs().iter().filter(|(htlc, _)| !htlc.is_outbound()) {
            let (payment_hash, amount_msat) = (entry.payment_hash, entry.amount_msat);
            let state = InboundHtlcState::Undecided;
            let unknown = InboundHtlc { payment_hash, amount_msat, forward: None, state };
            let known = channel.inbound_htlcs.entry(htlc.id).or_insert(unknown);
            if let RemovalStage::Signed(resolution) = entry.stage {
                known.state = InboundHtlcState::Signed(resolution.outcome());
            }
        }
        for (id, known) in &mut channel.inbound_htlcs {
            if monitor.has_removed(HtlcId::inbound(*id)) {
                known.state = InboundHtlcState::Resolved;
            }
        }
        self.adopt_received(monitor);
    }
}

/// Lists in flight, at a load, the blocked updates that were submitted before the crash, where the
/// Monitor is ahead. The background step finds them in the Monitor. If that is ahead of what is
/// left, the channel is stale.
///
/// `RST-10`: "A restarted Manager MUST list as in flight, under its next ids and before RST-1,
/// of the blocked updates of a channel whose Monitor is ahead exactly those that the Monitor
/// has applied."
fn list_submitted_blocked_updates(
    channel: &mut Channel,
    monitor: &ChannelMonitor,
) -> Result<(), UpdateError> {
    while monitor.update_id() > channel.latest_monitor_update_id {
        let oldest = channel.blocked_monitor_updates.first();
        if !oldest.is_some_and(|step| has_applied(monitor, step)) {
            break;
        }
        let step = channel.blocked_monitor_updates.remove(0);
        channel.list_update(monitor.channel_id(), step)?;
    }
    Ok(())
}

/// Whether the Monitor has applied an update; only revocations are ever blocked.
fn has_applied(monitor: &ChannelMonitor, step: &ChannelMonitorUpdateStep) -> bool {
    let ChannelMonitorUpdateStep::Revocation { htlc } = step else { return false };
    monitor.has_removed(*htlc)
}

/// Whether the inbound HTLCs that the Manager knows are those of the channel.
pub(super) fn fits(channel: &Channel, monitor: &ChannelMonitor) -> bool {
    let arriving = |id: u64| {
        let htlc = HtlcId::inbound(id);
        channel.lists(|step| {
            matches!(step, ChannelMonitorUpdateStep::ReceiveHTLC(_)) && step.htlc() == Some(htlc)
        })
    };
    let known = |(id, htlc): (&u64, &InboundHtlc)| match monitor.htlcs().get(&HtlcId::inbound(*id))
    {
        Some(entry) => {
            (entry.payment_hash, entry.amount_msat) == (htlc.payment_hash, htlc.amount_msat)
        }
        None => *id < monitor.offered_by(Direction::Inbound) || arriving(*id),
    };
    channel.inbound_htlcs.iter().all(known)
}

/// An inbound HTLC of a channel, by its full name.
pub(super) fn hop(channel_id: ChannelId, htlc: HtlcId) -> HTLCPreviousHopData {
    HTLCPreviousHopData { channel_id, htlc_id: htlc.id }
}
