//! What can happen, one step at a time.

use std::collections::BTreeMap;

use reference::{
    ChannelId, EventKey, Fact, HTLCPreviousHopData, HTLCResolution, HtlcId, LoadError, Mode,
    NewPart, Node, NotNow, Origin, Outcome, PaymentId, RemovalStage, StepError, StoredNode,
    UpdateAddHTLC,
};

use super::{Disk, Object, World, preimage};

/// What a crash keeps, and how the build that comes after it is set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keep {
    /// Of the writes in flight, so many of the oldest.
    pub writes: BTreeMap<Object, usize>,
    /// The user has recorded the event that it was handling.
    pub record: bool,
    pub mode: bool,
}

impl Keep {
    /// Nothing that was in flight; the mode is on.
    pub fn nothing() -> Self {
        Keep { writes: BTreeMap::new(), record: false, mode: true }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Open(ChannelId),
    /// The peer offers an HTLC of this payment, of this amount.
    Arrive(ChannelId, u8, u64),
    Pay(u8, Vec<NewPart>),
    Forward(Vec<HTLCPreviousHopData>, ChannelId, u64),
    Receive(Vec<HTLCPreviousHopData>),
    FailHtlc(HTLCPreviousHopData),
    Claim(u8),
    FailBack(u8),
    Offer(Origin),
    /// The peer's message with the preimage.
    Fulfil(ChannelId, u64),
    Sign(ChannelId, u64, Outcome),
    Revoke(ChannelId, HtlcId),
    /// Something holds back the revocations of the channel, or does no more.
    Block(ChannelId),
    Unblock(ChannelId),
    SubmitBlocked(ChannelId),
    ForwardFail(HTLCPreviousHopData),
    Land(Object),
    Overtake(ChannelId),
    Completed(ChannelId),
    Notice(ChannelId),
    Release(ChannelId),
    PersistMonitor(ChannelId),
    PersistManager,
    /// The peer's commitment confirms: the newer one, without what it has signed away, or the
    /// older.
    PeerCloses(ChannelId, bool),
    /// Our commitment confirms.
    Broadcast(ChannelId),
    ForceClose(ChannelId),
    Deadline(ChannelId),
    Spend(ChannelId, HtlcId, Outcome),
    Final(ChannelId),
    /// The Monitor sees the next block; the write of that lands in its turn, or never.
    See(ChannelId, bool),
    Rescan(ChannelId, usize),
    Archive(ChannelId),
    Begin(EventKey),
    EndOk(EventKey),
    Refuse(EventKey),
    Crash(Keep),
    Prune,
    Replay(ChannelId),
    StartWatch,
    Background(ChannelId),
}

/// What of the surroundings speaks against a step is `None`.
pub type Attempt = Result<(), Option<StepError>>;

fn allowed(is_so: bool) -> Attempt {
    if is_so { Ok(()) } else { Err(None) }
}

impl World {
    pub(super) fn attempt(&mut self, step: &Step) -> Attempt {
        match step {
            Step::Open(c) => {
                self.node.open_channel(*c, self.mode)?;
                self.chain.entry(*c).or_default();
            }
            Step::Arrive(c, n, amount_msat) => self.offers(*c, *n, *amount_msat)?,
            Step::Pay(n, parts) => {
                // The user makes a payment again only if it has not heard of its end.
                let id = PaymentId([*n; 32]);
                allowed(!self.has_ended(id))?;
                self.node.send_payment(id, preimage(*n).payment_hash(), parts)?;
            }
            Step::Forward(hops, c, amount) => self.node.forward_htlcs(hops, *c, *amount)?,
            Step::Receive(hops) => self.node.receive_payment(hops)?,
            Step::FailHtlc(hop) => self.node.fail_htlc(*hop)?,
            Step::Claim(n) => {
                allowed(self.may_claim(*n))?;
                self.node.claim_funds(preimage(*n))?;
            }
            Step::FailBack(n) => {
                allowed(!self.is_claimed_on_chain(*n))?;
                self.node.fail_htlc_backwards(preimage(*n).payment_hash())?;
            }
            Step::Offer(origin) => self.node.free_holding_cell(*origin).map(drop)?,
            Step::Fulfil(c, id) => {
                let out = self.outbound.get(&(*c, *id)).ok_or(None)?;
                allowed(self.is_open_on_chain(*c) && out.signed != Some(Outcome::Fail))?;
                let preimage = out.preimage;
                self.node.update_fulfill_htlc(*c, *id, preimage)?;
                self.outbound.get_mut(&(*c, *id)).expect("it is there").fulfilled = true;
            }
            Step::Sign(c, id, outcome) => self.sign(*c, *id, *outcome)?,
            Step::Revoke(c, htlc) => self.revoke(*c, *htlc)?,
            Step::Block(c) => self.node.block_revocations(*c),
            Step::Unblock(c) => self.node.unblock_revocations(*c),
            Step::SubmitBlocked(c) => self.node.submit_blocked_update(*c)?,
            Step::ForwardFail(hop) => self.node.process_forward_fail(*hop)?,
            Step::Land(object) => self.write_lands(*object)?,
            Step::Overtake(c) => {
                // Only of a node that runs: a load waits for its switches one by one.
                allowed(self.node.is_watching() && self.disk.overtake(*c))?;
            }
            Step::Completed(c) => self.node.process_completed(*c)?,
            Step::Notice(c) => self.node.process_close_notice(*c)?,
            Step::Release(c) => self.node.process_monitor_event(*c).map(drop)?,
            Step::PersistMonitor(c) => self.node.persist_monitor(*c)?,
            Step::PersistManager => self.node.persist_manager()?,
            Step::PeerCloses(c, newer) => allowed(self.peer_closes(*c, *newer))?,
            Step::Broadcast(c) => allowed(self.confirm_ours(*c))?,
            Step::ForceClose(c) => self.node.force_close(*c)?,
            Step::Deadline(c) => self.node.deadline_reached(*c)?,
            Step::Spend(c, htlc, outcome) => allowed(self.spend(*c, *htlc, *outcome))?,
            Step::Final(c) => {
                let chain = self.chain.get(c).ok_or(None)?;
                allowed(!chain.is_empty() && !chain.contains(&Fact::CommitmentFinal))?;
                self.append(*c, Fact::CommitmentFinal);
            }
            Step::See(c, lands) => {
                let (height, fact) = self.next_block(*c).ok_or(None)?;
                self.node.block_connected(*c, height, &[fact])?;
                self.block_is_lost = (!lands).then_some(*c);
            }
            Step::Rescan(c, index) => {
                let fact = self.chain.get(c).and_then(|chain| chain.get(*index)).ok_or(None)?;
                self.node.block_rescanned(*c, &fact.clone())?;
            }
            Step::Archive(c) => {
                allowed(self.is_settled_on_chain(*c) && self.next_block(*c).is_none())?;
                self.node.archive_monitor(*c)?;
            }
            Step::Begin(key) => self.node.begin_event(*key).map(drop)?,
            Step::EndOk(key) => {
                let event = self.node.manager().pending_events().get(key).map(|q| q.event.clone());
                self.node.end_event_ok(*key)?;
                self.handled(event.expect("it was queued"));
            }
            Step::Refuse(key) => self.node.end_event_refused(*key)?,
            Step::Crash(keep) => self.crash(keep),
            Step::Prune => self.node.prune().map(drop)?,
            Step::Replay(c) => {
                let (height, fact) = self.next_block(*c).ok_or(None)?;
                self.node.replay_block(*c, height, &[fact])?;
            }
            Step::StartWatch => {
                let replayed = self.chain.keys().all(|c| self.next_block(*c).is_none());
                allowed(replayed)?;
                self.node.start_watch()?;
            }
            Step::Background(c) => self.node.background_step(*c)?,
        }
        Ok(())
    }

