//! The node's side of the Store: bytes go out, and how soon they land is the Store's business.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{NodeConfig, Persistence};
use crate::event::ChannelId;

/// What a Store says when it is handed a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PersistStatus {
    /// The write has landed.
    Completed,
    /// The landing will be reported later.
    InProgress,
}

/// Takes full writes. Writes of one object land in the order in which they are handed over.
pub trait Persist {
    /// Starts a full write of a Monitor.
    fn persist_monitor(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus;

    /// Starts a full write of the Manager. Its landing is always reported later.
    fn persist_manager(&mut self, bytes: Vec<u8>);
}

/// An object that has a durable version of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StoredObject {
    /// The Monitor of a channel.
    Monitor(ChannelId),
    /// The Manager.
    Manager,
}

impl fmt::Display for StoredObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoredObject::Monitor(channel) => write!(f, "the monitor of {channel}"),
            StoredObject::Manager => f.write_str("the manager"),
        }
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
    writes: Vec<PendingWrite>,
}

impl Outbox {
    /// An empty outbox that knows which channels are written synchronously.
    pub fn new(config: &NodeConfig) -> Self {
        let is_synchronous = |id: &ChannelId| {
            config.channels.get(id).is_some_and(|c| c.persistence == Persistence::Synchronous)
        };
        let synchronous = config.channels.keys().copied().filter(is_synchronous).collect();
        Outbox { synchronous, writes: Vec::new() }
    }

    /// Whether the channel's writes are done within the step that starts them.
    pub fn is_synchronous(&self, channel_id: ChannelId) -> bool {
        self.synchronous.contains(&channel_id)
    }

    /// Hands over the writes started since the last call, oldest first.
    pub fn take(&mut self) -> Vec<PendingWrite> {
        std::mem::take(&mut self.writes)
    }

    /// The writes that were not taken yet.
    pub fn writes(&self) -> &[PendingWrite] {
        &self.writes
    }
}

impl Persist for Outbox {
    fn persist_monitor(&mut self, channel_id: ChannelId, bytes: Vec<u8>) -> PersistStatus {
        let status = if self.is_synchronous(channel_id) {
            PersistStatus::Completed
        } else {
            PersistStatus::InProgress
        };
        self.writes.push(PendingWrite { object: StoredObject::Monitor(channel_id), bytes, status });
        status
    }

    fn persist_manager(&mut self, bytes: Vec<u8>) {
        let status = PersistStatus::InProgress;
        self.writes.push(PendingWrite { object: StoredObject::Manager, bytes, status });
    }
}
