//! The reference, driven by the model's actions.
//!
//! The environment (chain, peers, user's record, budgets) is the model's: both sides live in the
//! same world. What is on disk is the driver's: bytes that the reference wrote, kept or dropped as
//! SPEC.md section 4 says, and read again by the reference at a crash.

use model::action::{Action, Kept};
use model::scenario::{Role, Scenario};
use model::state::{self, Chain, CloseKind, INBOUND, Inbound, OUTBOUND, PeerSigned, State};
use reference::chain_monitor::BlockWrite;
use reference::config::{ChannelConfig, HtlcRole, NodeConfig, Persistence};
use reference::event::{ChannelId, HtlcId, Outcome};
use reference::monitor::{CommitmentOwner, Fact};
use reference::node::Node;
use reference::persist::{PersistStatus, StoredObject};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the reference wrote: durable versions and writes in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// The durable version of each monitor.
    pub monitors: BTreeMap<ChannelId, Vec<u8>>,
    /// Writes of each monitor in flight, oldest first.
    pub writes: BTreeMap<ChannelId, Vec<Vec<u8>>>,
    /// The durable version of the manager.
    pub manager: Vec<u8>,
    /// The manager write in flight.
    pub manager_write: Option<Vec<u8>>,
}

/// A node of the reference and its disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Driver {
    /// The node.
    pub node: Node,
    /// Its disk.
    pub store: Store,
    async_manager: bool,
}

/// A model channel's name in the reference.
pub fn channel(index: usize) -> ChannelId {
    ChannelId(index as u64)
}

fn htlc(index: usize) -> HtlcId {
    HtlcId(index as u64)
}

fn config(scenario: &Scenario) -> NodeConfig {
    let channel_config = |c| ChannelConfig {
        persistence: if scenario.is_async(c) {
            Persistence::Asynchronous
        } else {
            Persistence::Synchronous
        },
        max_in_flight: scenario.writes.into(),
    };
    let role = |role: &Role| match role {
        Role::Own => HtlcRole::Payment { outbound: channel(OUTBOUND) },
        Role::Forward => {
            HtlcRole::Forward { inbound: channel(INBOUND), outbound: channel(OUTBOUND) }
        }
    };
    NodeConfig {
        channels: scenario.channels().map(|c| (channel(c), channel_config(c))).collect(),
        htlcs: scenario.htlcs.iter().enumerate().map(|(h, r)| (htlc(h), role(r))).collect(),
    }
}

impl Driver {
    /// A node in which everything is committed and durable.
    ///
    /// # Panics
    /// If a scenario is no configuration of the reference.
    pub fn new(scenario: &Scenario) -> Driver {
        let config = config(scenario);
        let node = Node::new(Arc::new(config.clone())).expect("a scenario is a configuration");
        let monitors = config.channels.keys().map(|id| {
            let monitor = node.monitor(*id).expect("every channel has a monitor");
            (*id, monitor.write())
        });
        let store = Store {
            monitors: monitors.collect(),
            writes: config.channels.keys().map(|id| (*id, Vec::new())).collect(),
            manager: node.manager().write(),
            manager_write: None,
        };
        Driver { node, store, async_manager: scenario.flags.async_manager }
    }

    /// Takes a step in the world that `before` shows; false if the reference refuses it.
    pub fn step(&mut self, before: &State, action: Action) -> bool {
        let done = self.try_step(before, action);
        for write in self.node.take_writes() {
            match (write.object, write.status) {
                (StoredObject::Monitor(id), PersistStatus::Completed) => {
                    self.store.monitors.insert(id, write.bytes);
                }
                (StoredObject::Monitor(id), PersistStatus::InProgress) => {
                    self.store.writes.entry(id).or_default().push(write.bytes);
                }
                (StoredObject::Manager, _) => self.store.manager_write = Some(write.bytes),
            }
        }
        // A synchronous manager write lands and is reported in the step that starts it.
        if done && action == Action::WriteManager && !self.async_manager {
            return self.land_manager();
        }
        done
    }

