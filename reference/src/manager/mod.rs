//! Generates updates, dispatches HTLC events, queues user events (SPEC section 5.3).

mod acks;
mod as_pairs;
mod blocked;
mod forwards;
mod holding_cell;
mod htlc;
mod payments;
mod received;
mod restart;
mod serialize;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chain_monitor::Watch;
use crate::config::{HtlcRole, NodeConfig};
use crate::event::{
    ChannelId, Event, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, MonitorNotice,
    Outcome,
};
use crate::persist::PersistStatus;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};

pub use blocked::Submission;
pub use forwards::Telling;
pub use htlc::{ForwardState, HtlcState, PaymentState};
pub use received::ReceivedState;
pub use restart::MissingUpdate;

/// The Manager's side of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Channel {
    /// Whether the channel is open for all the Manager knows.
    pub is_open: bool,
    /// The id of the last update that was submitted.
    pub latest_monitor_update_id: u64,
    /// Updates that were submitted and are not reported complete, oldest first. Their ids follow
    /// each other and end with the last one submitted.
    pub in_flight_monitor_updates: Vec<ChannelMonitorUpdate>,
    /// Updates that wait for what blocks the channel, oldest first. They get their ids when they
    /// are submitted.
    pub blocked_monitor_updates: Vec<ChannelMonitorUpdateStep>,
}

/// An entry of the user-event queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueuedEvent {
    /// What the user is told.
    pub event: Event,
    /// What follows once the user has handled it.
    pub actions: BTreeSet<EventCompletionAction>,
}

/// The Manager.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChannelManager {
    channels: BTreeMap<ChannelId, Channel>,
    htlcs: BTreeMap<HtlcId, HtlcState>,
    pending_events: BTreeMap<HtlcId, QueuedEvent>,
    /// The event that the user is handling. Never written, like everything below.
    handling: Option<HtlcId>,
    /// Events of forwards before their ack point.
    #[serde(with = "as_pairs")]
    pending_forward_monitor_event_acks: BTreeMap<MonitorEventSource, HTLCEvent>,
    /// Acks that are due and that no write in flight covers.
    due_acks: BTreeSet<MonitorEventSource>,
    /// The acks that the write in flight covers, if there is one.
    write_in_flight: Option<BTreeSet<MonitorEventSource>>,
}

impl Channel {
    /// Lists an update in flight, under the next id, that is not submitted now.
    fn list_update(&mut self, step: ChannelMonitorUpdateStep) {
        self.latest_monitor_update_id += 1;
        let update_id = self.latest_monitor_update_id;
        self.in_flight_monitor_updates.push(ChannelMonitorUpdate { update_id, step });
    }
}

impl ChannelManager {
    /// A Manager whose channels are open and whose HTLCs all wait: for their outcome, or to be
    /// offered.
    pub fn new(config: &NodeConfig) -> Self {
        let channel = Channel {
            is_open: true,
            latest_monitor_update_id: 0,
            in_flight_monitor_updates: Vec::new(),
            blocked_monitor_updates: Vec::new(),
        };
        let htlc = |id: HtlcId, role: &HtlcRole| match *role {
            HtlcRole::Payment { outbound, held } => HtlcState::Payment {
                payment: id,
                state: if held {
                    PaymentState::InHoldingCell(outbound)
                } else {
                    PaymentState::Waiting
                },
            },
            HtlcRole::Unmade { outbound } => {
                HtlcState::Payment { payment: id, state: PaymentState::Unmade(outbound) }
            }
            HtlcRole::Retry { outbound, payment } => {
                HtlcState::Payment { payment, state: PaymentState::Unmade(outbound) }
            }
            HtlcRole::Part { payment, .. } => {
                HtlcState::Payment { payment, state: PaymentState::Waiting }
            }
            HtlcRole::Forward { inbound, outbound, held } => HtlcState::Forward {
                inbound,
                leaves_as: id,
                state: if held {
                    ForwardState::InHoldingCell(outbound)
                } else {
                    ForwardState::Waiting
                },
                telling: if config.tell_forwards { Telling::NotYet } else { Telling::Never },
            },
            HtlcRole::PreviousHop { inbound, leaves_as } => HtlcState::Forward {
                inbound,
                leaves_as,
                state: ForwardState::Waiting,
                telling: Telling::Never,
            },
            HtlcRole::Received { inbound } => HtlcState::Received {
                inbound,
                payment: id,
                state: ReceivedState::Claimable,
                telling: Telling::NotYet,
            },
            HtlcRole::ReceivedPart { inbound, payment } => HtlcState::Received {
                inbound,
                payment,
                state: ReceivedState::Claimable,
                telling: Telling::Never,
            },
        };
        ChannelManager {
            channels: config.channels.keys().map(|id| (*id, channel.clone())).collect(),
            htlcs: config.htlcs.iter().map(|(id, role)| (*id, htlc(*id, role))).collect(),
            pending_events: BTreeMap::new(),
            handling: None,
            pending_forward_monitor_event_acks: BTreeMap::new(),
            due_acks: BTreeSet::new(),
            write_in_flight: None,
        }
    }

    /// The channels.
    pub fn channels(&self) -> &BTreeMap<ChannelId, Channel> {
        &self.channels
    }

    /// Whether the Manager takes the channel for open.
    pub fn is_open(&self, channel_id: ChannelId) -> bool {
        self.channels.get(&channel_id).is_some_and(|channel| channel.is_open)
    }

