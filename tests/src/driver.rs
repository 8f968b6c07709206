//! The reference, driven by the model's actions.
//!
//! The chain, what peers may do and the budgets are the model's: both sides live in the same world.
//! What the reference does to that world is the driver's to note: the bytes that it wrote, kept or
//! dropped as SPEC.md section 4 says and read again at a crash; and what it asked of the outside
//! ([`outside`]), which is all that a peer, the chain or the user acts on.

mod crash;
mod old;
pub mod outside;
mod setup;

use crate::history::{Effect, Effects, Told};
use crate::names::{Names, channel, channel_number};
use crate::store::Store;
use arrayvec::ArrayVec;
use model::action::{Action, ActionKind, Args};
use model::state::{self, Chain, Channel, CloseKind, FactKind, Htlc, HtlcSet, State};
use model::topology::Topology;
use outside::Outside;
use reference::{
    ChannelId, ChannelMonitorUpdateStatus, CommitmentOwner, EventId, EventKey, Fact, HtlcId, Node,
    OnChain, Origin, Outbox, Outcome, Output, PendingWrite, StoredObject,
};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash, Hasher};
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
#[derive(Clone, Debug)]
pub struct Driver {
    /// The node.
    pub node: Node<Outbox>,
    /// Its disk.
    pub store: Arc<Store>,
    /// What it has asked of the outside.
    pub outside: Arc<Outside>,
    /// The user's own record.
    pub record: BTreeSet<Told>,
    /// How inbound HTLCs were resolved.
    pub resolved: BTreeMap<Htlc, Outcome>,
    /// What the scenario's HTLCs are to the reference.
    pub names: Arc<Names>,
    /// The update ids of the Monitors where the scenario begins.
    pub begins: Arc<BTreeMap<ChannelId, u64>>,
    /// The HTLCs that were offered, by their ids: what the views read them by. It follows from the
    /// rest, as far as that still speaks of the ids.
    pub offered: Arc<BTreeMap<(ChannelId, u64), Htlc>>,
    /// What the views read bytes by: two drivers with one number read the same bytes alike.
    pub dialect: u64,
    setting: Setting,
}

/// What of the scenario the driver has to know.
#[derive(Clone, Copy, Debug)]
struct Setting {
    topology: Topology,
    /// Whether a `Completed` is taken in later, and closes are updates.
    notices: bool,
    tell_forwards: bool,
}

impl PartialEq for Driver {
    fn eq(&self, other: &Driver) -> bool {
        let Driver { node, store, outside, record, resolved, .. } = self;
        *node == other.node
            && *store == other.store
            && *outside == other.outside
            && *record == other.record
            && *resolved == other.resolved
    }
}

impl Eq for Driver {}

impl Hash for Driver {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Driver { node, store, outside, record, resolved, .. } = self;
        (node, store, outside, record, resolved).hash(hasher);
    }
}

/// A number for how the views read bytes.
fn dialect(
    names: &Names,
    begins: &BTreeMap<ChannelId, u64>,
    offered: &BTreeMap<(ChannelId, u64), Htlc>,
) -> u64 {
    let roles: Vec<u8> = names.all().map(|(_, name)| name.role as u8).collect();
    foldhash::fast::FixedState::default().hash_one((roles, begins, offered))
}

/// An event that a monitor lists: its channel, its id, and what it tells.
type Listed = (ChannelId, EventId, Option<Htlc>, Outcome);

impl Driver {
    /// Takes a step in the world that `before` shows, after which it is as `after` shows; none if
    /// the reference refuses it.
    pub fn step(&mut self, before: &State, action: Action, after: &State) -> Option<Taken> {
        let listed = self.listed();
        let mut taken = Taken::default();
        let done = self.try_step(before, action, &mut taken)
            && self.carry_out(action, &listed, &mut taken);
        if !done {
            return None;
        }
        let effects = &mut taken.effects;
        if action.kind != ActionKind::Crash {
            let now = self.listed();
            let gone = listed.iter().filter(|id| !now.contains(id));
            let acked =
                |(c, id, ..): &Listed| Effect::Acked { channel: channel_number(*c), id: id.0 };
            effects.extend(gone.map(acked));
        }
        // What the payer repeats because we forgot it resolves nothing anew.
        effects.retain(|effect| !self.is_resolved(effect));
        self.note(effects);
        self.forget(after);
        Some(taken)
    }