    fn try_step(&mut self, before: &State, action: Action) -> bool {
        let node = &mut self.node;
        match action {
            Action::PeerClaim(h) => node.peer_signs_removal(htlc(h), Outcome::Claim).is_ok(),
            Action::PeerFail(h) => node.peer_signs_removal(htlc(h), Outcome::Fail).is_ok(),
            Action::PeerRevoke(c, h) => node.peer_revokes(channel(c), htlc(h)).is_ok(),
            // The world moves; the node is not asked and does not know yet.
            Action::CloseByPeer(_)
            | Action::ClaimOnChain(_)
            | Action::TimeoutOnChain(_)
            | Action::Bury
            | Action::ExpireInbound(_) => true,
            Action::CloseByUs(c) => node.may_force_close(channel(c)),
            Action::Broadcast(c) => node.may_broadcast(channel(c)),
            Action::ClaimInbound(h) => node.would_claim_on_chain(channel(INBOUND), htlc(h)),
            Action::Rescan(index) => {
                let facts = facts(&before.world.chains[OUTBOUND]);
                let fact = facts.get(index);
                fact.is_some_and(|fact| node.block_rescanned(channel(OUTBOUND), fact).is_ok())
            }
            Action::Complete(c) => self.complete(channel(c)),
            Action::FullWrite(c) => node.start_full_write(channel(c)).is_ok(),
            Action::Block(c) => self.block(before, c, BlockWrite::Lands),
            Action::BlockSkipped(c) => self.block(before, c, BlockWrite::Skipped),
            Action::WriteManager => node.start_manager_write().is_ok(),
            Action::LandManager => self.land_manager(),
            Action::Replay(c) => {
                let next = next_fact(node, before, c);
                next.is_some_and(|fact| node.replay_block(channel(c), &fact).is_ok())
            }
            Action::StartWatch => node.start_watch(&tips(before)).is_ok(),
            Action::Resume(c) => node.background_step(channel(c)).is_ok(),
            Action::CloseNotice(c) => node.deliver_close_notice(channel(c)).is_ok(),
            Action::Release => node.release_monitor_event(channel(OUTBOUND)).is_ok(),
            Action::ForwardFail(h) => node.process_forward_fail(htlc(h)).is_ok(),
            Action::Begin(h) => node.begin_event(htlc(h)).is_ok(),
            Action::Handle(h) => node.end_event_ok(htlc(h)).is_ok(),
            Action::Refuse(h) => node.end_event_refused(htlc(h)).is_ok(),
            Action::Crash(kept) => self.crash(kept),
        }
    }

    fn complete(&mut self, id: ChannelId) -> bool {
        if self.node.monitor_write_reported(id).is_err() {
            return false;
        }
        let writes = self.store.writes.entry(id).or_default();
        if writes.is_empty() {
            return false;
        }
        let landed = writes.remove(0);
        self.store.monitors.insert(id, landed);
        true
    }

    /// A block's write contains what is in flight: no crash brings back an older version.
    fn block(&mut self, before: &State, c: usize, write: BlockWrite) -> bool {
        let Some(fact) = next_fact(&self.node, before, c) else { return false };
        let Ok(bytes) = self.node.block_connected(channel(c), &fact, write) else { return false };
        if write == BlockWrite::Lands {
            let in_flight = self.store.writes.entry(channel(c)).or_default();
            in_flight.iter_mut().for_each(|write| write.clone_from(&bytes));
            self.store.monitors.insert(channel(c), bytes);
        }
        true
    }

    fn land_manager(&mut self) -> bool {
        let Some(bytes) = self.store.manager_write.take() else { return false };
        self.store.manager = bytes;
        self.node.manager_write_reported().is_ok()
    }

