//! Forwards: what becomes of the inbound HTLCs, and what the user is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ChannelManager, InboundHtlcState};
use crate::event::{Event, EventKey, HTLCEvent, MonitorEventSource};
use crate::types::{
    ChannelId, HTLCPreviousHopData, HTLCResolution, HTLCSource, Origin, Outcome, PaymentHash,
};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

/// A forward: one HTLC that leaves for one that came in, or for several (trampoline).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Forward {
    /// The channel by which it leaves.
    pub next_channel_id: ChannelId,
    /// The amount that leaves, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// The inbound HTLCs, the first of which names it.
    pub prev_htlcs: Vec<HTLCPreviousHopData>,
    /// Whether the user is told if it is claimed.
    pub telling: Telling,
}

/// How a forward ended downstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ForwardOutcome {
    /// The forward, by its first previous hop.
    pub first: HTLCPreviousHopData,
    /// How it ended.
    pub outcome: Outcome,
}

/// Whether the user is told of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Telling {
    /// The user does not want to know.
    Never,
    /// The event was not queued.
    NotYet,
    /// The event was queued; if it is not in the queue any more, the user has handled it.
    Queued,
}

impl Forward {
    /// Where its outbound HTLC comes from.
    pub fn source(&self) -> Option<HTLCSource> {
        HTLCSource::forward_of(&self.prev_htlcs)
    }
}

impl ChannelManager {
    /// Decides that inbound HTLCs, of which nothing was said before, leave as one.
    pub(crate) fn forward_htlcs(
        &mut self,
        prev_htlcs: &[HTLCPreviousHopData],
        next_channel_id: ChannelId,
        amount_msat: u64,
        payment_hash: PaymentHash,
    ) {
        let Some(first) = prev_htlcs.first().copied() else { return };
        for hop in prev_htlcs {
            if let Some(htlc) = self.inbound_htlc_mut(*hop) {
                htlc.forward = Some(first);
                htlc.state = InboundHtlcState::InHoldingCell;
            }
        }
        let (prev_htlcs, telling) = (prev_htlcs.to_vec(), self.telling_of_forwards());
        let forward = Forward { next_channel_id, amount_msat, payment_hash, prev_htlcs, telling };
        Arc::make_mut(&mut self.forwards).insert(first, forward);
    }

    /// The inbound HTLCs of the forward that has this first hop, each with its state.
    pub(crate) fn previous_hops(
        &self,
        first: HTLCPreviousHopData,
    ) -> Vec<(HTLCPreviousHopData, InboundHtlcState)> {
        self.states_of(self.forwards.get(&first).map(|forward| &forward.prev_htlcs[..]))
    }

    /// Inbound HTLCs, each with its state, as far as they are known.
    pub(super) fn states_of(
        &self,
        htlcs: Option<&[HTLCPreviousHopData]>,
    ) -> Vec<(HTLCPreviousHopData, InboundHtlcState)> {
        let htlcs = htlcs.unwrap_or_default().iter();
        htlcs.filter_map(|hop| Some((*hop, self.inbound_htlc(*hop)?.state))).collect()
    }

    /// Whether the user is to be told of a forward that begins now.
    pub(crate) fn telling_of_forwards(&self) -> Telling {
        match self.settings.tell_forwards {
            true => Telling::NotYet,
            false => Telling::Never,
        }
    }

    /// Whether a previous hop of the forward waits for its outcome.
    pub fn awaits_outcome(&self, first: HTLCPreviousHopData) -> bool {
        self.previous_hops(first).iter().any(|(_, state)| state.waits())
    }

    /// Applies the outcome to the previous hops that wait for it. The ack waits for all of them.
    pub(super) fn dispatch_forward(
        &mut self,
        source: MonitorEventSource,
        event: &HTLCEvent,
        first: HTLCPreviousHopData,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.apply_to_hops(first, event.resolution, watch)?;
        let outcome = event.resolution.outcome();
        self.await_forward_ack(source, ForwardOutcome { first, outcome });
        Ok(())
    }

    /// Sends the outcome on its way to every payer for whom it is news, and tells the user.
    pub(super) fn apply_to_hops(
        &mut self,
        first: HTLCPreviousHopData,
        resolution: HTLCResolution,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        for (hop, state) in self.previous_hops(first) {
            if state.waits() {
                let state = self.resolve_inbound(hop, resolution, watch)?;
                self.set_inbound(hop, state);
            }
        }
        self.tell_forward(first, resolution.outcome());
        Ok(())
    }

