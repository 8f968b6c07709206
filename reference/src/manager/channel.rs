//! The Manager's side of a channel, and of the HTLCs that came in on it.

use std::collections::BTreeMap;

use crate::codec::next_id;
use crate::types::{ChannelId, HTLCPreviousHopData, Outcome, PaymentHash};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};

/// The Manager's side of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// What the peer has offered, by the numbers of those HTLCs.
    pub inbound_htlcs: BTreeMap<u64, InboundHtlc>,
    /// The first write of its Monitor is in flight. Never written, for a channel is not before that
    /// has landed: else a load would miss the Monitor.
    pub is_new: bool,
}

/// An inbound HTLC as the Manager knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InboundHtlc {
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// The forward that it is a previous hop of, by the first one.
    pub forward: Option<HTLCPreviousHopData>,
    /// How far it has come.
    pub state: InboundHtlcState,
}

/// How far an inbound HTLC has come (SPEC section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum InboundHtlcState {
    /// Nobody has said what becomes of it.
    Undecided,
    /// A part of a payment received, which the user may claim.
    Claimable,
    /// What it leaves as waits in a holding cell.
    InHoldingCell,
    /// The outcome downstream is not known.
    Waiting,
    /// A fail waits in the forward queue.
    FailQueued,
    /// The removal is signed, or the preimage given to the Monitor of a closed channel.
    Signed(Outcome),
    /// Nothing is left to do: the removal is revoked, the Monitor is archived, or a fail was given
    /// up because the channel is closed.
    Resolved,
}

impl InboundHtlcState {
    /// Whether it is a previous hop of a forward to which no outcome was applied.
    pub fn waits(self) -> bool {
        matches!(self, InboundHtlcState::InHoldingCell | InboundHtlcState::Waiting)
    }
}

impl Channel {
    /// A new channel.
    pub(super) fn open(is_new: bool) -> Self {
        Channel {
            is_open: true,
            latest_monitor_update_id: 0,
            in_flight_monitor_updates: Vec::new(),
            blocked_monitor_updates: Vec::new(),
            inbound_htlcs: BTreeMap::new(),
            is_new,
        }
    }

    /// One of which only the Monitor is left.
    pub(crate) fn forgotten() -> Self {
        Channel { is_open: false, ..Channel::open(false) }
    }

    /// Lists an update in flight, under the next id.
    pub(crate) fn list_update(
        &mut self,
        channel_id: ChannelId,
        step: ChannelMonitorUpdateStep,
    ) -> Result<ChannelMonitorUpdate, UpdateError> {
        let next = next_id(self.latest_monitor_update_id);
        let update_id = next.ok_or(UpdateError::IdsUsedUp(channel_id))?;
        self.latest_monitor_update_id = update_id;
        let update = ChannelMonitorUpdate { update_id, step };
        self.in_flight_monitor_updates.push(update.clone());
        Ok(update)
    }

    /// Whether an update that was generated is not known to be durable: only a report, or the
    /// background step, takes it from the list. One that is blocked is not even submitted.
    pub(crate) fn lists(&self, is_it: impl Fn(&ChannelMonitorUpdateStep) -> bool) -> bool {
        let in_flight = self.in_flight_monitor_updates.iter().map(|update| &update.step);
        in_flight.chain(&self.blocked_monitor_updates).any(is_it)
    }
}
