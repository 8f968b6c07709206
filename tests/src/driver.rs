//! The reference, driven by the model's actions.
//!
//! The chain, what peers may do and the budgets are the model's: both sides live in the same world.
//! What the reference does to that world is the driver's to note: the bytes that it wrote, kept or
//! dropped as SPEC.md section 4 says and read again at a crash; what the user was told; and how the
//! payer's HTLCs were resolved.

use crate::configuration::config;
use crate::history::{Effect, Effects};
use crate::names::{channel, htlc};
use crate::store::{Store, Stored};
use arrayvec::ArrayVec;
use model::action::{self, Action, ActionKind, Args, Kept};
use model::scenario::{Flag, Scenario};
use model::state::{self, CHANNELS, Chain, Channel, CloseKind, FactKind, Htlc, State};
use reference::config::Build;
use reference::event::{ChannelId, Event, EventId, HTLCEvent, HtlcId, Outcome};
use reference::manager::Submission;
use reference::monitor::{CommitmentOwner, Fact, RemovalStage};
use reference::node::Node;
use reference::store::{PersistStatus, StoredMonitor, StoredObject};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a step that was taken did.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// What the outside saw of it.
    pub effects: Effects,
    /// Whether the reference's disk may have changed.
    pub wrote: bool,
}

/// A node of the reference, its disk, and what it did to the outside.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Driver {
    /// The node.
    pub node: Node,
    /// Its disk.
    pub store: Store,
    /// The user's own record.
    pub record: BTreeSet<Event>,
    /// How inbound HTLCs were resolved.
    pub resolved: BTreeMap<HtlcId, Outcome>,
    async_manager: bool,
}

impl Driver {
    /// A node in which everything but the holding cell is committed, and all is durable.
    ///
    /// # Panics
    /// If a scenario is no configuration of the reference.
    pub fn new(scenario: &Scenario) -> Driver {
        let config = config(scenario);
        let node = Node::new(Arc::new(config.clone())).expect("a scenario is a configuration");
        let monitors = config.channels.keys().map(|id| {
            let monitor = node.monitor(*id).expect("every channel has a monitor");
            (*id, Stored::full(monitor.write()))
        });
        let store = Store {
            monitors: monitors.collect(),
            writes: config.channels.keys().map(|id| (*id, Vec::new())).collect(),
            archived: BTreeSet::new(),
            manager: node.manager().write().into(),
            manager_write: None,
        };
        Driver {
            node,
            store,
            record: BTreeSet::new(),
            resolved: BTreeMap::new(),
            async_manager: scenario.has(Flag::AsyncManager),
        }
    }

    /// Takes a step in the world that `before` shows; none if the reference refuses it.
    pub fn step(&mut self, before: &State, action: Action) -> Option<Taken> {
        let listed = self.listed();
        let mut taken = Taken::default();
        let done = self.try_step(before, action, &mut taken);
        self.take_writes(&mut taken);
        // A synchronous manager write lands and is reported in the step that starts it.
        let lands = done && action.kind == ActionKind::WriteManager && !self.async_manager;
        if !done || (lands && !self.land_manager(&mut taken)) {
            return None;
        }
        let effects = &mut taken.effects;
        if action.kind != ActionKind::Crash {
            let now = self.listed();
            let gone = listed.iter().filter(|id| !now.contains(id));
            effects.extend(gone.map(|(c, id, _)| Effect::Acked { channel: c.0, id: id.0 }));
        }
        // What the payer repeats because we forgot it resolves nothing anew.
        effects.retain(|effect| !self.is_resolved(effect));
        self.note(effects);
        Some(taken)
    }

    /// Whether the reference takes a step; if not, it must be as it was. For actions that the model
    /// does not offer: nothing is noted of one that is taken.
    pub fn accepts(&mut self, before: &State, action: Action) -> bool {
        self.try_step(before, action, &mut Taken::default())
    }

    /// The events that the monitors list, with their channels.
    fn listed(&self) -> ArrayVec<(ChannelId, EventId, HTLCEvent), 8> {
        let channels = self.node.config().channels.keys();
        let of = |c: &ChannelId| self.node.monitor(*c).map(|m| (*c, m));
        let monitors = channels.filter_map(of);
        monitors.flat_map(|(c, m)| m.events().map(move |(id, e)| (c, id, e))).take(8).collect()
    }

