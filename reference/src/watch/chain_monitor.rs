//! The Watch of this crate.

use std::collections::{BTreeMap, BTreeSet};

use super::{Watch, WatchedMonitor};
use crate::by_channel::ByChannel;
use crate::event::{HTLCEvent, MonitorEventSource, MonitorNotice};
use crate::monitor::{ChannelMonitor, Fact, FactError, OnChain, ProvidedEvent};
use crate::persist::{ChannelMonitorUpdateStatus, Persist};
use crate::types::ChannelId;
use crate::update::{ChannelMonitorUpdate, UpdateError};

/// The Monitors of a node, over a Store (LDK: `ChainMonitor`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChainMonitor<P> {
    monitors: ByChannel<WatchedMonitor>,
    /// The channels whose Monitor is archived.
    archived: BTreeSet<ChannelId>,
    /// The channels whose Monitors have dropped an event that is stored.
    to_write: BTreeSet<ChannelId>,
    /// Where updates are deferred: what the Manager's writes list.
    listed: Option<Listed>,
    persister: P,
}

/// The newest update of each channel that writes of the Manager list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Listed {
    /// The durable one.
    durable: BTreeMap<ChannelId, u64>,
    /// The one in flight.
    in_flight: Option<BTreeMap<ChannelId, u64>>,
}

impl<P: Persist> ChainMonitor<P> {
    /// A Watch without Monitors, some of which may be archived.
    pub fn new(persister: P, archived: BTreeSet<ChannelId>) -> Self {
        let (monitors, to_write) = (ByChannel::default(), BTreeSet::new());
        ChainMonitor { monitors, archived, to_write, listed: None, persister }
    }

    /// Defers updates from now on (`STO-11`). `durable` are the newest that the durable Manager
    /// lists.
    pub(crate) fn defer_updates(&mut self, durable: BTreeMap<ChannelId, u64>) {
        self.listed = Some(Listed { durable, in_flight: None });
    }

    /// A write of the Manager starts, in which these are the newest updates.
    pub(crate) fn manager_write_starts(&mut self, newest: impl Iterator<Item = (ChannelId, u64)>) {
        if let Some(listed) = &mut self.listed {
            listed.in_flight = Some(newest.collect());
        }
    }

    /// That write has landed.
    pub(crate) fn manager_write_lands(&mut self) {
        if let Some(listed) = &mut self.listed
            && let Some(landed) = listed.in_flight.take()
        {
            listed.durable = landed;
        }
    }

    /// Applies the oldest deferred update of a channel, and starts its write: `ACT-26`. None if
    /// there is none, or the durable Manager does not list it yet.
    pub(crate) fn flush(
        &mut self,
        channel_id: ChannelId,
    ) -> Option<Result<(u64, ChannelMonitorUpdateStatus), UpdateError>> {
        let watched = self.monitors.get(channel_id)?;
        let oldest = watched.deferred.first()?.update_id;
        if *self.listed.as_ref()?.durable.get(&channel_id)? < oldest {
            return None;
        }
        let update = self.monitors.get_mut(channel_id)?.deferred.remove(0);
        Some(self.apply(channel_id, &update).map(|status| (oldest, status)))
    }

