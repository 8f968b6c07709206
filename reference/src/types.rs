//! Names and numbers: of channels, HTLCs and payments. They are LDK's where LDK has them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use bitcoin_hashes::sha256;
use hex_conservative::prelude::*;
use thiserror::Error;

/// Text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("not 64 hexadecimal digits")]
pub struct NoHex;

/// Bytes as words that have their order.
#[inline]
fn words(bytes: &[u8; 32]) -> [u64; 4] {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|index| u64::from_be_bytes(words[index]))
}

macro_rules! bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub [u8; 32]);

        // The order of the bytes. Maps ask for it all the time, and a comparison of words is no
        // call of a function.
        impl Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> Ordering {
                words(&self.0).cmp(&words(&other.0))
            }
        }

        impl PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.as_hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NoHex;

            fn from_str(text: &str) -> Result<Self, NoHex> {
                hex_conservative::decode_to_array(text).map($name).map_err(|_| NoHex)
            }
        }
    };
}

bytes! {
    /// A channel (LDK: `ChannelId`).
    ChannelId
}
bytes! {
    /// The user's name for an own payment (LDK: `PaymentId`). A payment keeps it over all its parts
    /// and retries; two payments may have one hash, never one id.
    PaymentId
}
bytes! {
    /// SHA-256 of a payment's preimage (LDK: `PaymentHash`). It is no identity: two HTLCs may have
    /// the same.
    PaymentHash
}
bytes! {
    /// The proof of a payment (LDK: `PaymentPreimage`). Whoever knows it can claim every HTLC with
    /// its hash.
    PaymentPreimage
}

impl PaymentPreimage {
    /// The hash under which it pays.
    pub fn payment_hash(&self) -> PaymentHash {
        PaymentHash(sha256::Hash::hash(&self.0).to_byte_array())
    }
}

impl From<PaymentPreimage> for PaymentHash {
    fn from(preimage: PaymentPreimage) -> Self {
        preimage.payment_hash()
    }
}

/// On which side of the node an HTLC of a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Direction {
    /// The peer offered it to us.
    Inbound,
    /// We offered it to the peer. Only these have events.
    Outbound,
}

/// An HTLC of one channel. Each side counts those that it offers, from 0, without gaps (BOLT 2), so
/// an id names an HTLC together with the channel and the side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HtlcId {
    /// Who offered it.
    pub direction: Direction,
    /// Its number among those.
    pub id: u64,
}

impl HtlcId {
    /// One that the peer offered.
    pub fn inbound(id: u64) -> Self {
        HtlcId { direction: Direction::Inbound, id }
    }

    /// One that we offered.
    pub fn outbound(id: u64) -> Self {
        HtlcId { direction: Direction::Outbound, id }
    }

    /// Whether we offered it.
    pub fn is_outbound(&self) -> bool {
        self.direction == Direction::Outbound
    }
}

impl fmt::Display for HtlcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Direction::Inbound => write!(f, "inbound HTLC {}", self.id),
            Direction::Outbound => write!(f, "outbound HTLC {}", self.id),
        }
    }
}

/// An inbound HTLC for which another one left (LDK: `HTLCPreviousHopData`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HTLCPreviousHopData {
    /// The channel that it came in on.
    pub channel_id: ChannelId,
    /// Its number among those that the peer offered there.
    pub htlc_id: u64,
}

impl HTLCPreviousHopData {
    /// Its name on its channel.
    pub fn htlc(&self) -> HtlcId {
        HtlcId::inbound(self.htlc_id)
    }
}

impl fmt::Display for HTLCPreviousHopData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inbound HTLC {} of {}", self.htlc_id, self.channel_id)
    }
}

/// A part of an own payment (LDK tells its paths apart by a session key).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PartId {
    /// The payment.
    pub payment_id: PaymentId,
    /// Its number among the parts of that payment, in the order in which they were made.
    pub part: u32,
}

impl fmt::Display for PartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part {} of payment {}", self.part, self.payment_id)
    }
}

/// Who waits for an outbound HTLC: what the Manager knows it by, before it has an id and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Origin {
    /// The user.
    Payment(PartId),
    /// The payer of an inbound HTLC: the first previous hop of a forward names the forward.
    Forward(HTLCPreviousHopData),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Payment(part) => part.fmt(f),
            Origin::Forward(hop) => write!(f, "the forward of {hop}"),
        }
    }
}

/// Where an outbound HTLC comes from (LDK: `HTLCSource`). Its Monitor keeps it, so that the event
/// of the HTLC finds who waits, and so that a Manager that forgot the HTLC finds it again
/// (`RST-13`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HTLCSource {
    /// A part of an own payment.
    OutboundRoute {
        /// The part.
        part: PartId,
        /// The part that it replaces, if it is a retry.
        retry_of: Option<u32>,
    },
    /// A forward of one inbound HTLC.
    PreviousHopData(HTLCPreviousHopData),
    /// A forward of several inbound HTLCs, at least one.
    TrampolineForward {
        /// The first names the forward.
        first: HTLCPreviousHopData,
        /// The others, none twice.
        others: Vec<HTLCPreviousHopData>,
    },
}

impl HTLCSource {
    /// The source of a forward; none if no HTLC is forwarded.
    pub fn forward_of(hops: &[HTLCPreviousHopData]) -> Option<Self> {
        let (first, others) = hops.split_first()?;
        Some(match others {
            [] => HTLCSource::PreviousHopData(*first),
            _ => HTLCSource::TrampolineForward { first: *first, others: others.to_vec() },
        })
    }

    /// Who waits for the HTLC.
    pub fn origin(&self) -> Origin {
        match self {
            HTLCSource::OutboundRoute { part, .. } => Origin::Payment(*part),
            HTLCSource::PreviousHopData(first) | HTLCSource::TrampolineForward { first, .. } => {
                Origin::Forward(*first)
            }
        }
    }

    /// The inbound HTLCs of a forward; none of an own payment.
    pub fn previous_hops(&self) -> impl Iterator<Item = HTLCPreviousHopData> + '_ {
        let (first, others) = match self {
            HTLCSource::OutboundRoute { .. } => (None, &[][..]),
            HTLCSource::PreviousHopData(first) => (Some(*first), &[][..]),
            HTLCSource::TrampolineForward { first, others } => (Some(*first), &others[..]),
        };
        first.into_iter().chain(others.iter().copied())
    }
}

/// How an HTLC ended, or is going to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Outcome {
    /// The recipient has shown the preimage and gets the money.
    Claim,
    /// The sender keeps the money.
    Fail,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Claim => "claim",
            Outcome::Fail => "fail",
        })
    }
}

/// How an HTLC ended, with the proof (LDK: `OutboundHTLCResolution`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum HTLCResolution {
    /// Claimed with this preimage.
    Claimed(PaymentPreimage),
    /// Failed.
    Failed,
}

impl HTLCResolution {
    /// Without the proof.
    pub fn outcome(&self) -> Outcome {
        match self {
            HTLCResolution::Claimed(_) => Outcome::Claim,
            HTLCResolution::Failed => Outcome::Fail,
        }
    }

    /// The proof of a claim.
    pub fn preimage(&self) -> Option<PaymentPreimage> {
        match self {
            HTLCResolution::Claimed(preimage) => Some(*preimage),
            HTLCResolution::Failed => None,
        }
    }

    /// Whether it can be that of an HTLC with this hash: a claim brings the preimage.
    pub fn fits(&self, payment_hash: PaymentHash) -> bool {
        self.preimage().is_none_or(|preimage| preimage.payment_hash() == payment_hash)
    }
}
