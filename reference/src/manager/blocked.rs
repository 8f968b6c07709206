//! Revocations that something blocks, and what becomes of them.

use serde::{Deserialize, Serialize};

use super::{ChannelManager, ForwardState, HtlcState, ReceivedState};
use crate::chain_monitor::Watch;
use crate::event::{ChannelId, HtlcId};
use crate::monitor::{ChannelMonitor, RemovalStage};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};

/// Whether an update goes to the Watch at once, as far as the caller knows. The Manager knows of
/// the claims that block a channel's revocations (`MGR-20`); there may be other reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Submission {
    /// It does.
    AtOnce,
    /// Something blocks the channel.
    Blocked,
}

impl ChannelManager {
    /// The peer of a channel has revoked its last commitment with the HTLC.
    pub(crate) fn revoke_and_ack(
        &mut self,
        channel_id: ChannelId,
        htlc: HtlcId,
        submission: Submission,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let step = ChannelMonitorUpdateStep::Revocation { htlc };
        if submission == Submission::Blocked || self.has_claim_under_way(channel_id) {
            let channel = self.channels.get_mut(&channel_id);
            let channel = channel.ok_or(UpdateError::UnknownChannel(channel_id))?;
            channel.blocked_monitor_updates.push(step);
        } else {
            self.submit(channel_id, step, watch)?;
        }
        for (id, state) in self.inbound_htlcs(channel_id) {
            if id == htlc {
                *state = ForwardState::Resolved;
            }
        }
        if let Some(HtlcState::Received { inbound, .. }) = self.htlcs.get(&htlc)
            && *inbound == channel_id
        {
            self.set_received_state(htlc, ReceivedState::Resolved);
        }
        self.collect_due_acks();
        Ok(())
    }

    /// Whether an update of the channel is blocked.
    pub fn is_blocked(&self, channel_id: ChannelId) -> bool {
        let channel = self.channels.get(&channel_id);
        channel.is_some_and(|channel| !channel.blocked_monitor_updates.is_empty())
    }

    /// Submits the oldest blocked update of a channel, if there is one. The caller sees to it that
    /// nothing blocks the channel, and calls until none is left.
    ///
    /// `MGR-13`: "The Manager MUST submit the blocked updates of a channel, in order, once nothing
    /// blocks it."
    pub(crate) fn submit_blocked_update(
        &mut self,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let blocked = self.channels.get(&channel_id).map(|c| &c.blocked_monitor_updates);
        let Some(step) = blocked.and_then(|steps| steps.first().copied()) else { return Ok(()) };
        self.submit(channel_id, step, watch)?;
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.blocked_monitor_updates.remove(0);
        }
        self.collect_due_acks();
        Ok(())
    }

    /// Lists in flight, at a load, the blocked updates that were submitted before the crash: "A
    /// blocked update that the Monitor has applied, where the Monitor is ahead". The background
    /// step finds them in the Monitor. If that is ahead of what is left, the channel is stale.
    ///
    /// `RST-10`: "A restarted Manager MUST NOT treat as submitted a blocked update that the
    /// channel's Monitor has not applied."
    pub(super) fn list_submitted_blocked_updates(&mut self, monitor: &ChannelMonitor) {
        let Some(channel) = self.channels.get_mut(&monitor.channel_id()) else { return };
        while monitor.update_id() > channel.latest_monitor_update_id {
            let oldest = channel.blocked_monitor_updates.first().copied();
            let Some(step) = oldest.filter(|step| has_applied(monitor, *step)) else { return };
            channel.blocked_monitor_updates.remove(0);
            channel.list_update(step);
        }
    }
}

/// Whether the Monitor has applied an update; only revocations are ever blocked.
fn has_applied(monitor: &ChannelMonitor, step: ChannelMonitorUpdateStep) -> bool {
    let ChannelMonitorUpdateStep::Revocation { htlc } = step else { return false };
    monitor.htlcs().get(&htlc).is_some_and(|entry| entry.stage == RemovalStage::Removed)
}
