//! Generates updates, dispatches HTLC events, queues user events (SPEC section 5.3).

mod acks;
mod blocked;
mod channel;
mod close;
mod dispatch;
mod forwards;
mod holding_cell;
mod messages;
mod payments;
mod received;
mod serialize;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use channel::{Channel, InboundHtlc, InboundHtlcState};
pub use forwards::{Forward, ForwardOutcome, Telling};
pub use payments::{NewPart, PartState, Payment, PaymentPart};
pub use received::ReceivedPayment;
pub(crate) use received::claim_of;

use crate::by_channel::ByChannel;
use crate::config::Settings;
use crate::event::{Event, EventCompletionAction, EventKey, MonitorEventSource};
use crate::message::Message;
use crate::persist::ChannelMonitorUpdateStatus;
use crate::types::{ChannelId, HTLCPreviousHopData, HtlcId, Origin, PaymentHash, PaymentId};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};
use crate::watch::Watch;

/// An entry of the user-event queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QueuedEvent {
    /// What the user is told.
    pub event: Event,
    /// What follows once the user has handled it. Never written (`MGR-22`).
    pub actions: BTreeSet<EventCompletionAction>,
}

/// The Manager (LDK: `ChannelManager`).
///
/// What it generates goes to a [`Watch`] that is handed in; what it sends waits in it. It asks for
/// nothing else, so that it can be lifted out of a [`Node`](crate::Node). Clones share what they do
/// not change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelManager {
    /// Never written: the user may change them from start to start.
    pub(crate) settings: Settings,
    pub(crate) channels: ByChannel<Channel>,
    /// Own payments (LDK: `pending_outbound_payments`).
    pub(crate) payments: Arc<BTreeMap<PaymentId, Payment>>,
    /// Forwards, by their first previous hop.
    pub(crate) forwards: Arc<BTreeMap<HTLCPreviousHopData, Forward>>,
    /// Payments received (LDK: `claimable_payments`, `pending_claiming_payments`).
    pub(crate) received: Arc<BTreeMap<PaymentHash, ReceivedPayment>>,
    /// The user-event queue.
    pub(crate) pending_events: Arc<BTreeMap<EventKey, QueuedEvent>>,
    /// The event that the user is handling. Never written, like everything below.
    pub(crate) handling: Option<EventKey>,
    /// Of the user events, those that were handed out.
    pub(crate) delivered: BTreeSet<EventKey>,
    /// Events of forwards before their ack point.
    pub(crate) pending_forward_monitor_event_acks: BTreeMap<MonitorEventSource, ForwardOutcome>,
    /// Acks that are due and that no write in flight covers.
    due_acks: BTreeSet<MonitorEventSource>,
    /// The acks that the write in flight covers, if there is one.
    write_in_flight: Option<BTreeSet<MonitorEventSource>>,
    /// The channels whose background step has not run since the load (LDK:
    /// `pending_background_events`).
    pub(crate) background: BTreeSet<ChannelId>,
    /// Channels whose revocations the user of this crate holds back.
    raa_blockers: BTreeSet<ChannelId>,
    /// Messages that were not sent yet.
    pending_messages: Vec<(ChannelId, Message)>,
}

impl ChannelManager {
    /// A Manager without channels.
    pub fn new(settings: Settings) -> Self {
        ChannelManager { settings, ..ChannelManager::default() }
    }

    /// The channels.
    pub fn channels(&self) -> &ByChannel<Channel> {
        &self.channels
    }

    /// Whether the Manager takes the channel for open.
    pub fn is_open(&self, channel_id: ChannelId) -> bool {
        self.channels.get(channel_id).is_some_and(|channel| channel.is_open)
    }

    /// Own payments, by the user's names.
    pub fn payments(&self) -> &BTreeMap<PaymentId, Payment> {
        &self.payments
    }

    /// Forwards, by their first previous hops.
    pub fn forwards(&self) -> &BTreeMap<HTLCPreviousHopData, Forward> {
        &self.forwards
    }

    /// Payments received, by their hashes.
    pub fn received(&self) -> &BTreeMap<PaymentHash, ReceivedPayment> {
        &self.received
    }

    /// An inbound HTLC.
    pub fn inbound_htlc(&self, hop: HTLCPreviousHopData) -> Option<&InboundHtlc> {
        self.channels.get(hop.channel_id)?.inbound_htlcs.get(&hop.htlc_id)
    }

    /// The user-event queue, by what has led to each entry.
    pub fn pending_events(&self) -> &BTreeMap<EventKey, QueuedEvent> {
        &self.pending_events
    }

    /// The event that the user is handling.
    pub fn handling(&self) -> Option<EventKey> {
        self.handling
    }

    /// The events of forwards before their ack point.
    pub fn pending_forward_monitor_event_acks(
        &self,
    ) -> &BTreeMap<MonitorEventSource, ForwardOutcome> {
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

    /// The id of the newest update of each channel.
    pub(crate) fn newest_updates(&self) -> impl Iterator<Item = (ChannelId, u64)> + '_ {
        self.channels.iter().map(|(id, channel)| (id, channel.latest_monitor_update_id))
    }

    /// The channels whose background step has not run since the load.
    pub fn background_pending(&self) -> &BTreeSet<ChannelId> {
        &self.background
    }

