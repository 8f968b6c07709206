//! Payments made, forwarded and received, and the holding cells.

use std::collections::BTreeSet;

use super::{Node, NotNow, Refused, StepError};
use crate::manager::{InboundHtlcState, NewPart};
use crate::persist::Persist;
use crate::types::{
    ChannelId, Direction, HTLCPreviousHopData, Origin, PaymentHash, PaymentId, PaymentPreimage,
};

impl<P: Persist> Node<P> {
    /// The user makes a payment, in one part or several; they wait to be offered.
    ///
    /// # Errors
    /// The payment was made before, has no part, or the channel of a part is closed.
    pub fn send_payment(
        &mut self,
        payment_id: PaymentId,
        payment_hash: PaymentHash,
        parts: &[NewPart],
    ) -> Result<(), StepError> {
        self.fully_started()?;
        if self.manager.payments().contains_key(&payment_id) {
            return Err(Refused::KnownPayment(payment_id).into());
        }
        if parts.is_empty() || u32::try_from(parts.len()).is_err() {
            return Err(Refused::NoPayment.into());
        }
        for part in parts {
            self.usable(part.channel_id)?;
            if let Some(retry_by) = part.retry_by {
                self.watched(retry_by)?;
                // A retry on a channel that a write lacks would make that write unreadable.
                if self.manager.channels().get(retry_by).is_some_and(|known| known.is_new) {
                    return Err(NotNow::New(retry_by).into());
                }
            }
        }
        self.manager.send_payment(payment_id, payment_hash, parts);
        Ok(())
    }

    /// Inbound HTLCs, of which nothing was said, leave as one by another channel; that waits to be
    /// offered. What they bring beyond `amount_msat` is the fee.
    ///
    /// # Errors
    /// An HTLC is decided about, not durable, of another hash, or of the channel by which it would
    /// leave; or that is closed.
    pub fn forward_htlcs(
        &mut self,
        prev_htlcs: &[HTLCPreviousHopData],
        next_channel: ChannelId,
        amount_msat: u64,
    ) -> Result<(), StepError> {
        self.usable(next_channel)?;
        let payment_hash = self.undecided(prev_htlcs)?;
        if let Some(hop) = prev_htlcs.iter().find(|hop| hop.channel_id == next_channel) {
            return Err(Refused::Loop(*hop).into());
        }
        let amounts = prev_htlcs.iter().filter_map(|hop| self.manager.inbound_htlc(*hop));
        let amounts = amounts.map(|htlc| htlc.amount_msat);
        if amounts.fold(0, u64::saturating_add) < amount_msat {
            return Err(Refused::NoPayment.into());
        }
        self.manager.forward_htlcs(prev_htlcs, next_channel, amount_msat, payment_hash);
        Ok(())
    }

    /// Inbound HTLCs, of which nothing was said, are the parts of a payment for us: the user is
    /// told that it can be claimed.
    ///
    /// # Errors
    /// An HTLC is decided about, not durable, or of another hash; or a payment with that hash is
    /// there.
    pub fn receive_payment(&mut self, parts: &[HTLCPreviousHopData]) -> Result<(), StepError> {
        let payment_hash = self.undecided(parts)?;
        if self.manager.received().contains_key(&payment_hash) {
            return Err(NotNow::HashInUse(payment_hash).into());
        }
        self.manager.receive_payment(payment_hash, parts);
        Ok(())
    }

    /// Whether nothing was said of inbound HTLCs, which are there for good; gives their hash.
    fn undecided(&self, htlcs: &[HTLCPreviousHopData]) -> Result<PaymentHash, StepError> {
        self.fully_started()?;
        let distinct: BTreeSet<_> = htlcs.iter().collect();
        let first = htlcs.first().filter(|_| distinct.len() == htlcs.len());
        let first = first.ok_or(Refused::NoPayment)?;
        let mut payment_hash = None;
        for hop in htlcs {
            let channel = hop.channel_id;
            let known = self.manager.inbound_htlc(*hop);
            let known = known.ok_or(Refused::UnknownHtlc { channel, htlc: hop.htlc() })?;
            if known.state != InboundHtlcState::Undecided {
                return Err(NotNow::Decided(*hop).into());
            }
            if self.manager.is_adding(channel, hop.htlc()) {
                return Err(NotNow::NotDurable { channel, htlc: hop.htlc() }.into());
            }
            if *payment_hash.get_or_insert(known.payment_hash) != known.payment_hash {
                return Err(Refused::OtherHash(*hop).into());
            }
        }
        Ok(payment_hash.ok_or(NotNow::Decided(*first))?)
    }