    /// Whether the reference takes a step; if not, it must be as it was. For actions that the model
    /// does not offer: nothing is noted of one that is taken.
    pub fn accepts(&mut self, before: &State, action: Action) -> bool {
        self.try_step(before, action, &mut Taken::default())
    }

    /// The events that the monitors list.
    fn listed(&self) -> ArrayVec<Listed, 8> {
        let monitors = self.begins.keys().filter_map(|id| self.node.monitor(*id));
        let events =
            monitors.flat_map(|m| m.events().map(|(id, event)| (m.channel_id(), id, event)));
        let listed = events.map(|(c, id, event)| {
            (c, id, self.names.of_origin(event.source.origin()), event.resolution.outcome())
        });
        listed.take(8).collect()
    }

    /// Carries out what the step has asked for; not if it has asked for what it must not.
    fn carry_out(&mut self, action: Action, listed: &[Listed], taken: &mut Taken) -> bool {
        let mut manager_landed = action.kind == ActionKind::LandManager;
        let mut untracked = ArrayVec::<(ChannelId, Vec<u8>), 4>::new();
        while let Some(output) = self.node.poll() {
            match output {
                Output::Persist(write) => {
                    taken.wrote = true;
                    let landed = write.status == ChannelMonitorUpdateStatus::Completed;
                    manager_landed |= landed && write.object == StoredObject::Manager;
                    untracked.extend(self.store_write(write));
                }
                output => Arc::make_mut(&mut self.outside).take(&self.names, output),
            }
        }
        let mut untracked = untracked.into_iter();
        match (action.kind, action.args) {
            (ActionKind::Block | ActionKind::BlockSkipped, Args::Channel(c)) => {
                let Some((id, bytes)) = untracked.next().filter(|(id, _)| *id == channel(c)) else {
                    return false;
                };
                if action.kind == ActionKind::Block {
                    self.store_mut().land_untracked(id, bytes);
                }
            }
            // Those of Monitors whose mode was switched: the load waits for them.
            (ActionKind::Crash, _) => {
                for (id, bytes) in untracked.by_ref() {
                    self.store_mut().land_untracked(id, bytes);
                    self.node.mode_switch_landed(id);
                }
            }
            _ if manager_landed => {
                // WCH-6: what is stored and was dropped needs a full write, which the reference has
                // started. When it lands is the model's to say: it has a step for that.
                let asked: ArrayVec<ChannelId, 4> = untracked.by_ref().map(|(id, _)| id).collect();
                let now = self.listed();
                let mut gone = listed.iter().filter(|listed| !now.contains(listed));
                let is_seen_to = |(c, _, h, outcome): &Listed| {
                    asked.contains(c) || !self.store.lists(&self.names, *c, (*h, *outcome))
                };
                return gone.all(is_seen_to);
            }
            _ => {}
        }
        untracked.next().is_none()
    }

    fn store_mut(&mut self) -> &mut Store {
        Arc::make_mut(&mut self.store)
    }

