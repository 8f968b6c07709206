//! What a Manager that was read does with the Monitors that were read (SPEC section 5.4).

use std::collections::BTreeSet;

use crate::event::{ChannelId, Outcome};
use crate::manager::{
    ChannelManager, ForwardState, HtlcState, PaymentState, ReceivedPart, ReceivedState, claim_of,
};
use crate::monitor::{ChannelMonitor, RemovalStage};
use crate::update::ChannelMonitorUpdateStep;

/// A Monitor lacks an update that the Manager does not list in flight: refuse to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MissingUpdate {
    /// The channel.
    pub channel_id: ChannelId,
    /// The first update that nobody has.
    pub update_id: u64,
}

impl ChannelManager {
    /// Compares each channel with its Monitor. Which HTLCs a Monitor lists decides nothing but what
    /// becomes of the holding cell.
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
    ) -> Result<(), MissingUpdate> {
        let mut stale = Vec::new();
        for monitor in monitors {
            if self.reconcile_channel(monitor)? {
                stale.push(*monitor);
            }
        }
        archived.iter().for_each(|channel| self.reconcile_archived(*channel));
        // Which channels are closed is known now: what fails in the one may have its retry, or its
        // previous hops, on another.
        self.empty_holding_cells(monitors);
        stale.into_iter().for_each(|monitor| self.list_close(monitor));
        // Every channel's next update id is known now.
        self.resume_claims(monitors, archived);
        self.tell_claims();
        Ok(())
    }

    /// Compares one channel with its Monitor; says whether it is stale.
    fn reconcile_channel(&mut self, monitor: &ChannelMonitor) -> Result<bool, MissingUpdate> {
        let channel_id = monitor.channel_id();
        self.list_submitted_blocked_updates(monitor);
        let Some(channel) = self.channels.get(&channel_id) else { return Ok(false) };
        let generated = channel.latest_monitor_update_id;
        if monitor.update_id() > generated {
            self.close_stale(monitor);
            return Ok(true);
        }
        // The list ends with the last update generated, without gaps, so its length says all.
        let listed = channel.in_flight_monitor_updates.len() as u64;
        if monitor.update_id() + listed < generated {
            let update_id = monitor.update_id() + 1;
            return Err(MissingUpdate { channel_id, update_id });
        }
        // `RST-5`: "A restarted Manager MUST treat a channel as closed whose Monitor has seen its
        // funding spent."
        if monitor.funding_spend_seen() {
            self.close_channel(channel_id);
        }
        if !self.is_open(channel_id) {
            self.adopt_payments(monitor);
        }
        Ok(false)
    }

    /// `RST-7`: "A restarted Manager MUST treat a channel whose Monitor is archived as closed, with
    /// no update in flight."
    fn reconcile_archived(&mut self, channel_id: ChannelId) {
        self.close_channel(channel_id);
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.in_flight_monitor_updates.clear();
        }
    }

    /// `RST-1`: "A restarted Manager MUST close a stale channel: it takes over the Monitor's update
    /// id, clears its list of updates in flight and, unless the Monitor is in lockdown or has seen
    /// the channel closed on chain, lists a close update."
    fn close_stale(&mut self, monitor: &ChannelMonitor) {
        let channel_id = monitor.channel_id();
        self.adopt_inbound_htlcs(monitor);
        self.adopt_received(monitor);
        self.adopt_payments(monitor);
        self.close_channel(channel_id);
        let Some(channel) = self.channels.get_mut(&channel_id) else { return };
        // The Monitor has all of them: it is newer.
        channel.in_flight_monitor_updates.clear();
        channel.latest_monitor_update_id = monitor.update_id();
    }

    /// Lists the update by which the Monitor of a stale channel learns of the close, unless it has
    /// closed the channel itself, or seen it closed.
    fn list_close(&mut self, monitor: &ChannelMonitor) {
        if monitor.is_locked_down() || monitor.funding_spend_seen() {
            return;
        }
        if let Some(channel) = self.channels.get_mut(&monitor.channel_id()) {
            channel.list_update(ChannelMonitorUpdateStep::ChannelForceClosed);
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

    /// Lists in flight, at a load, the blocked updates that were submitted before the crash: "A
    /// blocked update that the Monitor has applied, where the Monitor is ahead". The background
    /// step finds them in the Monitor. If that is ahead of what is left, the channel is stale.
    ///
    /// `RST-10`: "A restarted Manager MUST list as in flight, under its next ids and before RST-1,
    /// of the blocked updates of a channel whose Monitor is ahead exactly those that the Monitor
    /// has applied."
    fn list_submitted_blocked_updates(&mut self, monitor: &ChannelMonitor) {
        let Some(channel) = self.channels.get_mut(&monitor.channel_id()) else { return };
        while monitor.update_id() > channel.latest_monitor_update_id {
            let oldest = channel.blocked_monitor_updates.first().copied();
            let Some(step) = oldest.filter(|step| has_applied(monitor, *step)) else { return };
            channel.blocked_monitor_updates.remove(0);
            channel.list_update(step);
        }
    }

    /// Takes the parts of a stale channel from its Monitor (`RST-6`). "A claimed HTLC that is
    /// irrevocably removed is one of which the User was told (MGR-20)."
    fn adopt_received(&mut self, monitor: &ChannelMonitor) {
        for (htlc, entry) in monitor.htlcs() {
            let Some(HtlcState::Received { payment, .. }) = self.htlcs.get(htlc).copied() else {
                continue;
            };
            match entry.stage {
                RemovalStage::Held => {}
                RemovalStage::Signed(_) => self.set_received_state(*htlc, ReceivedState::Claimed),
                RemovalStage::Removed => {
                    self.set_received_state(*htlc, ReceivedState::Resolved);
                    self.set_claim_told(payment);
                }
            }
        }
    }

    /// Finds payments in the Monitor of a closed channel that a newer Manager had made.
    ///
    /// `RST-13`: "A restarted Manager MUST wait for an own HTLC that it does not know and that the
    /// Monitor of a closed channel lists or has an event of."
    fn adopt_payments(&mut self, monitor: &ChannelMonitor) {
        for (htlc, known) in &mut self.htlcs {
            if let HtlcState::Payment { state: state @ PaymentState::Unmade(_), .. } = known
                && monitor.knows_htlc(*htlc)
            {
                *state = PaymentState::Waiting;
            }
        }
    }

    /// Goes on with claims that a Monitor knows of, whatever the channel. The other parts' updates
    /// are listed in flight, whether their channels are open or closed; the background steps submit
    /// them. A part whose Monitor is archived is resolved (`MGR-10`).
    ///
    /// `RST-12`: "A restarted Manager MUST claim every part of a payment received of which any
    /// Monitor has the preimage."
    fn resume_claims(&mut self, monitors: &[&ChannelMonitor], archived: &BTreeSet<ChannelId>) {
        let claimed = RemovalStage::Signed(Outcome::Claim);
        let has_preimage = |part: &ReceivedPart| {
            let mut entries = monitors.iter().filter_map(|monitor| monitor.htlcs().get(&part.htlc));
            entries.any(|entry| entry.stage == claimed)
        };
        for (payment, _) in self.payments_received() {
            let parts = self.received_parts(payment);
            let is_claimed = parts.iter().any(|part| part.state != ReceivedState::Claimable);
            let is_known = parts.iter().any(has_preimage);
            for part in parts.iter().filter(|part| part.state == ReceivedState::Claimable) {
                if archived.contains(&part.inbound) {
                    if is_claimed || is_known {
                        self.set_received_state(part.htlc, ReceivedState::Resolved);
                    }
                } else if is_known {
                    self.set_received_state(part.htlc, ReceivedState::Claimed);
                    if let Some(channel) = self.channels.get_mut(&part.inbound) {
                        channel.list_update(claim_of(part.htlc));
                    }
                }
            }
        }
    }
}

/// Whether the Monitor has applied an update; only revocations are ever blocked.
fn has_applied(monitor: &ChannelMonitor, step: ChannelMonitorUpdateStep) -> bool {
    let ChannelMonitorUpdateStep::Revocation { htlc } = step else { return false };
    monitor.htlcs().get(&htlc).is_some_and(|entry| entry.stage == RemovalStage::Removed)
}
