//! HTLCs that wait to be offered, and what becomes of them when their channel closes.

use super::{ChannelManager, ForwardState, HtlcState, PaymentState};
use crate::event::{ChannelId, HtlcId, Outcome};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

impl ChannelManager {
    /// The channel in whose holding cell an HTLC waits. A forward waits there as long as one of its
    /// previous hops does: a load may have taken the state of another from that one's Monitor.
    pub fn held_on(&self, htlc: HtlcId) -> Option<ChannelId> {
        match *self.htlcs.get(&htlc)? {
            HtlcState::Payment { state: PaymentState::InHoldingCell(channel), .. } => Some(channel),
            HtlcState::Forward { .. } => {
                let hops = self.previous_hops(htlc).into_iter();
                hops.filter_map(|hop| hop.state.held_on()).next()
            }
            _ => None,
        }
    }

    /// The HTLCs that wait in the holding cell of a channel.
    fn holding_cell(&self, channel_id: ChannelId) -> Vec<HtlcId> {
        let held = |htlc: &HtlcId| self.held_on(*htlc) == Some(channel_id);
        self.htlcs.keys().copied().filter(held).collect()
    }

    /// Frees an HTLC from the holding cell and offers it.
    pub(crate) fn free_holding_cell(
        &mut self,
        htlc: HtlcId,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.submit(channel_id, ChannelMonitorUpdateStep::Offer { htlc }, watch)?;
        self.await_outcome(htlc);
        Ok(())
    }

    /// Whether the update that offers the HTLC on the channel is in flight.
    pub fn is_offering(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        !self.is_durable(channel_id, ChannelMonitorUpdateStep::Offer { htlc })
    }

    /// From now on an event of the HTLC has to come.
    pub(crate) fn await_outcome(&mut self, htlc: HtlcId) {
        match self.htlcs.get_mut(&htlc) {
            Some(HtlcState::Payment { state, .. }) => *state = PaymentState::Waiting,
            Some(HtlcState::Forward { .. }) => {
                for hop in self.previous_hops(htlc) {
                    if hop.state.held_on().is_some() {
                        self.set_forward_state(hop.htlc, ForwardState::Waiting);
                    }
                }
            }
            Some(HtlcState::Received { .. }) | None => {}
        }
    }

    /// `MGR-11`: "The Manager MUST fail the HTLCs in the holding cell of a channel that it learns
    /// is closed, as soon as MGR-21 allows."
    pub(super) fn fail_holding_cell(&mut self, channel_id: ChannelId) {
        for htlc in self.holding_cell(channel_id) {
            self.fail_unsent(htlc);
        }
    }

    /// Fails the holding cell unless the channel may be closed for the Manager only.
    ///
    /// `MGR-21`: "The Manager MUST NOT, outside LOAD-1, while a channel's close update is in
    /// flight, give up a retry on it, nor fail its holding cell except at the notice of a close on
    /// chain."
    pub(super) fn fail_closed_holding_cell(&mut self, channel_id: ChannelId) {
        if self.is_closed_for_good(channel_id) {
            self.fail_holding_cell(channel_id);
        }
    }

    /// Whether the channel is closed, and no crash can take that back for all that the Manager
    /// knows.
    pub(super) fn is_closed_for_good(&self, channel_id: ChannelId) -> bool {
        let close = ChannelMonitorUpdateStep::ChannelForceClosed;
        !self.is_open(channel_id) && self.is_durable(channel_id, close)
    }

    /// Fails an HTLC that no Monitor knows: there is no event to ack. A forward could be offered
    /// by another channel instead; this node forwards by one only.
    pub(crate) fn fail_unsent(&mut self, htlc: HtlcId) {
        match self.htlcs.get(&htlc).copied() {
            Some(HtlcState::Payment { payment, .. }) => {
                self.end_part_without_event(payment, htlc, Outcome::Fail);
            }
            Some(HtlcState::Forward { .. }) => {
                for hop in self.previous_hops(htlc) {
                    if hop.state.waits() {
                        self.set_forward_state(hop.htlc, self.failed_inbound(hop.inbound));
                    }
                }
            }
            Some(HtlcState::Received { .. }) | None => {}
        }
    }
}
