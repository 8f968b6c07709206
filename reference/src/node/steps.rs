//! The steps of a node whose Monitors are in the Watch.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Node, NotNow, StepError};
use crate::event::{ChannelId, HTLCEvent, HtlcId, MonitorEventSource, Outcome};
use crate::manager::Submission;
use crate::monitor::{Fact, RemovalStage};
use crate::store::{Persist, StoredObject};
use crate::update::ChannelMonitorUpdateStep;
use crate::watch::Watch;

/// Peers.
impl Node {
    /// The Manager frees an HTLC from the holding cell: the update that offers it.
    pub fn free_holding_cell(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        let channel = self.manager.held_on(htlc).ok_or(NotNow::NotHeld(htlc))?;
        self.fully_started()?;
        self.watched(channel)?;
        if !self.manager.is_open(channel) {
            return Err(NotNow::Closed(channel).into());
        }
        self.update_slot(channel)?;
        Ok(self.manager.free_holding_cell(htlc, channel, &mut self.chain_monitor)?)
    }

    /// The outbound peer's message brings the preimage of an HTLC; nothing is signed yet, and no
    /// update of the outbound channel is made.
    pub fn peer_fulfils(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        self.peer_can_remove(htlc)?;
        if !self.manager.waits_for_claim(htlc) {
            return Err(NotNow::Settled(htlc).into());
        }
        self.can_dispatch(HTLCEvent { htlc, outcome: Outcome::Claim })?;
        self.as_a_whole(|node| {
            Ok(node.manager.update_fulfill_htlc(htlc, &mut node.chain_monitor)?)
        })
    }

    /// The outbound peer signs the commitment in which it claims or fails the HTLC, which it was
    /// offered once the update was complete.
    pub fn peer_signs_removal(&mut self, htlc: HtlcId, outcome: Outcome) -> Result<(), StepError> {
        let channel = self.peer_can_remove(htlc)?;
        self.update_slot(channel)?;
        let step = ChannelMonitorUpdateStep::SignRemoval { htlc, outcome };
        Ok(self.manager.submit(channel, step, &mut self.chain_monitor)?)
    }

    /// The channel that the HTLC left by, if its peer was offered it and is heard, and has signed
    /// no removal.
    fn peer_can_remove(&self, htlc: HtlcId) -> Result<ChannelId, StepError> {
        let role = self.config.htlcs.get(&htlc).ok_or(StepError::UnknownHtlc(htlc))?;
        let channel = role.outbound().ok_or(StepError::UnknownHtlc(htlc))?;
        self.stage_is(channel, htlc, |stage| stage == RemovalStage::Held)?;
        self.peer_is_heard(channel)?;
        if self.manager.is_offering(channel, htlc) {
            return Err(NotNow::NotDurable { channel, htlc }.into());
        }
        Ok(channel)
    }

    /// The peer of a channel revokes the last commitment that had the HTLC. The inbound peer thus
    /// finishes a removal of ours, the outbound peer one of its own.
    ///
    /// A peer revokes in answer to our signature, which leaves the node only once the update that
    /// signed the removal is complete ("commitment dance in two durable steps", docs/bounds.md),
    /// and never while an update of the channel is blocked.
    pub fn peer_revokes(
        &mut self,
        channel: ChannelId,
        htlc: HtlcId,
        submission: Submission,
    ) -> Result<(), StepError> {
        self.stage_is(channel, htlc, |stage| matches!(stage, RemovalStage::Signed(_)))?;
        self.peer_is_heard(channel)?;
        self.update_slot(channel)?;
        if self.manager.is_signing(channel, htlc) {
            return Err(NotNow::NotDurable { channel, htlc }.into());
        }
        self.nothing_is_blocked(channel)?;
        if self.watched(channel)?.monitor().is_claim_needed(htlc) {
            return Err(NotNow::ClaimUnacked(htlc).into());
        }
        Ok(self.manager.revoke_and_ack(channel, htlc, submission, &mut self.chain_monitor)?)
    }

    /// What blocked a channel is done: the Manager submits the oldest update that it blocked.
    pub fn submit_blocked_update(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        self.watched(channel)?;
        if !self.manager.is_blocked(channel) {
            return Err(NotNow::NotBlocked(channel).into());
        }
        if self.manager.has_claim_under_way(channel) {
            return Err(NotNow::Blocked(channel).into());
        }
        self.update_slot(channel)?;
        Ok(self.manager.submit_blocked_update(channel, &mut self.chain_monitor)?)
    }

