//! Own payments that wait to be offered, and what becomes of them when their channel closes.

use std::collections::BTreeSet;

use super::{ChannelManager, HtlcState, PaymentState, QueuedEvent};
use crate::chain_monitor::Watch;
use crate::event::{ChannelId, Event, HTLCEvent, HtlcId, Outcome};
use crate::monitor::ChannelMonitor;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};

impl ChannelManager {
    /// `MGR-11`: "The Manager MUST fail the own payments in the holding cell of a channel that it
    /// learns is closed."
    pub(super) fn fail_holding_cell(&mut self, channel_id: ChannelId) {
        for htlc in self.holding_cell(channel_id) {
            self.fail_unsent(htlc);
        }
    }

    /// The payments that wait in the holding cell of a channel.
    fn holding_cell(&self, channel_id: ChannelId) -> Vec<HtlcId> {
        let held = HtlcState::Payment(PaymentState::InHoldingCell(channel_id));
        self.htlcs.iter().filter(|(_, state)| **state == held).map(|(id, _)| *id).collect()
    }

    /// Fails a payment whose HTLC no Monitor knows: there is no event to ack.
    fn fail_unsent(&mut self, htlc: HtlcId) {
        let event = Event::for_payment(HTLCEvent { htlc, outcome: Outcome::Fail });
        self.htlcs.insert(htlc, HtlcState::Payment(PaymentState::Settled));
        self.pending_events.insert(htlc, QueuedEvent { event, actions: BTreeSet::new() });
    }

    /// The channel in whose holding cell a payment waits.
    pub fn held_on(&self, htlc: HtlcId) -> Option<ChannelId> {
        match self.htlcs.get(&htlc)? {
            HtlcState::Payment(PaymentState::InHoldingCell(channel)) => Some(*channel),
            _ => None,
        }
    }

    /// Frees a payment from the holding cell and offers its HTLC.
    pub(crate) fn free_holding_cell(
        &mut self,
        htlc: HtlcId,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.submit(channel_id, ChannelMonitorUpdateStep::Offer { htlc }, watch)?;
        self.htlcs.insert(htlc, HtlcState::Payment(PaymentState::Waiting));
        Ok(())
    }

    /// Sees to the payments of a closed channel that may never have reached its Monitor, which is
    /// none if it is archived. Where the Monitor knows more than this Manager, its event will tell
    /// the outcome.
    ///
    /// `RST-9`: "A restarted Manager MUST fail an own payment that waits in the holding cell of a
    /// closed channel, or for an update that the load drops, unless the channel's Monitor lists its
    /// HTLC or an event names it."
    pub(super) fn empty_holding_cell(
        &mut self,
        channel_id: ChannelId,
        dropped: Vec<ChannelMonitorUpdate>,
        monitor: Option<&ChannelMonitor>,
    ) {
        let offered = dropped.iter().filter_map(|update| match update.step {
            ChannelMonitorUpdateStep::Offer { htlc } => Some(htlc),
            _ => None,
        });
        let waits = |htlc: &HtlcId| {
            self.htlcs.get(htlc) == Some(&HtlcState::Payment(PaymentState::Waiting))
        };
        let mut unsent = self.holding_cell(channel_id);
        unsent.extend(offered.filter(waits));
        for htlc in unsent {
            if monitor.is_some_and(|monitor| monitor.knows_htlc(htlc)) {
                self.htlcs.insert(htlc, HtlcState::Payment(PaymentState::Waiting));
            } else {
                self.fail_unsent(htlc);
            }
        }
    }
}
