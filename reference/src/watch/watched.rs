//! A Monitor in the Watch.

use crate::event::{HTLCEvent, MonitorNotice};
use crate::monitor::ChannelMonitor;
use crate::types::Direction;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

/// A Monitor with what the Watch knows about its writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WatchedMonitor {
    pub(super) monitor: ChannelMonitor,
    /// Updates up to this one were reported, and the Manager is still to be told.
    pub(super) completed: Option<u64>,
    /// The first write of a new Monitor is in flight.
    pub(super) is_new: bool,
    /// Updates that are deferred, oldest first (`STO-11`).
    pub(super) deferred: Vec<ChannelMonitorUpdate>,
}

impl WatchedMonitor {
    pub(super) fn new(monitor: ChannelMonitor, is_new: bool) -> Self {
        WatchedMonitor { monitor, completed: None, is_new, deferred: Vec::new() }
    }

    /// The Monitor.
    pub fn monitor(&self) -> &ChannelMonitor {
        &self.monitor
    }

    /// The updates that were handed over and wait for a write of the Manager, oldest first.
    pub fn deferred(&self) -> &[ChannelMonitorUpdate] {
        &self.deferred
    }

    /// How many HTLCs were offered on this side, those of deferred updates counted: the id of the
    /// next one.
    pub fn offered_by(&self, side: Direction) -> u64 {
        let is_offered = |update: &&ChannelMonitorUpdate| match update.step {
            ChannelMonitorUpdateStep::OfferHTLC(..) => side == Direction::Outbound,
            ChannelMonitorUpdateStep::ReceiveHTLC(_) => side == Direction::Inbound,
            _ => false,
        };
        let deferred = self.deferred.iter().filter(is_offered).count() as u64;
        self.monitor.offered_by(side) + deferred
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
    pub fn releasable(&self) -> Option<&HTLCEvent> {
        let first = self.monitor.pending().first()?;
        first.waits_for.is_none().then_some(&first.event)
    }

    /// Whether nothing in the Watch speaks against archival of the Monitor of a resolved channel.
    ///
    /// `WCH-4`: "The Watch MUST NOT archive a Monitor while `provided` or `pending` holds an
    /// event."
    ///
    /// `WCH-5`: "The Watch MUST NOT archive a Monitor while an update of it is deferred, a write of
    /// it is in flight or a `Completed` of it waits."
    pub fn may_archive(&self) -> bool {
        let is_written = self.deferred.is_empty() && !self.is_in_flight();
        self.monitor.has_no_event() && is_written && self.completed.is_none()
    }

    /// Whether a write whose landing somebody waits for is in flight.
    pub fn is_in_flight(&self) -> bool {
        self.monitor.unreported() > 0 || self.is_new
    }

    /// The writes of the updates up to this one have landed.
    pub(super) fn report(&mut self, update_id: u64) -> bool {
        let is_due = self.is_new || update_id > self.monitor.reported();
        if !is_due || update_id > self.monitor.update_id() {
            return false;
        }
        self.is_new = false;
        self.monitor.updates_reported(update_id);
        self.completed = Some(update_id);
        true
    }

    pub(super) fn take_completed(&mut self) -> Option<MonitorNotice> {
        let monitor_update_id = self.completed.take()?;
        let channel_id = self.monitor.channel_id();
        Some(MonitorNotice::Completed { channel_id, monitor_update_id })
    }
}
