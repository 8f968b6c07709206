//! The reference, driven by the model's actions.
//!
//! The chain, what peers may do and the budgets are the model's: both sides live in the same world.
//! What the reference does to that world is the driver's to note: the bytes that it wrote, kept or
//! dropped as SPEC.md section 4 says and read again at a crash; and what it asked of the outside
//! ([`outside`]), which is all that a peer, the chain or the user acts on.

mod chain;
mod crash;
pub mod old;
pub mod outside;
mod setup;
mod steps;

use crate::history::{Effect, Effects, Told};
use crate::names::{Names, channel, channel_number};
use crate::store::Store;
use arrayvec::ArrayVec;
use model::action::{Action, ActionKind, Args};
use model::state::{Htlc, State};
use model::topology::Topology;
use outside::Outside;
use reference::{
    ChannelId, ChannelMonitorUpdateStatus, EventId, Node, Origin, Outbox, Outcome, Output,
    PendingWrite, StoredObject,
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
    /// Whether updates wait for the Manager's write.
    deferred: bool,
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

/// An event that a monitor lists: its channel, its id, and what it tells of what.
type Listed = (ChannelId, EventId, Origin, Outcome);

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
        let listed =
            events.map(|(c, id, event)| (c, id, event.source.origin(), event.resolution.outcome()));
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
                let is_seen_to = |(c, _, origin, outcome): &Listed| {
                    asked.contains(c) || !self.store.lists(*c, (*origin, *outcome))
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
}
