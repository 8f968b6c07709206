//! Persistent MonitorEvents: how a node hands the outcome of an HTLC from the component that
//! learned it to the one that must act on it, so that no crash loses it, applies it twice or
//! contradicts it. Written from `SPEC.md`, whose rules the code quotes where it keeps them.
//!
//! # The parts
//!
//! - [`ChannelMonitor`]: what one channel can prove on chain. It learns that an HTLC was claimed or
//!   failed, from an update or from a block, and lists an [`HTLCEvent`] until that is acked.
//! - [`ChainMonitor`], the [`Watch`]: owns the Monitors, starts their writes and releases their
//!   events.
//! - [`ChannelManager`]: channels, payments, forwards and the queue of the user's [`Event`]s. It
//!   makes the updates of the Monitors, and acks.
//! - [`Persist`]: where the writes go. [`Outbox`] does no I/O and hands them on.
//! - [`Node`]: all of them, one step at a time. The parts can be used without it.
//!
//! # The life of an own payment
//!
//! ```
//! use reference::*;
//!
//! /// Carries out what the node asks for: here every write lands at once, and peers are silent.
//! fn carry_out(node: &mut Node<Outbox>, store: &mut Vec<PendingWrite>) {
//!     while let Some(output) = node.poll() {
//!         if let Output::Persist(write) = output {
//!             store.push(write);
//!         }
//!     }
//! }
//!
//! # fn main() -> Result<(), StepError> {
//! let at_once = Writing { persistence: Persistence::Synchronous, updates: UpdateWrites::Full };
//! let outbox = Outbox::new(Persistence::Synchronous, at_once);
//! let mut store = Vec::new();
//! let mut node = Node::new(Settings::default(), outbox)?;
//! let channel = ChannelId([1; 32]);
//! node.open_channel(channel, Mode::On)?;
//!
//! // The user pays, and the peer is offered an HTLC.
//! let proof = PaymentPreimage([7; 32]);
//! let part = NewPart { channel_id: channel, amount_msat: 1000, retry_by: None };
//! node.send_payment(PaymentId([9; 32]), proof.payment_hash(), &[part])?;
//! node.free_holding_cells()?;
//! carry_out(&mut node, &mut store);
//!
//! // The peer claims it: the Monitor lists the event, the Manager queues what the user is told.
//! node.peer_signs_removal(channel, 0, HTLCResolution::Claimed(proof))?;
//! node.process_pending_monitor_events()?;
//! let mut record = Vec::new();
//! node.process_pending_events(|event| {
//!     record.push(event.clone());
//!     Ok(())
//! })?;
//! let payment_hash = proof.payment_hash();
//! let payment_id = PaymentId([9; 32]);
//! assert_eq!(record, [Event::PaymentSent { payment_id, payment_hash, payment_preimage: proof }]);
//!
//! // The user knows, so the ack is due. It is called behind a write of the Manager, not before.
//! let events = |node: &Node<_>| node.monitor(channel).map(|monitor| monitor.events().count());
//! assert!(node.manager().needs_persistence());
//! assert_eq!(events(&node), Some(1));
//! node.persist_manager()?;
//! assert_eq!(events(&node), Some(0));
//! carry_out(&mut node, &mut store);
//! # assert!(store.iter().any(|write| write.object == StoredObject::Manager));
//! # Ok(())
//! # }
//! ```
//!
//! # What a caller has to do
//!
//! - After every step, [`Node::poll`] until there is nothing more, and carry out each [`Output`] in
//!   that order. Before a load the outputs of the node that is gone are void.
//! - Writes of one object land in the order in which they were started. Say that one has landed, by
//!   [`Node::channel_monitor_updated`] if it has an update id, by [`Node::manager_persisted`] if it
//!   is the Manager's; say nothing of those whose status is `Completed`.
//! - Take in what follows: [`Node::process_pending_monitor_events`],
//!   [`Node::process_pending_htlc_forwards`], [`Node::free_holding_cells`],
//!   [`Node::submit_blocked_update`].
//! - Make each event durable in a record of your own before its handling ends; an event may come
//!   again after a crash.
//! - [`Node::persist_manager`] when the Manager asks for it, and whenever you like.
//! - A step gives `NotNow` or `Refused` and has changed nothing, or [`StepError::Update`]: then
//!   write nothing more, and load.
//!
//! # After a crash
//!
//! 1. [`Node::load`] with what is stored. Let the writes of switched modes land, and say so
//!    ([`Node::mode_switch_landed`]).
//! 2. [`Node::replay_block`] for each block above a Monitor's best block; [`Node::prune`], if you
//!    like.
//! 3. [`Node::start`], or [`Node::start_watch`] and [`Node::background_step`] for each channel.
//!
//! A crash may fall between any two of these. The node asks again for whatever still matters.

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