    /// Hands a write to the disk; gives it back if it is of a Monitor and no update's.
    fn store_write(&mut self, write: PendingWrite) -> Option<(ChannelId, Vec<u8>)> {
        let landed = write.status == ChannelMonitorUpdateStatus::Completed;
        let (id, stored) = match write.object {
            StoredObject::Monitor(id) if write.update_id.is_none() => {
                return Some((id, write.bytes));
            }
            StoredObject::Monitor(id) => (id, self.store.newest(id).with_full(write.bytes)),
            StoredObject::Delta(id) => (id, self.store.newest(id).with_delta(write.bytes)),
            StoredObject::Archived(id) => {
                self.store_mut().archive(id);
                return None;
            }
            _ if landed => {
                self.store_mut().manager = write.bytes.into();
                return None;
            }
            _ => {
                self.store_mut().manager_write = Some(write.bytes.into());
                return None;
            }
        };
        if landed {
            self.store_mut().monitors.insert(id, stored);
        } else {
            self.store_mut().writes.entry(id).or_default().push(stored);
        }
        None
    }

    fn is_resolved(&self, effect: &Effect) -> bool {
        let Effect::Resolved { htlc, claimed } = *effect else { return false };
        self.resolved.get(&htlc).is_some_and(|is| (*is == Outcome::Claim) == claimed)
    }

    /// Keeps what the outside has seen.
    fn note(&mut self, effects: &Effects) {
        for effect in effects {
            match *effect {
                Effect::Recorded(told) => drop(self.record.insert(told)),
                Effect::Resolved { htlc, claimed } => {
                    let outcome = if claimed { Outcome::Claim } else { Outcome::Fail };
                    self.resolved.insert(htlc, outcome);
                }
                Effect::Released { .. }
                | Effect::Acked { .. }
                | Effect::Delivered(_)
                | Effect::Confirmed { .. } => {}
            }
        }
    }

