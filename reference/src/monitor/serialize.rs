//! The stored form of a Monitor (SPEC section 4.1).

use std::collections::BTreeSet;

use super::{
    ChainView, ChannelMonitor, CommitmentOwner, ConfirmedCommitment, Direction, MonitorHtlc,
    NumberedEvent, PendingEvent, RemovalStage, Spend,
};
use crate::codec::{DecodeError, Decoder, Encoder};
use crate::config::Mode;
use crate::event::{ChannelId, EventId, HTLCEvent, HtlcId, Outcome};

/// The object byte of a Monitor.
const MONITOR: u8 = b'M';

impl ChannelMonitor {
    /// All of the Monitor that a full write holds. Event ids, list membership, what events wait for
    /// and the close notice are not in it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Encoder::new(MONITOR);
        out.number(self.channel_id.0);
        out.number(self.update_id);
        out.flag(self.lockdown);
        out.flag(self.mode == Mode::On);
        out.flag(self.archival_clock);
        out.list(self.htlcs.iter(), |out, (id, htlc)| {
            out.number(id.0);
            out.flag(htlc.direction == Direction::Outbound);
            out.byte(match htlc.stage {
                RemovalStage::Held => 0,
                RemovalStage::Signed(Outcome::Claim) => 1,
                RemovalStage::Signed(Outcome::Fail) => 2,
                RemovalStage::Removed => 3,
            });
        });
        write_chain(&mut out, &self.chain);
        out.list(self.written_events(), |out, event| {
            out.number(event.htlc.0);
            out.outcome(event.outcome);
        });
        out.finish()
    }

    /// Reads what [`ChannelMonitor::write`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Decoder::new(bytes, MONITOR)?;
        let channel_id = ChannelId(input.number("channel id")?);
        let update_id = input.counter("update id")?;
        let lockdown = input.flag("lockdown")?;
        let mode = if input.flag("mode")? { Mode::On } else { Mode::Off };
        let archival_clock = input.flag("archival clock")?;
        let htlcs = input.map("HTLCs", read_htlc)?;
        let chain = read_chain(&mut input)?;
        let events = read_events(&mut input)?;
        input.end()?;
        // `MON-7`: "A Monitor MUST hold, after a load, all stored events in `pending`, in the
        // stored order."
        let pending: Vec<_> = (0..).map(EventId).zip(events).map(pending_event).collect();
        let next_event_id = EventId(pending.len() as u64);
        input.consistent("archival clock", !archival_clock || pending.is_empty())?;
        let is_known = |htlc: &HtlcId| htlcs.contains_key(htlc);
        let mut outputs = chain.commitment.iter().flat_map(|c| &c.outputs);
        input.consistent("commitment outputs", outputs.all(is_known))?;
        let is_outbound = |pending: &PendingEvent| {
            let entry = htlcs.get(&pending.event.htlc);
            entry.is_some_and(|entry| entry.direction == Direction::Outbound)
        };
        input.consistent("events", pending.iter().all(is_outbound))?;
        let provided = Vec::new();
        let close_notice = false;
        Ok(ChannelMonitor {
            channel_id,
            update_id,
            reported: update_id,
            lockdown,
            htlcs,
            chain,
            next_event_id,
            mode,
            archival_clock,
            provided,
            pending,
            close_notice,
        })
    }
}

fn read_htlc(input: &mut Decoder) -> Result<(HtlcId, MonitorHtlc), DecodeError> {
    let id = input.htlc()?;
    let direction = if input.flag("direction")? { Direction::Outbound } else { Direction::Inbound };
    let stage = input.tag("removal stage", |byte| match byte {
        0 => Some(RemovalStage::Held),
        1 => Some(RemovalStage::Signed(Outcome::Claim)),
        2 => Some(RemovalStage::Signed(Outcome::Fail)),
        3 => Some(RemovalStage::Removed),
        _ => None,
    })?;
    Ok((id, MonitorHtlc { direction, stage }))
}

/// An event as a load lists it: it is durable, and waits for nothing.
fn pending_event((event_id, event): NumberedEvent) -> PendingEvent {
    PendingEvent { event_id, event, waits_for: None }
}

fn read_events(input: &mut Decoder) -> Result<Vec<HTLCEvent>, DecodeError> {
    let events = input
        .list("events", |input| Ok(HTLCEvent { htlc: input.htlc()?, outcome: input.outcome()? }))?;
    let named: BTreeSet<_> = events.iter().map(|event| event.htlc).collect();
    input.consistent("events", named.len() == events.len())?;
    Ok(events)
}

fn write_chain(out: &mut Encoder, chain: &ChainView) {
    out.number(chain.best_block);
    out.byte(match chain.commitment.as_ref().map(|c| c.owner) {
        None => 0,
        Some(CommitmentOwner::Holder) => 1,
        Some(CommitmentOwner::Counterparty) => 2,
    });
    if let Some(commitment) = &chain.commitment {
        out.list(commitment.outputs.iter(), |out, htlc| out.number(htlc.0));
        out.list(chain.spends.iter(), |out, (htlc, spend)| {
            out.number(htlc.0);
            out.flag(*spend == Spend::Preimage);
        });
        out.flag(chain.is_final);
    }
}

fn read_chain(input: &mut Decoder) -> Result<ChainView, DecodeError> {
    let best_block = input.counter("best block")?;
    let owner = input.tag("commitment owner", |byte| match byte {
        0 => Some(None),
        1 => Some(Some(CommitmentOwner::Holder)),
        2 => Some(Some(CommitmentOwner::Counterparty)),
        _ => None,
    })?;
    let mut chain = ChainView { best_block, ..ChainView::default() };
    if let Some(owner) = owner {
        let outputs = input.map("commitment outputs", |input| Ok((input.htlc()?, ())))?;
        let outputs: BTreeSet<_> = outputs.into_keys().collect();
        chain.spends = input.map("spends", |input| {
            let htlc = input.htlc()?;
            Ok((htlc, if input.flag("spend")? { Spend::Preimage } else { Spend::Timeout }))
        })?;
        input.consistent("spends", chain.spends.keys().all(|htlc| outputs.contains(htlc)))?;
        chain.is_final = input.flag("finality")?;
        chain.commitment = Some(ConfirmedCommitment { owner, outputs });
    }
    let blocks = u64::from(owner.is_some()) + chain.spends.len() as u64 + u64::from(chain.is_final);
    input.consistent("best block", best_block == blocks)?;
    Ok(chain)
}
