//! What one channel can prove on chain, and what it pushes by that (SPEC section 5.1).

mod broadcast;
mod chain;
mod events;
mod htlc;
mod serialize;
mod stored;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use chain::{ChainView, CommitmentOwner, ConfirmedCommitment, Fact, FactError, Spend};
pub use events::{NumberedEvent, PendingEvent};
pub use htlc::{Direction, MonitorHtlc, PushSite, RemovalStage};
pub use stored::StoredMonitorError;

use crate::config::{Mode, NodeConfig};
use crate::event::{ChannelId, EventId, HTLCEvent, HtlcId, Outcome};
use crate::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep, UpdateError};

/// What an update pushes once it is applied, and where.
type Push = (HtlcId, PushSite);

/// The Monitor of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChannelMonitor {
    channel_id: ChannelId,
    update_id: u64,
    /// Updates up to this one are reported durable. Never written: what is read is durable.
    reported: u64,
    lockdown: bool,
    htlcs: BTreeMap<HtlcId, MonitorHtlc>,
    chain: ChainView,
    /// Never written: a load numbers what is listed anew.
    next_event_id: EventId,
    mode: Mode,
    /// The clock of its archival runs.
    archival_clock: bool,
    /// Released and not acked, oldest first.
    provided: Vec<NumberedEvent>,
    /// Not released since the last load, oldest first.
    pending: Vec<PendingEvent>,
    /// A close notice waits for the Manager. Never written: `RST-5` derives it again.
    close_notice: bool,
}

impl ChannelMonitor {
    /// The Monitor of an open channel with all its configured HTLCs committed.
    pub fn new(channel_id: ChannelId, config: &NodeConfig) -> Self {
        ChannelMonitor {
            channel_id,
            update_id: 0,
            reported: 0,
            lockdown: false,
            htlcs: htlc::committed_htlcs(channel_id, config),
            chain: ChainView::default(),
            next_event_id: EventId(0),
            mode: config.mode,
            archival_clock: false,
            provided: Vec::new(),
            pending: Vec::new(),
            close_notice: false,
        }
    }

    /// The channel it watches.
    pub fn channel_id(&self) -> ChannelId {
        self.channel_id
    }

    /// The id of the last update it applied.
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
        let is_urgent = |htlc: &MonitorHtlc| match htlc.direction {
            Direction::Outbound => htlc.stage != RemovalStage::Removed,
            Direction::Inbound => htlc.stage == RemovalStage::Signed(Outcome::Claim),
        };
        let closes =
            !self.lockdown && !self.funding_spend_seen() && self.htlcs.values().any(is_urgent);
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

    /// The number of blocks it has processed.
    pub fn best_block(&self) -> u64 {
        self.chain.best_block()
    }

    /// Whether it has seen a commitment confirm.
    pub fn funding_spend_seen(&self) -> bool {
        self.chain.commitment().is_some()
    }

    /// The HTLCs of the channel. A payment that no update has offered is not among them.
    pub fn htlcs(&self) -> &BTreeMap<HtlcId, MonitorHtlc> {
        &self.htlcs
    }

    /// Whether it lists the HTLC, or an event names it.
    pub fn knows_htlc(&self, htlc: HtlcId) -> bool {
        let entry = self.htlcs.get(&htlc);
        entry.is_some_and(|entry| entry.stage != RemovalStage::Removed) || self.names(htlc)
    }

    /// Whether a close notice waits for the Manager.
    pub fn has_close_notice(&self) -> bool {
        self.close_notice
    }

    /// Whether the Monitor knows the HTLC's preimage: "from a signed claim that is not revoked,
    /// from a claim event in its lists, or from a preimage spend it has seen" (`MON-3`).
    pub fn knows_preimage(&self, htlc: HtlcId) -> bool {
        let signed =
            self.htlcs.get(&htlc).is_some_and(|h| h.stage == RemovalStage::Signed(Outcome::Claim));
        let listed = HTLCEvent { htlc, outcome: Outcome::Claim };
        signed
            || self.events().any(|(_, event)| event == listed)
            || self.chain.spend(htlc) == Some(Spend::Preimage)
    }

    /// Whether an output of an inbound HTLC waits on chain that the preimage can claim.
    pub fn can_claim_output(&self, htlc: HtlcId) -> bool {
        self.htlcs.get(&htlc).is_some_and(|h| h.direction == Direction::Inbound)
            && self.chain.has_output(htlc)
            && self.chain.spend(htlc).is_none()
            && self.knows_preimage(htlc)
    }

