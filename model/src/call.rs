//! What the components of the node call on each other within one step.
//!
//! A transition gets the parts of the state that it may touch; what it wants of others it says in a
//! [`Call`]. History is computed from these, too.

use crate::state::{Channel, Htlc, Source, Update};
use arrayvec::ArrayVec;

/// What a component asks of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The Manager hands an update to the Watch (`update_channel`).
    Update {
        /// The channel.
        channel: Channel,
        /// The update's id.
        id: u8,
        /// The update.
        update: Update,
    },
    /// The Manager acks an event (`ack_monitor_event`).
    Ack {
        /// The HTLC that the event is about.
        htlc: Htlc,
        /// The event.
        source: Source,
    },
    /// The Manager offers an HTLC to the peer of the channel that it leaves by.
    Offer(Htlc),
    /// The Manager applies an HTLC's outcome. Nobody else is asked; it is said because an outcome
    /// may be applied once.
    Apply(Htlc),
}

/// The calls of one step, in order.
pub type Calls = ArrayVec<Call, 16>;
