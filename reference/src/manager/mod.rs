//! Generates updates, dispatches HTLC events, queues user events (SPEC section 5.3).

mod acks;
mod as_pairs;
mod blocked;
mod close;
mod dispatch;
mod forwards;
mod holding_cell;
mod htlc;
mod payments;
mod received;
mod serialize;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::{HtlcRole, NodeConfig};
use crate::event::{
    ChannelId, Event, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, Outcome,
};
use crate::store::PersistStatus;
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

pub use blocked::Submission;
pub use htlc::{ForwardState, HtlcState, PaymentState, ReceivedState, Telling};
pub(crate) use received::{ReceivedPart, claim_of};

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
    /// What follows once the user has handled it. Never written (`MGR-22`).
    pub actions: BTreeSet<EventCompletionAction>,
}

/// The Manager.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChannelManager {
    pub(crate) channels: BTreeMap<ChannelId, Channel>,
    pub(crate) htlcs: BTreeMap<HtlcId, HtlcState>,
    pub(crate) pending_events: BTreeMap<HtlcId, QueuedEvent>,
    /// The event that the user is handling. Never written, like everything below.
    pub(crate) handling: Option<HtlcId>,
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
    pub(crate) fn list_update(&mut self, step: ChannelMonitorUpdateStep) {
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
                state: config
                    .held_on(id)
                    .map_or(ForwardState::Waiting, ForwardState::InHoldingCell),
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

    /// `MGR-9`: "The Manager MUST drop, on a `Completed`, from its list of updates in flight
    /// exactly those that it covers."
    pub(crate) fn channel_monitor_updated(&mut self, channel_id: ChannelId, reported: u64) {
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.in_flight_monitor_updates.retain(|update| update.update_id > reported);
        }
        self.fail_closed_holding_cell(channel_id);
        self.tell_claims();
        self.collect_due_acks();
    }

    pub(crate) fn inbound_htlcs(
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

    /// Whether the update that signs the HTLC's removal on the channel is in flight.
    pub fn is_signing(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        [Outcome::Claim, Outcome::Fail].into_iter().any(|outcome| {
            let step = ChannelMonitorUpdateStep::SignRemoval { htlc, outcome };
            !self.is_durable(channel_id, step)
        })
    }
}
