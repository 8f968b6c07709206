//! The stored form of channels, of inbound HTLCs, and of what becomes of those.

use std::collections::BTreeMap;

use super::super::{Channel, ChannelManager, Forward, InboundHtlc, InboundHtlcState};
use super::super::{ReceivedPayment, Telling};
use crate::codec::{DecodeError, Reader, Records, Writer, record};
use crate::types::{ChannelId, HTLCPreviousHopData, Outcome, PaymentHash};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

impl Channel {
    pub(super) fn write_to(&self, out: &mut Writer) {
        out.flag(record::CHANNEL_OPEN, self.is_open);
        out.record(record::CHANNEL_UPDATE_ID, |out| out.u64(self.latest_monitor_update_id));
        let in_flight = self.in_flight_monitor_updates.iter();
        out.list(record::CHANNEL_IN_FLIGHT, in_flight, |out, update| {
            out.prefixed(|out| update.write_to(out));
        });
        let blocked = self.blocked_monitor_updates.iter();
        out.list(record::CHANNEL_BLOCKED, blocked, |out, step| {
            out.prefixed(|out| step.write_to(out));
        });
        out.list(record::CHANNEL_INBOUND, self.inbound_htlcs.iter(), |out, (id, htlc)| {
            out.u64(*id);
            out.prefixed(|out| htlc.write_to(out));
        });
    }

    /// Whether the ids of its updates in flight follow each other, and the last one listed is the
    /// last one generated.
    pub(super) fn is_in_order(&self) -> bool {
        let newest_first = self.in_flight_monitor_updates.iter().rev().map(|u| u.update_id);
        let expected = (1..=self.latest_monitor_update_id).rev();
        self.in_flight_monitor_updates.len() as u64 <= self.latest_monitor_update_id
            && newest_first.zip(expected).all(|(found, expected)| found == expected)
    }
}

pub(super) fn read(input: &mut Reader<'_>) -> Result<(ChannelId, Channel), DecodeError> {
    let id = input.channel_id()?;
    let channel = input.stream("channel", |records| {
        Ok(Channel {
            is_open: records.flag(record::CHANNEL_OPEN, "open")?,
            latest_monitor_update_id: records.required(
                record::CHANNEL_UPDATE_ID,
                "update id",
                |input| input.id("id"),
            )?,
            in_flight_monitor_updates: records.list(
                record::CHANNEL_IN_FLIGHT,
                "updates in flight",
                |input| input.prefixed("update", ChannelMonitorUpdate::read_from),
            )?,
            blocked_monitor_updates: records.list(
                record::CHANNEL_BLOCKED,
                "blocked updates",
                |input| input.prefixed("update", ChannelMonitorUpdateStep::read_from),
            )?,
            inbound_htlcs: records.map(record::CHANNEL_INBOUND, "inbound HTLCs", |input| {
                Ok((input.id("HTLC id")?, InboundHtlc::read(input)?))
            })?,
            is_new: false,
        })
    })?;
    Ok((id, channel))
}

impl InboundHtlc {
    fn write_to(&self, out: &mut Writer) {
        out.record(record::INBOUND_PAYMENT_HASH, |out| out.bytes(&self.payment_hash.0));
        out.record(record::INBOUND_AMOUNT_MSAT, |out| out.u64(self.amount_msat));
        out.record(record::INBOUND_STATE, |out| {
            out.byte(match self.state {
                InboundHtlcState::Undecided => 0,
                InboundHtlcState::Claimable => 1,
                InboundHtlcState::InHoldingCell => 2,
                InboundHtlcState::Waiting => 3,
                InboundHtlcState::FailQueued => 4,
                InboundHtlcState::Signed(Outcome::Claim) => 5,
                InboundHtlcState::Signed(Outcome::Fail) => 6,
                InboundHtlcState::Resolved => 7,
            });
        });
        out.optional(record::INBOUND_FORWARD, self.forward.as_ref(), Writer::previous_hop);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.stream("inbound HTLC", |records| {
            Ok(InboundHtlc {
                payment_hash: records.required(
                    record::INBOUND_PAYMENT_HASH,
                    "hash",
                    Reader::payment_hash,
                )?,
                amount_msat: records
                    .required(record::INBOUND_AMOUNT_MSAT, "amount", |input| input.u64("amount"))?,
                state: records.required(record::INBOUND_STATE, "state", read_state)?,
                forward: records.optional(
                    record::INBOUND_FORWARD,
                    "forward",
                    Reader::previous_hop,
                )?,
            })
        })
    }
}

fn read_state(input: &mut Reader<'_>) -> Result<InboundHtlcState, DecodeError> {
    input.tag("state", |byte| {
        Some(match byte {
            0 => InboundHtlcState::Undecided,
            1 => InboundHtlcState::Claimable,
            2 => InboundHtlcState::InHoldingCell,
            3 => InboundHtlcState::Waiting,
            4 => InboundHtlcState::FailQueued,
            5 => InboundHtlcState::Signed(Outcome::Claim),
            6 => InboundHtlcState::Signed(Outcome::Fail),
            7 => InboundHtlcState::Resolved,
            _ => return None,
        })
    })
}

