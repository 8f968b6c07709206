//! Writes, their reports, and what Monitors tell the Manager.

use std::sync::Arc;

use super::{Handed, Node, NotNow, StepError};
use crate::event::{HTLCEvent, MonitorEventSource};
use crate::persist::{ChannelMonitorUpdateStatus, Persist, StoredObject};
use crate::types::ChannelId;
use crate::update::UpdateError;
use crate::watch::Watch;

impl<P: Persist> Node<P> {
    /// The writes of a Monitor's updates up to this one have landed: events may be released. The
    /// Manager takes `Completed` in with [`Node::process_completed`] (LDK's name).
    ///
    /// # Errors
    /// No such write is in flight.
    pub fn channel_monitor_updated(
        &mut self,
        channel: ChannelId,
        update_id: u64,
    ) -> Result<(), StepError> {
        self.watched(channel)?;
        match self.chain_monitor.channel_monitor_updated(channel, update_id) {
            true => Ok(()),
            false => Err(NotNow::NoWrite(StoredObject::Monitor(channel)).into()),
        }
    }

    /// The Watch applies the oldest deferred update of a channel and starts its write (LDK's name,
    /// there for all channels): `STO-11`, `ACT-26`.
    ///
    /// # Errors
    /// None is deferred, or no write of the Manager that lists it has landed.
    pub fn flush(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.background_done(channel)?;
        self.watched(channel)?;
        let flushed = self.chain_monitor.flush(channel);
        let (update_id, status) = flushed.ok_or(NotNow::NothingToFlush(channel))??;
        if status == ChannelMonitorUpdateStatus::Completed {
            self.manager.channel_monitor_updated(channel, update_id);
        }
        Ok(())
    }

    /// The Manager takes in a `Completed` that waits.
    ///
    /// # Errors
    /// None waits.
    pub fn process_completed(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        let notice = self.chain_monitor.release_completed(channel);
        self.manager.handle_notice(notice.ok_or(NotNow::NoCompletion(channel))?);
        Ok(())
    }

    /// The Watch releases the channel's oldest HTLC event and the Manager dispatches it.
    ///
    /// That of an own payment once the Watch has the Monitors, that of a forward once the inbound
    /// channels' background steps have run (SPEC, `ACT-6` and `LOAD-5`).
    ///
    /// # Errors
    /// There is none that may be released now.
    pub fn process_monitor_event(
        &mut self,
        channel: ChannelId,
    ) -> Result<(MonitorEventSource, HTLCEvent), StepError> {
        let first = self.watched(channel)?.releasable();
        let first = first.ok_or(NotNow::NothingToRelease(channel))?;
        if let Some(inbound) = self.manager.awaited_by(&first.source) {
            return Err(NotNow::BackgroundPending(inbound).into());
        }
        let watch = &mut self.chain_monitor;
        let released = self.manager.process_pending_monitor_event(channel, watch)?;
        Ok(released.ok_or(NotNow::NothingToRelease(channel))?)
    }

    /// Takes in all that the Monitors have for the Manager (LDK: `process_pending_monitor_events`).
    ///
    /// # Errors
    /// The node is loading, or must stop.
    pub fn process_pending_monitor_events(&mut self) -> Result<(), StepError> {
        if !self.is_watching() {
            return Err(NotNow::NotWatched.into());
        }
        Ok(self.manager.process_pending_monitor_events(&mut self.chain_monitor)?)
    }

    /// Starts a full write of a Monitor outside updates, for which nobody waits.
    ///
    /// # Errors
    /// The channel has no Monitor in the Watch.
    pub fn persist_monitor(&mut self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        self.chain_monitor.persist_monitor(channel);
        Ok(())
    }

    /// Starts a write of the Manager, if that is useful: memory differs from the newest version
    /// handed to the Store, or the Manager asks for it ([`ChannelManager::needs_persistence`]). It
    /// is possible also during a load.
    ///
    /// [`ChannelManager::needs_persistence`]: crate::ChannelManager::needs_persistence
    ///
    /// # Errors
    /// It is not useful, or one is in flight, or the Store fails.
    pub fn persist_manager(&mut self) -> Result<(), StepError> {
        if self.manager.write_in_flight().is_some() {
            return Err(NotNow::WriteInFlight.into());
        }
        let bytes = self.manager.write();
        if !self.manager.needs_persistence() && bytes == *self.manager_handed.0 {
            return Err(NotNow::NothingToWrite.into());
        }
        self.manager.write_starts();
        self.chain_monitor.manager_write_starts(self.manager.newest_updates());
        self.manager_handed = Handed(Arc::new(bytes.clone()));
        match self.chain_monitor.persister_mut().persist_manager(bytes) {
            ChannelMonitorUpdateStatus::Completed => self.manager_persisted(),
            ChannelMonitorUpdateStatus::InProgress => Ok(()),
            ChannelMonitorUpdateStatus::UnrecoverableError => {
                Err(UpdateError::ManagerNotStored.into())
            }
        }
    }

    /// The write of the Manager has landed: the acks that it covers are called, and the Monitors
    /// written that have dropped an event by that (`WCH-6`).
    ///
    /// # Errors
    /// No write of the Manager is in flight.
    pub fn manager_persisted(&mut self) -> Result<(), StepError> {
        if self.manager.write_in_flight().is_none() {
            return Err(NotNow::NoWrite(StoredObject::Manager).into());
        }
        self.chain_monitor.manager_write_lands();
        self.manager.manager_persisted(&mut self.chain_monitor);
        self.chain_monitor.persist_acked_monitors();
        Ok(())
    }
}
