//! What one channel can prove on chain, and what it pushes by that (SPEC section 5.1).

mod chain;
mod events;
mod htlc;
mod outputs;
mod serialize;
mod stored;
mod updates;

use std::collections::BTreeMap;

pub use chain::{ChainView, CommitmentOwner, ConfirmedCommitment, Fact, FactError, Spend};
pub use events::{PendingEvent, ProvidedEvent};
use htlc::PushSite;
pub use htlc::{MonitorHtlc, RemovalStage};
pub use outputs::OnChain;
pub use stored::{StoredMonitor, StoredMonitorError};

use crate::config::Mode;
use crate::event::{EventId, HTLCEvent};
use crate::types::{ChannelId, Direction, HTLCResolution, HTLCSource, HtlcId, PaymentPreimage};
use outputs::Told;

/// The Monitor of one channel (LDK: `ChannelMonitor`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChannelMonitor {
    channel_id: ChannelId,
    update_id: u64,
    lockdown: bool,
    mode: Mode,
    /// How many HTLCs the peer has offered, and we.
    offered: Offered,
    htlcs: BTreeMap<HtlcId, MonitorHtlc>,
    chain: ChainView,
    /// The clock of its archival runs.
    archival_clock: bool,
    /// Released and not acked, oldest first.
    provided: Vec<ProvidedEvent>,
    /// Not released since the last load, oldest first.
    pending: Vec<PendingEvent>,
    /// Never written: a load numbers what is listed anew.
    next_event_id: EventId,
    /// Updates up to this one are reported durable. Never written: what is read is durable.
    reported: u64,
    /// The last update that signed a commitment of ours, unless it is reported. Never written.
    unreported_signature: Option<u64>,
    /// A close notice waits for the Manager. Never written: `RST-5` derives it again.
    close_notice: bool,
    /// What was told of what is to be done on chain. Never written.
    told: Told,
}

/// How many HTLCs each side has offered on a channel: the ids below are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Offered {
    pub(crate) inbound: u64,
    pub(crate) outbound: u64,
}

impl Offered {
    pub(crate) fn by(&self, direction: Direction) -> u64 {
        match direction {
            Direction::Inbound => self.inbound,
            Direction::Outbound => self.outbound,
        }
    }

    fn by_mut(&mut self, direction: Direction) -> &mut u64 {
        match direction {
            Direction::Inbound => &mut self.inbound,
            Direction::Outbound => &mut self.outbound,
        }
    }
}

impl ChannelMonitor {
    /// The Monitor of a new channel, without HTLCs.
    pub fn new(channel_id: ChannelId, mode: Mode) -> Self {
        ChannelMonitor {
            channel_id,
            update_id: 0,
            lockdown: false,
            mode,
            offered: Offered::default(),
            htlcs: BTreeMap::new(),
            chain: ChainView::default(),
            archival_clock: false,
            provided: Vec::new(),
            pending: Vec::new(),
            next_event_id: EventId(0),
            reported: 0,
            unreported_signature: None,
            close_notice: false,
            told: Told::default(),
        }
    }

    /// The channel it watches.
    pub fn channel_id(&self) -> ChannelId {
        self.channel_id
    }

    /// The id of the last update it applied (LDK: `get_latest_update_id`).
    pub fn update_id(&self) -> u64 {
        self.update_id
    }

    /// The updates up to this one are reported: the writes that hold them have landed, and the
    /// Watch knows.
    pub fn reported(&self) -> u64 {
        self.reported
    }

    /// How many of the updates that it applied are not reported; each has its write in flight.
    pub fn unreported(&self) -> u64 {
        self.update_id - self.reported
    }

    /// How it hands its events over.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Hands them over so from now on.
    pub(crate) fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// Forgets failed HTLCs that are removed, but for those that somebody needs.
    pub(crate) fn prune(&mut self, is_needed: impl Fn(&HTLCSource) -> bool) {
        let keeps =
            |htlc: &MonitorHtlc| htlc.is_listed() || htlc.source.as_ref().is_some_and(&is_needed);
        self.htlcs.retain(|_, htlc| keeps(htlc));
    }

    /// Whether the clock of its archival runs: all was done when the Watch looked.
    pub fn archival_clock_runs(&self) -> bool {
        self.archival_clock
    }

    /// Starts the clock of its archival.
    pub(crate) fn start_archival_clock(&mut self) {
        self.archival_clock = true;
    }

    /// The deadline of an HTLC has come: the Monitor closes the channel, in memory, unless it is
    /// closed already or has no such HTLC. One that went out has expired and has to be failed, one
    /// that came in is claimed and about to expire.
    pub(crate) fn reach_deadline(&mut self) -> bool {
        let is_urgent = |(id, htlc): (&HtlcId, &MonitorHtlc)| match id.direction {
            Direction::Outbound => htlc.is_listed(),
            Direction::Inbound => htlc.is_claim_signed(),
        };
        let closes =
            !self.lockdown && !self.funding_spend_seen() && self.htlcs.iter().any(is_urgent);
        self.lockdown |= closes;
        self.close_notice |= closes;
        closes
    }