impl Forward {
    pub(super) fn write_to(&self, out: &mut Writer) {
        out.record(record::FORWARD_CHANNEL, |out| out.bytes(&self.next_channel_id.0));
        out.record(record::FORWARD_AMOUNT_MSAT, |out| out.u64(self.amount_msat));
        out.record(record::FORWARD_PAYMENT_HASH, |out| out.bytes(&self.payment_hash.0));
        out.list(record::FORWARD_HOPS, self.prev_htlcs.iter(), Writer::previous_hop);
        write_telling(out, record::FORWARD_TELLING, self.telling);
    }
}

pub(super) fn forward(
    input: &mut Reader<'_>,
) -> Result<(HTLCPreviousHopData, Forward), DecodeError> {
    input.stream("forward", |records| {
        let forward = Forward {
            next_channel_id: records.required(
                record::FORWARD_CHANNEL,
                "channel",
                Reader::channel_id,
            )?,
            amount_msat: records
                .required(record::FORWARD_AMOUNT_MSAT, "amount", |input| input.u64("amount"))?,
            payment_hash: records.required(
                record::FORWARD_PAYMENT_HASH,
                "hash",
                Reader::payment_hash,
            )?,
            prev_htlcs: records.list(record::FORWARD_HOPS, "hops", Reader::previous_hop)?,
            telling: read_telling(records, record::FORWARD_TELLING)?,
        };
        let first = forward.prev_htlcs.first().copied();
        let first = first.ok_or(records.at().inconsistent("forward", "it has no previous hop"))?;
        Ok((first, forward))
    })
}

impl ReceivedPayment {
    pub(super) fn write_to(&self, out: &mut Writer) {
        out.list(record::RECEIVED_PARTS, self.parts.iter(), Writer::previous_hop);
        write_telling(out, record::RECEIVED_TELLING, self.telling);
    }
}

pub(super) fn received(
    input: &mut Reader<'_>,
) -> Result<(PaymentHash, ReceivedPayment), DecodeError> {
    let payment_hash = input.payment_hash()?;
    let payment = input.stream("payment received", |records| {
        let parts = records.list(record::RECEIVED_PARTS, "parts", Reader::previous_hop)?;
        Ok(ReceivedPayment { parts, telling: read_telling(records, record::RECEIVED_TELLING)? })
    })?;
    Ok((payment_hash, payment))
}

fn write_telling(out: &mut Writer, number: u64, telling: Telling) {
    out.record(number, |out| {
        out.byte(match telling {
            Telling::Never => 0,
            Telling::NotYet => 1,
            Telling::Queued => 2,
        });
    });
}

fn read_telling(records: &mut Records<'_>, number: u64) -> Result<Telling, DecodeError> {
    records.required(number, "what the user is told", |input| {
        input.tag("what the user is told", |byte| match byte {
            0 => Some(Telling::Never),
            1 => Some(Telling::NotYet),
            2 => Some(Telling::Queued),
            _ => None,
        })
    })
}

impl ChannelManager {
    /// Whether forwards and inbound HTLCs name each other.
    pub(super) fn hops_agree(&self) -> bool {
        let mut named: BTreeMap<HTLCPreviousHopData, HTLCPreviousHopData> = BTreeMap::new();
        for (first, forward) in self.forwards.iter() {
            for hop in &forward.prev_htlcs {
                if named.insert(*hop, *first).is_some() {
                    return false;
                }
            }
        }
        let knows = |hop: &HTLCPreviousHopData| self.inbound_htlc(*hop).is_some();
        named.keys().all(knows)
            && self.inbound().all(|(hop, htlc)| {
                let is_hop = htlc.state.waits();
                htlc.forward == named.get(&hop).copied() && (htlc.forward.is_some() || !is_hop)
            })
    }

    /// Whether payments received and inbound HTLCs agree.
    pub(super) fn parts_agree(&self) -> bool {
        let mut named: BTreeMap<HTLCPreviousHopData, PaymentHash> = BTreeMap::new();
        for (payment_hash, payment) in self.received.iter() {
            for part in &payment.parts {
                if named.insert(*part, *payment_hash).is_some() {
                    return false;
                }
            }
        }
        let is_sound = |part: &HTLCPreviousHopData, payment_hash: &PaymentHash| {
            let htlc = self.inbound_htlc(*part);
            htlc.is_some_and(|htlc| htlc.payment_hash == *payment_hash && htlc.forward.is_none())
        };
        let has_parts = self.received.values().all(|payment| !payment.parts.is_empty());
        has_parts
            && named.iter().all(|(part, payment_hash)| is_sound(part, payment_hash))
            && self.inbound().all(|(hop, htlc)| {
                htlc.state != InboundHtlcState::Claimable || named.contains_key(&hop)
            })
    }

    fn inbound(&self) -> impl Iterator<Item = (HTLCPreviousHopData, &InboundHtlc)> {
        self.channels.iter().flat_map(|(channel_id, channel)| {
            let name = move |id: &u64| HTLCPreviousHopData { channel_id, htlc_id: *id };
            channel.inbound_htlcs.iter().map(move |(id, htlc)| (name(id), htlc))
        })
    }
}
