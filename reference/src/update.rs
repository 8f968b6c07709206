//! The numbered changes that the Manager makes to a Monitor.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::codec::{DecodeError, Decoder, Encoder};
use crate::event::{ChannelId, HtlcId, Outcome};

/// The object byte of a delta.
const DELTA: u8 = b'D';

/// One update: applied only behind the update before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelMonitorUpdate {
    /// One more than the update id of the Monitor it is applied to.
    pub update_id: u64,
    /// What changes.
    pub step: ChannelMonitorUpdateStep,
}

/// What an update changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ChannelMonitorUpdateStep {
    /// The commitment without the HTLC is signed: ours on the outbound channel, the peer's on the
    /// inbound one. A claim brings the preimage, on a closed inbound channel nothing else.
    SignRemoval {
        /// The HTLC that goes.
        htlc: HtlcId,
        /// How it goes.
        outcome: Outcome,
    },
    /// The counterparty has revoked the last commitment that had the HTLC.
    Revocation {
        /// The HTLC that is gone for good.
        htlc: HtlcId,
    },
    /// The Manager has closed the channel; the Monitor locks down and broadcasts.
    ChannelForceClosed,
    /// The peer's next commitment has the HTLC of an own payment, which is offered to the peer once
    /// the update is complete.
    Offer {
        /// The HTLC that comes.
        htlc: HtlcId,
    },
}

impl ChannelMonitorUpdate {
    /// The update as a delta.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Encoder::new(DELTA);
        self.write_to(&mut out);
        out.finish()
    }

    /// Reads what [`ChannelMonitorUpdate::write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Decoder::new(bytes, DELTA)?;
        let update = Self::read_from(&mut input)?;
        input.end()?;
        Ok(update)
    }

    pub(crate) fn write_to(&self, out: &mut Encoder) {
        out.number(self.update_id);
        self.step.write_to(out);
    }

    pub(crate) fn read_from(input: &mut Decoder) -> Result<Self, DecodeError> {
        let update_id = input.counter("update id")?;
        Ok(ChannelMonitorUpdate { update_id, step: ChannelMonitorUpdateStep::read_from(input)? })
    }
}

impl ChannelMonitorUpdateStep {
    pub(crate) fn write_to(&self, out: &mut Encoder) {
        match *self {
            ChannelMonitorUpdateStep::SignRemoval { htlc, outcome } => {
                out.byte(0);
                out.number(htlc.0);
                out.outcome(outcome);
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => {
                out.byte(1);
                out.number(htlc.0);
            }
            ChannelMonitorUpdateStep::ChannelForceClosed => out.byte(2),
            ChannelMonitorUpdateStep::Offer { htlc } => {
                out.byte(3);
                out.number(htlc.0);
            }
        }
    }

    pub(crate) fn read_from(input: &mut Decoder) -> Result<Self, DecodeError> {
        let kind = input.tag("update step", |byte| (byte <= 3).then_some(byte))?;
        Ok(match kind {
            0 => {
                let htlc = input.htlc()?;
                ChannelMonitorUpdateStep::SignRemoval { htlc, outcome: input.outcome()? }
            }
            1 => ChannelMonitorUpdateStep::Revocation { htlc: input.htlc()? },
            2 => ChannelMonitorUpdateStep::ChannelForceClosed,
            _ => ChannelMonitorUpdateStep::Offer { htlc: input.htlc()? },
        })
    }
}

/// Why an update cannot be applied. The node must stop: its Manager and its Monitor disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum UpdateError {
    /// The update does not follow the Monitor's last one.
    #[error("update {found} does not follow update {last}")]
    OutOfOrder {
        /// The last update the Monitor has.
        last: u64,
        /// The update that was submitted.
        found: u64,
    },
    /// The Monitor does not know the HTLC.
    #[error("update {update_id} names unknown {htlc}")]
    UnknownHtlc {
        /// The update.
        update_id: u64,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// An HTLC is offered twice, or its removal signed twice or revoked without being signed.
    #[error("update {update_id} does not fit the removal stage of {htlc}")]
    WrongStage {
        /// The update.
        update_id: u64,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// There is no Monitor for the update to go to.
    #[error("{0} has no monitor")]
    UnknownChannel(ChannelId),
}
