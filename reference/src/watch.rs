//! The Watch: owns the Monitors, starts their writes, releases their events (SPEC section 5.2).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::event::{ChannelId, HTLCEvent, MonitorEventSource, MonitorNotice};
use crate::monitor::{ChannelMonitor, Fact, FactError, NumberedEvent, PendingEvent};
use crate::store::{Persist, PersistStatus};
use crate::update::{ChannelMonitorUpdate, UpdateError};

/// What the Manager needs of whoever owns the Monitors.
pub trait Watch {
    /// Applies an update to the channel's Monitor and starts the write of it in the same step: a
    /// full write of the Monitor, or a delta. `Completed` says that the write is reported already.
    fn update_channel(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
    ) -> Result<PersistStatus, UpdateError>;

    /// Releases the channel's oldest pending HTLC event, unless it is held back.
    fn release_pending_monitor_event(
        &mut self,
        channel_id: ChannelId,
    ) -> Option<(MonitorEventSource, HTLCEvent)>;

    /// Hands out the channel's close notice, if one waits.
    fn release_close_notice(&mut self, channel_id: ChannelId) -> Option<MonitorNotice>;

    /// Tells the Monitor that nobody needs the event any more; says whether a full write of that
    /// Monitor has to follow. With an archived Monitor there is nothing to tell.
    fn ack_monitor_event(&mut self, source: MonitorEventSource) -> bool;

    /// Whether the Monitor of the channel is archived.
    fn is_archived(&self, channel_id: ChannelId) -> bool;
}

/// A Monitor with what the Watch knows about its writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WatchedMonitor {
    monitor: ChannelMonitor,
    /// Updates up to this one were reported, and the Manager is still to be told.
    completed: Option<u64>,
}

impl WatchedMonitor {
    /// The Monitor.
    pub fn monitor(&self) -> &ChannelMonitor {
        &self.monitor
    }

    /// The update up to which `Completed` waits for the Manager.
    pub fn completed(&self) -> Option<u64> {
        self.completed
    }

    /// The oldest pending event, if it may be released.
    ///
    /// `WCH-1`: "The Watch MUST NOT release an HTLC event before every update that the Monitor had
    /// applied when it pushed the event is reported." First in, first out: an event that is held
    /// back holds up those behind it.
    pub fn releasable(&self) -> Option<NumberedEvent> {
        let PendingEvent { event_id, event, waits_for } = *self.monitor.pending().first()?;
        waits_for.is_none().then_some((event_id, event))
    }

    /// Whether nothing in the Watch speaks against archival of the Monitor of a resolved channel.
    ///
    /// `WCH-4`: "The Watch MUST NOT archive a Monitor while `provided` or `pending` holds an
    /// event."
    ///
    /// `WCH-5`: "The Watch MUST NOT archive a Monitor while a write of it is in flight or a
    /// `Completed` of it waits."
    pub fn may_archive(&self) -> bool {
        self.monitor.events().next().is_none()
            && self.monitor.unreported() == 0
            && self.completed.is_none()
    }

    /// The report of the oldest update that is not reported.
    fn report_next(&mut self) -> Option<MonitorNotice> {
        if self.monitor.unreported() == 0 {
            return None;
        }
        let update_id = self.monitor.reported() + 1;
        self.monitor.updates_reported(update_id);
        Some(MonitorNotice::Completed { channel_id: self.monitor.channel_id(), update_id })
    }
}

/// The [`Watch`] of this crate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChainMonitor<P> {
    monitors: BTreeMap<ChannelId, WatchedMonitor>,
    /// The channels whose Monitor is archived.
    archived: BTreeSet<ChannelId>,
    persister: P,
}

impl<P: Persist> ChainMonitor<P> {
    /// A Watch without Monitors, some of which may be archived.
    pub fn new(persister: P, archived: BTreeSet<ChannelId>) -> Self {
        ChainMonitor { monitors: BTreeMap::new(), archived, persister }
    }

    /// Takes over a Monitor without writing it.
    pub(crate) fn load_existing_monitor(&mut self, monitor: ChannelMonitor) {
        let channel_id = monitor.channel_id();
        self.monitors.insert(channel_id, WatchedMonitor { monitor, completed: None });
    }

    /// The Monitors.
    pub fn monitors(&self) -> &BTreeMap<ChannelId, WatchedMonitor> {
        &self.monitors
    }

    /// The Monitor of a channel.
    pub fn monitor(&self, channel_id: ChannelId) -> Option<&WatchedMonitor> {
        self.monitors.get(&channel_id)
    }

    /// Where the writes go.
    pub fn persister_mut(&mut self) -> &mut P {
        &mut self.persister
    }