    /// Sends the outcome on its way to the payer. A claim goes to the inbound Monitor at once,
    /// whether that channel is open or closed.
    ///
    /// `MGR-10`: "The Manager MUST treat an inbound HTLC as *gone*, and submit no update for it,
    /// once the Monitor of its channel is archived."
    ///
    /// `MGR-14`: "The Manager MUST submit the update of a claim, of a forward or of a payment
    /// received, at once, before blocked ones." Those have no ids yet, so it takes the next one.
    pub(super) fn resolve_inbound(
        &mut self,
        hop: HTLCPreviousHopData,
        resolution: HTLCResolution,
        watch: &mut impl Watch,
    ) -> Result<InboundHtlcState, UpdateError> {
        let inbound = hop.channel_id;
        Ok(match resolution {
            _ if watch.is_archived(inbound) => InboundHtlcState::Resolved,
            HTLCResolution::Claimed(_) => {
                let htlc = hop.htlc();
                let step = ChannelMonitorUpdateStep::SignRemoval { htlc, resolution };
                self.submit(inbound, step, watch)?;
                InboundHtlcState::Signed(Outcome::Claim)
            }
            HTLCResolution::Failed => self.failed_inbound(inbound),
        })
    }

    /// What a fail means for an HTLC of this inbound channel.
    pub(super) fn failed_inbound(&self, inbound: ChannelId) -> InboundHtlcState {
        match self.is_open(inbound) {
            true => InboundHtlcState::FailQueued,
            false => InboundHtlcState::Resolved,
        }
    }

    /// Whether a fail of the inbound HTLC waits in the forward queue.
    pub fn has_queued_fail(&self, hop: HTLCPreviousHopData) -> bool {
        self.inbound_htlc(hop).is_some_and(|htlc| htlc.state == InboundHtlcState::FailQueued)
    }

    /// The inbound HTLCs whose fails wait in the forward queue (LDK: `forward_htlcs`).
    pub fn forward_queue(&self) -> Vec<HTLCPreviousHopData> {
        let hops = self.channels.iter().flat_map(|(channel_id, channel)| {
            channel.inbound_htlcs.iter().map(move |(id, htlc)| {
                (HTLCPreviousHopData { channel_id, htlc_id: *id }, htlc.state)
            })
        });
        let queued = hops.filter(|(_, state)| *state == InboundHtlcState::FailQueued);
        queued.map(|(hop, _)| hop).collect()
    }

    /// Takes a fail from the forward queue and signs it on the inbound channel.
    pub(crate) fn process_forward_fail(
        &mut self,
        hop: HTLCPreviousHopData,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let (htlc, resolution) = (hop.htlc(), HTLCResolution::Failed);
        let step = ChannelMonitorUpdateStep::SignRemoval { htlc, resolution };
        self.submit(hop.channel_id, step, watch)?;
        self.set_inbound(hop, InboundHtlcState::Signed(Outcome::Fail));
        Ok(())
    }

    /// Queues the event, whether the claim had its effect now or before: a Manager that took the
    /// HTLC's state from its Monitor (`RST-6`) has told nobody. The event has no completion action:
    /// no ack is called before a write that has it in the queue has landed (`MGR-8`).
    ///
    /// `MGR-12`: "The Manager MUST queue `PaymentForwarded` when it learns of a forward's claim, by
    /// message or by event, unless it has queued it before."
    pub(super) fn tell_forward(&mut self, first: HTLCPreviousHopData, outcome: Outcome) {
        let Some(forward) = self.forwards.get(&first) else { return };
        if outcome != Outcome::Claim || forward.telling != Telling::NotYet {
            return;
        }
        let hops = forward.prev_htlcs.iter();
        let came_in = hops.filter_map(|hop| Some(self.inbound_htlc(*hop)?.amount_msat));
        let came_in = came_in.fold(0, u64::saturating_add);
        let event = Event::PaymentForwarded {
            prev_htlcs: forward.prev_htlcs.clone(),
            next_channel_id: forward.next_channel_id,
            total_fee_earned_msat: came_in.saturating_sub(forward.amount_msat),
        };
        if let Some(forward) = Arc::make_mut(&mut self.forwards).get_mut(&first) {
            forward.telling = Telling::Queued;
        }
        self.queue(EventKey::Outbound(Origin::Forward(first)), event, BTreeSet::new());
    }
}