    fn nothing_is_blocked(&self, channel: ChannelId) -> Result<(), StepError> {
        if self.manager.is_blocked(channel) { Err(NotNow::Blocked(channel).into()) } else { Ok(()) }
    }

    fn peer_is_heard(&self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        let monitor = self.watched(channel)?.monitor();
        let is_closed = monitor.funding_spend_seen() || monitor.is_locked_down();
        if !self.manager.is_open(channel) || is_closed {
            return Err(NotNow::Closed(channel).into());
        }
        Ok(())
    }

    fn stage_is(
        &self,
        channel: ChannelId,
        htlc: HtlcId,
        expected: impl FnOnce(RemovalStage) -> bool,
    ) -> Result<(), StepError> {
        let entry = self.watched(channel)?.monitor().htlcs().get(&htlc);
        let stage = entry.ok_or(StepError::UnknownHtlc(htlc))?.stage;
        if expected(stage) { Ok(()) } else { Err(NotNow::WrongStage { channel, htlc }.into()) }
    }
}

/// Blocks.
impl Node {
    /// A Monitor processes the next block of its channel's chain. Gives the full write that the
    /// block causes; it lands at once or never, as the caller decides, and nobody reports it.
    pub fn block_connected(
        &mut self,
        channel: ChannelId,
        fact: &Fact,
    ) -> Result<Vec<u8>, StepError> {
        self.watched(channel)?;
        let processed = self.chain_monitor.process_block(channel, fact);
        Ok(processed.ok_or(NotNow::NotWatched)??)
    }

    /// The chain shows a Monitor a block again. No write is started for it.
    pub fn block_rescanned(&mut self, channel: ChannelId, fact: &Fact) -> Result<(), StepError> {
        self.watched(channel)?;
        Ok(self.chain_monitor.rescan(channel, fact).ok_or(NotNow::NotWatched)??)
    }
}

/// Writes of Monitors.
impl Node {
    /// The oldest write in flight of a Monitor has landed: the Watch learns it, and the Manager is
    /// told `Completed`, now or later.
    pub fn monitor_write_reported(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        let no_write = NotNow::NoWrite(StoredObject::Monitor(channel));
        if self.config.late_completions {
            let is_known = self.chain_monitor.channel_monitor_updated_later(channel);
            return if is_known { Ok(()) } else { Err(no_write.into()) };
        }
        let notice = self.chain_monitor.channel_monitor_updated(channel);
        self.manager.handle_notice(notice.ok_or(no_write)?);
        Ok(())
    }

    /// The Watch starts a full write of a Monitor outside updates, and gives it; it lands at once,
    /// and nobody reports it. It is useful while what is stored makes another Monitor, and has to
    /// come some time after [`Node::manager_write_reported`] has asked for it.
    pub fn start_full_write(&self, channel: ChannelId) -> Result<Vec<u8>, StepError> {
        self.watched(channel)?;
        Ok(self.chain_monitor.start_full_write(channel).ok_or(NotNow::NotWatched)?)
    }
}

/// Archival.
impl Node {
    /// The Watch takes the next step of archiving the Monitor of a resolved channel: it starts the
    /// clock or, called again after the delay, removes the Monitor. That the chain has the last
    /// word on all its HTLCs the caller knows, who also says how many blocks that chain has.
    pub fn archive_monitor(&mut self, channel: ChannelId, tip: u64) -> Result<(), StepError> {
        let watched = self.watched(channel)?;
        let monitor = watched.monitor();
        if monitor.best_block() != tip {
            return Err(NotNow::NotAtTip(channel).into());
        }
        let is_resolved = monitor.funding_spend_seen()
            && monitor.has_spends_on_record()
            && !monitor.has_close_notice();
        if !is_resolved || !watched.may_archive() {
            return Err(NotNow::Needed(channel).into());
        }
        self.background_done(channel)?;
        self.chain_monitor.archive_monitor(channel);
        Ok(())
    }
}

/// What Monitors tell the Manager.
impl Node {
    /// The Manager learns that the channel is closed, on chain or by its Monitor. If it did not
    /// know and closes are updates, it gives the Monitor one.
    pub fn deliver_close_notice(&mut self, channel: ChannelId) -> Result<(), StepError> {
        if !self.watched(channel)?.monitor().has_close_notice() {
            return Err(NotNow::NoNotice(channel).into());
        }
        if self.config.close_updates && self.manager.is_open(channel) {
            self.background_done(channel)?;
            self.update_slot(channel)?;
            self.manager.force_close(channel, &mut self.chain_monitor)?;
        }
        let notice = self.chain_monitor.release_close_notice(channel);
        notice.into_iter().for_each(|notice| self.manager.handle_notice(notice));
        Ok(())
    }

