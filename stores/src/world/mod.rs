//! What outlives a node that is killed: its peers, the chain and its user, as two files of lines.
//!
//! A line is there before anybody acts on it. The files are not synced: what dies is a process.

mod lines;
mod peers;

pub use lines::{Lines, UserLine, WorldLine};
pub use peers::{Channel, Inbound, Outbound, World, htlc_id};

use reference::{ChannelId, PaymentHash, PaymentId};

use crate::lab::{payment_id, preimage};

/// The channel with this number.
pub fn channel_id(channel: u64) -> ChannelId {
    let mut bytes = [0xc0; 32];
    bytes[..8].copy_from_slice(&channel.to_be_bytes());
    ChannelId(bytes)
}

/// The number of a channel.
pub fn channel_number(id: ChannelId) -> u64 {
    number(&id.0)
}

/// The number of a payment that the user makes.
pub fn payment_number(id: PaymentId) -> u64 {
    debug_assert_eq!(payment_id(number(&id.0)), id);
    number(&id.0)
}

/// The payment below `end` that has this hash.
pub fn payment_of(hash: PaymentHash, end: u64) -> Option<u64> {
    (0..end).rev().find(|payment| preimage(*payment).payment_hash() == hash)
}

fn number(bytes: &[u8; 32]) -> u64 {
    bytes[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Whether the recipient of a payment, whoever that is, claims it.
pub fn is_to_be_claimed(payment: u64) -> bool {
    payment % 4 != 3
}
