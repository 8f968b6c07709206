//! Forwards: what becomes of the inbound HTLC, and what the user is told.

use std::collections::{BTreeMap, BTreeSet};

use super::{ChannelManager, ForwardState, HtlcState, QueuedEvent, Telling};
use crate::event::{ChannelId, Event, HTLCEvent, HtlcId, MonitorEventSource, Outcome};
use crate::update::{ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

/// An inbound HTLC of a forward.
#[derive(Clone, Copy)]
pub(crate) struct PreviousHop {
    pub(crate) htlc: HtlcId,
    pub(crate) inbound: ChannelId,
    pub(crate) state: ForwardState,
}

impl ChannelManager {
    /// The inbound HTLCs of the forward that left as this HTLC.
    pub(crate) fn previous_hops(&self, htlc: HtlcId) -> Vec<PreviousHop> {
        let hops = self.htlcs.iter().filter_map(|(id, state)| match *state {
            HtlcState::Forward { inbound, leaves_as, state, .. } if leaves_as == htlc => {
                Some(PreviousHop { htlc: *id, inbound, state })
            }
            _ => None,
        });
        hops.collect()
    }

    /// The inbound channels of the forward that left as this HTLC; none if it is an own payment.
    pub fn inbound_channels(&self, htlc: HtlcId) -> BTreeSet<ChannelId> {
        self.previous_hops(htlc).into_iter().map(|hop| hop.inbound).collect()
    }

    /// How many updates dispatching the event would submit to each inbound channel.
    pub fn updates_by_dispatch(
        &self,
        event: HTLCEvent,
        watch: &impl Watch,
    ) -> BTreeMap<ChannelId, usize> {
        let mut updates = BTreeMap::new();
        for PreviousHop { inbound, state, .. } in self.previous_hops(event.htlc) {
            let applies = state.waits() && event.outcome == Outcome::Claim;
            if applies && !watch.is_archived(inbound) {
                *updates.entry(inbound).or_default() += 1;
            }
        }
        updates
    }

    /// Applies the outcome to the previous hops that wait for it. The ack waits for all of them.
    pub(super) fn dispatch_forward(
        &mut self,
        source: MonitorEventSource,
        event: HTLCEvent,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.apply_to_hops(event, watch)?;
        self.await_forward_ack(source, event);
        Ok(())
    }

    /// Sends the outcome on its way to every payer for whom it is news, and tells the user.
    pub(super) fn apply_to_hops(
        &mut self,
        event: HTLCEvent,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        for PreviousHop { htlc, inbound, state } in self.previous_hops(event.htlc) {
            if state.waits() {
                let state = self.resolve_inbound(HTLCEvent { htlc, ..event }, inbound, watch)?;
                self.set_forward_state(htlc, state);
            }
        }
        self.tell_forward(event);
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
        event: HTLCEvent,
        inbound: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<ForwardState, UpdateError> {
        let HTLCEvent { htlc, outcome } = event;
        Ok(match outcome {
            _ if watch.is_archived(inbound) => ForwardState::Resolved,
            Outcome::Claim => {
                let step = ChannelMonitorUpdateStep::SignRemoval { htlc, outcome };
                self.submit(inbound, step, watch)?;
                ForwardState::Signed(Outcome::Claim)
            }
            Outcome::Fail => self.failed_inbound(inbound),
        })
    }

    /// What a fail means for an HTLC of this inbound channel.
    pub(super) fn failed_inbound(&self, inbound: ChannelId) -> ForwardState {
        if self.is_open(inbound) { ForwardState::FailQueued } else { ForwardState::Resolved }
    }

    pub(super) fn set_forward_state(&mut self, htlc: HtlcId, to: ForwardState) {
        if let Some(HtlcState::Forward { state, .. }) = self.htlcs.get_mut(&htlc) {
            *state = to;
        }
    }

    /// The inbound channel of a fail that waits in the forward queue.
    pub fn queued_fail(&self, htlc: HtlcId) -> Option<ChannelId> {
        match self.htlcs.get(&htlc)? {
            HtlcState::Forward { inbound, state: ForwardState::FailQueued, .. } => Some(*inbound),
            _ => None,
        }
    }

    /// Takes a fail from the forward queue and signs it on the inbound channel.
    pub(crate) fn process_forward_fail(
        &mut self,
        htlc: HtlcId,
        inbound: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let outcome = Outcome::Fail;
        let step = ChannelMonitorUpdateStep::SignRemoval { htlc, outcome };
        self.submit(inbound, step, watch)?;
        self.set_forward_state(htlc, ForwardState::Signed(outcome));
        Ok(())
    }

    /// Queues the event, whether the claim had its effect now or before: a Manager that took the
    /// HTLC's state from its Monitor (`RST-6`) has told nobody. The event has no completion action:
    /// no ack is called before a write that has it in the queue has landed (`MGR-8`).
    ///
    /// `MGR-12`: "The Manager MUST queue `PaymentForwarded` when it learns of a forward's claim, by
    /// message or by event, unless it has queued it before."
    pub(super) fn tell_forward(&mut self, event: HTLCEvent) {
        let HTLCEvent { htlc, outcome } = event;
        let Some(HtlcState::Forward { telling, .. }) = self.htlcs.get_mut(&htlc) else { return };
        if outcome == Outcome::Claim && *telling == Telling::NotYet {
            *telling = Telling::Queued;
            let event = Event::PaymentForwarded { htlc };
            self.pending_events.insert(htlc, QueuedEvent { event, actions: BTreeSet::new() });
        }
    }
}
