//! HTLCs that wait to be offered, and what becomes of them when their channel closes.

use super::{ChannelManager, InboundHtlcState, PartState};
use crate::types::{ChannelId, HTLCResolution, HTLCSource, HtlcId, Origin};
use crate::update::{ChannelMonitorUpdateStep, NewHtlc, UpdateError};
use crate::watch::Watch;

impl ChannelManager {
    /// The channel in whose holding cell an HTLC waits. A forward waits there as long as one of its
    /// previous hops does: a load may have taken the state of another from that one's Monitor.
    pub fn held_on(&self, origin: Origin) -> Option<ChannelId> {
        match origin {
            Origin::Payment(part) => {
                let part = self.part(part)?;
                (part.state == PartState::InHoldingCell).then_some(part.channel_id)
            }
            Origin::Forward(first) => {
                let hops = self.previous_hops(first);
                let is_held = hops.iter().any(|(_, s)| *s == InboundHtlcState::InHoldingCell);
                is_held.then(|| self.forwards[&first].next_channel_id)
            }
        }
    }

    /// Those that wait in the holding cell of a channel, each by who waits for it.
    pub fn holding_cell(&self, channel_id: ChannelId) -> Vec<Origin> {
        self.origins().filter(|origin| self.held_on(*origin) == Some(channel_id)).collect()
    }

    /// What an HTLC in a holding cell will be, with this id.
    fn to_be_offered(&self, origin: Origin, id: u64) -> Option<(NewHtlc, HTLCSource)> {
        match origin {
            Origin::Payment(part) => {
                let payment_hash = self.payments.get(&part.payment_id)?.payment_hash;
                let known = self.part(part)?;
                let (amount_msat, retry_of) = (known.amount_msat, known.retry_of);
                let source = HTLCSource::OutboundRoute { part, retry_of };
                Some((NewHtlc { id, payment_hash, amount_msat }, source))
            }
            Origin::Forward(first) => {
                let forward = self.forwards.get(&first)?;
                let (payment_hash, amount_msat) = (forward.payment_hash, forward.amount_msat);
                Some((NewHtlc { id, payment_hash, amount_msat }, forward.source()?))
            }
        }
    }

    /// Frees an HTLC from the holding cell and offers it under the channel's next id.
    pub(crate) fn free_holding_cell(
        &mut self,
        origin: Origin,
        channel_id: ChannelId,
        htlc_id: u64,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let Some((new, source)) = self.to_be_offered(origin, htlc_id) else { return Ok(()) };
        self.submit(channel_id, ChannelMonitorUpdateStep::OfferHTLC(new, source), watch)?;
        self.await_outcome(origin);
        Ok(())
    }

    /// Whether an inbound HTLC that is to leave is not in its Monitor for good.
    pub(crate) fn is_arriving(&self, origin: Origin) -> bool {
        let Origin::Forward(first) = origin else { return false };
        let hops = self.forwards.get(&first).into_iter().flat_map(|forward| &forward.prev_htlcs);
        hops.into_iter().any(|hop| self.is_adding(hop.channel_id, HtlcId::inbound(hop.htlc_id)))
    }

    /// From now on an event of the HTLC has to come.
    pub(crate) fn await_outcome(&mut self, origin: Origin) {
        match origin {
            Origin::Payment(part) => {
                if let Some(part) = self.part_mut(part) {
                    part.state = PartState::Waiting;
                }
            }
            Origin::Forward(first) => {
                for (hop, state) in self.previous_hops(first) {
                    if state == InboundHtlcState::InHoldingCell {
                        self.set_inbound(hop, InboundHtlcState::Waiting);
                    }
                }
            }
        }
    }

    /// `MGR-11`: "The Manager MUST fail the HTLCs in the holding cell of a channel that it learns
    /// is closed, as soon as MGR-21 allows."
    pub(super) fn fail_holding_cell(&mut self, channel_id: ChannelId) {
        for origin in self.holding_cell(channel_id) {
            self.fail_unsent(origin);
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
        let close = |step: &_| *step == ChannelMonitorUpdateStep::ChannelForceClosed;
        !self.is_open(channel_id) && !self.is_listed(channel_id, close)
    }

    /// Fails an HTLC that no Monitor knows: there is no event to ack. A forward could be offered
    /// by another channel instead; this node forwards by one only.
    pub(crate) fn fail_unsent(&mut self, origin: Origin) {
        match origin {
            Origin::Payment(part) => self.end_part_without_event(part, HTLCResolution::Failed),
            Origin::Forward(first) => {
                for (hop, state) in self.previous_hops(first) {
                    if state.waits() {
                        self.set_inbound(hop, self.failed_inbound(hop.channel_id));
                    }
                }
            }
        }
    }
}