    fn try_step(&mut self, before: &State, action: Action, taken: &mut Taken) -> bool {
        let (node, effects) = (&mut self.node, &mut taken.effects);
        match (action.kind, action.args) {
            (ActionKind::Pay, Args::Htlc(h)) => {
                let (id, hash) = (crate::names::payment_id(h), self.names.at(h).payment_hash);
                node.send_payment(id, hash, &self.names.parts(&self.setting.topology, h)).is_ok()
            }
            (ActionKind::Offer, Args::Htlc(h)) => self.offer(h),
            (ActionKind::PeerFulfil, Args::Htlc(h)) => {
                let Some((c, id)) = self.leaves_as(h) else { return false };
                let preimage = self.names.at(h).preimage;
                let is_taken = self.node.update_fulfill_htlc(c, id, preimage).is_ok();
                is_taken && self.outside.was_offered(c, id)
            }
            (ActionKind::PeerClaim, Args::Htlc(h)) => self.peer_signs(h, Outcome::Claim),
            (ActionKind::PeerFail, Args::Htlc(h)) => self.peer_signs(h, Outcome::Fail),
            (ActionKind::PeerRevoke, Args::On(c, h)) => self.peer_revokes(c, h, effects),
            // The world moves; the node is not asked and does not know yet.
            (
                ActionKind::CloseByPeer
                | ActionKind::ClaimOnChain
                | ActionKind::TimeoutOnChain
                | ActionKind::Bury,
                _,
            ) => true,
            (ActionKind::Unblock, _) => {
                node.unblock_revocations(channel(Channel::IN));
                true
            }
            (ActionKind::ExpireInbound, Args::Htlc(htlc)) => {
                effects.push(Effect::Resolved { htlc, claimed: false });
                true
            }
            (ActionKind::CloseByUs, Args::Channel(c)) => self.close_by_us(before, c, effects),
            (ActionKind::Deadline, Args::Channel(c)) => node.deadline_reached(channel(c)).is_ok(),
            (ActionKind::Broadcast, Args::Channel(c)) => {
                let Some(outputs) = self.outside.commitments.get(&channel(c)) else { return false };
                let outputs = self.outputs(before, c, outputs);
                effects.push(Effect::Confirmed { channel: c.index() as u64, outputs });
                true
            }
            (ActionKind::ClaimInbound, Args::Htlc(htlc)) => {
                effects.push(Effect::Resolved { htlc, claimed: true });
                self.outside.claims.contains(&htlc)
            }
            (ActionKind::Rescan, Args::Block(c, index)) => {
                let fact = self.fact(&before.world.chains[c], c, index.into());
                fact.is_some_and(|fact| self.node.block_rescanned(channel(c), &fact).is_ok())
            }
            (ActionKind::Complete, Args::Channel(c)) => self.complete(channel(c), taken),
            (ActionKind::FullWrite, Args::Channel(c)) => self.full_write(channel(c), taken),
            (ActionKind::Block | ActionKind::BlockSkipped, Args::Channel(c)) => {
                let Some((height, fact)) = self.next_fact(before, c) else { return false };
                self.node.block_connected(channel(c), height, &[fact]).is_ok()
            }
            (ActionKind::WriteManager, _) => node.persist_manager().is_ok(),
            (ActionKind::LandManager, _) => {
                if self.store.manager_write.is_none() {
                    return false;
                }
                let store = Arc::make_mut(&mut self.store);
                let Some(bytes) = store.manager_write.take() else { return false };
                taken.wrote = true;
                store.manager = bytes;
                node.manager_persisted().is_ok()
            }
            (ActionKind::Replay, Args::Channel(c)) => {
                let Some((height, fact)) = self.next_fact(before, c) else { return false };
                self.node.replay_block(channel(c), height, &[fact]).is_ok()
            }
            (ActionKind::StartWatch, _) => node.start_watch().is_ok(),
            (ActionKind::Resume, Args::Channel(c)) => node.background_step(channel(c)).is_ok(),
            (ActionKind::CloseNotice, Args::Channel(c)) => {
                node.process_close_notice(channel(c)).is_ok()
            }
            (ActionKind::CompletionNotice, Args::Channel(c)) => {
                node.process_completed(channel(c)).is_ok()
            }
            (ActionKind::Archive, Args::Channel(c)) => node.archive_monitor(channel(c)).is_ok(),
            (ActionKind::Release, Args::Channel(c)) => {
                let released = node.process_monitor_event(channel(c)).ok();
                let released = released.map(|(source, event)| Effect::Released {
                    channel: channel_number(source.channel_id),
                    id: source.event_id.0,
                    htlc: self.names.of_event(&event),
                    claimed: event.resolution.outcome() == Outcome::Claim,
                });
                let is_released = released.is_some();
                effects.extend(released);
                is_released
            }
            (ActionKind::ForwardFail, Args::Htlc(h)) => {
                let hop = self.names.at(h).hop;
                hop.is_some_and(|hop| node.process_forward_fail(hop).is_ok())
            }
            (ActionKind::SubmitBlocked, Args::Channel(c)) => {
                node.submit_blocked_update(channel(c)).is_ok()
            }
            (ActionKind::ClaimFunds, Args::Htlc(h)) => {
                node.claim_funds(self.names.at(h).preimage).is_ok()
            }
            (ActionKind::Begin, Args::Htlc(h)) => {
                let Some(key) = self.names.at(h).key else { return false };
                let Ok(event) = node.begin_event(key) else { return false };
                effects.push(Effect::Delivered(self.names.told(&event).unwrap_or(Told::Wrong)));
                self.outside.delivered.contains(&key)
            }
            (ActionKind::Handle, Args::Htlc(h)) => self.handle(h, effects),
            (ActionKind::Refuse, Args::Htlc(h)) => {
                let key = self.names.at(h).key;
                let is_refused = key.is_some_and(|key| node.end_event_refused(key).is_ok());
                if let (true, Some(key)) = (is_refused, key) {
                    // It has to be delivered again.
                    Arc::make_mut(&mut self.outside).delivered.remove(&key);
                }
                is_refused
            }
            (ActionKind::Crash, Args::Kept(kept)) => self.crash(before, kept, taken),
            _ => unreachable!("an action has the arguments of its kind"),
        }
    }

