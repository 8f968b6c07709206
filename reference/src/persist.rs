//! The node's side of the Store: what it hands over, and how soon that lands is the Store's
//! business.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use crate::monitor::ChannelMonitor;
use crate::types::ChannelId;
use crate::update::ChannelMonitorUpdate;

/// What a Store says when it is handed a write (LDK's name; here the Manager's writes have one,
/// too).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChannelMonitorUpdateStatus {
    /// The write has landed.
    Completed,
    /// The landing will be reported later.
    InProgress,
    /// The write will never land. The node has to stop.
    UnrecoverableError,
}

/// Takes writes (LDK: `Persist`). Those of one Monitor land in the order in which they are handed
/// over, whether they are of the Monitor or of an update; so do those of the Manager (`STO-2`).
/// Between objects there is no order.
pub trait Persist {
    /// Stores a Monitor for the first time.
    fn persist_new_channel(
        &mut self,
        channel_id: ChannelId,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus;

    /// Stores a Monitor to which an update was applied: either all of it
    /// ([`ChannelMonitor::write`]) or the update behind what is stored
    /// ([`ChannelMonitorUpdate::write`]). Without an update all of it is stored, and nobody waits
    /// for that.
    fn update_persisted_channel(
        &mut self,
        channel_id: ChannelId,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus;

    /// Removes the Monitor of a channel, behind all that was handed over before, and marks it as
    /// archived. None of its writes is reported any more.
    fn archive_persisted_channel(&mut self, channel_id: ChannelId);

    /// Stores the Manager.
    fn persist_manager(&mut self, manager: Vec<u8>) -> ChannelMonitorUpdateStatus;

    /// The next write that somebody else is to do. A Persist that writes by itself has none.
    fn next_write(&mut self) -> Option<PendingWrite> {
        None
    }
}

/// What is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum StoredObject {
    /// The Monitor of a channel.
    Monitor(ChannelId),
    /// An update of the Monitor of a channel.
    Delta(ChannelId),
    /// The Manager.
    Manager,
    /// The mark that the Monitor of a channel is archived, which takes the Monitor's place.
    Archived(ChannelId),
}

impl fmt::Display for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoredObject::Monitor(channel) => write!(f, "the monitor of {channel}"),
            StoredObject::Delta(channel) => write!(f, "a delta of {channel}"),
            StoredObject::Manager => f.write_str("the manager"),
            StoredObject::Archived(channel) => write!(f, "the archived monitor of {channel}"),
        }
    }
}

/// A write that was started, for whoever carries it out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PendingWrite {
    /// What is written.
    pub object: StoredObject,
    /// All of it.
    pub bytes: Vec<u8>,
    /// The update of a Monitor for which it is written, whose landing is to be reported. None of
    /// the Manager, and of a Monitor's writes for other reasons.
    pub update_id: Option<u64>,
    /// `Completed` if the node counts on the write having landed already: carry it out before
    /// anything else.
    pub status: ChannelMonitorUpdateStatus,
}

/// Whether a write is done within the step that starts it (SPEC, `STO-1`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Persistence {
    /// It starts, lands and is reported in one step.
    Synchronous,
    /// It lands and is reported in a later step.
    #[default]
    Asynchronous,
}

/// What is written for an update (SPEC, `STO-3`). All other writes are full writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UpdateWrites {
    /// A full write of the Monitor.
    #[default]
    Full,
    /// A delta: the update alone.
    Deltas,
}

/// How one channel's Monitor is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Writing {
    /// When a write is done.
    pub persistence: Persistence,
    /// What is written for an update.
    pub updates: UpdateWrites,
}

/// A [`Persist`] that does no I/O: it collects the writes for whoever drives the node, who finds
/// them among the outputs ([`Output::Persist`]).
///
/// [`Output::Persist`]: crate::Output::Persist
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outbox {
    /// How the Manager is written.
    manager: Persistence,
    /// How channels are written of which nothing else is said.
    others: Writing,
    channels: Arc<BTreeMap<ChannelId, Writing>>,
    writes: VecDeque<PendingWrite>,
}

impl Outbox {
    /// An empty outbox: the Manager is written so, and all channels are.
    pub fn new(manager: Persistence, channels: Writing) -> Self {
        Outbox { manager, others: channels, ..Outbox::default() }
    }

    /// One channel is written in another way.
    #[must_use]
    pub fn with_channel(mut self, channel_id: ChannelId, writing: Writing) -> Self {
        Arc::make_mut(&mut self.channels).insert(channel_id, writing);
        self
    }

    fn writing(&self, channel_id: ChannelId) -> Writing {
        self.channels.get(&channel_id).copied().unwrap_or(self.others)
    }

    fn start(
        &mut self,
        object: StoredObject,
        bytes: Vec<u8>,
        update_id: Option<u64>,
        persistence: Persistence,
    ) -> ChannelMonitorUpdateStatus {
        let status = match persistence {
            Persistence::Synchronous => ChannelMonitorUpdateStatus::Completed,
            Persistence::Asynchronous => ChannelMonitorUpdateStatus::InProgress,
        };
        self.writes.push_back(PendingWrite { object, bytes, update_id, status });
        status
    }
}

impl Persist for Outbox {
    fn persist_new_channel(
        &mut self,
        channel_id: ChannelId,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        let Writing { persistence, .. } = self.writing(channel_id);
        let (object, id) = (StoredObject::Monitor(channel_id), monitor.update_id());
        self.start(object, monitor.write(), Some(id), persistence)
    }

    fn update_persisted_channel(
        &mut self,
        channel_id: ChannelId,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        let Writing { persistence, updates } = self.writing(channel_id);
        let (object, bytes) = match update {
            Some(update) if updates == UpdateWrites::Deltas => {
                (StoredObject::Delta(channel_id), update.write())
            }
            _ => (StoredObject::Monitor(channel_id), monitor.write()),
        };
        self.start(object, bytes, update.map(|update| update.update_id), persistence)
    }

    fn archive_persisted_channel(&mut self, channel_id: ChannelId) {
        let object = StoredObject::Archived(channel_id);
        self.start(object, Vec::new(), None, Persistence::Synchronous);
    }

    fn persist_manager(&mut self, manager: Vec<u8>) -> ChannelMonitorUpdateStatus {
        self.start(StoredObject::Manager, manager, None, self.manager)
    }

    fn next_write(&mut self) -> Option<PendingWrite> {
        self.writes.pop_front()
    }
}