    fn crash(&mut self, kept: Kept) -> bool {
        let Store { monitors, writes, manager, manager_write } = &mut self.store;
        let count = |id: &ChannelId| usize::from(kept.writes[id.0 as usize]);
        let too_many = writes.iter().any(|(id, in_flight)| count(id) > in_flight.len());
        if too_many || (kept.manager && manager_write.is_none()) {
            return false;
        }
        for (id, in_flight) in writes.iter_mut() {
            let count = count(id);
            if count > 0 {
                monitors.insert(*id, in_flight[count - 1].clone());
            }
            in_flight.clear();
        }
        let in_flight = manager_write.take();
        if let (true, Some(bytes)) = (kept.manager, in_flight) {
            *manager = bytes;
        }
        let config = Arc::new(self.node.config().clone());
        match Node::load(config, monitors, manager) {
            Ok(node) => self.node = node,
            Err(_) => return false,
        }
        true
    }
}

fn tips(before: &State) -> BTreeMap<ChannelId, u64> {
    let chains = before.world.chains.iter().enumerate();
    chains.map(|(c, chain)| (channel(c), chain.tip.into())).collect()
}

fn next_fact(node: &Node, before: &State, c: usize) -> Option<Fact> {
    let seen = node.monitor(channel(c))?.best_block() as usize;
    facts(&before.world.chains[c]).get(seen).cloned()
}

/// A model chain as blocks of the reference.
fn facts(chain: &Chain) -> Vec<Fact> {
    let owner = match chain.closed {
        CloseKind::Holder => CommitmentOwner::Holder,
        CloseKind::Open | CloseKind::Counterparty => CommitmentOwner::Counterparty,
    };
    let with_output = chain.contains.iter().enumerate().filter(|(_, has)| **has);
    let outputs: BTreeSet<HtlcId> = with_output.map(|(h, _)| htlc(h)).collect();
    let fact = |fact: &state::Fact| match fact.spend() {
        Some((h, state::Outcome::Claim)) => Fact::PreimageSpend { htlc: htlc(h) },
        Some((h, state::Outcome::Fail)) => Fact::TimeoutSpend { htlc: htlc(h) },
        None if *fact == state::Fact::Buried => Fact::CommitmentFinal,
        None => Fact::CommitmentConfirmed { owner, outputs: outputs.clone() },
    };
    chain.facts().iter().map(fact).collect()
}

/// What the environment allows, whatever the node does: peers' knowledge, the chain, budgets.
pub fn world_allows(scenario: &Scenario, s: &State, action: Action) -> bool {
    let closed = |c: usize| s.world.chains[c].is_closed();
    match action {
        Action::PeerClaim(h) => s.world.peer[h] != PeerSigned::Fail && !closed(OUTBOUND),
        Action::PeerFail(h) => s.world.peer[h] != PeerSigned::Claim && !closed(OUTBOUND),
        Action::PeerRevoke(c, _) | Action::Broadcast(c) => !closed(c),
        Action::CloseByUs(c) => scenario.may_close(c) && !closed(c),
        Action::ClaimInbound(h) => {
            s.world.chains[INBOUND].contains[h] && s.world.inbound[h] == Inbound::Held
        }
        Action::Rescan(fact) => {
            let facts = s.world.chains[OUTBOUND].facts();
            s.budget.rescans > 0
                && facts.get(fact).is_some_and(|fact| *fact != state::Fact::Commitment)
        }
        Action::BlockSkipped(_) => s.budget.skips > 0,
        Action::Refuse(_) => s.budget.refusals > 0,
        Action::Crash(kept) => {
            s.budget.crashes > 0 && (!kept.record || s.node.handling != state::NO_HTLC)
        }
        _ => true,
    }
}

/// Whether an action is the world's alone, so that there is nothing to ask the reference.
pub fn is_the_worlds(action: Action) -> bool {
    matches!(
        action,
        Action::CloseByPeer(_)
            | Action::ClaimOnChain(_)
            | Action::TimeoutOnChain(_)
            | Action::Bury
            | Action::ExpireInbound(_)
    )
}