    /// Applies the update behind the last one, or changes nothing.
    pub fn update_monitor(&mut self, update: &ChannelMonitorUpdate) -> Result<(), UpdateError> {
        let ChannelMonitorUpdate { update_id, step } = *update;
        if update_id != self.update_id + 1 {
            return Err(UpdateError::OutOfOrder { last: self.update_id, found: update_id });
        }
        let push = match step {
            ChannelMonitorUpdateStep::SignRemoval { htlc, outcome } => {
                self.sign_removal(update_id, htlc, outcome)?
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => self.revoke(update_id, htlc)?,
            ChannelMonitorUpdateStep::Offer { htlc } => self.offer(update_id, htlc)?,
            ChannelMonitorUpdateStep::ChannelForceClosed => {
                self.lockdown = true;
                None
            }
        };
        self.update_id = update_id;
        if let Some((htlc, site)) = push {
            self.push(htlc, site);
        }
        Ok(())
    }

    /// Lists a new HTLC of ours. Behind a final commitment it will never have an output.
    fn offer(&mut self, update_id: u64, htlc: HtlcId) -> Result<Option<Push>, UpdateError> {
        let held = MonitorHtlc { direction: Direction::Outbound, stage: RemovalStage::Held };
        if self.htlcs.contains_key(&htlc) {
            return Err(UpdateError::WrongStage { update_id, htlc });
        }
        self.htlcs.insert(htlc, held);
        Ok(self.chain.is_final().then_some((htlc, PushSite::LateOffer)))
    }

    fn sign_removal(
        &mut self,
        update_id: u64,
        htlc: HtlcId,
        outcome: Outcome,
    ) -> Result<Option<Push>, UpdateError> {
        let entry =
            self.htlcs.get_mut(&htlc).ok_or(UpdateError::UnknownHtlc { update_id, htlc })?;
        if entry.stage != RemovalStage::Held {
            return Err(UpdateError::WrongStage { update_id, htlc });
        }
        entry.stage = RemovalStage::Signed(outcome);
        let is_outbound = entry.direction == Direction::Outbound;
        // `MON-4`: "A Monitor MUST NOT push the event of an off-chain fail before the counterparty
        // has revoked the last commitment that had the HTLC." So only a claim is pushed here.
        let is_claimed = is_outbound && outcome == Outcome::Claim;
        Ok(is_claimed.then_some((htlc, PushSite::OffChainClaim)))
    }

    fn revoke(&mut self, update_id: u64, htlc: HtlcId) -> Result<Option<Push>, UpdateError> {
        let entry =
            self.htlcs.get_mut(&htlc).ok_or(UpdateError::UnknownHtlc { update_id, htlc })?;
        let RemovalStage::Signed(outcome) = entry.stage else {
            return Err(UpdateError::WrongStage { update_id, htlc });
        };
        entry.stage = RemovalStage::Removed;
        let is_failed = entry.direction == Direction::Outbound && outcome == Outcome::Fail;
        Ok(is_failed.then_some((htlc, PushSite::OffChainFail)))
    }

    /// Processes the next block of the channel's chain, or changes nothing.
    ///
    /// `MON-12`: "A Monitor MUST record the spend of an HTLC output that a block shows, whether or
    /// not it pushes an event for it."
    pub fn process_block(&mut self, fact: &Fact) -> Result<(), FactError> {
        if let Fact::CommitmentConfirmed { outputs, .. } = fact
            && let Some(stranger) = outputs.iter().find(|htlc| !self.htlcs.contains_key(htlc))
        {
            return Err(FactError::UnknownHtlc(*stranger));
        }
        // The guards of `push` come later, and hold back an event, never the record.
        self.chain.record(fact)?;
        if matches!(fact, Fact::CommitmentConfirmed { .. }) {
            self.close_notice = true;
        }
        self.fire(fact);
        Ok(())
    }

    /// Whether it has the spends of outbound HTLCs on record, wherever the confirmed commitment has
    /// an output for one.
    pub fn has_spends_on_record(&self) -> bool {
        let outbound = self.htlcs.iter().filter(|(_, h)| h.direction == Direction::Outbound);
        let mut outputs = outbound.map(|(id, _)| *id).filter(|id| self.chain.has_output(*id));
        outputs.all(|id| self.chain.spend(id).is_some())
    }

    /// Looks a second time at a block that was processed. Only the push sites see it.
    pub fn rescan(&mut self, fact: &Fact) -> Result<(), FactError> {
        if !self.chain.has_shown(fact) {
            return Err(FactError::NotShown);
        }
        self.fire(fact);
        Ok(())
    }

    /// The push sites of blocks, which "fire when a block is processed, when it is replayed, and
    /// when the chain shows it again".
    fn fire(&mut self, fact: &Fact) {
        match fact {
            Fact::CommitmentConfirmed { .. } => {}
            Fact::PreimageSpend { htlc } => self.push_outbound(*htlc, self.claim_site()),
            Fact::TimeoutSpend { htlc } => self.push_outbound(*htlc, PushSite::MaturedTimeout),
            Fact::CommitmentFinal => {
                let listed = self.htlcs.iter().filter(|(_, h)| h.stage != RemovalStage::Removed);
                let missing: Vec<_> =
                    listed.map(|(id, _)| *id).filter(|id| !self.chain.has_output(*id)).collect();
                for htlc in missing {
                    self.push_outbound(htlc, PushSite::MaturedTimeout);
                }
            }
        }
    }

    fn claim_site(&self) -> PushSite {
        match self.chain.commitment().map(|c| c.owner) {
            Some(CommitmentOwner::Counterparty) => PushSite::ClaimOfCounterpartyOutput,
            _ => PushSite::ClaimOfHolderOutput,
        }
    }

    fn push_outbound(&mut self, htlc: HtlcId, site: PushSite) {
        if self.htlcs.get(&htlc).is_some_and(|h| h.direction == Direction::Outbound) {
            self.push(htlc, site);
        }
    }

    /// `MON-1`: "A Monitor MUST push an HTLC event at every push site of this section, unless
    /// MON-2 or MON-3 forbids it."
    fn push(&mut self, htlc: HtlcId, site: PushSite) {
        let outcome = site.outcome();
        // `MON-2`: "A Monitor MUST NOT push an HTLC event for an HTLC that an event in `pending`
        // or in `provided` names." Whatever its outcome: the first event carries what matters.
        if self.names(htlc) {
            return;
        }
        // `MON-3`: "A Monitor MUST NOT push a fail for an HTLC whose preimage it knows."
        if outcome == Outcome::Fail && self.knows_preimage(htlc) {
            return;
        }
        self.list(HTLCEvent { htlc, outcome });
    }

    /// Hands out the close notice, once.
    pub fn take_close_notice(&mut self) -> bool {
        std::mem::take(&mut self.close_notice)
    }
}
