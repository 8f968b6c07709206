//! Under which keys a node lies in a `KVStoreSync`. They are LDK's (`MonitorUpdatingPersister`): a
//! Monitor is one key, or one key and a key for each update since.

use lightning::io;
use lightning::util::persist::{
    ARCHIVED_CHANNEL_MONITOR_PERSISTENCE_PRIMARY_NAMESPACE,
    CHANNEL_MANAGER_PERSISTENCE_KEY as MANAGER, CHANNEL_MONITOR_PERSISTENCE_PRIMARY_NAMESPACE,
    CHANNEL_MONITOR_UPDATE_PERSISTENCE_PRIMARY_NAMESPACE, KVStoreSync,
};
use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdate, DecodeError, PendingWrite, StoredObject,
};
use thiserror::Error;

/// Where Monitors lie, by their channels.
pub(crate) const MONITORS: &str = CHANNEL_MONITOR_PERSISTENCE_PRIMARY_NAMESPACE;
/// Where the updates lie that were written as such, by their ids in a namespace for each channel.
pub(crate) const UPDATES: &str = CHANNEL_MONITOR_UPDATE_PERSISTENCE_PRIMARY_NAMESPACE;
/// Where the marks lie, by their channels.
pub(crate) const ARCHIVED: &str = ARCHIVED_CHANNEL_MONITOR_PERSISTENCE_PRIMARY_NAMESPACE;

/// Why a write was not carried out. Part of it may have landed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The store.
    #[error("the store: {0}")]
    Store(#[from] io::Error),
    /// What is to be written is no Monitor, or no update.
    #[error("{object}: {error}")]
    Object {
        /// What it should be.
        object: StoredObject,
        /// Where it is not.
        error: DecodeError,
    },
    /// An object that is not kept here.
    #[error("no key for {0}")]
    NoKey(StoredObject),
}

/// Carries out a write that an [`Outbox`](reference::Outbox) has handed on, under the keys that
/// [`KvPersist`](crate::KvPersist) uses. It has landed when the call is back.
///
/// The writes of one channel have to be carried out one after the other, in the order in which they
/// were started (SPEC, `STO-2`): keys have no order between them on disk, and a load refuses an
/// update behind a gap.
///
/// # Errors
/// The store fails, or the bytes are no object.
pub fn carry_out(store: &impl KVStoreSync, write: &PendingWrite) -> Result<(), WriteError> {
    let object = write.object;
    let damaged = |error| WriteError::Object { object, error };
    match object {
        StoredObject::Monitor(id) => {
            let holds = ChannelMonitor::read(&write.bytes).map_err(damaged)?.update_id();
            Ok(write_monitor(store, id, write.bytes.clone(), holds)?)
        }
        StoredObject::Delta(id) => {
            let update_id = ChannelMonitorUpdate::read(&write.bytes).map_err(damaged)?.update_id;
            Ok(write_update(store, id, write.bytes.clone(), update_id)?)
        }
        StoredObject::Manager => Ok(write_manager(store, write.bytes.clone())?),
        StoredObject::Archived(id) => Ok(archive(store, id)?),
        other => Err(WriteError::NoKey(other)),
    }
}

/// A full write of a Monitor, which holds the updates up to this one; behind it their keys go. One
/// that comes back after a crash does no harm: a load passes over it.
pub(crate) fn write_monitor(
    store: &impl KVStoreSync,
    id: ChannelId,
    bytes: Vec<u8>,
    holds: u64,
) -> Result<(), io::Error> {
    store.write(MONITORS, "", &id.to_string(), bytes)?;
    remove_updates(store, id, holds)
}

/// An update as such.
pub(crate) fn write_update(
    store: &impl KVStoreSync,
    id: ChannelId,
    bytes: Vec<u8>,
    update_id: u64,
) -> Result<(), io::Error> {
    store.write(UPDATES, &id.to_string(), &update_id.to_string(), bytes)
}

/// The Manager.
pub(crate) fn write_manager(store: &impl KVStoreSync, bytes: Vec<u8>) -> Result<(), io::Error> {
    store.write("", "", MANAGER, bytes)
}

/// What is stored of the Manager.
pub(crate) fn read_manager(store: &impl KVStoreSync) -> Result<Vec<u8>, io::Error> {
    store.read("", "", MANAGER)
}

/// The mark lands before the Monitor goes: no crash leaves neither.
pub(crate) fn archive(store: &impl KVStoreSync, id: ChannelId) -> Result<(), io::Error> {
    let name = id.to_string();
    let last = store.read(MONITORS, "", &name)?;
    store.write(ARCHIVED, "", &name, last)?;
    store.remove(MONITORS, "", &name, false)?;
    remove_updates(store, id, u64::MAX)
}

fn remove_updates(store: &impl KVStoreSync, id: ChannelId, up_to: u64) -> Result<(), io::Error> {
    let name = id.to_string();
    for key in store.list(UPDATES, &name)? {
        if key.parse().is_ok_and(|update_id: u64| update_id <= up_to) {
            store.remove(UPDATES, &name, &key, true)?;
        }
    }
    Ok(())
}