    /// The Manager takes in a `Completed` that waits.
    pub fn deliver_completion(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        let notice = self.chain_monitor.release_completion(channel);
        self.manager.handle_notice(notice.ok_or(NotNow::NoCompletion(channel))?);
        Ok(())
    }

    /// The node closes an open channel by choice: its Monitor is told by an update, and broadcasts.
    pub fn force_close(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        self.watched(channel)?;
        if !self.manager.is_open(channel) || !self.config.close_updates {
            return Err(NotNow::Closed(channel).into());
        }
        self.update_slot(channel)?;
        Ok(self.manager.force_close(channel, &mut self.chain_monitor)?)
    }

    /// The deadline of an HTLC has come, and its Monitor closes the channel by itself. Only a
    /// Manager that gives its Monitors close updates is told of such a close.
    pub fn deadline_reached(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        if self.config.close_updates && self.chain_monitor.reach_deadline(channel) {
            Ok(())
        } else {
            Err(NotNow::NothingUrgent(channel).into())
        }
    }

    /// The Watch releases the channel's oldest HTLC event and the Manager dispatches it.
    ///
    /// That of an own payment once the Watch has the Monitors, that of a forward once the inbound
    /// channels' background steps have run (SPEC, `ACT-6` and `LOAD-5`).
    pub fn release_monitor_event(
        &mut self,
        channel: ChannelId,
    ) -> Result<(MonitorEventSource, HTLCEvent), StepError> {
        let first = self.watched(channel)?.releasable();
        let (event_id, event) = first.ok_or(NotNow::NothingToRelease(channel))?;
        self.can_dispatch(event)?;
        // Release and dispatch are one step. Only the dispatch can fail, so it comes first.
        let source = MonitorEventSource { channel_id: channel, event_id };
        if self.updates_by_dispatch(event) > 1 {
            self.as_a_whole(|node| {
                Ok(node.manager.dispatch(source, event, &mut node.chain_monitor)?)
            })?;
        } else {
            self.manager.dispatch(source, event, &mut self.chain_monitor)?;
        }
        self.chain_monitor.release_pending_monitor_event(channel);
        Ok((source, event))
    }

    /// How many updates dispatching the event would submit.
    fn updates_by_dispatch(&self, event: HTLCEvent) -> usize {
        self.manager.updates_by_dispatch(event, &self.chain_monitor).values().sum()
    }

    fn can_dispatch(&self, event: HTLCEvent) -> Result<(), StepError> {
        for inbound in self.manager.inbound_channels(event.htlc) {
            self.background_done(inbound)?;
        }
        for (inbound, count) in self.manager.updates_by_dispatch(event, &self.chain_monitor) {
            self.update_slots(inbound, count)?;
        }
        Ok(())
    }

    /// The Manager takes a fail from the forward queue and signs it on the inbound channel.
    pub fn process_forward_fail(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        let inbound = self.manager.queued_fail(htlc).ok_or(NotNow::NotQueued(htlc))?;
        self.background_done(inbound)?;
        self.nothing_is_blocked(inbound)?;
        self.update_slot(inbound)?;
        Ok(self.manager.process_forward_fail(htlc, inbound, &mut self.chain_monitor)?)
    }
}

/// Writes of the Manager, which are possible also during a load.
impl Node {
    /// Starts a write of the Manager, if that is useful: memory differs from the newest version
    /// handed to the Store, or the Manager asks for it ([`ChannelManager::asks_for_write`]).
    ///
    /// [`ChannelManager::asks_for_write`]: crate::ChannelManager::asks_for_write
    pub fn start_manager_write(&mut self) -> Result<(), StepError> {
        if self.manager.write_in_flight().is_some() {
            return Err(NotNow::WriteInFlight.into());
        }
        let bytes = self.manager.write();
        if !self.manager.asks_for_write() && bytes == *self.manager_handed {
            return Err(NotNow::NothingToWrite.into());
        }
        self.manager.write_started();
        self.chain_monitor.persister_mut().persist_manager(bytes.clone());
        self.manager_handed = Arc::new(bytes);
        Ok(())
    }

    /// The write of the Manager has landed: the acks that it covers are called. Gives the channels
    /// whose Monitors now need a full write (`WCH-6`).
    pub fn manager_write_reported(&mut self) -> Result<BTreeSet<ChannelId>, StepError> {
        if self.manager.write_in_flight().is_none() {
            return Err(NotNow::NoWrite(StoredObject::Manager).into());
        }
        Ok(self.manager.write_landed(&mut self.chain_monitor))
    }
}
