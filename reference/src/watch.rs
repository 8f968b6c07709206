//! The Watch: owns the Monitors, starts their writes, releases their events (SPEC section 5.2).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::event::{ChannelId, EventId, HTLCEvent, MonitorEventSource, MonitorNotice};
use crate::monitor::{ChannelMonitor, Fact, FactError, NumberedEvent};
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

    /// Tells the Monitor that nobody needs the event any more; says whether it was listed. With an
    /// archived Monitor there is nothing to tell.
    fn ack_monitor_event(&mut self, source: MonitorEventSource) -> bool;

    /// Whether the Monitor of the channel is archived.
    fn is_archived(&self, channel_id: ChannelId) -> bool;
}

/// Whether the write that a block causes reaches the disk (SPEC section 4.2, item 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BlockWrite {
    /// It lands at once.
    Lands,
    /// It never lands.
    Skipped,
}

/// What one write in flight will make durable, as of its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WriteInFlight {
    /// It covers the updates up to this one.
    pub update_id: u64,
    /// It covers the events below this one.
    pub next_event_id: EventId,
}

/// A Monitor with what the Watch knows about its writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WatchedMonitor {
    monitor: ChannelMonitor,
    /// What the reported writes cover.
    reported: WriteInFlight,
    /// Oldest first: writes of one object land in the order in which they started.
    in_flight: Vec<WriteInFlight>,
    /// What a load gives once every write in flight has landed.
    stored: Arc<ChannelMonitor>,
    /// Updates up to this one were reported, and the Manager is still to be told.
    completed: Option<u64>,
}

impl WatchedMonitor {
    /// Takes over a Monitor that equals its durable version but for blocks replayed since.
    fn new(monitor: ChannelMonitor, durable: DurableVersion) -> Self {
        let DurableVersion { covers, stored } = durable;
        WatchedMonitor { monitor, reported: covers, in_flight: Vec::new(), stored, completed: None }
    }

    /// The Monitor.
    pub fn monitor(&self) -> &ChannelMonitor {
        &self.monitor
    }

    /// What the writes reported so far cover.
    pub fn reported(&self) -> WriteInFlight {
        self.reported
    }

    /// The writes that were started and not reported, oldest first.
    pub fn writes_in_flight(&self) -> &[WriteInFlight] {
        &self.in_flight
    }

    /// The update up to which `Completed` waits for the Manager.
    pub fn completed(&self) -> Option<u64> {
        self.completed
    }

    /// The oldest pending event, if it may be released.
    ///
    /// `WCH-1`: "The Watch MUST NOT release an HTLC event before a write that holds it was
    /// reported." First in, first out: an event that is held back holds up those behind it.
    pub fn releasable(&self) -> Option<(EventId, HTLCEvent)> {
        let first = self.monitor.pending().first().copied();
        first.filter(|(event_id, _)| *event_id < self.reported.next_event_id)
    }

    /// Whether a full write outside updates is useful: "while memory differs from the newest
    /// version handed to the Store, or while an event is held back that no write in flight covers"
    /// (SPEC section 4.2, item 6).
    pub fn needs_full_write(&self) -> bool {
        let covered_below = self.covered_below();
        let uncovered = |(id, _): &(EventId, HTLCEvent)| *id >= covered_below;
        self.monitor.pending().last().is_some_and(uncovered)
            || !self.monitor.is_written_as(&self.stored)
    }

    /// The writes so far cover the events below this one, once they are reported.
    fn covered_below(&self) -> EventId {
        self.in_flight.last().unwrap_or(&self.reported).next_event_id
    }

    /// What the report of a write that starts now covers. What was covered stays so, under another
    /// id, too.
    ///
    /// `WCH-3`: "The Watch MUST NOT take the report of a delta for a report of an event that a
    /// load does not make again under the same id." An event that is not in `stored` holds up
    /// those behind it. (A full write holds all of them.)
    fn covers_now(&self) -> WriteInFlight {
        let stored = |event: &NumberedEvent| self.stored.events().any(|other| other == event);
        let first = self.monitor.pending().iter().find(|event| !stored(event));
        let next_event_id = first.map_or(self.monitor.next_event_id(), |(id, _)| *id);
        let next_event_id = next_event_id.max(self.covered_below());
        WriteInFlight { update_id: self.monitor.update_id(), next_event_id }
    }

    /// Starts a full write; a synchronous one is reported before this returns.
    fn start_full_write(&mut self, persister: &mut impl Persist) -> PersistStatus {
        self.stored = Arc::new(self.monitor.as_loaded());
        let status = persister.persist_monitor(self.monitor.channel_id(), self.monitor.write());
        self.started(status)
    }

    /// Starts to store the update that was applied last; a synchronous delta is reported before
    /// this returns.
    fn start_delta(
        &mut self,
        update: &ChannelMonitorUpdate,
        persister: &mut impl Persist,
    ) -> Result<PersistStatus, UpdateError> {
        // It has the updates that the Monitor has, so it takes what the Monitor took.
        Arc::make_mut(&mut self.stored).update_monitor(update)?;
        let status = persister.persist_delta(self.monitor.channel_id(), update.write());
        Ok(self.started(status))
    }

