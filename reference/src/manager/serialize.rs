//! The stored form of the Manager (SPEC section 4.1).

use std::collections::{BTreeMap, BTreeSet};

use super::{Channel, ChannelManager, ForwardState, HtlcState, PaymentState, QueuedEvent};
use super::{ReceivedState, Telling};
use crate::codec::{DecodeError, Decoder, Encoder};
use crate::event::{ChannelId, Event, HtlcId, Outcome};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

/// The object byte of a Manager.
const MANAGER: u8 = b'G';

impl ChannelManager {
    /// All of the Manager that a full write holds. Forward acks, due acks, those that wait for the
    /// user and the handler under way are not in it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Encoder::new(MANAGER);
        out.list(self.channels.iter(), |out, (id, channel)| {
            out.number(id.0);
            out.flag(channel.is_open);
            out.number(channel.latest_monitor_update_id);
            out.list(channel.in_flight_monitor_updates.iter(), |out, update| update.write_to(out));
            out.list(channel.blocked_monitor_updates.iter(), |out, step| step.write_to(out));
        });
        out.list(self.htlcs.iter(), |out, (id, state)| {
            out.number(id.0);
            write_htlc(out, state);
        });
        // `MGR-22`: "The Manager MUST NOT include in a write the id of an event." After a load the
        // event comes again, and its ack joins the user event then (`MGR-6`).
        out.list(self.pending_events.iter(), |out, (htlc, queued)| {
            out.number(htlc.0);
            out.byte(tag_of(queued.event));
        });
        out.finish()
    }

    /// Reads what [`ChannelManager::write`] wrote. What is never written is empty.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Decoder::new(bytes, MANAGER)?;
        let channels = input.map("channels", read_channel)?;
        let htlcs = input.map("HTLCs", read_htlc)?;
        let pending_events = input.map("user events", |input| read_queued_event(input, &htlcs))?;
        input.end()?;
        Ok(ChannelManager {
            channels,
            htlcs,
            pending_events,
            handling: None,
            pending_forward_monitor_event_acks: BTreeMap::new(),
            due_acks: BTreeSet::new(),
            write_in_flight: None,
        })
    }
}

fn read_channel(input: &mut Decoder) -> Result<(ChannelId, Channel), DecodeError> {
    let id = ChannelId(input.number("channel id")?);
    let is_open = input.flag("open")?;
    let latest_monitor_update_id = input.counter("latest update id")?;
    let in_flight_monitor_updates =
        input.list("updates in flight", ChannelMonitorUpdate::read_from)?;
    let blocked_monitor_updates =
        input.list("blocked updates", ChannelMonitorUpdateStep::read_from)?;
    input.consistent("blocked updates", is_open || blocked_monitor_updates.is_empty())?;
    // Ids follow each other, and the last one listed is the last one generated.
    let newest_first = in_flight_monitor_updates.iter().rev().map(|update| update.update_id);
    let expected = (1..=latest_monitor_update_id).rev();
    let fits = in_flight_monitor_updates.len() as u64 <= latest_monitor_update_id
        && newest_first.zip(expected).all(|(found, expected)| found == expected);
    input.consistent("updates in flight", fits)?;
    let channel = Channel {
        is_open,
        latest_monitor_update_id,
        in_flight_monitor_updates,
        blocked_monitor_updates,
    };
    Ok((id, channel))
}

fn write_htlc(out: &mut Encoder, htlc: &HtlcState) {
    match htlc {
        HtlcState::Payment { payment, state } => {
            out.byte(match state {
                PaymentState::Waiting => 0,
                PaymentState::Settled(Outcome::Claim) => 1,
                PaymentState::Settled(Outcome::Fail) => 9,
                PaymentState::InHoldingCell(_) => 7,
                PaymentState::Unmade(_) => 13,
            });
            out.number(payment.0);
            if let PaymentState::InHoldingCell(channel) | PaymentState::Unmade(channel) = state {
                out.number(channel.0);
            }
        }
        HtlcState::Forward { inbound, leaves_as, state, telling } => {
            out.byte(match state {
                ForwardState::InHoldingCell(_) => 8,
                ForwardState::Waiting => 2,
                ForwardState::FailQueued => 3,
                ForwardState::Signed(Outcome::Claim) => 4,
                ForwardState::Signed(Outcome::Fail) => 5,
                ForwardState::Resolved => 6,
            });
            out.number(inbound.0);
            out.number(leaves_as.0);
            if let ForwardState::InHoldingCell(channel) = state {
                out.number(channel.0);
            }
            write_telling(out, *telling);
        }
        HtlcState::Received { inbound, payment, state, telling } => {
            out.byte(match state {
                ReceivedState::Claimable => 10,
                ReceivedState::Claimed => 11,
                ReceivedState::Resolved => 12,
            });
            out.number(inbound.0);
            out.number(payment.0);
            write_telling(out, *telling);
        }
    }
}