    /// The HTLCs.
    pub fn htlcs(&self) -> &BTreeMap<HtlcId, HtlcState> {
        &self.htlcs
    }

    /// The user-event queue, by the HTLC whose event led to each entry.
    pub fn pending_events(&self) -> &BTreeMap<HtlcId, QueuedEvent> {
        &self.pending_events
    }

    /// The HTLC whose event the user is handling.
    pub fn handling(&self) -> Option<HtlcId> {
        self.handling
    }

    /// The events of forwards before their ack point.
    pub fn pending_forward_monitor_event_acks(&self) -> &BTreeMap<MonitorEventSource, HTLCEvent> {
        &self.pending_forward_monitor_event_acks
    }

    /// The acks that are due and that no write in flight covers.
    pub fn due_acks(&self) -> &BTreeSet<MonitorEventSource> {
        &self.due_acks
    }

    /// The acks that the write in flight covers, if there is one.
    pub fn write_in_flight(&self) -> Option<&BTreeSet<MonitorEventSource>> {
        self.write_in_flight.as_ref()
    }

    /// Generates the channel's next update and submits it. Changes nothing if the Watch refuses.
    pub(crate) fn submit(
        &mut self,
        channel_id: ChannelId,
        step: ChannelMonitorUpdateStep,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return Err(UpdateError::UnknownChannel(channel_id));
        };
        let update_id = channel.latest_monitor_update_id + 1;
        let update = ChannelMonitorUpdate { update_id, step };
        let status = watch.update_channel(channel_id, &update)?;
        channel.latest_monitor_update_id = update_id;
        channel.in_flight_monitor_updates.push(update);
        if status == PersistStatus::Completed {
            self.channel_monitor_updated(channel_id, update_id);
        }
        Ok(())
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

    /// Closes a channel and tells its Monitor by an update.
    pub(crate) fn force_close(
        &mut self,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        self.submit(channel_id, ChannelMonitorUpdateStep::ChannelForceClosed, watch)?;
        self.close_channel(channel_id);
        self.fail_closed_holding_cell(channel_id);
        Ok(())
    }

    /// `MGR-9`: "The Manager MUST drop, on a `Completed`, from its list of updates in flight
    /// exactly those that it covers."
    fn channel_monitor_updated(&mut self, channel_id: ChannelId, reported: u64) {
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.in_flight_monitor_updates.retain(|update| update.update_id > reported);
        }
        self.fail_closed_holding_cell(channel_id);
        self.tell_claims();
        self.collect_due_acks();
    }

    /// Closes a channel. "A channel that closes drops its blocked updates." "A fail that waits in
    /// the queue or is signed is given up when its inbound channel closes: the payer takes the HTLC
    /// back on chain." A claim goes on: its preimage is, or will be, in the Monitor.
    fn close_channel(&mut self, channel_id: ChannelId) {
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.is_open = false;
            channel.blocked_monitor_updates.clear();
        }
        for state in self.inbound_htlcs(channel_id) {
            if matches!(state.1, ForwardState::FailQueued | ForwardState::Signed(Outcome::Fail)) {
                *state.1 = ForwardState::Resolved;
            }
        }
        self.collect_due_acks();
    }

    fn inbound_htlcs(
        &mut self,
        channel_id: ChannelId,
    ) -> impl Iterator<Item = (HtlcId, &mut ForwardState)> {
        self.htlcs.iter_mut().filter_map(move |(id, htlc)| match htlc {
            HtlcState::Forward { inbound, state, .. } if *inbound == channel_id => {
                Some((*id, state))
            }
            _ => None,
        })
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

    /// Whether an HTLC that ended so is not over for the Manager: it waits for the outcome, or
    /// would if it knew of the HTLC, or has yet to tell the user, or the user to handle it.
    pub fn is_owed(&self, event: HTLCEvent) -> bool {
        let HTLCEvent { htlc, outcome } = event;
        match self.htlcs.get(&htlc) {
            Some(HtlcState::Payment { state, .. }) => {
                !matches!(state, PaymentState::Settled(_))
                    || self.pending_events.contains_key(&htlc)
            }
            Some(HtlcState::Forward { telling, .. }) => {
                let untold = outcome == Outcome::Claim && *telling == Telling::NotYet;
                untold || self.previous_hops(htlc).into_iter().any(|hop| hop.state.waits())
            }
            // What ends here is claimed by the user, and `RST-12` sees to it.
            Some(HtlcState::Received { .. }) | None => false,
        }
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

    /// Whether the update that offers the HTLC on the channel is in flight.
    pub fn is_offering(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        !self.is_durable(channel_id, ChannelMonitorUpdateStep::Offer { htlc })
    }

    /// Whether the update that signs the HTLC's removal on the channel is in flight.
    pub fn is_signing(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        [Outcome::Claim, Outcome::Fail].into_iter().any(|outcome| {
            let step = ChannelMonitorUpdateStep::SignRemoval { htlc, outcome };
            !self.is_durable(channel_id, step)
        })
    }

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
    /// `MGR-18`: "The Manager MUST let every ack become due that a user event brings when the User
    /// has handled it, also one that joined the event while the User handled it." The entry is in
    /// the queue until then, and an ack joins it there.
    pub(crate) fn complete_event(&mut self) {
        let queued = self.handling.take().and_then(|htlc| self.pending_events.remove(&htlc));
        for action in queued.into_iter().flat_map(|queued| queued.actions) {
            let EventCompletionAction::AckMonitorEvent(source) = action;
            self.ack_is_due(source);
        }
    }
}
