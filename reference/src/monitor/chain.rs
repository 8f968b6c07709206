//! What the chain has shown to one Monitor: facts, each in a block.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::types::{HtlcId, PaymentPreimage};

/// Whose commitment confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CommitmentOwner {
    /// Ours.
    Holder,
    /// The peer's.
    Counterparty,
}

/// What a block says of one channel. Whoever watches the chain for this node tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// A commitment spends the funding output.
    CommitmentConfirmed {
        /// Whose commitment it is.
        owner: CommitmentOwner,
        /// The HTLCs that have an output in it.
        outputs: BTreeSet<HtlcId>,
    },
    /// The output of an HTLC is spent with the preimage.
    PreimageSpend {
        /// The HTLC.
        htlc: HtlcId,
        /// What the spend shows.
        payment_preimage: PaymentPreimage,
    },
    /// The output of an HTLC is spent by timeout, and the spend is final.
    TimeoutSpend {
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The commitment is final.
    CommitmentFinal,
}

/// How an HTLC output was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Spend {
    /// With the preimage.
    Preimage(PaymentPreimage),
    /// By timeout.
    Timeout,
}

/// A fact that cannot follow what the chain has shown before. Facts are never taken back: the crate
/// knows no reorganisations, so tell it what is deep enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum FactError {
    /// The block is not above the Monitor's best block.
    #[error("the monitor has seen block {0} or a later one")]
    OldBlock(u32),
    /// A second commitment spends the same funding output.
    #[error("a commitment has confirmed already")]
    AlreadyConfirmed,
    /// A spend, or finality, of a commitment that has not confirmed.
    #[error("no commitment has confirmed")]
    NotConfirmed,
    /// The commitment has an HTLC that the channel never had.
    #[error("the channel never had {0}")]
    UnknownHtlc(HtlcId),
    /// The confirmed commitment has no output for the HTLC.
    #[error("{0} has no output")]
    NoOutput(HtlcId),
    /// The output is spent already.
    #[error("the output of {0} is spent already")]
    AlreadySpent(HtlcId),
    /// The preimage does not hash to the HTLC's payment hash.
    #[error("{0} cannot be spent with that preimage")]
    WrongPreimage(HtlcId),
    /// The commitment is final already.
    #[error("the commitment is final already")]
    AlreadyFinal,
    /// A fact is to be shown again that was not shown yet.
    #[error("the fact was not shown before")]
    NotShown,
}

/// The commitment that confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ConfirmedCommitment {
    /// Whose commitment it is.
    pub owner: CommitmentOwner,
    /// The HTLCs that have an output in it.
    pub outputs: BTreeSet<HtlcId>,
}

/// Everything a Monitor learnt from blocks. It follows from the chain and the best block alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChainView {
    pub(super) best_block: u32,
    pub(super) commitment: Option<ConfirmedCommitment>,
    pub(super) spends: BTreeMap<HtlcId, Spend>,
    pub(super) is_final: bool,
}

impl ChainView {
    /// The height of the last block that was processed.
    pub fn best_block(&self) -> u32 {
        self.best_block
    }

    /// The commitment that spent the funding output, if one has.
    pub fn commitment(&self) -> Option<&ConfirmedCommitment> {
        self.commitment.as_ref()
    }

    /// How the output of an HTLC was spent.
    pub fn spend(&self, htlc: HtlcId) -> Option<Spend> {
        self.spends.get(&htlc).copied()
    }

    /// Whether the commitment is final.
    pub fn is_final(&self) -> bool {
        self.is_final
    }

    /// Whether the confirmed commitment has an output for the HTLC.
    pub fn has_output(&self, htlc: HtlcId) -> bool {
        self.commitment.as_ref().is_some_and(|c| c.outputs.contains(&htlc))
    }

    /// Whether the fact is among what was processed.
    pub fn has_shown(&self, fact: &Fact) -> bool {
        match fact {
            Fact::CommitmentConfirmed { owner, outputs } => {
                let shown = self.commitment.as_ref();
                shown.is_some_and(|c| c.owner == *owner && c.outputs == *outputs)
            }
            Fact::PreimageSpend { htlc, payment_preimage } => {
                self.spend(*htlc) == Some(Spend::Preimage(*payment_preimage))
            }
            Fact::TimeoutSpend { htlc } => self.spend(*htlc) == Some(Spend::Timeout),
            Fact::CommitmentFinal => self.is_final,
        }
    }

    /// Takes in a fact.
    pub(super) fn record(&mut self, fact: &Fact) -> Result<(), FactError> {
        match fact {
            Fact::CommitmentConfirmed { owner, outputs } => {
                if self.commitment.is_some() {
                    return Err(FactError::AlreadyConfirmed);
                }
                let outputs = outputs.clone();
                self.commitment = Some(ConfirmedCommitment { owner: *owner, outputs });
            }
            Fact::PreimageSpend { htlc, payment_preimage } => {
                self.record_spend(*htlc, Spend::Preimage(*payment_preimage))?;
            }
            Fact::TimeoutSpend { htlc } => self.record_spend(*htlc, Spend::Timeout)?,
            Fact::CommitmentFinal => {
                if self.commitment.is_none() {
                    return Err(FactError::NotConfirmed);
                }
                if self.is_final {
                    return Err(FactError::AlreadyFinal);
                }
                self.is_final = true;
            }
        }
        Ok(())
    }

    fn record_spend(&mut self, htlc: HtlcId, spend: Spend) -> Result<(), FactError> {
        if self.commitment.is_none() {
            return Err(FactError::NotConfirmed);
        }
        if !self.has_output(htlc) {
            return Err(FactError::NoOutput(htlc));
        }
        if self.spends.contains_key(&htlc) {
            return Err(FactError::AlreadySpent(htlc));
        }
        self.spends.insert(htlc, spend);
        Ok(())
    }
}
