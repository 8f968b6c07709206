//! The environment of a node for the tests of this crate: disks, chain, peers, the user's record.
//! It follows SPEC sections 3 and 4.

#![allow(dead_code, reason = "each test uses the part that it needs")]

mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reference::monitor::Spend;
use reference::{
    BlockWrite, Build, ChannelConfig, ChannelId, ChannelMonitorUpdateStep, CommitmentOwner, Event,
    Fact, HtlcId, HtlcRole, LoadError, Mode, Node, NodeConfig, Outcome, PersistStatus, Persistence,
    RemovalStage, StoredMonitor, StoredObject, Submission, UpdateWrites,
};

pub const OUT: ChannelId = ChannelId(1);
pub const IN: ChannelId = ChannelId(2);
pub const H0: HtlcId = HtlcId(0);
pub const H1: HtlcId = HtlcId(1);
pub const PAYMENT: HtlcRole = HtlcRole::Payment { outbound: OUT, held: false };
pub const FORWARD: HtlcRole = HtlcRole::Forward { inbound: IN, outbound: OUT, held: false };

pub fn config(persistence: Persistence, roles: &[HtlcRole]) -> Arc<NodeConfig> {
    config_of(persistence, UpdateWrites::Full, roles)
}

pub fn config_of(
    persistence: Persistence,
    updates: UpdateWrites,
    roles: &[HtlcRole],
) -> Arc<NodeConfig> {
    let channel = ChannelConfig { persistence, updates, max_in_flight: 2 };
    let htlcs = roles.iter().enumerate().map(|(i, role)| (HtlcId(i as u64), *role)).collect();
    Arc::new(NodeConfig {
        channels: BTreeMap::from([(OUT, channel), (IN, channel)]),
        htlcs,
        tell_forwards: true,
        mode: Mode::On,
        late_completions: false,
        close_updates: false,
    })
}

/// What a crash keeps of the writes in flight and of a handling under way.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub out: usize,
    pub inbound: usize,
    pub manager: bool,
    pub record: bool,
}

pub const NOTHING: Kept = Kept { out: 0, inbound: 0, manager: false, record: false };

#[derive(Clone, Copy, Debug)]
pub enum Action {
    Sign(HtlcId, Outcome),
    Revoke(ChannelId, HtlcId),
    /// The same on the inbound channel, while something blocks it.
    RevokeBlocked(HtlcId),
    /// Nothing blocks the inbound channel any more.
    SubmitBlocked,
    /// The peer's commitment confirms; on the outbound channel with the HTLCs whose removal is
    /// signed, or without them.
    PeerCloses(ChannelId, bool),
    Broadcast(ChannelId),
    ForceClose(ChannelId),
    Spend(ChannelId, HtlcId, Spend),
    Final(ChannelId),
    Block(ChannelId, BlockWrite),
    Rescan(ChannelId, usize),
    Report(ChannelId),
    FullWrite(ChannelId),
    Notice(ChannelId),
    Release(ChannelId),
    ForwardFail(HtlcId),
    Begin(HtlcId),
    EndOk(HtlcId),
    Refuse(HtlcId),
    StartManagerWrite,
    ManagerReport,
    Crash(Kept),
    Replay(ChannelId),
    StartWatch,
    Background(ChannelId),
    PayerTakesBack(HtlcId),
    /// The chain has the last word on all HTLCs of the channel.
    Archive(ChannelId),
}

#[derive(Clone)]
pub struct World {
    pub node: Node,
    pub config: Arc<NodeConfig>,
    pub durable: BTreeMap<ChannelId, StoredMonitor>,
    pub archived: BTreeSet<ChannelId>,
    /// What is stored once each write in flight has landed, oldest first.
    pub in_flight: BTreeMap<ChannelId, Vec<StoredMonitor>>,
    pub manager: Vec<u8>,
    pub manager_in_flight: Option<Vec<u8>>,
    pub chain: BTreeMap<ChannelId, Vec<Fact>>,
    pub signed: BTreeMap<HtlcId, Outcome>,
    pub removed_upstream: BTreeMap<HtlcId, Outcome>,
    pub record: BTreeSet<Event>,
    pub taken: Vec<Action>,
}

impl World {
    pub fn new(config: Arc<NodeConfig>) -> Self {
        let node = Node::new(config.clone()).unwrap();
        let stored = |id: &ChannelId| (*id, StoredMonitor::of(node.monitor(*id).unwrap().write()));
        World {
            durable: config.channels.keys().map(stored).collect(),
            archived: BTreeSet::new(),
            in_flight: config.channels.keys().map(|id| (*id, Vec::new())).collect(),
            manager: node.manager().write(),
            manager_in_flight: None,
            chain: config.channels.keys().map(|id| (*id, Vec::new())).collect(),
            signed: BTreeMap::new(),
            removed_upstream: BTreeMap::new(),
            record: BTreeSet::new(),
            taken: Vec::new(),
            node,
            config,
        }
    }