    /// Whether it broadcasts its commitment: a close update was applied, or it closed by itself.
    pub fn is_locked_down(&self) -> bool {
        self.lockdown
    }

    /// What it knows from blocks.
    pub fn chain(&self) -> &ChainView {
        &self.chain
    }

    /// The height of the last block it has processed.
    pub fn best_block(&self) -> u32 {
        self.chain.best_block()
    }

    /// Whether it has seen a commitment confirm.
    pub fn funding_spend_seen(&self) -> bool {
        self.chain.commitment().is_some()
    }

    /// The HTLCs of the channel that are not irrevocably removed, and of our own those that failed
    /// ([`RemovalStage::Removed`]).
    pub fn htlcs(&self) -> &BTreeMap<HtlcId, MonitorHtlc> {
        &self.htlcs
    }

    /// How many HTLCs a side has offered: their ids are the numbers below.
    pub fn offered_by(&self, side: Direction) -> u64 {
        self.offered.by(side)
    }

    /// Whether the channel has the HTLC, or had it.
    pub fn has_had(&self, htlc: HtlcId) -> bool {
        htlc.id < self.offered.by(htlc.direction)
    }

    /// Whether it lists the HTLC (SPEC section 3.2).
    pub fn lists(&self, htlc: HtlcId) -> bool {
        self.htlcs.get(&htlc).is_some_and(MonitorHtlc::is_listed)
    }

    /// Whether the HTLC is irrevocably removed.
    pub fn has_removed(&self, htlc: HtlcId) -> bool {
        self.has_had(htlc) && !self.lists(htlc)
    }

    /// Whether it lists the HTLC, or an event names it.
    pub fn knows_htlc(&self, htlc: HtlcId) -> bool {
        self.lists(htlc) || self.event_of(htlc).is_some()
    }

    /// Whether a close notice waits for the Manager.
    pub fn has_close_notice(&self) -> bool {
        self.close_notice
    }

    /// The HTLC's preimage, if the Monitor knows it: "in 'claim signed', by a claim event in its
    /// lists, or by a preimage spend that it has seen" (SPEC section 3.2).
    pub fn preimage_of(&self, htlc: HtlcId) -> Option<PaymentPreimage> {
        let signed = self.htlcs.get(&htlc).and_then(|htlc| match htlc.stage {
            RemovalStage::Signed(resolution) => resolution.preimage(),
            RemovalStage::Held | RemovalStage::Removed => None,
        });
        let spent = || match self.chain.spend(htlc) {
            Some(Spend::Preimage(preimage)) => Some(preimage),
            _ => None,
        };
        let listed = || self.event_of(htlc)?.resolution.preimage();
        signed.or_else(spent).or_else(listed)
    }

    /// How an outbound HTLC ended, as the rest of the Monitor tells it, without the events: "a
    /// claim if it knows the preimage other than by an event, and a fail if that is final on chain,
    /// or if it had the HTLC and lists it no more" (SPEC section 7). Only for HTLCs that it has.
    pub fn tells(&self, htlc: HtlcId) -> Option<HTLCResolution> {
        if let Some(RemovalStage::Signed(signed @ HTLCResolution::Claimed(_))) =
            self.htlcs.get(&htlc).map(|htlc| htlc.stage)
        {
            return Some(signed);
        }
        let is_over = match self.chain.spend(htlc) {
            Some(Spend::Preimage(preimage)) => return Some(HTLCResolution::Claimed(preimage)),
            // A spend by timeout is a final one.
            Some(Spend::Timeout) => true,
            None => self.chain.is_final() && !self.chain.has_output(htlc),
        };
        // What was claimed and removed tells nothing: it is listed until the Manager needs it no
        // more (`UPG-2`).
        let is_removed = self.htlcs.get(&htlc).is_some_and(|htlc| !htlc.is_listed());
        (is_over || is_removed).then_some(HTLCResolution::Failed)
    }

    /// Processes a block of the channel's chain, or changes nothing.
    ///
    /// `MON-12`: "A Monitor MUST record the spend of an HTLC output that a block shows, whether or
    /// not it pushes an event for it."
    ///
    /// # Errors
    /// The block is an old one, or says what cannot be.
    pub fn process_block(&mut self, height: u32, facts: &[Fact]) -> Result<(), FactError> {
        if height <= self.best_block() {
            return Err(FactError::OldBlock(self.best_block()));
        }
        let mut chain = self.chain.clone();
        for fact in facts {
            self.is_possible(fact)?;
            // The guards of `push` come later, and hold back an event, never the record.
            chain.record(fact)?;
        }
        chain.best_block = height;
        self.chain = chain;
        for fact in facts {
            self.close_notice |= matches!(fact, Fact::CommitmentConfirmed { .. });
            self.fire(fact);
        }
        Ok(())
    }

