//! What peers do.

use super::{Node, NotNow, Refused, StepError};
use crate::message::UpdateAddHTLC;
use crate::monitor::{MonitorHtlc, RemovalStage};
use crate::persist::Persist;
use crate::types::{ChannelId, HTLCResolution, HtlcId, Origin, PaymentPreimage};
use crate::update::{ChannelMonitorUpdateStep, NewHtlc};

impl<P: Persist> Node<P> {
    /// The peer of a channel is there again: what it may not have is sent to it.
    ///
    /// # Errors
    /// The node is loading, or the channel is closed.
    pub fn peer_connected(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.peer_is_heard(channel)?;
        if let Some(watched) = self.chain_monitor.monitor(channel) {
            self.manager.peer_connected(watched.monitor());
        }
        Ok(())
    }

    /// All peers are, as far as their channels go on.
    pub(crate) fn peers_connected(&mut self) {
        let channels: Vec<ChannelId> = self.chain_monitor.monitors().ids().collect();
        for channel in channels {
            // Of a channel that is closed there is nothing to send.
            let _closed = self.peer_connected(channel);
        }
    }

    /// The peer of a channel offers an HTLC, and all is signed and revoked that makes it
    /// irrevocable. It is the node's to decide about once that is durable:
    /// [`Node::forward_htlcs`], [`Node::receive_payment`], [`Node::fail_htlc_backwards`].
    ///
    /// # Errors
    /// The channel is closed, or the HTLC is not the next one.
    pub fn update_add_htlc(
        &mut self,
        channel: ChannelId,
        add: UpdateAddHTLC,
    ) -> Result<(), StepError> {
        self.peer_is_heard(channel)?;
        let expected = self.watched(channel)?.offered_by(crate::Direction::Inbound);
        if add.htlc_id != expected {
            return Err(Refused::OutOfTurn { channel, expected }.into());
        }
        Ok(self.manager.receive_htlc(channel, add, &mut self.chain_monitor)?)
    }

    /// The outbound peer's message brings the preimage of an HTLC; nothing is signed yet, and no
    /// update of the outbound channel is made.
    ///
    /// # Errors
    /// The peer was not offered the HTLC, has signed its removal, or brings a wrong preimage; or
    /// the claim is no news; or an inbound channel's background step is to come.
    pub fn update_fulfill_htlc(
        &mut self,
        channel: ChannelId,
        htlc_id: u64,
        preimage: PaymentPreimage,
    ) -> Result<(), StepError> {
        let htlc = HtlcId::outbound(htlc_id);
        let entry = self.peer_can_remove(channel, htlc)?;
        if preimage.payment_hash() != entry.payment_hash {
            return Err(Refused::WrongPreimage { channel, htlc }.into());
        }
        let source = entry.source.clone().ok_or(Refused::UnknownHtlc { channel, htlc })?;
        let origin = source.origin();
        let is_news = match origin {
            Origin::Payment(part) => self.manager.awaits_part(part),
            Origin::Forward(first) => self.manager.awaits_outcome(first),
        };
        if !is_news {
            return Err(NotNow::Settled(origin).into());
        }
        if let Some(inbound) = self.manager.awaited_by(&source) {
            return Err(NotNow::BackgroundPending(inbound).into());
        }
        Ok(self.manager.update_fulfill_htlc(&source, preimage, &mut self.chain_monitor)?)
    }

    /// The outbound peer signs the commitment in which it claims or fails the HTLC, which it was
    /// offered once the update was complete.
    ///
    /// # Errors
    /// The peer was not offered the HTLC, has signed its removal, or brings a wrong preimage.
    pub fn peer_signs_removal(
        &mut self,
        channel: ChannelId,
        htlc_id: u64,
        resolution: HTLCResolution,
    ) -> Result<(), StepError> {
        let htlc = HtlcId::outbound(htlc_id);
        if !resolution.fits(self.peer_can_remove(channel, htlc)?.payment_hash) {
            return Err(Refused::WrongPreimage { channel, htlc }.into());
        }
        let step = ChannelMonitorUpdateStep::SignRemoval { htlc, resolution };
        Ok(self.manager.submit(channel, step, &mut self.chain_monitor)?)
    }

