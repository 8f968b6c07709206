//! The numbered changes that the Manager makes to a Monitor.

use std::fmt;

use thiserror::Error;

use crate::codec::{DecodeError, MAX_ID, Reader, Writer, record};
use crate::types::{ChannelId, HTLCResolution, HTLCSource, HtlcId, PaymentHash};

/// One update (LDK: `ChannelMonitorUpdate`): applied only behind the update before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelMonitorUpdate {
    /// One more than the update id of the Monitor it is applied to.
    pub update_id: u64,
    /// What changes.
    pub step: ChannelMonitorUpdateStep,
}

/// What an update changes (LDK: `ChannelMonitorUpdateStep`, whose steps bring whole commitments).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChannelMonitorUpdateStep {
    /// The commitment without the HTLC is signed: ours for an outbound HTLC
    /// (`LatestHolderCommitmentTXInfo`), the peer's for an inbound one. A claim brings the preimage
    /// (`PaymentPreimage`), on a closed channel nothing else.
    SignRemoval {
        /// The HTLC that goes.
        htlc: HtlcId,
        /// How it goes.
        resolution: HTLCResolution,
    },
    /// The peer's next commitment has a new HTLC of ours, which is offered to the peer once the
    /// update is complete (`LatestCounterpartyCommitmentTXInfo`).
    OfferHTLC(NewHtlc, HTLCSource),
    /// The peer has revoked the last commitment that had the HTLC (`CommitmentSecret`).
    Revocation {
        /// The HTLC that is gone for good.
        htlc: HtlcId,
    },
    /// The Manager has closed the channel; the Monitor locks down and broadcasts.
    ChannelForceClosed,
    /// A new HTLC of the peer's is in both commitments for good.
    ReceiveHTLC(NewHtlc),
}

/// An HTLC that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewHtlc {
    /// Its number: that of the HTLCs that its side has offered before.
    pub id: u64,
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
}

impl ChannelMonitorUpdate {
    /// The update as a delta.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::object();
        self.write_to(&mut out);
        out.finish()
    }

    /// Reads what [`ChannelMonitorUpdate::write`] wrote.
    ///
    /// # Errors
    /// Says where the bytes are no update, and why.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        Reader::object(bytes)?.whole(Self::read_from)
    }

    pub(crate) fn write_to(&self, out: &mut Writer) {
        out.record(record::UPDATE_ID, |out| out.u64(self.update_id));
        self.step.write_to(out);
    }

    pub(crate) fn read_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.rest_as_stream(|records| {
            let update_id = records.required(record::UPDATE_ID, "update id", |i| i.id("id"))?;
            Ok(ChannelMonitorUpdate { update_id, step: ChannelMonitorUpdateStep::read(records)? })
        })
    }
}

impl ChannelMonitorUpdateStep {
    /// The HTLC that it is about; none if it is about the channel.
    pub fn htlc(&self) -> Option<HtlcId> {
        match self {
            ChannelMonitorUpdateStep::SignRemoval { htlc, .. }
            | ChannelMonitorUpdateStep::Revocation { htlc } => Some(*htlc),
            ChannelMonitorUpdateStep::OfferHTLC(new, _) => Some(HtlcId::outbound(new.id)),
            ChannelMonitorUpdateStep::ReceiveHTLC(new) => Some(HtlcId::inbound(new.id)),
            ChannelMonitorUpdateStep::ChannelForceClosed => None,
        }
    }

    pub(crate) fn write_to(&self, out: &mut Writer) {
        match self {
            ChannelMonitorUpdateStep::SignRemoval { htlc, resolution } => {
                out.record(record::STEP_SIGN_REMOVAL, |out| {
                    out.htlc(*htlc);
                    out.resolution(resolution);
                });
            }
            ChannelMonitorUpdateStep::OfferHTLC(new, source) => {
                out.record(record::STEP_OFFER_HTLC, |out| {
                    new.write_to(out);
                    out.source(source);
                });
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => {
                out.record(record::STEP_REVOCATION, |out| out.htlc(*htlc));
            }
            ChannelMonitorUpdateStep::ChannelForceClosed => {
                out.flag(record::STEP_FORCE_CLOSED, true);
            }
            ChannelMonitorUpdateStep::ReceiveHTLC(new) => {
                out.record(record::STEP_RECEIVE_HTLC, |out| new.write_to(out));
            }
        }
    }

    pub(crate) fn read_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.rest_as_stream(Self::read)
    }

