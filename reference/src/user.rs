//! The User: makes payments, claims those received, handles what the Manager has queued.

use crate::event::{EventCompletionAction, HtlcId};
use crate::manager::ChannelManager;
use crate::node::{Node, NotNow, StepError};

/// The user.
impl Node {
    /// The user makes a payment; it waits to be offered.
    pub fn send_payment(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        self.fully_started()?;
        let channel = self.manager.unmade_on(htlc).ok_or(NotNow::NotPayable(htlc))?;
        if !self.manager.is_open(channel) {
            return Err(NotNow::Closed(channel).into());
        }
        self.manager.send_payment(htlc, channel);
        Ok(())
    }

    /// The user claims a payment received, by its first part.
    pub fn claim_funds(&mut self, payment: HtlcId) -> Result<(), StepError> {
        self.fully_started()?;
        let updates = self.manager.updates_by_claim(payment, &self.chain_monitor);
        for (inbound, count) in updates.ok_or(NotNow::NotClaimable(payment))? {
            self.update_slots(inbound, count)?;
        }
        self.as_a_whole(|node| Ok(node.manager.claim_funds(payment, &mut node.chain_monitor)?))
    }

    /// The user begins to handle the queued event of an HTLC.
    pub fn begin_event(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        self.fully_started()?;
        if let Some(other) = self.manager.handling() {
            return Err(NotNow::Handling(other).into());
        }
        if !self.manager.pending_events().contains_key(&htlc) {
            return Err(NotNow::NotQueued(htlc).into());
        }
        self.manager.begin_event(htlc);
        Ok(())
    }

    /// The user has handled the event: it is in the user's record by now.
    pub fn end_event_ok(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        self.handling(htlc)?;
        self.manager.complete_event();
        Ok(())
    }

    /// The user has refused the event, which will be delivered again.
    pub fn end_event_refused(&mut self, htlc: HtlcId) -> Result<(), StepError> {
        self.handling(htlc)?;
        self.manager.refuse_event();
        Ok(())
    }

    fn handling(&self, htlc: HtlcId) -> Result<(), StepError> {
        if self.manager.handling() == Some(htlc) {
            return Ok(());
        }
        Err(NotNow::NotHandling(htlc).into())
    }
}

impl ChannelManager {
    /// The user begins to handle the event of an HTLC.
    pub(crate) fn begin_event(&mut self, htlc: HtlcId) {
        self.handling = Some(htlc);
    }

    /// The user has refused the event under way; it stays queued and is delivered again.
    pub(crate) fn refuse_event(&mut self) {
        self.handling = None;
    }

    /// The user has handled the event under way.
    ///
    /// `MGR-1`: "The Manager MUST NOT let the ack of an own payment's event become due before the
    /// User has handled the `PaymentSent` or `PaymentFailed` that the outcome of its HTLC has led
    /// to."
    ///
    /// `MGR-18`: "The Manager MUST let every ack that is attached to a user event become due when
    /// the User has handled that event, also one attached while the User handled it." The entry is
    /// in the queue until then, and an ack joins it there.
    pub(crate) fn complete_event(&mut self) {
        let queued = self.handling.take().and_then(|htlc| self.pending_events.remove(&htlc));
        for action in queued.into_iter().flat_map(|queued| queued.actions) {
            let EventCompletionAction::AckMonitorEvent(source) = action;
            self.ack_is_due(source);
        }
    }
}
