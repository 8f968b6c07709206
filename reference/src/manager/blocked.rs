//! Revocations that something blocks, and what becomes of them.

use super::{ChannelManager, InboundHtlcState};
use crate::types::{ChannelId, HTLCPreviousHopData, HtlcId};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

impl ChannelManager {
    /// The peer of a channel has revoked its last commitment with the HTLC.
    pub(crate) fn revoke_and_ack(
        &mut self,
        channel_id: ChannelId,
        htlc: HtlcId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let step = ChannelMonitorUpdateStep::Revocation { htlc };
        if self.blocks_revocations(channel_id) {
            let channel = self.channels.get_mut(channel_id);
            let channel = channel.ok_or(UpdateError::UnknownChannel(channel_id))?;
            channel.blocked_monitor_updates.push(step);
        } else {
            self.submit(channel_id, step, watch)?;
        }
        if !htlc.is_outbound() {
            let hop = HTLCPreviousHopData { channel_id, htlc_id: htlc.id };
            self.set_inbound(hop, InboundHtlcState::Resolved);
        }
        self.collect_due_acks();
        Ok(())
    }

    /// Whether something blocks the channel's revocations: the claim of a payment received
    /// (`MGR-20`), or the user of this crate.
    pub fn blocks_revocations(&self, channel_id: ChannelId) -> bool {
        self.raa_blockers.contains(&channel_id) || self.has_claim_under_way(channel_id)
    }

    /// Holds back the revocations of a channel, until [`unblock_revocations`] or
    /// the next load: for what the caller has to make durable first (LDK:
    /// `RAAMonitorUpdateBlockingAction`).
    ///
    /// [`unblock_revocations`]: ChannelManager::unblock_revocations
    pub fn block_revocations(&mut self, channel_id: ChannelId) {
        self.raa_blockers.insert(channel_id);
    }

    /// The caller blocks the channel's revocations no more.
    pub fn unblock_revocations(&mut self, channel_id: ChannelId) {
        self.raa_blockers.remove(&channel_id);
    }

    /// Whether an update of the channel is blocked.
    pub fn is_blocked(&self, channel_id: ChannelId) -> bool {
        let channel = self.channels.get(channel_id);
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
        let channel = self.channels.get_mut(channel_id);
        let blocked = channel.map(|channel| &mut channel.blocked_monitor_updates);
        let Some(blocked) = blocked.filter(|steps| !steps.is_empty()) else { return Ok(()) };
        let oldest = blocked.remove(0);
        self.submit(channel_id, oldest, watch)?;
        self.collect_due_acks();
        Ok(())
    }
}
