//! A node in one database: Manager and Monitors in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};
use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdate, ChannelMonitorUpdateStatus, Node, NotNow,
    Persist, StepError, StoredMonitor, StoredNode,
};
use thiserror::Error;

const MONITORS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("monitors");
const ARCHIVED: TableDefinition<'_, &[u8], ()> = TableDefinition::new("archived_monitors");
const MANAGER: TableDefinition<'_, (), &[u8]> = TableDefinition::new("manager");

/// Why a transaction did not happen, or a node does not go on. What is stored is what the last
/// commit has left: load that.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] Box<redb::Error>),
    /// The node refuses what has landed, or must stop.
    #[error("the node: {0}")]
    Node(#[from] StepError),
    /// A key is no channel's.
    #[error("a key of {0} bytes is no channel id")]
    Key(usize),
}

fn database(error: impl Into<redb::Error>) -> TransactionError {
    TransactionError::Database(Box::new(error.into()))
}

/// What a commit will write of a Monitor: its bytes, and the update up to which it is to be
/// reported. None of one that is archived.
type Version = Option<(Vec<u8>, Option<u64>)>;

/// A [`Persist`] that collects writes until [`Transactional::commit`] makes one transaction of
/// them.
#[derive(Debug)]
pub struct Transactional {
    database: Arc<Database>,
    /// What changed since the last commit.
    monitors: BTreeMap<ChannelId, Version>,
    manager: Option<Vec<u8>>,
}

impl Transactional {
    /// Over a database.
    pub fn new(database: Arc<Database>) -> Self {
        Transactional { database, monitors: BTreeMap::new(), manager: None }
    }

    /// What the database has of a node; none if it has nothing, so that the node is a new one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn read_node(&self) -> Result<Option<StoredNode>, TransactionError> {
        let transaction = self.database.begin_write().map_err(database)?;
        let mut stored = StoredNode::default();
        let manager = {
            let monitors = transaction.open_table(MONITORS).map_err(database)?;
            for entry in monitors.iter().map_err(database)? {
                let (key, bytes) = entry.map_err(database)?;
                let full = StoredMonitor::of(bytes.value().to_vec());
                stored.monitors.insert(channel_id(key.value())?, full);
            }
            let archived = transaction.open_table(ARCHIVED).map_err(database)?;
            for entry in archived.iter().map_err(database)? {
                stored.archived.insert(channel_id(entry.map_err(database)?.0.value())?);
            }
            let manager = transaction.open_table(MANAGER).map_err(database)?;
            let manager = manager.get(()).map_err(database)?;
            manager.map(|bytes| bytes.value().to_vec())
        };
        transaction.abort().map_err(database)?;
        Ok(manager.map(|manager| StoredNode { manager, ..stored }))
    }

    /// Makes one transaction of what a node has asked for, its Manager with it, and tells the node
    /// that all of it has landed.
    ///
    /// # Errors
    /// The transaction does not happen: stop the node.
    pub fn commit(node: &mut Node<Transactional>) -> Result<(), TransactionError> {
        match node.persist_manager() {
            Ok(()) | Err(StepError::NotNow(NotNow::NothingToWrite | NotNow::WriteInFlight)) => {}
            Err(error) => return Err(error.into()),
        }
        let persister = node.persister_mut();
        let monitors = std::mem::take(&mut persister.monitors);
        let manager = persister.manager.take();
        if monitors.is_empty() && manager.is_none() {
            return Ok(());
        }
        let transaction = persister.database.begin_write().map_err(database)?;
        write(&transaction, &monitors, manager.as_deref())?;
        transaction.commit().map_err(database)?;
        for (channel, version) in monitors {
            match version {
                Some((_, Some(update_id))) => node.channel_monitor_updated(channel, update_id)?,
                Some((_, None)) => node.mode_switch_landed(channel),
                None => {}
            }
        }
        if manager.is_some() {
            node.manager_persisted()?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        channel_id: ChannelId,
        monitor: &ChannelMonitor,
        update_id: Option<u64>,
    ) -> ChannelMonitorUpdateStatus {
        let waiting = self.monitors.get(&channel_id).and_then(|version| version.as_ref()?.1);
        let version = (monitor.write(), update_id.or(waiting));
        self.monitors.insert(channel_id, Some(version));
        ChannelMonitorUpdateStatus::InProgress
    }
}

fn channel_id(key: &[u8]) -> Result<ChannelId, TransactionError> {
    key.try_into().map(ChannelId).map_err(|_| TransactionError::Key(key.len()))
}

fn write(
    transaction: &WriteTransaction,
    monitors: &BTreeMap<ChannelId, Version>,
    manager: Option<&[u8]>,
) -> Result<(), TransactionError> {
    let mut stored = transaction.open_table(MONITORS).map_err(database)?;
    let mut archived = transaction.open_table(ARCHIVED).map_err(database)?;
    for (channel, version) in monitors {
        let key = &channel.0[..];
        match version {
            Some((bytes, _)) => drop(stored.insert(key, &bytes[..]).map_err(database)?),
            None => {
                drop(stored.remove(key).map_err(database)?);
                drop(archived.insert(key, ()).map_err(database)?);
            }
        }
    }
    if let Some(manager) = manager {
        let mut stored = transaction.open_table(MANAGER).map_err(database)?;
        drop(stored.insert((), manager).map_err(database)?);
    }
    Ok(())
}

impl Persist for Transactional {
    fn persist_new_channel(
        &mut self,
        channel_id: ChannelId,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        self.keep(channel_id, monitor, Some(monitor.update_id()))
    }

    fn update_persisted_channel(
        &mut self,
        channel_id: ChannelId,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        self.keep(channel_id, monitor, update.map(|update| update.update_id))
    }

    fn archive_persisted_channel(&mut self, channel_id: ChannelId) {
        self.monitors.insert(channel_id, None);
    }

    fn persist_manager(&mut self, manager: Vec<u8>) -> ChannelMonitorUpdateStatus {
        self.manager = Some(manager);
        ChannelMonitorUpdateStatus::InProgress
    }
}