    /// Whether the channel's HTLCs can be so.
    fn is_possible(&self, fact: &Fact) -> Result<(), FactError> {
        match fact {
            Fact::CommitmentConfirmed { outputs, .. } => {
                match outputs.iter().find(|htlc| !self.has_had(**htlc)) {
                    Some(stranger) => Err(FactError::UnknownHtlc(*stranger)),
                    None => Ok(()),
                }
            }
            Fact::PreimageSpend { htlc, payment_preimage } => match self.htlcs.get(htlc) {
                Some(entry) if entry.payment_hash != payment_preimage.payment_hash() => {
                    Err(FactError::WrongPreimage(*htlc))
                }
                _ => Ok(()),
            },
            Fact::TimeoutSpend { .. } | Fact::CommitmentFinal => Ok(()),
        }
    }

    /// Whether the channel is resolved as far as it knows (SPEC section 3.4): each output of an
    /// outbound HTLC is spent, the commitment is final where one that it lists has none, and no
    /// close notice waits.
    pub fn is_resolved(&self) -> bool {
        let Some(commitment) = self.chain.commitment() else { return false };
        let outbound = |htlc: &&HtlcId| htlc.is_outbound();
        let mut outputs = commitment.outputs.iter().filter(outbound);
        let mut listed = self.htlcs.keys().filter(outbound).filter(|htlc| self.lists(**htlc));
        outputs.all(|htlc| self.chain.spend(*htlc).is_some())
            && (self.chain.is_final() || listed.all(|htlc| self.chain.has_output(*htlc)))
            && !self.close_notice
    }

    /// Looks a second time at what a block has shown. Only the push sites see it.
    ///
    /// # Errors
    /// No block has shown it.
    pub fn rescan(&mut self, fact: &Fact) -> Result<(), FactError> {
        if !self.chain.has_shown(fact) {
            return Err(FactError::NotShown);
        }
        self.fire(fact);
        Ok(())
    }

    /// The push sites of blocks, which fire "in a block, processed, replayed or shown again".
    fn fire(&mut self, fact: &Fact) {
        match fact {
            Fact::CommitmentConfirmed { .. } => {}
            Fact::PreimageSpend { htlc, payment_preimage } => {
                self.push(*htlc, self.claim_site(*payment_preimage));
            }
            Fact::TimeoutSpend { htlc } => {
                self.push(*htlc, PushSite::MaturedTimeout);
            }
            Fact::CommitmentFinal => {
                let listed = self.htlcs.iter().filter(|(_, htlc)| htlc.is_listed());
                let missing: Vec<_> =
                    listed.map(|(id, _)| *id).filter(|id| !self.chain.has_output(*id)).collect();
                for htlc in missing {
                    self.push(htlc, PushSite::MaturedTimeout);
                }
            }
        }
    }

    fn claim_site(&self, preimage: PaymentPreimage) -> PushSite {
        match self.chain.commitment().map(|c| c.owner) {
            Some(CommitmentOwner::Counterparty) => PushSite::ClaimOfCounterpartyOutput(preimage),
            _ => PushSite::ClaimOfHolderOutput(preimage),
        }
    }

    /// A push site of an HTLC that the Monitor has. Inbound HTLCs have no source, and no events.
    ///
    /// `MON-1`: "A Monitor MUST push an HTLC event at every push site of this section, unless
    /// MON-2 or MON-3 forbids it."
    fn push(&mut self, htlc: HtlcId, site: PushSite) {
        let Some(MonitorHtlc { payment_hash, amount_msat, source: Some(source), .. }) =
            self.htlcs.get(&htlc).cloned()
        else {
            return;
        };
        // `MON-2`: "A Monitor MUST NOT push an HTLC event for an HTLC that an event in `pending`
        // or in `provided` names." Whatever its outcome: the first event carries what matters.
        if self.event_of(htlc).is_some() {
            return;
        }
        let resolution = site.resolution();
        // `MON-3`: "A Monitor MUST NOT push a fail for an HTLC whose preimage it knows."
        if resolution == HTLCResolution::Failed && self.preimage_of(htlc).is_some() {
            return;
        }
        let htlc_id = htlc.id;
        self.list(HTLCEvent { htlc_id, payment_hash, amount_msat, source, resolution });
    }

    /// Hands out the close notice, once.
    pub(crate) fn take_close_notice(&mut self) -> bool {
        std::mem::take(&mut self.close_notice)
    }
}
