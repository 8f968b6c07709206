//! The stored form of a Monitor (SPEC section 4.1).

use std::collections::BTreeSet;

use super::outputs::Told;
use super::{
    ChainView, ChannelMonitor, CommitmentOwner, ConfirmedCommitment, MonitorHtlc, Offered,
    PendingEvent, RemovalStage, Spend,
};
use crate::codec::{DecodeError, Reader, Writer, record};
use crate::config::Mode;
use crate::event::{EventId, HTLCEvent};
use crate::types::HtlcId;

impl ChannelMonitor {
    /// All of the Monitor that a full write holds. Event ids, list membership, what events wait for
    /// and the close notice are not in it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::object();
        out.flag(record::MONITOR_MODE, self.mode == Mode::On);
        out.list(record::MONITOR_SPENDS, self.chain.spends.iter(), |out, (htlc, spend)| {
            out.htlc(*htlc);
            out.prefixed(|out| match spend {
                Spend::Preimage(preimage) => out.bytes(&preimage.0),
                Spend::Timeout => {}
            });
        });
        let events: Vec<_> = self.written_events().collect();
        let number = match self.mode {
            Mode::On => record::MONITOR_EVENTS,
            Mode::Off => record::MONITOR_LEGACY_EVENTS,
        };
        out.list(number, events.into_iter(), |out, event| {
            out.prefixed(|out| write_event(out, event));
        });
        out.record(record::MONITOR_CHANNEL_ID, |out| out.bytes(&self.channel_id.0));
        out.flag(record::MONITOR_ARCHIVAL_CLOCK, self.archival_clock);
        out.record(record::MONITOR_UPDATE_ID, |out| out.u64(self.update_id));
        out.record(record::MONITOR_BEST_BLOCK, |out| out.u32(self.chain.best_block));
        out.record(record::MONITOR_OFFERED, |out| {
            out.u64(self.offered.inbound);
            out.u64(self.offered.outbound);
        });
        out.list(record::MONITOR_HTLCS, self.htlcs.iter(), |out, (id, htlc)| {
            out.prefixed(|out| write_htlc(out, *id, htlc));
        });
        out.flag(record::MONITOR_LOCKDOWN, self.lockdown);
        out.optional(
            record::MONITOR_COMMITMENT,
            self.chain.commitment.as_ref(),
            |out, commitment| {
                out.byte(u8::from(commitment.owner == CommitmentOwner::Counterparty));
                commitment.outputs.iter().for_each(|htlc| out.htlc(*htlc));
            },
        );
        out.flag(record::MONITOR_FINAL, self.chain.is_final);
        out.finish()
    }

    /// Reads what [`ChannelMonitor::write`] wrote.
    ///
    /// # Errors
    /// Says where the bytes are no Monitor, and why.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Reader::object(bytes)?;
        // `UPG-1` needs this record to be even. A reader that does not know it stops here.
        let mode = if input.flag(record::MONITOR_MODE, "mode")? { Mode::On } else { Mode::Off };
        let spends = input.map(record::MONITOR_SPENDS, "spends", read_spend)?;
        let events = input.list(record::MONITOR_EVENTS, "events", read_event)?;
        let legacy = input.list(record::MONITOR_LEGACY_EVENTS, "events", read_event)?;
        let (events, others) = match mode {
            Mode::On => (events, legacy),
            Mode::Off => (legacy, events),
        };
        input.at().consistent("events", others.is_empty(), "they are those of the other mode")?;
        let channel_id =
            input.required(record::MONITOR_CHANNEL_ID, "channel id", Reader::channel_id)?;
        let archival_clock = input.flag(record::MONITOR_ARCHIVAL_CLOCK, "archival clock")?;
        let update_id =
            input.required(record::MONITOR_UPDATE_ID, "update id", |input| input.id("id"))?;
        let best_block = input
            .required(record::MONITOR_BEST_BLOCK, "best block", |input| input.u32("height"))?;
        let offered = input.required(record::MONITOR_OFFERED, "offered HTLCs", |input| {
            let inbound = input.id("inbound")?;
            Ok(Offered { inbound, outbound: input.id("outbound")? })
        })?;
        let htlcs = input.map(record::MONITOR_HTLCS, "HTLCs", read_htlc)?;
        let lockdown = input.flag(record::MONITOR_LOCKDOWN, "lockdown")?;
        let commitment =
            input.optional(record::MONITOR_COMMITMENT, "commitment", read_commitment)?;
        let is_final = input.flag(record::MONITOR_FINAL, "finality")?;
        let end = input.finish()?;
        // `MON-7`: "A Monitor MUST hold, after a load, all stored events in `pending`, in the
        // stored order." Each is durable, and waits for nothing.
        let pending = (0..).map(EventId).zip(events);
        let pending: Vec<_> = pending
            .map(|(event_id, event)| PendingEvent { event_id, event, waits_for: None })
            .collect();
        let monitor = ChannelMonitor {
            channel_id,
            update_id,
            lockdown,
            mode,
            offered,
            htlcs,
            chain: ChainView { best_block, commitment, spends, is_final },
            archival_clock,
            provided: Vec::new(),
            next_event_id: EventId(pending.len() as u64),
            pending,
            reported: update_id,
            unreported_signature: None,
            close_notice: false,
            told: Told::default(),
        };
        match monitor.contradiction() {
            Some((what, why)) => Err(end.inconsistent(what, why)),
            None => Ok(monitor),
        }
    }

    /// What of its fields contradicts others, and how.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let ChainView { commitment, spends, is_final, .. } = &self.chain;
        let outputs = commitment.iter().flat_map(|commitment| &commitment.outputs);
        let no_commitment = commitment.is_none() && (*is_final || !spends.is_empty());
        let is_sound = |(id, htlc): (&HtlcId, &MonitorHtlc)| {
            let fits = match htlc.stage {
                RemovalStage::Held => true,
                RemovalStage::Signed(resolution) => resolution.fits(htlc.payment_hash),
                RemovalStage::Removed => id.is_outbound(),
            };
            fits && self.has_had(*id) && htlc.source.is_some() == id.is_outbound()
        };
        let shows_the_proof = |(id, spend): (&HtlcId, &Spend)| match (spend, self.htlcs.get(id)) {
            (Spend::Preimage(preimage), Some(htlc)) => preimage.payment_hash() == htlc.payment_hash,
            _ => true,
        };
        let named: BTreeSet<_> = self.events().map(|(_, event)| event.htlc_id).collect();
        let checks = [
            (no_commitment, "commitment", "nothing can be spent or final without one"),
            (!outputs.clone().all(|id| self.has_had(*id)), "commitment", "it has unknown HTLCs"),
            (!spends.keys().all(|id| self.chain.has_output(*id)), "spends", "of no output"),
            (!spends.iter().all(shows_the_proof), "spends", "a preimage is wrong"),
            (!self.htlcs.iter().all(is_sound), "HTLCs", "id, stage, preimage or source"),
            (named.len() != self.pending.len(), "events", "two name one HTLC"),
            (!self.events().all(|(_, event)| self.may_list(event)), "events", "not so here"),
            (self.archival_clock && !named.is_empty(), "archival clock", "there are events"),
            (self.archival_clock && commitment.is_none(), "archival clock", "nothing is resolved"),
        ];
        checks.into_iter().find_map(|(is_wrong, what, why)| is_wrong.then_some((what, why)))
    }

    /// Whether it can list the event, as the rest of it stands.
    fn may_list(&self, event: &HTLCEvent) -> bool {
        let htlc = HtlcId::outbound(event.htlc_id);
        let agrees = match self.htlcs.get(&htlc) {
            // What it no longer lists it tells by the event alone.
            None => self.preimage_of(htlc) == event.resolution.preimage(),
            Some(entry) => {
                entry.payment_hash == event.payment_hash
                    && entry.amount_msat == event.amount_msat
                    && entry.source.as_ref() == Some(&event.source)
                    && self.tells(htlc) == Some(event.resolution)
            }
        };
        self.has_had(htlc) && event.resolution.fits(event.payment_hash) && agrees
    }
}

