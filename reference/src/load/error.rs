//! Why a load fails.

use thiserror::Error;

use crate::codec::DecodeError;
use crate::config::ConfigError;
use crate::event::ChannelId;
use crate::monitor::StoredMonitorError;
use crate::store::StoredObject;

/// Why stored versions do not make a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum LoadError {
    /// The configuration describes no node.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What is stored of a Monitor cannot be read.
    #[error("cannot read the monitor of {channel}: {error}")]
    Monitor {
        /// The channel.
        channel: ChannelId,
        /// Where and what.
        error: StoredMonitorError,
    },
    /// This build does not know the mode of a Monitor. Nothing was changed: another one can go
    /// on.
    #[error("this build does not know the mode of the monitor of {0}")]
    UnknownMode(ChannelId),
    /// The bytes of the Manager are damaged.
    #[error("cannot read the manager: {0}")]
    Manager(DecodeError),
    /// A configured channel has no stored Monitor, and none that is archived.
    #[error("{0} has no monitor")]
    MissingMonitor(ChannelId),
    /// The object belongs to another configuration.
    #[error("{0} does not fit the configuration")]
    Mismatch(StoredObject),
    /// The node must not start: an update is neither in the Monitor nor listed in flight.
    #[error("update {update_id} of {channel} is lost")]
    MissingUpdate {
        /// The channel.
        channel: ChannelId,
        /// The first update that is lost.
        update_id: u64,
    },
}