    fn read(records: &mut crate::codec::Records<'_>) -> Result<Self, DecodeError> {
        use ChannelMonitorUpdateStep as Step;
        let sign = records.optional(record::STEP_SIGN_REMOVAL, "removal", |input| {
            let htlc = input.htlc()?;
            Ok(Step::SignRemoval { htlc, resolution: input.resolution()? })
        })?;
        let offer = records.optional(record::STEP_OFFER_HTLC, "offer", |input| {
            let new = NewHtlc::read_from(input)?;
            Ok(Step::OfferHTLC(new, input.source()?))
        })?;
        let revocation = records.optional(record::STEP_REVOCATION, "revocation", |input| {
            Ok(Step::Revocation { htlc: input.htlc()? })
        })?;
        let close = records.flag(record::STEP_FORCE_CLOSED, "close")?;
        let receive = records.optional(record::STEP_RECEIVE_HTLC, "new HTLC", |input| {
            NewHtlc::read_from(input).map(Step::ReceiveHTLC)
        })?;
        let close = close.then_some(Step::ChannelForceClosed);
        let mut steps = [sign, offer, revocation, close, receive].into_iter().flatten();
        match (steps.next(), steps.next()) {
            (Some(step), None) => Ok(step),
            _ => Err(records.at().inconsistent("update", "an update has one step")),
        }
    }
}

impl NewHtlc {
    fn write_to(&self, out: &mut Writer) {
        out.u64(self.id);
        out.bytes(&self.payment_hash.0);
        out.u64(self.amount_msat);
    }

    fn read_from(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = input.id("HTLC id")?;
        let payment_hash = input.payment_hash()?;
        Ok(NewHtlc { id, payment_hash, amount_msat: input.u64("amount")? })
    }
}

/// Why an update cannot be applied, or be made. The Manager and the Monitor of the node disagree,
/// or its store is broken: stop the node, write nothing more, and load it again from what is
/// stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The update does not follow the Monitor's last one.
    #[error("update {found} does not follow update {last}")]
    OutOfOrder {
        /// The last update the Monitor has.
        last: u64,
        /// The update that was submitted.
        found: u64,
    },
    /// The Monitor does not list the HTLC.
    #[error("update {update_id} names unknown {htlc}")]
    UnknownHtlc {
        /// The update.
        update_id: u64,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// An HTLC is offered twice or out of turn, or its removal signed twice or revoked without
    /// being signed.
    #[error("update {update_id} does not fit the removal stage of {htlc}")]
    WrongStage {
        /// The update.
        update_id: u64,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The preimage of a claim does not hash to the HTLC's payment hash.
    #[error("update {update_id} claims {htlc} with the wrong preimage")]
    WrongPreimage {
        /// The update.
        update_id: u64,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// There is no Monitor for the update to go to.
    #[error("{0} has no monitor")]
    UnknownChannel(ChannelId),
    /// The channel has a Monitor already.
    #[error("{0} has a monitor already")]
    AlreadyWatched(ChannelId),
    /// The store has failed for good.
    #[error("the store has failed to write the monitor of {0}")]
    StoreFailed(ChannelId),
    /// The store has failed for good.
    #[error("the store has failed to write the manager")]
    ManagerNotStored,
    /// The channel has used up its ids: only a close can follow, by hand.
    #[error("{0} has used up its {MAX_ID} ids")]
    IdsUsedUp(ChannelId),
}

impl fmt::Display for ChannelMonitorUpdateStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChannelMonitorUpdateStep::SignRemoval { htlc, resolution } => {
                write!(f, "sign the {} of {htlc}", resolution.outcome())
            }
            ChannelMonitorUpdateStep::OfferHTLC(new, _) => {
                write!(f, "offer {}", HtlcId::outbound(new.id))
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => write!(f, "revoke {htlc}"),
            ChannelMonitorUpdateStep::ChannelForceClosed => f.write_str("close"),
            ChannelMonitorUpdateStep::ReceiveHTLC(new) => {
                write!(f, "receive {}", HtlcId::inbound(new.id))
            }
        }
    }
}