    fn offers(&mut self, channel: ChannelId, n: u8, amount_msat: u64) -> Attempt {
        allowed(self.is_open_on_chain(channel))?;
        let monitor = self.node.monitor(channel).ok_or(None)?;
        let htlc_id = monitor.offered_by(reference::Direction::Inbound);
        let payment_hash = preimage(n).payment_hash();
        self.node.update_add_htlc(channel, UpdateAddHTLC { htlc_id, amount_msat, payment_hash })?;
        self.inbound.insert(HTLCPreviousHopData { channel_id: channel, htlc_id }, n);
        Ok(())
    }

    fn sign(&mut self, channel: ChannelId, id: u64, outcome: Outcome) -> Attempt {
        let out = self.outbound.get(&(channel, id)).ok_or(None)?;
        let agrees = out.promise().is_none_or(|promised| promised == outcome);
        allowed(self.is_open_on_chain(channel) && agrees)?;
        let resolution = match outcome {
            Outcome::Claim => HTLCResolution::Claimed(out.preimage),
            Outcome::Fail => HTLCResolution::Failed,
        };
        self.node.peer_signs_removal(channel, id, resolution)?;
        self.outbound.get_mut(&(channel, id)).expect("it is there").signed = Some(outcome);
        Ok(())
    }

    fn revoke(&mut self, channel: ChannelId, htlc: HtlcId) -> Attempt {
        allowed(self.is_open_on_chain(channel))?;
        let stage = self.node.monitor(channel).and_then(|m| m.htlcs().get(&htlc)).map(|e| e.stage);
        self.node.revoke_and_ack(channel, htlc)?;
        if let (false, Some(RemovalStage::Signed(resolution))) = (htlc.is_outbound(), stage) {
            let hop = HTLCPreviousHopData { channel_id: channel, htlc_id: htlc.id };
            let before = self.removed.insert(hop, resolution.outcome());
            assert!(before.is_none_or(|b| b == resolution.outcome()), "removed in two ways");
        }
        Ok(())
    }

