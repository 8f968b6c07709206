//! A node in a `KVStoreSync`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;

use lightning::io;
use lightning::util::persist::KVStoreSync;
use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdate, ChannelMonitorUpdateStatus, Persist,
    StoredMonitor, StoredNode,
};
use thiserror::Error;

use crate::layout::{self, ARCHIVED, MONITORS, UPDATES};

/// A [`Persist`] over a `KVStoreSync`: every write has landed when the call is back, so the node
/// runs with synchronous writes.
///
/// Keys have no order between them on disk; a synchronous store orders them.
#[derive(Debug)]
pub struct KvPersist<S> {
    store: S,
    /// A full write comes at the latest after so many updates; without, each update is one.
    maximum_pending_updates: Option<NonZeroU64>,
    failure: Option<io::Error>,
}

impl<S: KVStoreSync> KvPersist<S> {
    /// Every update is a full write of its Monitor.
    pub fn full(store: S) -> Self {
        KvPersist { store, maximum_pending_updates: None, failure: None }
    }

    /// Updates are written as such, and every so many a full write takes their place.
    pub fn with_deltas(store: S, maximum_pending_updates: NonZeroU64) -> Self {
        let maximum_pending_updates = Some(maximum_pending_updates);
        KvPersist { store, maximum_pending_updates, failure: None }
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Why the store has failed, if it has: after an `UnrecoverableError`.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    fn done(&mut self, result: Result<(), io::Error>) -> ChannelMonitorUpdateStatus {
        match result {
            Ok(()) => ChannelMonitorUpdateStatus::Completed,
            Err(error) => {
                self.failure = Some(error);
                ChannelMonitorUpdateStatus::UnrecoverableError
            }
        }
    }

    fn write_monitor(&self, id: ChannelId, monitor: &ChannelMonitor) -> Result<(), io::Error> {
        layout::write_monitor(&self.store, id, monitor.write(), monitor.update_id())
    }

    fn write_update(
        &self,
        id: ChannelId,
        update: &ChannelMonitorUpdate,
        monitor: &ChannelMonitor,
    ) -> Result<(), io::Error> {
        let is_full = |every: NonZeroU64| update.update_id.is_multiple_of(every.get());
        if self.maximum_pending_updates.is_none_or(is_full) {
            return self.write_monitor(id, monitor);
        }
        layout::write_update(&self.store, id, update.write(), update.update_id)
    }
}

impl<S: KVStoreSync> Persist for KvPersist<S> {
    fn persist_new_channel(
        &mut self,
        channel_id: ChannelId,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        let result = self.write_monitor(channel_id, monitor);
        self.done(result)
    }

    fn update_persisted_channel(
        &mut self,
        channel_id: ChannelId,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        let result = match update {
            Some(update) => self.write_update(channel_id, update, monitor),
            None => self.write_monitor(channel_id, monitor),
        };
        self.done(result)
    }

    fn archive_persisted_channel(&mut self, channel_id: ChannelId) {
        // What is left of a Monitor after a failure is archived at the next try.
        let result = layout::archive(&self.store, channel_id);
        let _status = self.done(result);
    }

    fn persist_manager(&mut self, manager: Vec<u8>) -> ChannelMonitorUpdateStatus {
        let result = layout::write_manager(&self.store, manager);
        self.done(result)
    }
}

/// Why a store has no node.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The store cannot be read.
    #[error("the store: {0}")]
    Store(#[from] io::Error),
    /// There is a Monitor under a name that is no channel's, or an update under one that is no id.
    #[error("'{key}' in '{namespace}' is no name of ours")]
    Name {
        /// Where it lies.
        namespace: &'static str,
        /// The name.
        key: String,
    },
    /// There are Monitors and no Manager: the node was not kept whole.
    #[error("the store has monitors and no manager")]
    NoManager,
}

/// What a store has of a node; none if it has nothing, so that the node is a new one.
///
/// # Errors
/// The store cannot be read, or has what no [`KvPersist`] has written.
pub fn read_node(store: &impl KVStoreSync) -> Result<Option<StoredNode>, ReadError> {
    let archived = channels(store, ARCHIVED)?;
    let mut monitors = BTreeMap::new();
    for id in channels(store, MONITORS)?.difference(&archived) {
        monitors.insert(*id, read_monitor(store, *id)?);
    }
    let manager = match layout::read_manager(store) {
        Ok(manager) => manager,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match monitors.is_empty() && archived.is_empty() {
                true => Ok(None),
                false => Err(ReadError::NoManager),
            };
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Some(StoredNode { monitors, archived, manager }))
}

fn channels(
    store: &impl KVStoreSync,
    namespace: &'static str,
) -> Result<BTreeSet<ChannelId>, ReadError> {
    let keys = store.list(namespace, "")?.into_iter();
    keys.map(|key| key.parse().map_err(|_| ReadError::Name { namespace, key })).collect()
}

fn read_monitor(store: &impl KVStoreSync, id: ChannelId) -> Result<StoredMonitor, ReadError> {
    let name = id.to_string();
    let mut updates = BTreeMap::new();
    for key in store.list(UPDATES, &name)? {
        match key.parse::<u64>() {
            Ok(update_id) => updates.insert(update_id, store.read(UPDATES, &name, &key)?),
            Err(_) => return Err(ReadError::Name { namespace: UPDATES, key }),
        };
    }
    let full = store.read(MONITORS, "", &name)?;
    Ok(StoredMonitor { full, deltas: updates.into_values().collect() })
}