    /// Opens a channel, whose Monitor the Watch has taken over with this status.
    pub(crate) fn open_channel(&mut self, channel_id: ChannelId, is_new: bool) {
        self.channels.insert(channel_id, Channel::open(is_new));
    }

    /// Generates the channel's next update and submits it.
    pub(crate) fn submit(
        &mut self,
        channel_id: ChannelId,
        step: ChannelMonitorUpdateStep,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let channel = self.channels.get_mut(channel_id);
        let channel = channel.ok_or(UpdateError::UnknownChannel(channel_id))?;
        let update = channel.list_update(channel_id, step)?;
        self.hand_over(channel_id, &update, watch)
    }

    /// Hands a listed update to the Watch.
    pub(crate) fn hand_over(
        &mut self,
        channel_id: ChannelId,
        update: &ChannelMonitorUpdate,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let status = watch.update_channel(channel_id, update)?;
        if status == ChannelMonitorUpdateStatus::Completed {
            self.channel_monitor_updated(channel_id, update.update_id);
        }
        Ok(())
    }

    /// Takes in that the updates up to this one are durable: sends what waited for them, tells and
    /// acks what did.
    ///
    /// `MGR-9`: "The Manager MUST drop, on a `Completed`, from its list of updates in flight
    /// exactly those that it covers."
    pub(crate) fn channel_monitor_updated(&mut self, channel_id: ChannelId, reported: u64) {
        if let Some(channel) = self.channels.get_mut(channel_id) {
            channel.is_new = false;
            let in_flight = &mut channel.in_flight_monitor_updates;
            let covered =
                in_flight.iter().take_while(|update| update.update_id <= reported).count();
            let complete: Vec<_> = in_flight.drain(..covered).collect();
            // During a load no peer is connected; when one is, it is sent all that it may not have.
            if channel.is_open && self.background.is_empty() {
                let messages = complete.iter().filter_map(|update| messages::due(&update.step));
                self.pending_messages.extend(messages.map(|message| (channel_id, message)));
            }
        }
        self.fail_closed_holding_cell(channel_id);
        self.tell_claims();
        self.collect_due_acks();
    }

    /// Whether an update that was generated for an HTLC is not known to be durable.
    pub(crate) fn is_listed(
        &self,
        channel_id: ChannelId,
        is_it: impl Fn(&ChannelMonitorUpdateStep) -> bool,
    ) -> bool {
        self.channels.get(channel_id).is_some_and(|channel| channel.lists(is_it))
    }

    /// Whether the update that signs the HTLC's removal on the channel is in flight.
    pub fn is_signing(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        use ChannelMonitorUpdateStep::SignRemoval;
        self.is_listed(
            channel_id,
            |step| matches!(step, SignRemoval { htlc: signed, .. } if *signed == htlc),
        )
    }

    /// Whether the update that offers an HTLC on the channel, or takes one in, is in flight.
    pub fn is_adding(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        use ChannelMonitorUpdateStep::{OfferHTLC, ReceiveHTLC};
        let adds = |step: &_| matches!(step, OfferHTLC(..) | ReceiveHTLC(_));
        self.is_listed(channel_id, |step| adds(step) && step.htlc() == Some(htlc))
    }

    /// Whether the update that revokes the last commitment with the HTLC is in flight, or blocked.
    pub fn is_revoking(&self, channel_id: ChannelId, htlc: HtlcId) -> bool {
        use ChannelMonitorUpdateStep::Revocation;
        self.is_listed(channel_id, |step| *step == Revocation { htlc })
    }

    /// The next message to be sent, with its channel.
    pub(crate) fn next_message(&mut self) -> Option<(ChannelId, Message)> {
        (!self.pending_messages.is_empty()).then(|| self.pending_messages.remove(0))
    }

    /// The next user event that was not handed out, or was refused since.
    pub(crate) fn next_event(&mut self) -> Option<(EventKey, Event)> {
        let queue = &self.pending_events;
        self.delivered.retain(|key| queue.contains_key(key));
        let (key, queued) = queue.iter().find(|(key, _)| !self.delivered.contains(key))?;
        self.delivered.insert(*key);
        Some((*key, queued.event.clone()))
    }

    /// Queues a user event.
    pub(crate) fn queue(
        &mut self,
        key: EventKey,
        event: Event,
        actions: BTreeSet<EventCompletionAction>,
    ) {
        Arc::make_mut(&mut self.pending_events).insert(key, QueuedEvent { event, actions });
    }

    /// The state of an inbound HTLC, to be changed.
    pub(crate) fn inbound_htlc_mut(
        &mut self,
        hop: HTLCPreviousHopData,
    ) -> Option<&mut InboundHtlc> {
        self.channels.get_mut(hop.channel_id)?.inbound_htlcs.get_mut(&hop.htlc_id)
    }

    pub(crate) fn set_inbound(&mut self, hop: HTLCPreviousHopData, state: InboundHtlcState) {
        if let Some(htlc) = self.inbound_htlc_mut(hop) {
            htlc.state = state;
        }
    }

    /// Who waits for an outbound HTLC, or has waited.
    pub(crate) fn origins(&self) -> impl Iterator<Item = Origin> + '_ {
        let parts = self.payments.iter().flat_map(|(id, payment)| payment.part_ids(*id));
        parts.map(Origin::Payment).chain(self.forwards.keys().copied().map(Origin::Forward))
    }
}