fn write_htlc(out: &mut Writer, id: HtlcId, htlc: &MonitorHtlc) {
    out.record(record::HTLC_PAYMENT_HASH, |out| out.bytes(&htlc.payment_hash.0));
    out.optional(record::HTLC_SOURCE, htlc.source.as_ref(), Writer::source);
    out.record(record::HTLC_AMOUNT_MSAT, |out| out.u64(htlc.amount_msat));
    if let RemovalStage::Signed(resolution) = &htlc.stage {
        out.record(record::HTLC_RESOLUTION, |out| out.resolution(resolution));
    }
    out.record(record::HTLC_ID, |out| out.htlc(id));
    out.flag(record::HTLC_REMOVED, htlc.stage == RemovalStage::Removed);
}

fn read_htlc(input: &mut Reader<'_>) -> Result<(HtlcId, MonitorHtlc), DecodeError> {
    input.stream("HTLC", |records| {
        let payment_hash =
            records.required(record::HTLC_PAYMENT_HASH, "payment hash", Reader::payment_hash)?;
        let source = records.optional(record::HTLC_SOURCE, "source", Reader::source)?;
        let amount_msat =
            records.required(record::HTLC_AMOUNT_MSAT, "amount", |input| input.u64("amount"))?;
        let signed = records.optional(record::HTLC_RESOLUTION, "removal", Reader::resolution)?;
        let id = records.required(record::HTLC_ID, "HTLC id", Reader::htlc)?;
        let stage = match (signed, records.flag(record::HTLC_REMOVED, "removal")?) {
            (None, false) => RemovalStage::Held,
            (Some(resolution), false) => RemovalStage::Signed(resolution),
            (None, true) => RemovalStage::Removed,
            (Some(_), true) => return Err(records.at().inconsistent("removal", "two stages")),
        };
        Ok((id, MonitorHtlc { payment_hash, amount_msat, source, stage }))
    })
}

