//! The stored form of the user-event queue.

use super::super::{ChannelManager, PartState, Telling};
use crate::codec::{DecodeError, Reader, Records, Writer, record};
use crate::event::{Event, EventKey};
use crate::types::{HTLCPreviousHopData, Origin, Outcome, PartId, PaymentHash, PaymentId};

pub(super) fn write_key(out: &mut Writer, key: &EventKey) {
    match key {
        EventKey::Outbound(origin) => {
            out.byte(0);
            out.origin(origin);
        }
        EventKey::Claimable(payment_hash) => {
            out.byte(1);
            out.bytes(&payment_hash.0);
        }
        EventKey::Claimed(payment_hash) => {
            out.byte(2);
            out.bytes(&payment_hash.0);
        }
    }
}

pub(super) fn read_key(input: &mut Reader<'_>) -> Result<EventKey, DecodeError> {
    match input.tag("what led to a user event", |byte| (byte <= 2).then_some(byte))? {
        0 => input.origin().map(EventKey::Outbound),
        1 => input.payment_hash().map(EventKey::Claimable),
        _ => input.payment_hash().map(EventKey::Claimed),
    }
}

pub(super) fn write(out: &mut Writer, event: &Event) {
    match event {
        Event::PaymentSent { payment_id, payment_hash, payment_preimage } => {
            out.record(record::EVENT_PAYMENT_SENT, |out| {
                out.bytes(&payment_id.0);
                out.bytes(&payment_hash.0);
                out.bytes(&payment_preimage.0);
            });
        }
        Event::PaymentFailed { payment_id, payment_hash } => {
            out.record(record::EVENT_PAYMENT_FAILED, |out| {
                out.bytes(&payment_id.0);
                out.bytes(&payment_hash.0);
            });
        }
        Event::PaymentForwarded { prev_htlcs, next_channel_id, total_fee_earned_msat } => {
            out.list(record::EVENT_PAYMENT_FORWARDED, prev_htlcs.iter(), Writer::previous_hop);
            out.record(record::EVENT_FORWARDED_BY, |out| {
                out.bytes(&next_channel_id.0);
                out.u64(*total_fee_earned_msat);
            });
        }
        Event::PaymentClaimable { payment_hash, amount_msat } => {
            write_amount(out, record::EVENT_PAYMENT_CLAIMABLE, payment_hash, *amount_msat);
        }
        Event::PaymentClaimed { payment_hash, amount_msat } => {
            write_amount(out, record::EVENT_PAYMENT_CLAIMED, payment_hash, *amount_msat);
        }
    }
}

fn write_amount(out: &mut Writer, number: u64, payment_hash: &PaymentHash, amount_msat: u64) {
    out.record(number, |out| {
        out.bytes(&payment_hash.0);
        out.u64(amount_msat);
    });
}

pub(super) fn read(records: &mut Records<'_>) -> Result<Event, DecodeError> {
    let sent = records.optional(record::EVENT_PAYMENT_SENT, "PaymentSent", |input| {
        Ok(Event::PaymentSent {
            payment_id: input.payment_id()?,
            payment_hash: input.payment_hash()?,
            payment_preimage: input.preimage()?,
        })
    })?;
    let failed = records.optional(record::EVENT_PAYMENT_FAILED, "PaymentFailed", |input| {
        let payment_id = input.payment_id()?;
        Ok(Event::PaymentFailed { payment_id, payment_hash: input.payment_hash()? })
    })?;
    let hops: Vec<HTLCPreviousHopData> =
        records.list(record::EVENT_PAYMENT_FORWARDED, "PaymentForwarded", Reader::previous_hop)?;
    let claimable =
        records.optional(record::EVENT_PAYMENT_CLAIMABLE, "PaymentClaimable", |input| {
            let payment_hash = input.payment_hash()?;
            Ok(Event::PaymentClaimable { payment_hash, amount_msat: input.u64("amount")? })
        })?;
    let claimed = records.optional(record::EVENT_PAYMENT_CLAIMED, "PaymentClaimed", |input| {
        let payment_hash = input.payment_hash()?;
        Ok(Event::PaymentClaimed { payment_hash, amount_msat: input.u64("amount")? })
    })?;
    let by = records.optional(record::EVENT_FORWARDED_BY, "PaymentForwarded", |input| {
        Ok((input.channel_id()?, input.u64("fee")?))
    })?;
    let forwarded = match (hops.is_empty(), by) {
        (false, Some((next_channel_id, total_fee_earned_msat))) => {
            let prev_htlcs = hops;
            Some(Event::PaymentForwarded { prev_htlcs, next_channel_id, total_fee_earned_msat })
        }
        (true, None) => None,
        _ => return Err(records.at().inconsistent("user event", "half of a PaymentForwarded")),
    };
    let mut events = [sent, failed, forwarded, claimable, claimed].into_iter().flatten();
    match (events.next(), events.next()) {
        (Some(event), None) => Ok(event),
        _ => Err(records.at().inconsistent("user event", "an entry is one event")),
    }
}

impl ChannelManager {
    /// Whether a user event is what its place in the queue has led to.
    pub(super) fn has_led_to(&self, key: &EventKey, event: &Event) -> bool {
        match (key, event) {
            (
                EventKey::Outbound(Origin::Payment(part)),
                Event::PaymentSent { payment_id, payment_hash, payment_preimage },
            ) => {
                self.has_ended(*part, Outcome::Claim, (*payment_id, *payment_hash))
                    && payment_preimage.payment_hash() == *payment_hash
            }
            (
                EventKey::Outbound(Origin::Payment(part)),
                Event::PaymentFailed { payment_id, payment_hash },
            ) => self.has_ended(*part, Outcome::Fail, (*payment_id, *payment_hash)),
            (
                EventKey::Outbound(Origin::Forward(first)),
                Event::PaymentForwarded { prev_htlcs, next_channel_id, .. },
            ) => self.forwards.get(first).is_some_and(|forward| {
                forward.telling == Telling::Queued
                    && forward.prev_htlcs == *prev_htlcs
                    && forward.next_channel_id == *next_channel_id
            }),
            (EventKey::Claimable(hash), Event::PaymentClaimable { payment_hash, .. }) => {
                hash == payment_hash && self.received.contains_key(hash)
            }
            (EventKey::Claimed(hash), Event::PaymentClaimed { payment_hash, .. }) => {
                let payment = self.received.get(hash);
                hash == payment_hash && payment.is_some_and(|p| p.telling == Telling::Queued)
            }
            _ => false,
        }
    }

    /// Whether a part of that payment has ended so.
    fn has_ended(&self, id: PartId, outcome: Outcome, payment: (PaymentId, PaymentHash)) -> bool {
        let settled = Some(PartState::Settled(outcome));
        let hash = self.payments.get(&id.payment_id).map(|payment| payment.payment_hash);
        self.part(id).map(|part| part.state) == settled
            && (id.payment_id, hash) == (payment.0, Some(payment.1))
    }
}