    fn apply(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError> {
        let unknown = UpdateError::UnknownChannel(channel_id);
        let watched = self.monitors.get_mut(channel_id).ok_or(unknown)?;
        let monitor = &mut watched.monitor;
        monitor.update_monitor(update)?;
        let status = self.persister.update_persisted_channel(channel_id, Some(update), monitor);
        if status == ChannelMonitorUpdateStatus::Completed {
            monitor.updates_reported(update.update_id);
        }
        Self::started(channel_id, status)
    }

    /// Takes over a Monitor that was read from the Store, without writing it (LDK's name).
    ///
    /// # Errors
    /// The channel has a Monitor, or had one that is archived.
    pub fn load_existing_monitor(&mut self, monitor: ChannelMonitor) -> Result<(), UpdateError> {
        self.add(monitor, false)
    }

    fn add(&mut self, monitor: ChannelMonitor, is_new: bool) -> Result<(), UpdateError> {
        let channel_id = monitor.channel_id();
        if self.monitors.contains(channel_id) || self.archived.contains(&channel_id) {
            return Err(UpdateError::AlreadyWatched(channel_id));
        }
        self.monitors.insert(channel_id, WatchedMonitor::new(monitor, is_new));
        Ok(())
    }

    /// The Monitors.
    pub fn monitors(&self) -> &ByChannel<WatchedMonitor> {
        &self.monitors
    }

    /// The Monitor of a channel.
    pub fn monitor(&self, channel_id: ChannelId) -> Option<&WatchedMonitor> {
        self.monitors.get(channel_id)
    }

    /// Where the writes go.
    pub fn persister(&self) -> &P {
        &self.persister
    }

    /// Where the writes go.
    pub fn persister_mut(&mut self) -> &mut P {
        &mut self.persister
    }

    /// Processes a block, and starts the full write that it causes: nobody waits for it, and no
    /// event does (`STO-5`).
    ///
    /// # Errors
    /// The block is an old one, or says what cannot be; [`None`] if there is no such Monitor.
    pub fn process_block(
        &mut self,
        channel_id: ChannelId,
        height: u32,
        facts: &[Fact],
    ) -> Option<Result<(), FactError>> {
        let WatchedMonitor { monitor, .. } = self.monitors.get_mut(channel_id)?;
        let processed = monitor.process_block(height, facts);
        if processed.is_ok() {
            self.persister.update_persisted_channel(channel_id, None, monitor);
        }
        Some(processed)
    }

    /// Lets the Monitor look a second time at what a block has shown.
    ///
    /// # Errors
    /// No block has shown it; [`None`] if there is no such Monitor.
    pub fn rescan(&mut self, channel_id: ChannelId, fact: &Fact) -> Option<Result<(), FactError>> {
        self.monitors.get_mut(channel_id).map(|watched| watched.monitor.rescan(fact))
    }

    /// Starts a full write outside updates, for which nobody waits; says whether there is such a
    /// Monitor.
    pub fn persist_monitor(&mut self, channel_id: ChannelId) -> bool {
        let Some(watched) = self.monitors.get(channel_id) else { return false };
        self.persister.update_persisted_channel(channel_id, None, &watched.monitor);
        true
    }

    /// Starts the full writes that acks have made necessary; to be called behind every batch of
    /// them.
    ///
    /// `WCH-6`: "The Watch MUST start a full write of a Monitor that has dropped, on an ack, an
    /// event which the newest version that is durable or in flight lists."
    pub fn persist_acked_monitors(&mut self) {
        for channel_id in std::mem::take(&mut self.to_write) {
            self.persist_monitor(channel_id);
        }
    }

    /// Takes the next step of archiving a Monitor: starts its clock or, if that runs, removes the
    /// Monitor here and from the Store. Says whether that was possible.
    pub fn archive_monitor(&mut self, channel_id: ChannelId) -> bool {
        let watched = self.monitors.get_mut(channel_id).filter(|w| w.may_archive());
        let Some(watched) = watched else { return false };
        if watched.monitor.archival_clock_runs() {
            self.monitors.remove(channel_id);
            self.archived.insert(channel_id);
            self.persister.archive_persisted_channel(channel_id);
        } else {
            watched.monitor.start_archival_clock();
        }
        true
    }

    /// Learns that the writes of a Monitor's updates up to this one have landed (LDK's name). The
    /// `Completed` for the Manager waits until that asks for it. Says whether it was news.
    pub fn channel_monitor_updated(&mut self, channel_id: ChannelId, update_id: u64) -> bool {
        self.monitors.get_mut(channel_id).is_some_and(|watched| watched.report(update_id))
    }

    /// Lets the Monitor close its channel by itself; says whether it does.
    pub(crate) fn reach_deadline(&mut self, channel_id: ChannelId) -> bool {
        self.monitors.get_mut(channel_id).is_some_and(|watched| watched.monitor.reach_deadline())
    }

    /// The next thing that a Monitor wants on the chain.
    pub(crate) fn next_output(&mut self) -> Option<OnChain> {
        let untold = |(_, watched): &(_, &WatchedMonitor)| watched.monitor.has_untold(true);
        let channel_id = self.monitors.iter().find(untold).map(|(channel_id, _)| channel_id)?;
        self.monitors.get_mut(channel_id)?.monitor.next_output(true)
    }

    fn started(
        channel_id: ChannelId,
        status: ChannelMonitorUpdateStatus,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError> {
        match status {
            ChannelMonitorUpdateStatus::UnrecoverableError => {
                Err(UpdateError::StoreFailed(channel_id))
            }
            status => Ok(status),
        }
    }
}

impl<P: Persist> Watch for ChainMonitor<P> {
    fn watch_channel(
        &mut self,
        monitor: ChannelMonitor,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError> {
        let channel_id = monitor.channel_id();
        self.add(monitor, true)?;
        let added = self.monitors.get_mut(channel_id);
        let watched = added.ok_or(UpdateError::UnknownChannel(channel_id))?;
        let status = self.persister.persist_new_channel(channel_id, &watched.monitor);
        watched.is_new = status != ChannelMonitorUpdateStatus::Completed;
        Self::started(channel_id, status)
    }

    fn update_channel(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
    ) -> Result<ChannelMonitorUpdateStatus, UpdateError> {
        if self.listed.is_none() {
            return self.apply(channel_id, update);
        }
        let unknown = UpdateError::UnknownChannel(channel_id);
        self.monitors.get_mut(channel_id).ok_or(unknown)?.deferred.push(update.clone());
        Ok(ChannelMonitorUpdateStatus::InProgress)
    }

    fn releasable(&self, channel_id: ChannelId) -> Option<&HTLCEvent> {
        self.monitors.get(channel_id)?.releasable()
    }

    fn release_pending_monitor_event(
        &mut self,
        channel_id: ChannelId,
    ) -> Option<(MonitorEventSource, HTLCEvent)> {
        let watched = self.monitors.get_mut(channel_id)?;
        watched.releasable()?;
        let ProvidedEvent { event_id, event } = watched.monitor.release()?;
        Some((MonitorEventSource { channel_id, event_id }, event))
    }

    fn has_close_notice(&self, channel_id: ChannelId) -> bool {
        let watched = self.monitors.get(channel_id);
        watched.is_some_and(|watched| watched.monitor.has_close_notice())
    }

    fn is_confirmed(&self, channel_id: ChannelId) -> bool {
        let watched = self.monitors.get(channel_id);
        watched.is_some_and(|watched| watched.monitor.funding_spend_seen())
    }

    fn release_close_notice(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        let watched = self.monitors.get_mut(channel_id)?;
        let waits = watched.monitor.take_close_notice();
        let on_chain = watched.monitor.funding_spend_seen();
        waits.then_some(match on_chain {
            true => MonitorNotice::CommitmentTxConfirmed { channel_id },
            false => MonitorNotice::HolderForceClosed { channel_id },
        })
    }

    fn release_completed(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        self.monitors.get_mut(channel_id)?.take_completed()
    }

    fn ack_monitor_event(&mut self, source: MonitorEventSource) {
        let watched = self.monitors.get_mut(source.channel_id);
        if watched.is_some_and(|w| w.monitor.ack_monitor_event(source.event_id)) {
            self.to_write.insert(source.channel_id);
        }
    }

    fn is_archived(&self, channel_id: ChannelId) -> bool {
        self.archived.contains(&channel_id)
    }
}