    fn take_writes(&mut self, taken: &mut Taken) {
        for write in self.node.take_writes() {
            taken.wrote = true;
            let (id, stored) = match write.object {
                StoredObject::Monitor(id) => (id, self.store.newest(id).with_full(write.bytes)),
                StoredObject::Delta(id) => (id, self.store.newest(id).with_delta(write.bytes)),
                StoredObject::Manager => {
                    self.store.manager_write = Some(write.bytes.into());
                    continue;
                }
                StoredObject::Archived(id) => {
                    self.store.archive(id);
                    continue;
                }
            };
            match write.status {
                PersistStatus::Completed => drop(self.store.monitors.insert(id, stored)),
                PersistStatus::InProgress => {
                    self.store.writes.entry(id).or_default().push(stored);
                }
            }
        }
    }

    fn is_resolved(&self, effect: &Effect) -> bool {
        let Effect::Resolved { htlc, claimed } = *effect else { return false };
        self.resolved.get(&HtlcId(htlc)).is_some_and(|is| (*is == Outcome::Claim) == claimed)
    }

    /// Keeps what the outside has seen.
    fn note(&mut self, effects: &Effects) {
        let outcome = |claimed| if claimed { Outcome::Claim } else { Outcome::Fail };
        for effect in effects {
            match *effect {
                Effect::Recorded(event) => drop(self.record.insert(event)),
                Effect::Resolved { htlc, claimed } => {
                    self.resolved.insert(HtlcId(htlc), outcome(claimed));
                }
                Effect::Released { .. } | Effect::Acked { .. } | Effect::Delivered(_) => {}
            }
        }
    }

