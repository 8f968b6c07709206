//! What a Manager takes from Monitors that know more than it does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::LoadReport;
use super::reconcile::hop;
use crate::event::{EventKey, HTLCEvent};
use crate::manager::{
    ChannelManager, Forward, InboundHtlc, InboundHtlcState, PartState, Payment, PaymentPart,
    ReceivedPayment, Telling, claim_of,
};
use crate::monitor::{ChannelMonitor, RemovalStage};
use crate::types::{
    ChannelId, HTLCPreviousHopData, HTLCResolution, HTLCSource, HtlcId, Outcome, PaymentHash,
    PaymentPreimage,
};
use crate::update::{NewHtlc, UpdateError};

impl ChannelMonitor {
    /// The outbound HTLCs that it lists or has an event of, with their sources.
    pub(super) fn known_sources(&self) -> impl Iterator<Item = (NewHtlc, &HTLCSource)> {
        let listed = self.htlcs().iter().filter(|(_, htlc)| htlc.is_listed());
        let listed = listed.filter_map(|(id, htlc)| {
            let (payment_hash, amount_msat) = (htlc.payment_hash, htlc.amount_msat);
            Some((NewHtlc { id: id.id, payment_hash, amount_msat }, htlc.source.as_ref()?))
        });
        let named = self.events().map(|(_, event)| {
            let HTLCEvent { htlc_id: id, payment_hash, amount_msat, .. } = *event;
            (NewHtlc { id, payment_hash, amount_msat }, &event.source)
        });
        listed.chain(named)
    }
}

impl ChannelManager {
    /// Finds HTLCs in the Monitor of a closed channel that a newer Manager had offered.
    pub(super) fn adopt_unknown(&mut self, monitor: &ChannelMonitor, report: &mut LoadReport) {
        for (htlc, source) in monitor.known_sources() {
            match source {
                HTLCSource::OutboundRoute { part, .. } => {
                    if !self.knows_part(*part) {
                        self.adopt_payment(monitor.channel_id(), htlc, source);
                        report.found.insert(source.origin());
                    }
                }
                HTLCSource::PreviousHopData(first)
                | HTLCSource::TrampolineForward { first, .. } => {
                    if !self.forwards.contains_key(first) {
                        self.adopt_forward(monitor.channel_id(), htlc, source);
                        report.found.insert(source.origin());
                    }
                }
            }
        }
    }

    /// Waits for a part that it does not know. A retry counts as made.
    ///
    /// `RST-13`: "A restarted Manager MUST wait for an own HTLC that it does not know and that the
    /// Monitor of a closed channel lists or has an event of."
    fn adopt_payment(&mut self, channel_id: ChannelId, htlc: NewHtlc, source: &HTLCSource) {
        let HTLCSource::OutboundRoute { part, retry_of } = source else { return };
        let NewHtlc { payment_hash, amount_msat, .. } = htlc;
        let payment = Arc::make_mut(&mut self.payments).entry(part.payment_id);
        let payment = payment.or_insert(Payment { payment_hash, parts: BTreeMap::new() });
        let replaced = retry_of.and_then(|replaced| payment.parts.get_mut(&replaced));
        if let Some(replaced) = replaced {
            replaced.retry_by = None;
        }
        let (retry_of, retry_by, state) = (*retry_of, None, PartState::Waiting);
        let adopted = PaymentPart { channel_id, amount_msat, retry_of, retry_by, state };
        payment.parts.insert(part.part, adopted);
    }

    /// Waits for a forward that it does not know: the same for what left because of others. Of
    /// previous hops that it does not know, nothing is left to do.
    fn adopt_forward(&mut self, channel_id: ChannelId, htlc: NewHtlc, source: &HTLCSource) {
        let NewHtlc { payment_hash, amount_msat, .. } = htlc;
        let prev_htlcs: Vec<HTLCPreviousHopData> = source.previous_hops().collect();
        let Some(first) = prev_htlcs.first().copied() else { return };
        for hop in &prev_htlcs {
            let Some(channel) = self.channels.get_mut(hop.channel_id) else { return };
            let (forward, state) = (None, InboundHtlcState::Resolved);
            let gone = InboundHtlc { payment_hash, amount_msat: 0, forward, state };
            let known = channel.inbound_htlcs.entry(hop.htlc_id).or_insert(gone);
            known.forward = Some(first);
            if known.state == InboundHtlcState::Undecided {
                known.state = InboundHtlcState::Waiting;
            }
        }
        let (next_channel_id, telling) = (channel_id, self.telling_of_forwards());
        let forward = Forward { next_channel_id, amount_msat, payment_hash, prev_htlcs, telling };
        Arc::make_mut(&mut self.forwards).insert(first, forward);
    }

    /// Of payments received over a stale channel: "a payment received of which a part is 'removed,
    /// claimed' is told (MGR-20), if none is queued" (`RST-6`). One of which a part is failed is
    /// none any more.
    pub(super) fn adopt_received(&mut self, monitor: &ChannelMonitor) {
        let is_here = |part: &&HTLCPreviousHopData| part.channel_id == monitor.channel_id();
        let stage = |part: &HTLCPreviousHopData| monitor.htlcs().get(&part.htlc()).map(|h| h.stage);
        let failed = Some(RemovalStage::Signed(HTLCResolution::Failed));
        let manager_of = |payment: &ReceivedPayment| {
            let mut here = payment.parts.iter().filter(is_here);
            let is_failed = here.clone().any(|part| stage(part) == failed);
            (is_failed, here.any(|part| monitor.has_removed(part.htlc())))
        };
        let mut given_back = Vec::new();
        Arc::make_mut(&mut self.received).retain(|_, payment| {
            let (is_failed, is_removed) = manager_of(payment);
            if is_removed {
                payment.telling = Telling::Queued;
            }
            if is_failed {
                given_back.extend(payment.parts.iter().copied());
            }
            !is_failed
        });
        // Of its other parts nobody has said anything any more.
        for part in given_back {
            let known = self.inbound_htlc(part);
            if known.is_some_and(|htlc| htlc.state == InboundHtlcState::Claimable) {
                self.set_inbound(part, InboundHtlcState::Undecided);
            }
        }
        self.forget_unknown_events();
    }

