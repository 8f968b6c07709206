//! What the Manager is told of HTLCs and channels: events, a peer's message, notices.

use super::{ChannelManager, HtlcState, PaymentState};
use crate::event::{HTLCEvent, HtlcId, MonitorEventSource, MonitorNotice, Outcome};
use crate::update::UpdateError;
use crate::watch::Watch;

impl ChannelManager {
    /// Applies an event's outcome, unless that was done before, and sees to its ack.
    ///
    /// `MGR-7`: "The Manager MUST NOT apply the outcome of an HTLC a second time." Only an HTLC
    /// that waits is touched.
    pub(crate) fn dispatch(
        &mut self,
        source: MonitorEventSource,
        event: HTLCEvent,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        match self.htlcs.get(&event.htlc).copied() {
            Some(HtlcState::Payment { payment, state }) => {
                self.dispatch_payment(source, event, payment, state);
            }
            Some(HtlcState::Forward { .. }) => self.dispatch_forward(source, event, watch)?,
            // No outcome to apply and nobody who waits: nothing needs the event.
            Some(HtlcState::Received { .. }) | None => self.ack_is_due(source),
        }
        Ok(())
    }

    /// Takes in a claim that the peer's message has brought. "It then applies it as by dispatch,
    /// except that there is no event yet: a user event that it queues names none."
    pub(crate) fn update_fulfill_htlc(
        &mut self,
        htlc: HtlcId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let outcome = Outcome::Claim;
        match self.htlcs.get(&htlc).copied() {
            Some(HtlcState::Payment { payment, .. }) => {
                self.end_part_without_event(payment, htlc, outcome);
            }
            _ => self.apply_to_hops(HTLCEvent { htlc, outcome }, watch)?,
        }
        Ok(())
    }

    /// Whether the claim of the HTLC would be news.
    pub fn waits_for_claim(&self, htlc: HtlcId) -> bool {
        match self.htlcs.get(&htlc) {
            Some(HtlcState::Payment { state, .. }) => {
                !matches!(state, PaymentState::Settled(_) | PaymentState::Unmade(_))
            }
            _ => self.previous_hops(htlc).into_iter().any(|hop| hop.state.waits()),
        }
    }

    /// Takes in a notice of the Watch. It makes no update: if a close is to be one, `force_close`
    /// has given it.
    pub(crate) fn handle_notice(&mut self, notice: MonitorNotice) {
        match notice {
            MonitorNotice::Completed { channel_id, update_id } => {
                self.channel_monitor_updated(channel_id, update_id);
            }
            MonitorNotice::HolderForceClosed { channel_id } => {
                self.close_channel(channel_id);
                self.fail_closed_holding_cell(channel_id);
            }
            MonitorNotice::CommitmentTxConfirmed { channel_id } => {
                self.close_channel(channel_id);
                self.fail_holding_cell(channel_id);
            }
        }
    }
}