    /// The HTLC, if the peer was offered it and is heard, and has signed no removal.
    fn peer_can_remove(&self, channel: ChannelId, htlc: HtlcId) -> Result<&MonitorHtlc, StepError> {
        let entry = self.entry(channel, htlc)?;
        if entry.stage != RemovalStage::Held {
            return Err(NotNow::WrongStage { channel, htlc }.into());
        }
        self.peer_is_heard(channel)?;
        // Deferred, the removal is signed and the Monitor does not know of it yet.
        if self.manager.is_adding(channel, htlc) || self.manager.is_signing(channel, htlc) {
            return Err(NotNow::NotDurable { channel, htlc }.into());
        }
        Ok(entry)
    }

    /// The peer of a channel revokes the last commitment that had the HTLC. The inbound peer thus
    /// finishes a removal of ours, the outbound peer one of its own.
    ///
    /// A peer revokes in answer to our signature, which leaves the node only once the update that
    /// signed the removal is complete ("commitment dance in two durable steps", docs/bounds.md),
    /// and never while an update of the channel is blocked.
    ///
    /// # Errors
    /// No removal is signed, or that is not durable; or the revocation has to wait.
    pub fn revoke_and_ack(&mut self, channel: ChannelId, htlc: HtlcId) -> Result<(), StepError> {
        if !matches!(self.entry(channel, htlc)?.stage, RemovalStage::Signed(_)) {
            return Err(NotNow::WrongStage { channel, htlc }.into());
        }
        self.peer_is_heard(channel)?;
        if self.manager.is_signing(channel, htlc) || self.manager.is_revoking(channel, htlc) {
            return Err(NotNow::NotDurable { channel, htlc }.into());
        }
        self.nothing_is_blocked(channel)?;
        if self.watched(channel)?.monitor().is_claim_needed(htlc) {
            return Err(NotNow::ClaimUnacked { channel, htlc }.into());
        }
        Ok(self.manager.revoke_and_ack(channel, htlc, &mut self.chain_monitor)?)
    }

    fn entry(&self, channel: ChannelId, htlc: HtlcId) -> Result<&MonitorHtlc, StepError> {
        let entry = self.watched(channel)?.monitor().htlcs().get(&htlc);
        Ok(entry.ok_or(Refused::UnknownHtlc { channel, htlc })?)
    }

    /// Holds back the revocations of a channel, until [`Node::unblock_revocations`] or the next
    /// load (LDK: `RAAMonitorUpdateBlockingAction`).
    pub fn block_revocations(&mut self, channel: ChannelId) {
        self.manager.block_revocations(channel);
    }

    /// The caller blocks the channel's revocations no more.
    pub fn unblock_revocations(&mut self, channel: ChannelId) {
        self.manager.unblock_revocations(channel);
    }

    /// What blocked a channel is done: the Manager submits the oldest update that it blocked.
    ///
    /// # Errors
    /// Nothing is blocked, or something blocks the channel still.
    pub fn submit_blocked_update(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        self.watched(channel)?;
        if !self.manager.is_blocked(channel) {
            return Err(NotNow::NotBlocked(channel).into());
        }
        if self.manager.blocks_revocations(channel) {
            return Err(NotNow::Blocked(channel).into());
        }
        Ok(self.manager.submit_blocked_update(channel, &mut self.chain_monitor)?)
    }

    pub(super) fn nothing_is_blocked(&self, channel: ChannelId) -> Result<(), StepError> {
        match self.manager.is_blocked(channel) {
            true => Err(NotNow::Blocked(channel).into()),
            false => Ok(()),
        }
    }

    fn peer_is_heard(&self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        self.usable(channel)?;
        let monitor = self.watched(channel)?.monitor();
        match monitor.funding_spend_seen() || monitor.is_locked_down() {
            true => Err(NotNow::Closed(channel).into()),
            false => Ok(()),
        }
    }
}

impl crate::manager::ChannelManager {
    /// A new inbound HTLC, about which nobody has said anything.
    fn receive_htlc(
        &mut self,
        channel_id: ChannelId,
        add: UpdateAddHTLC,
        watch: &mut impl crate::watch::Watch,
    ) -> Result<(), crate::update::UpdateError> {
        use crate::manager::{InboundHtlc, InboundHtlcState};
        let UpdateAddHTLC { htlc_id, amount_msat, payment_hash } = add;
        let new = NewHtlc { id: htlc_id, payment_hash, amount_msat };
        self.submit(channel_id, ChannelMonitorUpdateStep::ReceiveHTLC(new), watch)?;
        if let Some(channel) = self.channels.get_mut(channel_id) {
            let (forward, state) = (None, InboundHtlcState::Undecided);
            let htlc = InboundHtlc { payment_hash, amount_msat, forward, state };
            channel.inbound_htlcs.insert(htlc_id, htlc);
        }
        Ok(())
    }
}