    /// Drops what is queued of payments received that are none any more.
    fn forget_unknown_events(&mut self) {
        let received = &self.received;
        Arc::make_mut(&mut self.pending_events).retain(|key, _| match key {
            EventKey::Claimable(hash) | EventKey::Claimed(hash) => received.contains_key(hash),
            EventKey::Outbound(_) => true,
        });
    }

    /// Goes on with claims that a Monitor knows of, whatever the channel. The other parts' updates
    /// are listed in flight, whether their channels are open or closed; the background steps submit
    /// them. A part whose Monitor is archived is resolved (`MGR-10`).
    ///
    /// `RST-12`: "A restarted Manager MUST claim every part of a payment received of which any
    /// Monitor has the preimage."
    pub(super) fn resume_claims(
        &mut self,
        monitors: &[&ChannelMonitor],
        archived: &BTreeSet<ChannelId>,
    ) -> Result<(), UpdateError> {
        let preimages = self.claimed_with(monitors);
        self.forget_failed(&preimages, archived);
        let payments: Vec<PaymentHash> = self.received.keys().copied().collect();
        for payment_hash in payments {
            let parts = self.received_parts(payment_hash);
            let is_claimed = parts.iter().any(|(_, s)| *s != InboundHtlcState::Claimable);
            let preimage = preimages.get(&payment_hash);
            for (part, state) in parts {
                if state != InboundHtlcState::Claimable {
                    continue;
                }
                if archived.contains(&part.channel_id) {
                    if is_claimed || preimage.is_some() {
                        self.set_inbound(part, InboundHtlcState::Resolved);
                    }
                } else if let Some(preimage) = preimage {
                    self.set_inbound(part, InboundHtlcState::Signed(Outcome::Claim));
                    if let Some(channel) = self.channels.get_mut(part.channel_id) {
                        channel.list_update(part.channel_id, claim_of(part.htlc(), *preimage))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// By MGR-20 a part that is removed while another has no claim was failed, and so is the
    /// payment: nobody has said what becomes of the others.
    fn forget_failed(
        &mut self,
        preimages: &BTreeMap<PaymentHash, PaymentPreimage>,
        archived: &BTreeSet<ChannelId>,
    ) {
        let told = self.received.iter().filter(|(hash, payment)| {
            payment.telling == Telling::Queued && !preimages.contains_key(*hash)
        });
        let told: Vec<PaymentHash> = told.map(|(payment_hash, _)| *payment_hash).collect();
        for payment_hash in told {
            let parts = self.received_parts(payment_hash);
            // Of a part whose Monitor is archived nothing can be said by that.
            let waits = |(part, state): &(HTLCPreviousHopData, InboundHtlcState)| {
                *state == InboundHtlcState::Claimable && !archived.contains(&part.channel_id)
            };
            if parts.iter().any(waits) {
                Arc::make_mut(&mut self.received).remove(&payment_hash);
                for (part, _) in parts.into_iter().filter(waits) {
                    self.set_inbound(part, InboundHtlcState::Undecided);
                }
            }
        }
        self.forget_unknown_events();
    }

    /// The preimages of payments received that Monitors know. A payment that this Manager has not
    /// put together is put together: its parts are what nobody has said otherwise of.
    fn claimed_with(
        &mut self,
        monitors: &[&ChannelMonitor],
    ) -> BTreeMap<PaymentHash, PaymentPreimage> {
        let mut preimages = BTreeMap::new();
        for monitor in monitors {
            for (htlc, entry) in monitor.htlcs() {
                let RemovalStage::Signed(resolution) = entry.stage else { continue };
                let (false, Some(preimage)) = (htlc.is_outbound(), resolution.preimage()) else {
                    continue;
                };
                let claimed = self.inbound_htlc(hop(monitor.channel_id(), *htlc));
                if claimed.is_some_and(|htlc| htlc.forward.is_none()) {
                    preimages.insert(entry.payment_hash, preimage);
                }
            }
        }
        for payment_hash in preimages.keys() {
            if !self.received.contains_key(payment_hash) {
                self.put_together(*payment_hash);
            }
        }
        preimages
    }

    fn put_together(&mut self, payment_hash: PaymentHash) {
        let mut parts = Vec::new();
        for (channel_id, channel) in self.channels.iter_mut() {
            for (id, htlc) in &mut channel.inbound_htlcs {
                if htlc.payment_hash != payment_hash || htlc.forward.is_some() {
                    continue;
                }
                match htlc.state {
                    InboundHtlcState::Undecided => htlc.state = InboundHtlcState::Claimable,
                    InboundHtlcState::Signed(Outcome::Claim) => {}
                    _ => continue,
                }
                parts.push(hop(channel_id, HtlcId::inbound(*id)));
            }
        }
        Arc::make_mut(&mut self.received)
            .insert(payment_hash, ReceivedPayment { parts, telling: Telling::NotYet });
    }
}