fn write_event(out: &mut Writer, event: &HTLCEvent) {
    out.record(record::HTLC_PAYMENT_HASH, |out| out.bytes(&event.payment_hash.0));
    out.record(record::HTLC_SOURCE, |out| out.source(&event.source));
    out.record(record::HTLC_AMOUNT_MSAT, |out| out.u64(event.amount_msat));
    out.record(record::HTLC_RESOLUTION, |out| out.resolution(&event.resolution));
    out.record(record::HTLC_ID, |out| out.u64(event.htlc_id));
}

fn read_event(input: &mut Reader<'_>) -> Result<HTLCEvent, DecodeError> {
    input.stream("event", |records| {
        Ok(HTLCEvent {
            payment_hash: records.required(
                record::HTLC_PAYMENT_HASH,
                "payment hash",
                Reader::payment_hash,
            )?,
            source: records.required(record::HTLC_SOURCE, "source", Reader::source)?,
            amount_msat: records
                .required(record::HTLC_AMOUNT_MSAT, "amount", |input| input.u64("amount"))?,
            resolution: records.required(
                record::HTLC_RESOLUTION,
                "resolution",
                Reader::resolution,
            )?,
            htlc_id: records.required(record::HTLC_ID, "HTLC id", |input| input.id("id"))?,
        })
    })
}

fn read_spend(input: &mut Reader<'_>) -> Result<(HtlcId, Spend), DecodeError> {
    let htlc = input.htlc()?;
    let spend = input.prefixed("spend", |input| match input.is_empty() {
        true => Ok(Spend::Timeout),
        false => input.preimage().map(Spend::Preimage),
    })?;
    Ok((htlc, spend))
}

fn read_commitment(input: &mut Reader<'_>) -> Result<ConfirmedCommitment, DecodeError> {
    let owner = input.tag("commitment owner", |byte| match byte {
        0 => Some(CommitmentOwner::Holder),
        1 => Some(CommitmentOwner::Counterparty),
        _ => None,
    })?;
    let mut outputs = BTreeSet::new();
    while !input.is_empty() {
        let at = input.clone();
        let htlc = input.htlc()?;
        if outputs.last().is_some_and(|last| *last >= htlc) {
            return Err(at.not_ascending("outputs"));
        }
        outputs.insert(htlc);
    }
    Ok(ConfirmedCommitment { owner, outputs })
}