    /// Processes the next block and gives the full write that it causes. It lands at once or
    /// never, nobody reports it, and no event waits for it.
    pub fn process_block(
        &mut self,
        channel_id: ChannelId,
        fact: &Fact,
    ) -> Option<Result<Vec<u8>, FactError>> {
        let watched = self.monitors.get_mut(&channel_id)?;
        Some(watched.monitor.process_block(fact).map(|()| watched.monitor.write()))
    }

    /// Lets the Monitor look a second time at a block that it has processed.
    pub fn rescan(&mut self, channel_id: ChannelId, fact: &Fact) -> Option<Result<(), FactError>> {
        self.monitors.get_mut(&channel_id).map(|watched| watched.monitor.rescan(fact))
    }

    /// Starts a full write outside updates, and gives it. It lands at once, nobody reports it, and
    /// no event waits for it. Who has what is stored knows whether it is useful.
    pub fn start_full_write(&self, channel_id: ChannelId) -> Option<Vec<u8>> {
        self.monitors.get(&channel_id).map(|watched| watched.monitor.write())
    }

    /// Takes the next step of archiving a Monitor: starts its clock or, if that runs, removes the
    /// Monitor here and from the Store. Says whether that was possible.
    pub fn archive_monitor(&mut self, channel_id: ChannelId) -> bool {
        let watched = self.monitors.get_mut(&channel_id).filter(|w| w.may_archive());
        let Some(watched) = watched else { return false };
        if watched.monitor.archival_clock_runs() {
            self.monitors.remove(&channel_id);
            self.archived.insert(channel_id);
            self.persister.archive_monitor(channel_id);
        } else {
            watched.monitor.start_archival_clock();
        }
        true
    }

    /// Learns that the oldest write in flight has landed. Gives the notice for the Manager.
    pub fn channel_monitor_updated(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        self.monitors.get_mut(&channel_id)?.report_next()
    }

    /// Learns that the oldest write in flight has landed, if there is one; the notice is kept, and
    /// waits.
    pub fn channel_monitor_updated_later(&mut self, channel_id: ChannelId) -> bool {
        let Some(watched) = self.monitors.get_mut(&channel_id) else { return false };
        if watched.report_next().is_none() {
            return false;
        }
        watched.completed = Some(watched.monitor.reported());
        true
    }

    /// Hands out a `Completed` that waits.
    pub fn release_completion(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        let update_id = self.monitors.get_mut(&channel_id)?.completed.take()?;
        Some(MonitorNotice::Completed { channel_id, update_id })
    }

    /// Lets the Monitor close its channel by itself; says whether it does.
    pub(crate) fn reach_deadline(&mut self, channel_id: ChannelId) -> bool {
        self.monitors.get_mut(&channel_id).is_some_and(|watched| watched.monitor.reach_deadline())
    }
}

impl<P: Persist> Watch for ChainMonitor<P> {
    fn update_channel(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
    ) -> Result<PersistStatus, UpdateError> {
        let unknown = UpdateError::UnknownChannel(channel_id);
        let watched = self.monitors.get_mut(&channel_id).ok_or(unknown)?;
        watched.monitor.update_monitor(update)?;
        let status = if self.persister.stores_deltas(channel_id) {
            self.persister.persist_delta(channel_id, update.write())
        } else {
            self.persister.persist_monitor(channel_id, watched.monitor.write())
        };
        if status == PersistStatus::Completed {
            watched.monitor.updates_reported(update.update_id);
        }
        Ok(status)
    }

    fn release_pending_monitor_event(
        &mut self,
        channel_id: ChannelId,
    ) -> Option<(MonitorEventSource, HTLCEvent)> {
        let watched = self.monitors.get_mut(&channel_id)?;
        watched.releasable()?;
        let (event_id, event) = watched.monitor.release()?;
        Some((MonitorEventSource { channel_id, event_id }, event))
    }

    fn release_close_notice(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        let watched = self.monitors.get_mut(&channel_id)?;
        let waits = watched.monitor.take_close_notice();
        let on_chain = watched.monitor.funding_spend_seen();
        waits.then_some(match on_chain {
            true => MonitorNotice::CommitmentTxConfirmed { channel_id },
            false => MonitorNotice::HolderForceClosed { channel_id },
        })
    }

    /// `WCH-6`: "The Watch MUST start a full write of a Monitor that has dropped, on an ack, an
    /// event which the newest version that is durable or in flight lists." So the caller is asked
    /// for one ([`ChainMonitor::start_full_write`]) whenever an event was dropped.
    fn ack_monitor_event(&mut self, source: MonitorEventSource) -> bool {
        let watched = self.monitors.get_mut(&source.channel_id);
        watched.is_some_and(|w| w.monitor.ack_monitor_event(source.event_id))
    }

    fn is_archived(&self, channel_id: ChannelId) -> bool {
        self.archived.contains(&channel_id)
    }
}