    fn offer(&mut self, h: Htlc) -> bool {
        let Some(origin) = self.names.at(h).origin else { return false };
        let Ok(id) = self.node.free_holding_cell(origin) else { return false };
        let outbound = self.names.at(h).outbound.expect("an HTLC that is offered leaves");
        if self.offered.get(&(outbound, id)) == Some(&h) {
            return true;
        }
        Arc::make_mut(&mut self.offered).insert((outbound, id), h);
        self.dialect = dialect(&self.names, &self.begins, &self.offered);
        true
    }

    /// The channel by which an HTLC has left, and its id there, if its monitor lists it.
    fn leaves_as(&self, h: Htlc) -> Option<(ChannelId, u64)> {
        let name = self.names.at(h);
        let (channel, origin) = (name.outbound?, name.origin?);
        let htlcs = self.node.monitor(channel)?.htlcs().iter();
        let mut same = htlcs.filter(|(_, htlc)| {
            htlc.is_listed() && htlc.source.as_ref().is_some_and(|s| s.origin() == origin)
        });
        same.next().map(|(id, _)| (channel, id.id))
    }

    fn peer_signs(&mut self, h: Htlc, outcome: Outcome) -> bool {
        let Some((c, id)) = self.leaves_as(h) else { return false };
        let resolution = self.names.resolution(h, outcome);
        let is_taken = self.node.peer_signs_removal(c, id, resolution).is_ok();
        is_taken && self.outside.was_offered(c, id)
    }

    fn peer_revokes(&mut self, c: Channel, h: Htlc, effects: &mut Effects) -> bool {
        let hop = self.names.at(h).hop.filter(|hop| hop.channel_id == channel(c));
        let id = match hop {
            Some(hop) => Some(HtlcId::inbound(hop.htlc_id)),
            None => self.leaves_as(h).map(|(_, id)| HtlcId::outbound(id)),
        };
        let Some(id) = id else { return false };
        let signed = self.outside.signed(channel(c), id);
        if let (Some(outcome), true) = (signed, hop.is_some()) {
            effects.push(Effect::Resolved { htlc: h, claimed: outcome == Outcome::Claim });
        }
        self.node.revoke_and_ack(channel(c), id).is_ok() && signed.is_some()
    }

    /// A close by choice. Where the scenario has no updates of closes, somebody else broadcasts our
    /// commitment: what the node would broadcast if it closed the channel.
    fn close_by_us(&mut self, before: &State, c: Channel, effects: &mut Effects) -> bool {
        if self.setting.notices {
            return self.node.force_close(channel(c)).is_ok();
        }
        let manager = self.node.manager();
        if !manager.is_open(channel(c)) || !manager.background_pending().is_empty() {
            return false;
        }
        let mut closing = self.node.clone();
        if closing.force_close(channel(c)).is_err() {
            return false;
        }
        while let Some(output) = closing.poll() {
            if let Output::OnChain(OnChain::BroadcastHolderCommitment { channel_id, outputs }) =
                output
                && channel_id == channel(c)
            {
                let outputs = self.outputs(before, c, &outputs);
                effects.push(Effect::Confirmed { channel: c.index() as u64, outputs });
                return true;
            }
        }
        false
    }

    /// The model's names for the outputs of our commitment. Whether the peer ever got an HTLC of
    /// ours, and whether the payer has revoked one of its own, is the world's.
    fn outputs(&self, before: &State, c: Channel, outputs: &BTreeSet<HtlcId>) -> HtlcSet {
        let name = |id: &HtlcId| match id.is_outbound() {
            true => {
                let h = self.offered.get(&(channel(c), id.id)).copied();
                h.filter(|h| before.world.is_offered(*h))
            }
            false => {
                let mut all = self.names.all();
                let h = all.find(|(_, name)| {
                    name.hop.is_some_and(|hop| hop.channel_id == channel(c) && hop.htlc() == *id)
                });
                h.map(|(h, _)| h).filter(|h| before.world.inbound[*h] == state::Inbound::Held)
            }
        };
        outputs.iter().filter_map(name).collect()
    }

