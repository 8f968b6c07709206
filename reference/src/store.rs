//! The node's side of the Store: bytes go out, and how soon they land is the Store's business.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{ChannelConfig, NodeConfig, Persistence, UpdateWrites};
use crate::event::ChannelId;

/// What a Store says when it is handed a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PersistStatus {
    /// The write has landed.
    Completed,
    /// The landing will be reported later.
    InProgress,
}

/// Takes writes. Those of one object land in the order in which they are handed over, whether they
/// are full or deltas.
pub trait Persist {
    /// Starts the full write of a Monitor that an update has changed.
    fn persist_monitor(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus;

    /// Whether an update of the channel's Monitor is stored as a delta.
    fn stores_deltas(&self, channel_id: ChannelId) -> bool;

    /// Starts to store a delta of a Monitor, behind all that was handed over before.
    fn persist_delta(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus;

    /// Starts a full write of the Manager. Its landing is always reported later.
    fn persist_manager(&mut self, bytes: Vec<u8>);

    /// Removes the Monitor of a channel, behind all that was handed over before, and marks it as
    /// archived. None of its writes is reported any more.
    fn archive_monitor(&mut self, channel_id: ChannelId);
}

/// What is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// What a Store has of one Monitor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredMonitor {
    /// The newest full write.
    pub full: Vec<u8>,
    /// The deltas that landed after it, oldest first. Those of updates that the full write holds
    /// may be among them: a Store may delete deltas later than it writes.
    pub deltas: Vec<Vec<u8>>,
}

impl StoredMonitor {
    /// A full write and no deltas.
    pub fn of(full: Vec<u8>) -> Self {
        StoredMonitor { full, deltas: Vec::new() }
    }
}

/// A write that was started and that nobody has taken from the [`Outbox`] yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PendingWrite {
    /// What is written.
    pub object: StoredObject,
    /// All of it.
    pub bytes: Vec<u8>,
    /// `Completed` if the node counts on the write having landed already.
    pub status: PersistStatus,
}

/// A [`Persist`] that does no I/O: it collects the writes for whoever drives the node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outbox {
    synchronous: BTreeSet<ChannelId>,
    deltas: BTreeSet<ChannelId>,
    writes: Vec<PendingWrite>,
}

impl Outbox {
    /// An empty outbox that knows how each channel is written.
    pub fn new(config: &NodeConfig) -> Self {
        let such = |is: fn(&ChannelConfig) -> bool| {
            let channels = config.channels.iter().filter(|(_, channel)| is(channel));
            channels.map(|(id, _)| *id).collect()
        };
        Outbox {
            synchronous: such(|channel| channel.persistence == Persistence::Synchronous),
            deltas: such(|channel| channel.updates == UpdateWrites::Deltas),
            writes: Vec::new(),
        }
    }

    /// Whether the channel's writes are done within the step that starts them.
    pub fn is_synchronous(&self, channel_id: ChannelId) -> bool {
        self.synchronous.contains(&channel_id)
    }

    /// Starts a full write of a Monitor that has landed before the next step, whatever the Store is
    /// like: the load that starts it does not go on before.
    pub(crate) fn write_monitor_first(&mut self, channel_id: ChannelId, bytes: Vec<u8>) {
        let (object, status) = (StoredObject::Monitor(channel_id), PersistStatus::Completed);
        self.writes.push(PendingWrite { object, bytes, status });
    }

    /// Hands over the writes started since the last call, oldest first.
    pub fn take(&mut self) -> Vec<PendingWrite> {
        std::mem::take(&mut self.writes)
    }

    /// The writes that were not taken yet.
    pub fn writes(&self) -> &[PendingWrite] {
        &self.writes
    }

    fn start(&mut self, id: ChannelId, object: StoredObject, bytes: Vec<u8>) -> PersistStatus {
        let status = if self.is_synchronous(id) {
            PersistStatus::Completed
        } else {
            PersistStatus::InProgress
        };
        self.writes.push(PendingWrite { object, bytes, status });
        status
    }
}

impl Persist for Outbox {
    fn persist_monitor(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus {
        self.start(channel_id, StoredObject::Monitor(channel_id), bytes)
    }

    fn stores_deltas(&self, channel_id: ChannelId) -> bool {
        self.deltas.contains(&channel_id)
    }

    fn persist_delta(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus {
        self.start(channel_id, StoredObject::Delta(channel_id), bytes)
    }

    fn persist_manager(&mut self, bytes: Vec<u8>) {
        let status = PersistStatus::InProgress;
        self.writes.push(PendingWrite { object: StoredObject::Manager, bytes, status });
    }

    fn archive_monitor(&mut self, channel_id: ChannelId) {
        let (object, status) = (StoredObject::Archived(channel_id), PersistStatus::Completed);
        self.writes.push(PendingWrite { object, bytes: Vec::new(), status });
    }
}