    /// Takes a step that must be possible.
    pub fn go(&mut self, action: Action) {
        assert!(self.step(action), "{action:?} is not possible");
    }

    /// Takes a step if it is possible. Otherwise the node must not have changed.
    pub fn step(&mut self, action: Action) -> bool {
        let before = self.node.clone();
        let happened = self.try_step(action);
        if happened {
            self.taken.push(action);
        } else {
            assert_eq!(before, self.node, "refused {action:?} left a trace");
        }
        for write in self.node.take_writes() {
            let (id, stored) = match write.object {
                StoredObject::Monitor(id) => (id, StoredMonitor::of(write.bytes)),
                StoredObject::Delta(id) => {
                    let mut stored =
                        self.in_flight[&id].last().unwrap_or(&self.durable[&id]).clone();
                    stored.deltas.push(write.bytes);
                    (id, stored)
                }
                StoredObject::Manager => {
                    self.manager_in_flight = Some(write.bytes);
                    continue;
                }
                StoredObject::Archived(id) => {
                    self.durable.remove(&id);
                    self.archived.insert(id);
                    continue;
                }
            };
            match write.status {
                PersistStatus::Completed => drop(self.durable.insert(id, stored)),
                PersistStatus::InProgress => self.in_flight.get_mut(&id).unwrap().push(stored),
            }
        }
        happened
    }

    fn try_step(&mut self, action: Action) -> bool {
        match action {
            Action::Sign(h, outcome) => {
                let open = self.chain[&OUT].is_empty();
                let agrees = self.signed.get(&h).is_none_or(|signed| *signed == outcome);
                let happened = open && agrees && self.node.peer_signs_removal(h, outcome).is_ok();
                if happened {
                    self.signed.insert(h, outcome);
                }
                happened
            }
            Action::Revoke(c, h) => self.revoke(c, h, Submission::AtOnce),
            Action::RevokeBlocked(h) => self.revoke(IN, h, Submission::Blocked),
            Action::SubmitBlocked => self.node.submit_blocked_update(IN).is_ok(),
            Action::PeerCloses(c, with_signed) => self.peer_closes(c, with_signed),
            Action::Broadcast(c) => self.node.may_broadcast(c) && self.confirm_ours(c),
            Action::ForceClose(c) => self.node.may_force_close(c) && self.confirm_ours(c),
            Action::Spend(c, h, spend) => self.spend(c, h, spend),
            Action::Final(c) => self.append(c, Fact::CommitmentFinal),
            Action::Block(c, write) => self.block(c, write),
            Action::Rescan(c, i) => {
                let fact = self.chain[&c].get(i).cloned();
                fact.is_some_and(|fact| self.node.block_rescanned(c, &fact).is_ok())
            }
            Action::Report(c) => {
                let happened = self.node.monitor_write_reported(c).is_ok();
                if happened {
                    let landed = self.in_flight.get_mut(&c).unwrap().remove(0);
                    self.durable.insert(c, landed);
                }
                happened
            }
            Action::FullWrite(c) => self.node.start_full_write(c).is_ok(),
            Action::Notice(c) => self.node.deliver_close_notice(c).is_ok(),
            Action::Release(c) => self.node.release_monitor_event(c).is_ok(),
            Action::ForwardFail(h) => self.node.process_forward_fail(h).is_ok(),
            Action::Begin(h) => self.node.begin_event(h).is_ok(),
            Action::EndOk(h) => {
                let event = self.node.manager().pending_events().get(&h).map(|q| q.event);
                let happened = self.node.end_event_ok(h).is_ok();
                if happened {
                    self.record.extend(event);
                }
                happened
            }
            Action::Refuse(h) => self.node.end_event_refused(h).is_ok(),
            Action::StartManagerWrite => self.node.start_manager_write().is_ok(),
            Action::ManagerReport => {
                let happened = self.node.manager_write_reported().is_ok();
                if happened {
                    self.manager = self.manager_in_flight.take().unwrap();
                }
                happened
            }
            Action::Crash(kept) => self.crash(kept),
            Action::Replay(c) => {
                self.next_fact(c).is_some_and(|fact| self.node.replay_block(c, &fact).is_ok())
            }
            Action::StartWatch => {
                let tips = self.chain.iter().map(|(id, c)| (*id, c.len() as u64)).collect();
                self.node.start_watch(&tips).is_ok()
            }
            Action::Background(c) => self.node.background_step(c).is_ok(),
            Action::Archive(c) => self.node.archive_monitor(c, self.chain[&c].len() as u64).is_ok(),
            Action::PayerTakesBack(h) => {
                let fact = Fact::TimeoutSpend { htlc: h };
                self.config.htlcs[&h].inbound() == Some(IN)
                    && !self.removed_upstream.contains_key(&h)
                    && self.append(IN, fact)
            }
        }
    }

