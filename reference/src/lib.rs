//! Reference implementation of the persistent-MonitorEvents protocol, written from `SPEC.md`.
//!
//! A [`ChannelMonitor`] learns how the HTLCs of its channel ended and keeps an [`HTLCEvent`] until
//! it is acked. A [`ChainMonitor`] owns the Monitors, writes them, and releases an event once the
//! updates before it are durable. A [`ChannelManager`] applies outcomes once, queues [`Event`]s for
//! the user, and acks what neither it nor an older version of itself can need again. A [`Node`]
//! ties them together.
//!
//! The crate does no I/O and has no clock, no thread and no state of its own: the caller steps a
//! [`Node`], takes the bytes it wants written, and decides what a crash keeps.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Arc;
//! use reference::{
//!     ChannelConfig, ChannelId, HtlcId, HtlcRole, Mode, Node, NodeConfig, Outcome, Persistence,
//!     UpdateWrites,
//! };
//!
//! let (channel, htlc) = (ChannelId(1), HtlcId(0));
//! let (persistence, updates) = (Persistence::Synchronous, UpdateWrites::Full);
//! let channel_config = ChannelConfig { persistence, updates, max_in_flight: 1 };
//! let config = Arc::new(NodeConfig {
//!     channels: BTreeMap::from([(channel, channel_config)]),
//!     htlcs: BTreeMap::from([(htlc, HtlcRole::Payment { outbound: channel, held: false })]),
//!     tell_forwards: true,
//!     mode: Mode::On,
//!     late_completions: false,
//!     close_updates: true,
//! });
//! let mut node = Node::new(config)?;
//! node.peer_signs_removal(htlc, Outcome::Claim)?;
//! node.release_monitor_event(channel)?;
//! node.begin_event(htlc)?;
//! node.end_event_ok(htlc)?;
//! // The ack waits for a write of the Manager that no longer has the event (`MGR-8`).
//! assert_eq!(node.monitor(channel).unwrap().events().count(), 1);
//! node.start_manager_write()?;
//! node.manager_write_reported()?;
//! assert_eq!(node.monitor(channel).unwrap().events().count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rooms are those of SPEC sections 3 to 7. Reading order: [`event`], [`update`], [`monitor`],
//! [`watch`], [`manager`], [`user`], [`load`], [`node`]; then [`config`], [`store`] and [`codec`].

pub mod codec;
pub mod config;
pub mod event;
pub mod load;
pub mod manager;
pub mod monitor;
pub mod node;
pub mod store;
pub mod update;
pub mod user;
pub mod watch;

pub use codec::{DecodeError, DecodeErrorKind};
pub use config::{
    Build, ChannelConfig, ConfigError, HtlcRole, Mode, NodeConfig, Persistence, UpdateWrites,
};
pub use event::{
    ChannelId, Event, EventCompletionAction, EventId, HTLCEvent, HtlcId, MonitorEventSource,
    MonitorNotice, Outcome,
};
pub use load::LoadError;
pub use manager::{
    ChannelManager, ForwardState, HtlcState, PaymentState, QueuedEvent, ReceivedState, Submission,
    Telling,
};
pub use monitor::{
    ChannelMonitor, CommitmentOwner, Fact, FactError, PushSite, RemovalStage, StoredMonitorError,
};
pub use node::{Node, NotNow, StepError};
pub use store::{Outbox, PendingWrite, Persist, PersistStatus, StoredMonitor, StoredObject};
pub use update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};
pub use watch::{ChainMonitor, Watch, WatchedMonitor};
