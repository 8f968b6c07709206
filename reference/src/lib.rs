//! Persistent MonitorEvents: how a node hands the outcome of an HTLC from the component that
//! learned it to the one that must act on it, so that no crash loses it, applies it twice or
//! contradicts it. Written from `SPEC.md`, whose rules the code quotes where it keeps them.

mod by_channel;
pub mod codec;
pub mod config;
pub mod event;
pub mod load;
pub mod manager;
pub mod message;
pub mod monitor;
pub mod node;
pub mod output;
pub mod persist;
pub mod types;
pub mod update;
pub mod watch;

pub use by_channel::ByChannel;
pub use codec::{DecodeError, DecodeErrorKind};
pub use config::{Mode, Settings};
pub use event::{
    Event, EventCompletionAction, EventId, EventKey, HTLCEvent, MonitorEventSource, MonitorNotice,
};
pub use load::{LoadError, LoadReport, StoredNode};
pub use manager::{
    ChannelManager, Forward, InboundHtlc, InboundHtlcState, NewPart, PartState, Payment,
    PaymentPart, QueuedEvent, ReceivedPayment, Telling,
};
pub use message::{Message, UpdateAddHTLC};
pub use monitor::{
    ChannelMonitor, CommitmentOwner, Fact, FactError, OnChain, RemovalStage, StoredMonitor,
    StoredMonitorError,
};
pub use node::{Node, NotNow, Refused, ReplayEvent, StepError};
pub use output::Output;
pub use persist::{
    ChannelMonitorUpdateStatus, Outbox, PendingWrite, Persist, Persistence, StoredObject,
    UpdateWrites, Writing,
};
pub use types::{
    ChannelId, Direction, HTLCPreviousHopData, HTLCResolution, HTLCSource, HtlcId, Origin, Outcome,
    PartId, PaymentHash, PaymentId, PaymentPreimage,
};
pub use update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, NewHtlc, UpdateError};
pub use watch::{ChainMonitor, Watch, WatchedMonitor};
