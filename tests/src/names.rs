//! What the model calls a channel and an HTLC, and what the reference does.

use model::state::{Channel, Htlc};
use reference::event::{ChannelId, HtlcId};

/// A model channel's name in the reference.
pub fn channel(channel: Channel) -> ChannelId {
    ChannelId(channel.index() as u64)
}

/// A model HTLC's name in the reference.
pub fn htlc(htlc: Htlc) -> HtlcId {
    HtlcId(htlc.index() as u64)
}