    /// An inbound HTLC of which nothing was said is failed: it goes to the forward queue.
    ///
    /// # Errors
    /// It is decided about, or not durable.
    pub fn fail_htlc(&mut self, hop: HTLCPreviousHopData) -> Result<(), StepError> {
        self.undecided(&[hop])?;
        self.manager.fail_inbound(hop);
        Ok(())
    }

    /// The user claims a payment received.
    ///
    /// # Errors
    /// There is no such payment to be claimed.
    pub fn claim_funds(&mut self, preimage: PaymentPreimage) -> Result<(), StepError> {
        self.claimable(preimage.payment_hash())?;
        Ok(self.manager.claim_funds(preimage, &mut self.chain_monitor)?)
    }

    /// The user gives a payment received back: its parts go to the forward queue.
    ///
    /// # Errors
    /// There is no such payment to be given back.
    pub fn fail_htlc_backwards(&mut self, payment_hash: PaymentHash) -> Result<(), StepError> {
        self.claimable(payment_hash)?;
        self.manager.fail_payment(payment_hash);
        Ok(())
    }

    fn claimable(&self, payment_hash: PaymentHash) -> Result<(), StepError> {
        self.fully_started()?;
        match self.manager.is_claimable(payment_hash) {
            true => Ok(()),
            false => Err(NotNow::NotClaimable(payment_hash).into()),
        }
    }

    /// The Manager frees an HTLC from the holding cell: the update that offers it. Gives its
    /// number.
    ///
    /// # Errors
    /// The HTLC is in no holding cell, or the channel is closed, or something of it is blocked.
    pub fn free_holding_cell(&mut self, origin: Origin) -> Result<u64, StepError> {
        let channel = self.manager.held_on(origin).ok_or(NotNow::NotHeld(origin))?;
        self.fully_started()?;
        self.usable(channel)?;
        self.nothing_is_blocked(channel)?;
        if self.manager.is_arriving(origin) {
            return Err(NotNow::NotHeld(origin).into());
        }
        let htlc_id = self.watched(channel)?.offered_by(Direction::Outbound);
        let watch = &mut self.chain_monitor;
        self.manager.free_holding_cell(origin, channel, htlc_id, watch)?;
        Ok(htlc_id)
    }

    /// Frees all HTLCs from the holding cells that can be freed (LDK: `free_holding_cells`).
    ///
    /// # Errors
    /// The node must stop.
    pub fn free_holding_cells(&mut self) -> Result<(), StepError> {
        let channels: Vec<ChannelId> = self.manager.channels().ids().collect();
        for origin in
            channels.into_iter().flat_map(|id| self.manager.holding_cell(id)).collect::<Vec<_>>()
        {
            if let Err(fatal @ StepError::Update(_)) = self.free_holding_cell(origin) {
                return Err(fatal);
            }
        }
        Ok(())
    }

    /// The Manager takes a fail from the forward queue and signs it on the inbound channel.
    ///
    /// # Errors
    /// No fail is queued, or the channel's background step is to come, or something of it is
    /// blocked.
    pub fn process_forward_fail(&mut self, hop: HTLCPreviousHopData) -> Result<(), StepError> {
        if !self.manager.has_queued_fail(hop) {
            return Err(NotNow::NoFailQueued(hop).into());
        }
        self.background_done(hop.channel_id)?;
        self.nothing_is_blocked(hop.channel_id)?;
        Ok(self.manager.process_forward_fail(hop, &mut self.chain_monitor)?)
    }

    /// Works off the forward queue, as far as that is possible (LDK:
    /// `process_pending_htlc_forwards`).
    ///
    /// # Errors
    /// The node must stop.
    pub fn process_pending_htlc_forwards(&mut self) -> Result<(), StepError> {
        for hop in self.manager.forward_queue() {
            if let Err(fatal @ StepError::Update(_)) = self.process_forward_fail(hop) {
                return Err(fatal);
            }
        }
        Ok(())
    }
}