    fn revoke(&mut self, c: ChannelId, h: HtlcId, submission: Submission) -> bool {
        let stage = self.node.monitor(c).and_then(|m| m.htlcs().get(&h)).map(|e| e.stage);
        let happened =
            self.chain[&c].is_empty() && self.node.peer_revokes(c, h, submission).is_ok();
        if let (true, IN, Some(RemovalStage::Signed(outcome))) = (happened, c, stage) {
            let before = self.removed_upstream.insert(h, outcome);
            assert!(before.is_none_or(|b| b == outcome), "removed twice, in different ways");
        }
        happened
    }

    /// Whether any part of the node holds the revocation of the last commitment with the HTLC.
    fn holds_revocation(&self, c: ChannelId, h: HtlcId) -> bool {
        let removed = |m: &reference::ChannelMonitor| m.htlcs()[&h].stage == RemovalStage::Removed;
        let stored = self.in_flight[&c].iter().chain([&self.durable[&c]]);
        let step = ChannelMonitorUpdateStep::Revocation { htlc: h };
        removed(self.node.monitor(c).unwrap())
            || stored
                .map(|stored| reference::ChannelMonitor::read_stored(stored).unwrap())
                .any(|m| removed(&m))
            || self.node.manager().channels()[&c]
                .in_flight_monitor_updates
                .iter()
                .any(|update| update.step == step)
    }

    fn peer_closes(&mut self, c: ChannelId, with_signed: bool) -> bool {
        // We sign the peer's commitment without the HTLC once our own update is durable.
        let stored = reference::ChannelMonitor::read_stored(&self.durable[&c]).unwrap();
        let outputs = stored.htlcs().iter().filter(|(id, entry)| {
            let may_lack = c == OUT && entry.stage != RemovalStage::Held;
            !self.holds_revocation(c, **id) && (with_signed || !may_lack)
        });
        let outputs = outputs.map(|(id, _)| *id).collect();
        self.append(c, Fact::CommitmentConfirmed { owner: CommitmentOwner::Counterparty, outputs })
    }

    fn confirm_ours(&mut self, c: ChannelId) -> bool {
        let outputs = self.node.monitor(c).unwrap().holder_commitment();
        self.append(c, Fact::CommitmentConfirmed { owner: CommitmentOwner::Holder, outputs })
    }

    fn spend(&mut self, c: ChannelId, h: HtlcId, spend: Spend) -> bool {
        let possible = match (c, spend) {
            (OUT, Spend::Preimage) => true,
            (OUT, Spend::Timeout) => self.signed.get(&h) != Some(&Outcome::Claim),
            (_, Spend::Preimage) => self.node.would_claim_on_chain(c, h),
            (_, Spend::Timeout) => false,
        };
        let fact = match spend {
            Spend::Preimage => Fact::PreimageSpend { htlc: h },
            Spend::Timeout => Fact::TimeoutSpend { htlc: h },
        };
        possible && self.append(c, fact)
    }

    /// Extends a chain by a fact that can follow it.
    fn append(&mut self, c: ChannelId, fact: Fact) -> bool {
        let mut observer = reference::ChannelMonitor::new(c, &self.config);
        for shown in &self.chain[&c] {
            observer.process_block(shown).unwrap();
        }
        let possible = observer.process_block(&fact).is_ok();
        if possible {
            self.chain.get_mut(&c).unwrap().push(fact);
        }
        possible
    }

    fn next_fact(&self, c: ChannelId) -> Option<Fact> {
        let height = self.node.monitor(c)?.best_block();
        self.chain[&c].get(height as usize).cloned()
    }

    fn block(&mut self, c: ChannelId, write: BlockWrite) -> bool {
        let Some(fact) = self.next_fact(c) else { return false };
        let Ok(bytes) = self.node.block_connected(c, &fact, write) else { return false };
        if write == BlockWrite::Lands {
            // It contains all that the writes in flight contain.
            let stored = StoredMonitor::of(bytes);
            for older in self.in_flight.get_mut(&c).unwrap() {
                older.clone_from(&stored);
            }
            self.durable.insert(c, stored);
        }
        true
    }

    fn crash(&mut self, kept: Kept) -> bool {
        for (id, kept) in [(OUT, kept.out), (IN, kept.inbound)] {
            let writes = std::mem::take(self.in_flight.get_mut(&id).unwrap());
            if let Some(last) = writes.into_iter().take(kept).next_back() {
                self.durable.insert(id, last);
            }
        }
        if let (true, Some(bytes)) = (kept.manager, self.manager_in_flight.take()) {
            self.manager = bytes;
        }
        if let (true, Some(h)) = (kept.record, self.node.manager().handling()) {
            self.record.insert(self.node.manager().pending_events()[&h].event);
        }
        self.node = self.loaded().unwrap();
        true
    }

    /// The node that the durable versions make.
    pub fn loaded(&self) -> Result<Node, LoadError> {
        Node::load(self.config.clone(), &self.durable, &self.archived, &self.manager, Build::On)
    }

    pub fn load(&mut self) {
        while self.step(Action::Replay(OUT)) || self.step(Action::Replay(IN)) {}
        self.go(Action::StartWatch);
        self.go(Action::Background(OUT));
        self.go(Action::Background(IN));
    }
}
