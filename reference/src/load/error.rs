//! Why a load fails.

use thiserror::Error;

use crate::codec::DecodeError;
use crate::monitor::StoredMonitorError;
use crate::persist::StoredObject;
use crate::types::ChannelId;
use crate::update::UpdateError;

/// Why stored versions do not make a node. A load that fails has written nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// What is stored of a Monitor cannot be read. If a record is unknown, a later build wrote it:
    /// start that one (`UPG-1`). Otherwise the store is damaged: restore what is newest, never an
    /// older version.
    #[error("cannot read the monitor of {channel}: {error}")]
    Monitor {
        /// The channel.
        channel: ChannelId,
        /// Where and what.
        error: StoredMonitorError,
    },
    /// The bytes of the Manager cannot be read. What to do is as for a Monitor.
    #[error("cannot read the manager: {0}")]
    Manager(DecodeError),
    /// A channel of the Manager has no stored Monitor, and none that is archived. Without it
    /// outcomes are lost: look for it before starting.
    #[error("{0} has no monitor; do not start without it")]
    MissingMonitor(ChannelId),
    /// The object was stored under the name of another channel, or belongs to another node.
    #[error("{0} does not belong to the rest")]
    Mismatch(StoredObject),
    /// The node must not start: an update is neither in the Monitor nor listed in flight. One of
    /// the two is older than what the store had said was durable; look for the newer version.
    #[error("update {update_id} of {channel} is lost: the store has gone back")]
    MissingUpdate {
        /// The channel.
        channel: ChannelId,
        /// The first update that is lost.
        update_id: u64,
    },
    /// A channel cannot be closed, as it would have to be.
    #[error("the load cannot go on: {0}")]
    Update(#[from] UpdateError),
}
