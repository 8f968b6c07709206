//! What many records hold: names, sources, resolutions.

use super::{DecodeError, DecodeErrorKind, Reader, Writer, record};
use crate::types::{
    ChannelId, HTLCPreviousHopData, HTLCResolution, HTLCSource, HtlcId, Origin, PartId,
    PaymentHash, PaymentId, PaymentPreimage,
};

impl Writer {
    pub(crate) fn previous_hop(&mut self, hop: &HTLCPreviousHopData) {
        self.bytes(&hop.channel_id.0);
        self.u64(hop.htlc_id);
    }

    pub(crate) fn part(&mut self, part: &PartId) {
        self.bytes(&part.payment_id.0);
        self.u32(part.part);
    }

    pub(crate) fn origin(&mut self, origin: &Origin) {
        match origin {
            Origin::Payment(part) => {
                self.byte(0);
                self.part(part);
            }
            Origin::Forward(hop) => {
                self.byte(1);
                self.previous_hop(hop);
            }
        }
    }

    pub(crate) fn htlc(&mut self, htlc: HtlcId) {
        self.byte(u8::from(htlc.is_outbound()));
        self.u64(htlc.id);
    }

    pub(crate) fn source(&mut self, source: &HTLCSource) {
        match source {
            HTLCSource::OutboundRoute { part, retry_of } => {
                self.record(record::SOURCE_PART, |out| out.part(part));
                self.optional(record::SOURCE_RETRY_OF, *retry_of, Writer::u32);
            }
            HTLCSource::PreviousHopData(_) | HTLCSource::TrampolineForward { .. } => {
                let hops: Vec<_> = source.previous_hops().collect();
                self.list(record::SOURCE_HOPS, hops.iter(), Writer::previous_hop);
            }
        }
    }

    pub(crate) fn resolution(&mut self, resolution: &HTLCResolution) {
        match resolution {
            HTLCResolution::Claimed(preimage) => {
                self.byte(record::RESOLUTION_CLAIMED);
                self.bytes(&preimage.0);
            }
            HTLCResolution::Failed => self.byte(record::RESOLUTION_FAILED),
        }
    }
}

impl Reader<'_> {
    pub(crate) fn channel_id(&mut self) -> Result<ChannelId, DecodeError> {
        self.array("channel id").map(ChannelId)
    }

    pub(crate) fn payment_id(&mut self) -> Result<PaymentId, DecodeError> {
        self.array("payment id").map(PaymentId)
    }

    pub(crate) fn payment_hash(&mut self) -> Result<PaymentHash, DecodeError> {
        self.array("payment hash").map(PaymentHash)
    }

    pub(crate) fn preimage(&mut self) -> Result<PaymentPreimage, DecodeError> {
        self.array("payment preimage").map(PaymentPreimage)
    }

    pub(crate) fn previous_hop(&mut self) -> Result<HTLCPreviousHopData, DecodeError> {
        let channel_id = self.channel_id()?;
        Ok(HTLCPreviousHopData { channel_id, htlc_id: self.id("HTLC id")? })
    }

    pub(crate) fn part(&mut self) -> Result<PartId, DecodeError> {
        let payment_id = self.payment_id()?;
        Ok(PartId { payment_id, part: self.u32("part")? })
    }

    pub(crate) fn origin(&mut self) -> Result<Origin, DecodeError> {
        match self.tag("origin", |tag| (tag <= 1).then_some(tag))? {
            0 => self.part().map(Origin::Payment),
            _ => self.previous_hop().map(Origin::Forward),
        }
    }

    pub(crate) fn htlc(&mut self) -> Result<HtlcId, DecodeError> {
        let is_outbound = self.tag("direction", |tag| match tag {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })?;
        let id = self.id("HTLC id")?;
        Ok(if is_outbound { HtlcId::outbound(id) } else { HtlcId::inbound(id) })
    }

    /// A source, which is the rest of a record.
    pub(crate) fn source(&mut self) -> Result<HTLCSource, DecodeError> {
        let at = self.clone();
        self.rest_as_stream(|records| {
            let part = records.optional(record::SOURCE_PART, "part", Reader::part)?;
            let retry_of =
                records.optional(record::SOURCE_RETRY_OF, "retry", |input| input.u32("part"))?;
            let hops = records.list(record::SOURCE_HOPS, "hops", Reader::previous_hop)?;
            let source = match (part, HTLCSource::forward_of(&hops)) {
                (Some(part), None) => Some(HTLCSource::OutboundRoute { part, retry_of }),
                (None, Some(source)) if retry_of.is_none() => Some(source),
                _ => None,
            };
            let mut distinct = hops.clone();
            distinct.sort_unstable();
            distinct.dedup();
            at.consistent("source", distinct.len() == hops.len(), "a previous hop stands twice")?;
            let neither = DecodeErrorKind::Inconsistent("either a part or previous hops");
            source.ok_or(at.error("source", neither))
        })
    }

    pub(crate) fn resolution(&mut self) -> Result<HTLCResolution, DecodeError> {
        let known = [record::RESOLUTION_CLAIMED, record::RESOLUTION_FAILED];
        let tag = self.tag("resolution", |tag| known.contains(&tag).then_some(tag))?;
        if tag == record::RESOLUTION_CLAIMED {
            self.preimage().map(HTLCResolution::Claimed)
        } else {
            Ok(HTLCResolution::Failed)
        }
    }
}