    fn try_step(&mut self, before: &State, action: Action, taken: &mut Taken) -> bool {
        let (node, effects) = (&mut self.node, &mut taken.effects);
        match (action.kind, action.args) {
            (ActionKind::Pay, Args::Htlc(h)) => node.send_payment(htlc(h)).is_ok(),
            (ActionKind::Offer, Args::Htlc(h)) => node.free_holding_cell(htlc(h)).is_ok(),
            (ActionKind::PeerFulfil, Args::Htlc(h)) => node.peer_fulfils(htlc(h)).is_ok(),
            (ActionKind::PeerClaim, Args::Htlc(h)) => {
                node.peer_signs_removal(htlc(h), Outcome::Claim).is_ok()
            }
            (ActionKind::PeerFail, Args::Htlc(h)) => {
                node.peer_signs_removal(htlc(h), Outcome::Fail).is_ok()
            }
            (ActionKind::PeerRevoke, Args::On(c, h)) => self.peer_revokes(before, c, h, effects),
            // The world moves; the node is not asked and does not know yet.
            (
                ActionKind::CloseByPeer
                | ActionKind::ClaimOnChain
                | ActionKind::TimeoutOnChain
                | ActionKind::Bury
                | ActionKind::Unblock,
                _,
            ) => true,
            (ActionKind::ExpireInbound, Args::Htlc(h)) => {
                effects.push(Effect::Resolved { htlc: h.index() as u64, claimed: false });
                true
            }
            (ActionKind::CloseByUs, Args::Channel(c)) if node.config().close_updates => {
                node.force_close(channel(c)).is_ok()
            }
            (ActionKind::CloseByUs, Args::Channel(c)) => node.may_force_close(channel(c)),
            (ActionKind::Deadline, Args::Channel(c)) => node.deadline_reached(channel(c)).is_ok(),
            (ActionKind::Broadcast, Args::Channel(c)) => node.may_broadcast(channel(c)),
            (ActionKind::ClaimInbound, Args::Htlc(h)) => {
                effects.push(Effect::Resolved { htlc: h.index() as u64, claimed: true });
                let htlc = htlc(h);
                let inbound = inbound_of(node, htlc);
                inbound.is_some_and(|c| node.would_claim_on_chain(c, htlc))
            }
            (ActionKind::Rescan, Args::Block(c, index)) => {
                let fact = fact(&before.world.chains[c], index.into());
                fact.is_some_and(|fact| node.block_rescanned(channel(c), &fact).is_ok())
            }
            (ActionKind::Complete, Args::Channel(c)) => self.complete(channel(c), taken),
            (ActionKind::FullWrite, Args::Channel(c)) => self.full_write(channel(c), taken),
            (ActionKind::Block, Args::Channel(c)) => self.block(before, c, true, taken),
            (ActionKind::BlockSkipped, Args::Channel(c)) => self.block(before, c, false, taken),
            (ActionKind::WriteManager, _) => node.start_manager_write().is_ok(),
            (ActionKind::LandManager, _) => self.land_manager(taken),
            (ActionKind::Replay, Args::Channel(c)) => {
                let next = next_fact(node, before, c);
                next.is_some_and(|fact| node.replay_block(channel(c), &fact).is_ok())
            }
            (ActionKind::StartWatch, _) => node.start_watch(&tips(before)).is_ok(),
            (ActionKind::Resume, Args::Channel(c)) => node.background_step(channel(c)).is_ok(),
            (ActionKind::CloseNotice, Args::Channel(c)) => {
                node.deliver_close_notice(channel(c)).is_ok()
            }
            (ActionKind::CompletionNotice, Args::Channel(c)) => {
                node.deliver_completion(channel(c)).is_ok()
            }
            (ActionKind::Archive, Args::Channel(c)) => {
                let tip = before.world.chains[c].tip.into();
                node.archive_monitor(channel(c), tip).is_ok()
            }
            (ActionKind::Release, Args::Channel(c)) => {
                let released = node.release_monitor_event(channel(c)).ok();
                effects.extend(released.map(|(source, event)| Effect::Released {
                    channel: source.channel_id.0,
                    id: source.event_id.0,
                    htlc: event.htlc.0,
                    claimed: event.outcome == Outcome::Claim,
                }));
                released.is_some()
            }
            (ActionKind::ForwardFail, Args::Htlc(h)) => node.process_forward_fail(htlc(h)).is_ok(),
            (ActionKind::SubmitBlocked, Args::Channel(c)) => {
                node.submit_blocked_update(channel(c)).is_ok()
            }
            (ActionKind::ClaimFunds, Args::Htlc(h)) => node.claim_funds(htlc(h)).is_ok(),
            (ActionKind::Begin, Args::Htlc(h)) => {
                effects.extend(queued(node, htlc(h)).map(Effect::Delivered));
                node.begin_event(htlc(h)).is_ok()
            }
            (ActionKind::Handle, Args::Htlc(h)) => {
                effects.extend(queued(node, htlc(h)).map(Effect::Recorded));
                node.end_event_ok(htlc(h)).is_ok()
            }
            (ActionKind::Refuse, Args::Htlc(h)) => node.end_event_refused(htlc(h)).is_ok(),
            (ActionKind::Crash, Args::Kept(kept)) => self.crash(kept, taken),
            _ => unreachable!("an action has the arguments of its kind"),
        }
    }

    fn peer_revokes(&mut self, before: &State, c: Channel, h: Htlc, effects: &mut Effects) -> bool {
        let is_inbound = inbound_of(&self.node, htlc(h)) == Some(channel(c));
        if is_inbound {
            let monitor = self.node.monitor(channel(c));
            if let Some(RemovalStage::Signed(outcome)) =
                monitor.and_then(|m| m.htlcs().get(&htlc(h))).map(|htlc| htlc.stage)
            {
                let claimed = outcome == Outcome::Claim;
                effects.push(Effect::Resolved { htlc: h.index() as u64, claimed });
            }
        }
        // What blocks from the start is on the first inbound channel.
        let blocked = is_inbound && before.world.blocker && c == Channel::IN;
        let submission = if blocked { Submission::Blocked } else { Submission::AtOnce };
        self.node.peer_revokes(channel(c), htlc(h), submission).is_ok()
    }

    fn complete(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        if self.node.monitor_write_reported(id).is_err() {
            return false;
        }
        let writes = self.store.writes.entry(id).or_default();
        if writes.is_empty() {
            return false;
        }
        taken.wrote = true;
        let landed = writes.remove(0);
        self.store.monitors.insert(id, landed);
        true
    }

    fn block(&mut self, before: &State, c: Channel, lands: bool, taken: &mut Taken) -> bool {
        let Some(fact) = next_fact(&self.node, before, c) else { return false };
        let Ok(bytes) = self.node.block_connected(channel(c), &fact) else { return false };
        if lands {
            taken.wrote = true;
            self.store.land_untracked(channel(c), bytes);
        }
        true
    }

