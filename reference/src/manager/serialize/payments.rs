//! The stored form of own payments.

use super::super::{PartState, Payment, PaymentPart};
use crate::codec::{DecodeError, Reader, Writer, record};
use crate::types::{Outcome, PaymentId};

impl Payment {
    pub(super) fn write_to(&self, out: &mut Writer) {
        out.record(record::PAYMENT_HASH, |out| out.bytes(&self.payment_hash.0));
        out.list(record::PAYMENT_PARTS, self.parts.iter(), |out, (number, part)| {
            out.u32(*number);
            out.prefixed(|out| part.write_to(out));
        });
    }
}

impl PaymentPart {
    fn write_to(&self, out: &mut Writer) {
        out.record(record::PART_CHANNEL, |out| out.bytes(&self.channel_id.0));
        out.record(record::PART_AMOUNT_MSAT, |out| out.u64(self.amount_msat));
        out.record(record::PART_STATE, |out| {
            out.byte(match self.state {
                PartState::InHoldingCell => 0,
                PartState::Waiting => 1,
                PartState::Settled(Outcome::Claim) => 2,
                PartState::Settled(Outcome::Fail) => 3,
            });
        });
        out.optional(record::PART_RETRY_OF, self.retry_of, Writer::u32);
        out.optional(record::PART_RETRY_BY, self.retry_by, |out, id| out.bytes(&id.0));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError> {
        input.stream("part", |records| {
            let channel_id =
                records.required(record::PART_CHANNEL, "channel", Reader::channel_id)?;
            let amount_msat = records
                .required(record::PART_AMOUNT_MSAT, "amount", |input| input.u64("amount"))?;
            let state = records.required(record::PART_STATE, "state", |input| {
                input.tag("state", |byte| match byte {
                    0 => Some(PartState::InHoldingCell),
                    1 => Some(PartState::Waiting),
                    2 => Some(PartState::Settled(Outcome::Claim)),
                    3 => Some(PartState::Settled(Outcome::Fail)),
                    _ => None,
                })
            })?;
            let retry_of =
                records.optional(record::PART_RETRY_OF, "retry", |input| input.u32("part"))?;
            let retry_by =
                records.optional(record::PART_RETRY_BY, "retry by", Reader::channel_id)?;
            Ok(PaymentPart { channel_id, amount_msat, retry_of, retry_by, state })
        })
    }
}

pub(super) fn read(input: &mut Reader<'_>) -> Result<(PaymentId, Payment), DecodeError> {
    let id = input.payment_id()?;
    let payment = input.stream("payment", |records| {
        let payment_hash = records.required(record::PAYMENT_HASH, "hash", Reader::payment_hash)?;
        let parts = records.map(record::PAYMENT_PARTS, "parts", |input| {
            Ok((input.u32("part")?, PaymentPart::read(input)?))
        })?;
        let is_retry_of =
            |(number, part): (&u32, &PaymentPart)| part.retry_of.is_none_or(|of| of < *number);
        let is_sound = !parts.is_empty() && parts.iter().all(is_retry_of);
        records.at().consistent("payment", is_sound, "no part, or a retry before its part")?;
        Ok(Payment { payment_hash, parts })
    })?;
    Ok((id, payment))
}
