//! The environment of a node for the tests of this crate: disks, chain, peers, the user's record.
//! It follows SPEC sections 3 and 4.

#![allow(dead_code, reason = "each test uses the part that it needs")]

mod chain;
mod settle;
pub mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reference::monitor::Spend;
use reference::{
    Build, ChannelConfig, ChannelId, Event, Fact, HtlcId, HtlcRole, LoadError, Mode, Node,
    NodeConfig, Outcome, PersistStatus, Persistence, StoredMonitor, StoredObject, Submission,
    UpdateWrites,
};

pub const OUT: ChannelId = ChannelId(1);
pub const IN: ChannelId = ChannelId(2);
/// A second outbound channel, and a second inbound one.
pub const OUT_TOO: ChannelId = ChannelId(3);
pub const IN_TOO: ChannelId = ChannelId(4);
pub const H0: HtlcId = HtlcId(0);
pub const H1: HtlcId = HtlcId(1);
pub const H2: HtlcId = HtlcId(2);
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
    Arc::new(node_config(persistence, updates, roles))
}

/// The channels are `OUT`, `IN` and those that the roles name besides.
pub fn node_config(
    persistence: Persistence,
    updates: UpdateWrites,
    roles: &[HtlcRole],
) -> NodeConfig {
    let channel = ChannelConfig { persistence, updates, max_in_flight: 2 };
    let named = roles.iter().flat_map(|role| [role.outbound(), role.inbound()]).flatten();
    NodeConfig {
        channels: named.chain([OUT, IN]).map(|id| (id, channel)).collect(),
        htlcs: roles.iter().enumerate().map(|(i, role)| (HtlcId(i as u64), *role)).collect(),
        tell_forwards: true,
        mode: Mode::On,
        late_completions: false,
        close_updates: false,
    }
}

/// What a crash keeps of the writes in flight and of a handling under way.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    pub out: usize,
    pub inbound: usize,
    /// Of the second outbound channel, and of the second inbound one.
    pub too: [usize; 2],
    pub manager: bool,
    pub record: bool,
}

pub const NOTHING: Kept = Kept { out: 0, inbound: 0, too: [0, 0], manager: false, record: false };

/// Whether the write that a block causes lands at once, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockWrite {
    Lands,
    Skipped,
}

#[derive(Clone, Copy, Debug)]
pub enum Action {
    Sign(HtlcId, Outcome),
    Revoke(ChannelId, HtlcId),
    /// The payer revokes, while something else blocks the inbound channel.
    RevokeBlocked(HtlcId),
    /// Nothing else blocks the inbound channel any more.
    SubmitBlocked(ChannelId),
    /// The peer's commitment confirms; on the outbound channel with the HTLCs whose removal is
    /// signed, or without them.
    PeerCloses(ChannelId, bool),
    Broadcast(ChannelId),
    ForceClose(ChannelId),
    /// The node closes by choice, by an update.
    CloseByUpdate(ChannelId),
    /// An HTLC of the channel comes to its deadline.
    Deadline(ChannelId),
    /// An HTLC leaves the holding cell.
    Offer(HtlcId),
    /// The user claims a payment received, by its first part.
    Claim(HtlcId),
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
                    self.in_flight.insert(id, Vec::new());
                    self.archived.insert(id);
                    continue;
                }
            };
            match write.status {
                PersistStatus::Completed => drop(self.durable.insert(id, stored)),
                PersistStatus::InProgress => self.in_flight.get_mut(&id).unwrap().push(stored),
            }
        }
        self.check_preimages();
        happened
    }

    fn try_step(&mut self, action: Action) -> bool {
        match action {
            Action::Sign(h, outcome) => {
                let Some(c) = self.config.htlcs[&h].outbound() else { return false };
                let open = self.chain[&c].is_empty();
                let agrees = self.signed.get(&h).is_none_or(|signed| *signed == outcome);
                let happened = open && agrees && self.node.peer_signs_removal(h, outcome).is_ok();
                if happened {
                    self.signed.insert(h, outcome);
                }
                happened
            }
            Action::Revoke(c, h) => self.revoke(c, h, Submission::AtOnce),
            Action::RevokeBlocked(h) => {
                let inbound = self.config.htlcs[&h].inbound();
                inbound.is_some_and(|c| self.revoke(c, h, Submission::Blocked))
            }
            Action::SubmitBlocked(c) => self.node.submit_blocked_update(c).is_ok(),
            Action::PeerCloses(c, with_signed) => self.peer_closes(c, with_signed),
            Action::Broadcast(c) => self.node.may_broadcast(c) && self.confirm_ours(c),
            Action::ForceClose(c) => {
                let by_update = self.config.close_updates;
                !by_update && self.node.may_force_close(c) && self.confirm_ours(c)
            }
            Action::CloseByUpdate(c) => self.node.force_close(c).is_ok(),
            Action::Deadline(c) => self.node.deadline_reached(c).is_ok(),
            Action::Offer(h) => self.node.free_holding_cell(h).is_ok(),
            Action::Claim(h) => self.may_claim(h) && self.node.claim_funds(h).is_ok(),
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
            Action::FullWrite(c) => self.full_write(c),
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
                let listed = self.listed();
                let Ok(asked) = self.node.manager_write_reported() else { return false };
                self.manager = self.manager_in_flight.take().unwrap();
                self.check_asked(&listed, &asked);
                true
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
            Action::Archive(c) => {
                let tip = self.chain[&c].len() as u64;
                self.is_resolved(c) && self.node.archive_monitor(c, tip).is_ok()
            }
            Action::PayerTakesBack(h) => {
                let fact = Fact::TimeoutSpend { htlc: h };
                let Some(c) = self.config.htlcs[&h].inbound() else { return false };
                !self.removed_upstream.contains_key(&h) && self.append(c, fact)
            }
        }
    }

    fn crash(&mut self, kept: Kept) -> bool {
        let [out_too, in_too] = kept.too;
        let all = [(OUT, kept.out), (IN, kept.inbound), (OUT_TOO, out_too), (IN_TOO, in_too)];
        for (id, kept) in all {
            let Some(writes) = self.in_flight.get_mut(&id).map(std::mem::take) else { continue };
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
        let channels: Vec<ChannelId> = self.durable.keys().copied().collect();
        while channels.iter().any(|c| self.step(Action::Replay(*c))) {}
        self.go(Action::StartWatch);
        for c in channels {
            self.go(Action::Background(c));
        }
    }
}