    /// The Watch's own full write, if it would change what a load makes.
    fn full_write(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        let Ok(bytes) = self.node.start_full_write(id) else { return false };
        let is_useful = bytes != *self.store.newest(id).loads_as;
        if is_useful {
            taken.wrote = true;
            self.store.land_untracked(id, bytes);
        }
        is_useful
    }

    fn land_manager(&mut self, taken: &mut Taken) -> bool {
        let Some(bytes) = self.store.manager_write.take() else { return false };
        taken.wrote = true;
        self.store.manager = bytes;
        let listed = self.listed();
        let Ok(asked) = self.node.manager_write_reported() else { return false };
        // WCH-6: what is stored and was dropped needs a full write; the reference has to say so.
        let now = self.listed();
        let mut gone = listed.iter().filter(|listed| !now.contains(listed));
        gone.all(|(c, _, event)| asked.contains(c) || !self.store.lists(*c, *event))
    }

    fn crash(&mut self, kept: Kept, taken: &mut Taken) -> bool {
        taken.wrote = true;
        if kept.record {
            let handling = self.node.manager().handling();
            let event = handling.and_then(|htlc| queued(&self.node, htlc));
            taken.effects.extend(event.map(Effect::Recorded));
        }
        // A node that refuses to start has changed nothing.
        let mut store = self.store.clone();
        let Store { monitors, writes, archived, manager, manager_write } = &mut store;
        let count = |id: &ChannelId| usize::from(kept.writes[id.0 as usize]);
        let in_flight = |c: Channel| writes.get(&channel(c)).map_or(0, Vec::len);
        let exceeds = |c: Channel| usize::from(kept.writes[c]) > in_flight(c);
        let too_many = (0..CHANNELS).map(Channel::at).any(exceeds);
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
        let config = self.node.config().clone();
        let parts = |stored: &Stored| StoredMonitor::clone(&stored.parts);
        let monitors = monitors.iter().map(|(id, stored)| (*id, parts(stored))).collect();
        let build = match kept.build {
            action::Build::Old => Build::Old,
            action::Build::Off => Build::Off,
            action::Build::On => Build::On,
        };
        let Ok(node) = Node::load(config, &monitors, archived, manager, build) else {
            return false;
        };
        (self.store, self.node) = (store, node);
        true
    }
}

fn tips(before: &State) -> BTreeMap<ChannelId, u64> {
    let chains = before.world.chains.iter().enumerate();
    chains.map(|(c, chain)| (channel(Channel::at(c)), chain.tip.into())).collect()
}

/// The queued event of an HTLC.
fn queued(node: &Node, htlc: HtlcId) -> Option<Event> {
    node.manager().pending_events().get(&htlc).map(|queued| queued.event)
}

fn next_fact(node: &Node, before: &State, c: Channel) -> Option<Fact> {
    let seen = node.monitor(channel(c))?.best_block() as usize;
    fact(&before.world.chains[c], seen)
}

/// A block of a model chain, for the reference.
fn fact(chain: &Chain, index: usize) -> Option<Fact> {
    let fact = chain.facts().get(index)?;
    Some(match fact.kind() {
        FactKind::Spend(h, state::Outcome::Claim) => Fact::PreimageSpend { htlc: htlc(h) },
        FactKind::Spend(h, state::Outcome::Fail) => Fact::TimeoutSpend { htlc: htlc(h) },
        FactKind::Buried => Fact::CommitmentFinal,
        FactKind::Commitment | FactKind::None => {
            let owner = match chain.closed {
                CloseKind::Holder => CommitmentOwner::Holder,
                CloseKind::Open | CloseKind::Counterparty => CommitmentOwner::Counterparty,
            };
            let with_output = chain.contains.iter().enumerate().filter(|(_, has)| **has);
            let outputs = with_output.map(|(h, _)| htlc(Htlc::at(h))).collect();
            Fact::CommitmentConfirmed { owner, outputs }
        }
    })
}

/// The channel that an HTLC came in on.
fn inbound_of(node: &Node, htlc: HtlcId) -> Option<ChannelId> {
    node.config().htlcs.get(&htlc).and_then(|role| role.inbound())
}