fn write_telling(out: &mut Encoder, telling: Telling) {
    out.byte(match telling {
        Telling::Never => 0,
        Telling::NotYet => 1,
        Telling::Queued => 2,
    });
}

fn read_htlc(input: &mut Decoder) -> Result<(HtlcId, HtlcState), DecodeError> {
    let id = input.htlc()?;
    let tag = input.tag("HTLC state", |byte| (byte <= 13).then_some(byte))?;
    let htlc = match tag {
        0 | 1 | 7 | 9 | 13 => read_payment(tag, input)?,
        10..=12 => read_received(tag, input)?,
        _ => read_forward(tag, input)?,
    };
    Ok((id, htlc))
}

fn read_payment(tag: u8, input: &mut Decoder) -> Result<HtlcState, DecodeError> {
    let payment = input.htlc()?;
    let state = match tag {
        0 => PaymentState::Waiting,
        1 => PaymentState::Settled(Outcome::Claim),
        9 => PaymentState::Settled(Outcome::Fail),
        13 => PaymentState::Unmade(read_holding_cell(input)?),
        _ => PaymentState::InHoldingCell(read_holding_cell(input)?),
    };
    Ok(HtlcState::Payment { payment, state })
}

fn read_forward(tag: u8, input: &mut Decoder) -> Result<HtlcState, DecodeError> {
    let inbound = ChannelId(input.number("inbound channel")?);
    let leaves_as = input.htlc()?;
    let state = match tag {
        2 => ForwardState::Waiting,
        3 => ForwardState::FailQueued,
        4 => ForwardState::Signed(Outcome::Claim),
        5 => ForwardState::Signed(Outcome::Fail),
        6 => ForwardState::Resolved,
        _ => ForwardState::InHoldingCell(read_holding_cell(input)?),
    };
    let telling = read_telling(input)?;
    Ok(HtlcState::Forward { inbound, leaves_as, state, telling })
}

fn read_received(tag: u8, input: &mut Decoder) -> Result<HtlcState, DecodeError> {
    let inbound = ChannelId(input.number("inbound channel")?);
    let payment = input.htlc()?;
    let state = match tag {
        10 => ReceivedState::Claimable,
        11 => ReceivedState::Claimed,
        _ => ReceivedState::Resolved,
    };
    let telling = read_telling(input)?;
    Ok(HtlcState::Received { inbound, payment, state, telling })
}

fn read_telling(input: &mut Decoder) -> Result<Telling, DecodeError> {
    input.tag("what the user is told", |byte| match byte {
        0 => Some(Telling::Never),
        1 => Some(Telling::NotYet),
        2 => Some(Telling::Queued),
        _ => None,
    })
}

fn read_holding_cell(input: &mut Decoder) -> Result<ChannelId, DecodeError> {
    Ok(ChannelId(input.number("channel of a holding cell")?))
}

/// An entry is what its HTLC has led to.
fn read_queued_event(
    input: &mut Decoder,
    htlcs: &BTreeMap<HtlcId, HtlcState>,
) -> Result<(HtlcId, QueuedEvent), DecodeError> {
    let htlc = input.htlc()?;
    let led_to = match htlcs.get(&htlc) {
        Some(HtlcState::Payment { payment, state: PaymentState::Settled(outcome) }) => {
            Some(Event::for_payment(*payment, *outcome))
        }
        Some(HtlcState::Forward { telling: Telling::Queued, .. }) => {
            Some(Event::PaymentForwarded { htlc })
        }
        Some(HtlcState::Received { payment, telling: Telling::Queued, .. }) if *payment == htlc => {
            Some(Event::PaymentClaimed { htlc })
        }
        _ => None,
    };
    input.consistent("user events", led_to.is_some())?;
    let event = input.tag("user event", |byte| led_to.filter(|event| tag_of(*event) == byte))?;
    Ok((htlc, QueuedEvent { event, actions: BTreeSet::new() }))
}

fn tag_of(event: Event) -> u8 {
    match event {
        Event::PaymentSent { .. } => 0,
        Event::PaymentFailed { .. } => 1,
        Event::PaymentForwarded { .. } => 2,
        Event::PaymentClaimed { .. } => 3,
    }
}
