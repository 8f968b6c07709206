//! Blocks, deadlines, closes, archival.

use super::{Node, NotNow, Refused, StepError};
use crate::monitor::Fact;
use crate::persist::Persist;
use crate::types::ChannelId;

impl<P: Persist> Node<P> {
    /// A Monitor processes a block of its channel's chain, and is written: nobody waits for that.
    ///
    /// # Errors
    /// The block is an old one, or says what cannot be.
    pub fn block_connected(
        &mut self,
        channel: ChannelId,
        height: u32,
        facts: &[Fact],
    ) -> Result<(), StepError> {
        self.watched(channel)?;
        let processed = self.chain_monitor.process_block(channel, height, facts);
        Ok(processed.ok_or(NotNow::NotWatched)??)
    }

    /// The chain shows a Monitor something again. No write is started for it.
    ///
    /// # Errors
    /// No block has shown it.
    pub fn block_rescanned(&mut self, channel: ChannelId, fact: &Fact) -> Result<(), StepError> {
        self.watched(channel)?;
        Ok(self.chain_monitor.rescan(channel, fact).ok_or(NotNow::NotWatched)??)
    }

    /// The node closes an open channel by choice: its Monitor is told by an update, and broadcasts
    /// (LDK: `force_close_broadcasting_latest_txn`).
    ///
    /// # Errors
    /// The node is loading, or the channel is closed.
    pub fn force_close(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.fully_started()?;
        self.usable(channel)?;
        Ok(self.manager.force_close(channel, &mut self.chain_monitor)?)
    }

    /// The deadline of an HTLC has come, and its Monitor closes the channel by itself.
    ///
    /// # Errors
    /// The channel is closed, or has no such HTLC.
    pub fn deadline_reached(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        match self.chain_monitor.reach_deadline(channel) {
            true => Ok(()),
            false => Err(NotNow::NothingUrgent(channel).into()),
        }
    }

    /// The Watch takes the next step of archiving the Monitor of a resolved channel: it starts the
    /// clock or, called again after the delay, removes the Monitor (LDK:
    /// `archive_fully_resolved_channel_monitors`). That the chain has the last word on the outputs
    /// of inbound HTLCs, and that the Monitor has seen the tip, the caller knows.
    ///
    /// # Errors
    /// The Monitor is needed, or the channel's background step is to come.
    pub fn archive_monitor(&mut self, channel: ChannelId) -> Result<(), StepError> {
        let watched = self.watched(channel)?;
        let monitor = watched.monitor();
        if !monitor.is_resolved() || !watched.may_archive() {
            return Err(NotNow::Needed(channel).into());
        }
        self.background_done(channel)?;
        self.chain_monitor.archive_monitor(channel);
        Ok(())
    }

    /// The Manager learns that the channel is closed, on chain or by its Monitor, to which it gives
    /// an update if it did not know.
    ///
    /// # Errors
    /// No close notice waits, or the channel's background step is to come.
    pub fn process_close_notice(&mut self, channel: ChannelId) -> Result<(), StepError> {
        if !self.watched(channel)?.monitor().has_close_notice() {
            return Err(NotNow::NoNotice(channel).into());
        }
        let is_listed = self.manager.channels().contains(channel);
        if !is_listed {
            return Err(Refused::UnknownChannel(channel).into());
        }
        if self.manager.close_needs_update(channel, &self.chain_monitor) {
            self.background_done(channel)?;
        }
        self.manager.process_close_notice(channel, &mut self.chain_monitor)?;
        Ok(())
    }
}
