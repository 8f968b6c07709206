//! What the node asks of its surroundings: one stream of values.
//!
//! A crash may fall between any output and its being carried out; after the load the node tells
//! again what still matters.

use crate::event::{Event, EventKey};
use crate::message::Message;
use crate::monitor::OnChain;
use crate::persist::PendingWrite;
use crate::types::ChannelId;

/// One thing to do (etcd calls the whole of them `Ready`; LDK has a trait for each kind).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Output {
    /// Write this to the store. Comes only from a node whose [`Persist`] is an [`Outbox`]; any
    /// other has written it already.
    ///
    /// [`Persist`]: crate::Persist
    /// [`Outbox`]: crate::Outbox
    Persist(PendingWrite),
    /// Send a message to the peer of a channel, with the commitment or revocation that goes with it
    /// (LDK: `MessageSendEvent`).
    Send {
        /// The channel.
        channel_id: ChannelId,
        /// The message.
        message: Message,
    },
    /// What a Monitor wants on the chain.
    OnChain(OnChain),
    /// Hand an event to the user: [`Node::begin_event`], then one of its ends. In the meantime the
    /// node goes on.
    ///
    /// [`Node::begin_event`]: crate::Node::begin_event
    Deliver {
        /// Its place in the queue.
        key: EventKey,
        /// The event.
        event: Event,
    },
}
