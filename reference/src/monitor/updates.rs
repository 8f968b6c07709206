//! What an update changes in a Monitor.

use super::htlc::PushSite;
use super::{ChannelMonitor, MonitorHtlc, RemovalStage};
use crate::codec::MAX_ID;
use crate::types::{HTLCResolution, HTLCSource, HtlcId};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, NewHtlc, UpdateError};

impl ChannelMonitor {
    /// Applies the update behind the last one, or changes nothing.
    ///
    /// # Errors
    /// The update is not the next one, or does not fit the HTLC that it names.
    pub fn update_monitor(&mut self, update: &ChannelMonitorUpdate) -> Result<(), UpdateError> {
        let ChannelMonitorUpdate { update_id, step } = update;
        if self.update_id.checked_add(1) != Some(*update_id) || *update_id > MAX_ID {
            return Err(UpdateError::OutOfOrder { last: self.update_id, found: *update_id });
        }
        // What is pushed waits for this update.
        let last = std::mem::replace(&mut self.update_id, *update_id);
        let applied = self.apply(*update_id, step);
        if applied.is_err() {
            self.update_id = last;
        }
        applied
    }

    fn apply(&mut self, id: u64, step: &ChannelMonitorUpdateStep) -> Result<(), UpdateError> {
        match step {
            ChannelMonitorUpdateStep::SignRemoval { htlc, resolution } => {
                self.sign_removal(id, *htlc, *resolution)
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => self.revoke(id, *htlc),
            ChannelMonitorUpdateStep::OfferHTLC(new, source) => self.offer(id, new, source),
            ChannelMonitorUpdateStep::ReceiveHTLC(new) => {
                self.add(id, HtlcId::inbound(new.id), new, None)
            }
            ChannelMonitorUpdateStep::ChannelForceClosed => {
                self.lockdown = true;
                Ok(())
            }
        }
    }

    fn add(
        &mut self,
        update_id: u64,
        htlc: HtlcId,
        new: &NewHtlc,
        source: Option<HTLCSource>,
    ) -> Result<(), UpdateError> {
        let next = self.offered.by_mut(htlc.direction);
        if htlc.id != *next || *next >= MAX_ID {
            return Err(UpdateError::WrongStage { update_id, htlc });
        }
        *next += 1;
        let NewHtlc { payment_hash, amount_msat, .. } = *new;
        let stage = RemovalStage::Held;
        self.htlcs.insert(htlc, MonitorHtlc { payment_hash, amount_msat, source, stage });
        Ok(())
    }

    /// Lists a new HTLC of ours. Behind a final commitment it will never have an output.
    fn offer(
        &mut self,
        update_id: u64,
        new: &NewHtlc,
        source: &HTLCSource,
    ) -> Result<(), UpdateError> {
        let htlc = HtlcId::outbound(new.id);
        self.add(update_id, htlc, new, Some(source.clone()))?;
        if self.chain.is_final() {
            self.push(htlc, PushSite::LateOffer);
        }
        Ok(())
    }

    fn sign_removal(
        &mut self,
        update_id: u64,
        htlc: HtlcId,
        resolution: HTLCResolution,
    ) -> Result<(), UpdateError> {
        let entry =
            self.htlcs.get_mut(&htlc).ok_or(UpdateError::UnknownHtlc { update_id, htlc })?;
        if entry.stage != RemovalStage::Held {
            return Err(UpdateError::WrongStage { update_id, htlc });
        }
        if !resolution.fits(entry.payment_hash) {
            return Err(UpdateError::WrongPreimage { update_id, htlc });
        }
        entry.stage = RemovalStage::Signed(resolution);
        if htlc.is_outbound() {
            self.unreported_signature = Some(update_id);
        }
        // `MON-4`: "A Monitor MUST NOT push the event of an off-chain fail before the counterparty
        // has revoked the last commitment that had the HTLC." So only a claim is pushed here.
        if let HTLCResolution::Claimed(preimage) = resolution {
            self.push(htlc, PushSite::OffChainClaim(preimage));
        }
        Ok(())
    }

    fn revoke(&mut self, update_id: u64, htlc: HtlcId) -> Result<(), UpdateError> {
        let entry = self.htlcs.get(&htlc).ok_or(UpdateError::UnknownHtlc { update_id, htlc })?;
        let RemovalStage::Signed(resolution) = entry.stage else {
            return Err(UpdateError::WrongStage { update_id, htlc });
        };
        let is_failed = resolution == HTLCResolution::Failed;
        if is_failed {
            self.push(htlc, PushSite::OffChainFail);
        }
        // With the mode off, what else would tell of an HTLC that failed once its event is
        // released?
        if is_failed && htlc.is_outbound() {
            if let Some(entry) = self.htlcs.get_mut(&htlc) {
                entry.stage = RemovalStage::Removed;
            }
        } else {
            self.htlcs.remove(&htlc);
        }
        Ok(())
    }
}