    fn write_lands(&mut self, object: Object) -> Attempt {
        let write = self.disk.land(object).ok_or(None)?;
        match (object, write.update_id) {
            (None, _) => self.node.manager_persisted()?,
            (Some(c), Some(update_id)) => match self.node.channel_monitor_updated(c, update_id) {
                // A report of an older write tells nothing new.
                Err(StepError::NotNow(NotNow::NoWrite(_))) => {}
                reported => reported?,
            },
            (Some(c), None) if !self.node.is_watching() => self.node.mode_switch_landed(c),
            (Some(_), None) => {}
        }
        Ok(())
    }

    fn crash(&mut self, keep: &Keep) {
        self.disk.crash(|object| keep.writes.get(&object).copied().unwrap_or(0));
        let stored = std::mem::take(&mut self.disk.stored);
        let mode = if keep.mode { Mode::On } else { Mode::Off };
        let loaded = self.come_back(stored, keep.record, mode);
        loaded.unwrap_or_else(|e| panic!("{e}: {:#?}", self.taken));
    }

    /// A crash of which this is left in the Store; the node loads it. `record`: the user has
    /// recorded the event that it was handling.
    pub fn come_back(
        &mut self,
        stored: StoredNode,
        record: bool,
        mode: Mode,
    ) -> Result<(), LoadError> {
        if let (true, Some(key)) = (record, self.node.manager().handling()) {
            let event = self.node.manager().pending_events()[&key].event.clone();
            self.handled(event);
        }
        self.disk = Disk::of(stored);
        self.mode = mode;
        let loaded = Node::load(&self.disk.stored, self.settings, mode, self.outbox());
        (self.node, self.report) = loaded?;
        self.forget_what_the_crash_took();
        Ok(())
    }
}
