//! What a load makes of what the Store has of a Monitor: the full write, then the deltas.

use thiserror::Error;

use super::ChannelMonitor;
use crate::codec::DecodeError;
use crate::update::{ChannelMonitorUpdate, UpdateError};

/// What a Store has of one Monitor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// Why a stored Monitor cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum StoredMonitorError {
    /// The bytes of the full write are damaged.
    #[error("the full write: {0}")]
    Full(DecodeError),
    /// The bytes of a delta are damaged.
    #[error("delta {index}: {error}")]
    Delta {
        /// Which of the deltas, counted from zero.
        index: usize,
        /// Where and what.
        error: DecodeError,
    },
    /// A delta does not fit what lies before it.
    #[error("delta {index}: {error}")]
    Update {
        /// Which of the deltas, counted from zero.
        index: usize,
        /// What is wrong with it.
        error: UpdateError,
    },
}

impl ChannelMonitor {
    /// Reads the full write and applies in order the deltas that it lacks (SPEC, `LOAD-1`).
    ///
    /// `MON-11`: "A Monitor MUST push events when a load applies a stored delta to it as it does
    /// when an update comes."
    pub fn read_stored(stored: &StoredMonitor) -> Result<Self, StoredMonitorError> {
        let mut monitor = Self::read(&stored.full).map_err(StoredMonitorError::Full)?;
        let held = monitor.update_id;
        for (index, bytes) in stored.deltas.iter().enumerate() {
            let update = ChannelMonitorUpdate::read(bytes)
                .map_err(|error| StoredMonitorError::Delta { index, error })?;
            if update.update_id > held {
                monitor
                    .update_monitor(&update)
                    .map_err(|error| StoredMonitorError::Update { index, error })?;
            }
        }
        monitor.updates_reported(monitor.update_id);
        Ok(monitor)
    }
}