    fn started(&mut self, status: PersistStatus) -> PersistStatus {
        let covers = self.covers_now();
        match status {
            PersistStatus::Completed => self.reported = covers,
            PersistStatus::InProgress => self.in_flight.push(covers),
        }
        status
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
            && self.in_flight.is_empty()
            && self.completed.is_none()
    }

    fn completion(&self) -> MonitorNotice {
        let channel_id = self.monitor.channel_id();
        MonitorNotice::Completed { channel_id, update_id: self.reported.update_id }
    }
}

/// The version that a Monitor was loaded from, which "counts as a reported write".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct DurableVersion {
    covers: WriteInFlight,
    stored: Arc<ChannelMonitor>,
}

impl DurableVersion {
    /// The durable version of a Monitor that has just been read, or just been made.
    pub(crate) fn of(monitor: &ChannelMonitor) -> Self {
        let update_id = monitor.update_id();
        let covers = WriteInFlight { update_id, next_event_id: monitor.next_event_id() };
        DurableVersion { covers, stored: Arc::new(monitor.clone()) }
    }

    /// The Monitor gives its events other ids than are stored: it covers them all the same.
    pub(crate) fn renumbered(&mut self, monitor: &ChannelMonitor) {
        self.covers.next_event_id = monitor.next_event_id();
    }

    /// What it covers.
    pub(crate) fn covers(&self) -> WriteInFlight {
        self.covers
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
    pub(crate) fn load_existing_monitor(
        &mut self,
        monitor: ChannelMonitor,
        durable: DurableVersion,
    ) {
        self.monitors.insert(monitor.channel_id(), WatchedMonitor::new(monitor, durable));
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
    pub fn persister(&self) -> &P {
        &self.persister
    }

    /// Where the writes go.
    pub fn persister_mut(&mut self) -> &mut P {
        &mut self.persister
    }

    /// Processes the next block and gives the full write that it causes. Nobody reports that
    /// write, so it makes no event releasable; whether it lands is already decided.
    pub fn process_block(
        &mut self,
        channel_id: ChannelId,
        fact: &Fact,
        write: BlockWrite,
    ) -> Option<Result<Vec<u8>, FactError>> {
        let watched = self.monitors.get_mut(&channel_id)?;
        if let Err(error) = watched.monitor.process_block(fact) {
            return Some(Err(error));
        }
        let bytes = watched.monitor.write();
        if write == BlockWrite::Lands {
            watched.stored = Arc::new(watched.monitor.as_loaded());
        }
        Some(Ok(bytes))
    }

    /// Lets the Monitor look a second time at a block that it has processed.
    pub fn rescan(&mut self, channel_id: ChannelId, fact: &Fact) -> Option<Result<(), FactError>> {
        self.monitors.get_mut(&channel_id).map(|watched| watched.monitor.rescan(fact))
    }

    /// Starts a full write outside updates. Gives the notice if it is reported at once.
    ///
    /// `WCH-2`: "The Watch MUST treat the landing of every full write it starts itself, outside
    /// updates too, as a report of the events that write holds." So it goes the way of the others.
    pub fn start_full_write(&mut self, channel_id: ChannelId) -> Option<MonitorNotice> {
        let watched = self.monitors.get_mut(&channel_id)?;
        match watched.start_full_write(&mut self.persister) {
            PersistStatus::Completed => Some(watched.completion()),
            PersistStatus::InProgress => None,
        }
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
        let watched = self.monitors.get_mut(&channel_id)?;
        if watched.in_flight.is_empty() {
            return None;
        }
        watched.reported = watched.in_flight.remove(0);
        Some(watched.completion())
    }

    /// Learns that the oldest write in flight has landed; the notice is kept, and waits. A write
    /// that brought no update makes none.
    pub fn channel_monitor_updated_later(&mut self, channel_id: ChannelId) -> bool {
        let before = self.monitors.get(&channel_id).map(|watched| watched.reported.update_id);
        let Some(MonitorNotice::Completed { update_id, .. }) =
            self.channel_monitor_updated(channel_id)
        else {
            return false;
        };
        if let Some(watched) = self.monitors.get_mut(&channel_id)
            && before < Some(update_id)
        {
            watched.completed = Some(update_id);
        }
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
        if self.persister.stores_deltas(channel_id) {
            watched.start_delta(update, &mut self.persister)
        } else {
            Ok(watched.start_full_write(&mut self.persister))
        }
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

    fn ack_monitor_event(&mut self, source: MonitorEventSource) -> bool {
        let watched = self.monitors.get_mut(&source.channel_id);
        watched.is_some_and(|w| w.monitor.ack_monitor_event(source.event_id))
    }

    fn is_archived(&self, channel_id: ChannelId) -> bool {
        self.archived.contains(&channel_id)
    }
}
