//! Revocations that something blocks, and what becomes of them.

use serde::{Deserialize, Serialize};

use super::{ChannelManager, ForwardState, HtlcState, ReceivedState};
use crate::event::{ChannelId, HtlcId};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

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
}