    fn complete(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        let Some(monitor) = self.node.monitor(id) else { return false };
        let oldest = monitor.reported() + 1;
        if self.node.channel_monitor_updated(id, oldest).is_err() {
            return false;
        }
        let store = Arc::make_mut(&mut self.store);
        let writes = store.writes.entry(id).or_default();
        if writes.is_empty() {
            return false;
        }
        taken.wrote = true;
        let landed = writes.remove(0);
        store.monitors.insert(id, landed);
        self.setting.notices || self.node.process_completed(id).is_ok()
    }

    /// The Watch's own full write, if it would change what a load makes.
    fn full_write(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        if self.node.persist_monitor(id).is_err() {
            return false;
        }
        let Some(Output::Persist(PendingWrite { bytes, .. })) = self.node.poll() else {
            return false;
        };
        let is_useful = bytes != *self.store.newest(id).loads_as;
        if is_useful {
            taken.wrote = true;
            self.store_mut().land_untracked(id, bytes);
        }
        is_useful
    }

    fn handle(&mut self, h: Htlc, effects: &mut Effects) -> bool {
        let Some(key) = self.names.at(h).key else { return false };
        let told = self.queued(key);
        let is_handled = self.node.end_event_ok(key).is_ok();
        if is_handled {
            effects.extend(told.map(Effect::Recorded));
            Arc::make_mut(&mut self.outside).delivered.remove(&key);
        }
        is_handled
    }

    /// What a queued event tells.
    fn queued(&self, key: EventKey) -> Option<Told> {
        let queued = self.node.manager().pending_events().get(&key)?;
        Some(self.names.told(&queued.event).unwrap_or(Told::Wrong))
    }

    /// The next block for a monitor: one fact a block.
    fn next_fact(&self, before: &State, c: Channel) -> Option<(u32, Fact)> {
        let seen = self.node.monitor(channel(c))?.best_block();
        Some((seen + 1, self.fact(&before.world.chains[c], c, seen as usize)?))
    }

    /// A block of a model chain, for the reference.
    fn fact(&self, chain: &Chain, c: Channel, index: usize) -> Option<Fact> {
        let fact = chain.facts().get(index)?;
        let id = |h: Htlc| self.id_on(channel(c), h);
        Some(match fact.kind() {
            FactKind::Spend(h, state::Outcome::Claim) => {
                Fact::PreimageSpend { htlc: id(h)?, payment_preimage: self.names.at(h).preimage }
            }
            FactKind::Spend(h, state::Outcome::Fail) => Fact::TimeoutSpend { htlc: id(h)? },
            FactKind::Buried => Fact::CommitmentFinal,
            FactKind::Commitment | FactKind::None => {
                let owner = match chain.closed {
                    CloseKind::Holder => CommitmentOwner::Holder,
                    CloseKind::Open | CloseKind::Counterparty => CommitmentOwner::Counterparty,
                };
                let with_output = chain.contains.iter().enumerate().filter(|(_, has)| **has);
                let outputs = with_output.filter_map(|(h, _)| id(Htlc::at(h))).collect();
                Fact::CommitmentConfirmed { owner, outputs }
            }
        })
    }

    /// The id of an HTLC on a channel: the last that it was offered under, or came in under.
    pub fn id_on(&self, channel: ChannelId, h: Htlc) -> Option<HtlcId> {
        let name = self.names.at(h);
        match name.hop {
            Some(hop) if hop.channel_id == channel => Some(HtlcId::inbound(hop.htlc_id)),
            _ => {
                let mut offered = self.offered.iter().rev();
                let found = offered.find(|((id, _), offered)| *id == channel && **offered == h);
                found.map(|((_, id), _)| HtlcId::outbound(*id))
            }
        }
    }

    /// Who waits for an HTLC that leaves.
    pub fn origin(&self, h: Htlc) -> Option<Origin> {
        self.names.at(h).origin
    }
}
