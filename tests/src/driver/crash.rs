//! A crash: what the disk keeps, and the load of it.

use super::outside::Outside;
use super::{Driver, Taken, old};
use crate::history::Effect;
use crate::names::channel;
use crate::store::{Store, Stored};
use model::action::{Build, Kept};
use model::state::{CHANNELS, Channel, State};
use reference::{ChannelId, Mode, Node, StoredNode};

impl Driver {
    pub(super) fn crash(&mut self, before: &State, kept: Kept, taken: &mut Taken) -> bool {
        taken.wrote = true;
        if kept.record {
            let told = self.node.manager().handling().and_then(|key| self.queued(key));
            taken.effects.extend(told.map(Effect::Recorded));
        }
        // A node that refuses to start has changed nothing.
        let mut store = Store::clone(&self.store);
        let Store { monitors, writes, archived, manager, manager_write } = &mut store;
        let count = |c: Channel| usize::from(kept.writes[c]);
        let in_flight = |c: Channel| writes.get(&channel(c)).map_or(0, Vec::len);
        let too_many = (0..CHANNELS).map(Channel::at).any(|c| count(c) > in_flight(c));
        if too_many || (kept.manager && manager_write.is_none()) {
            return false;
        }
        for c in (0..CHANNELS).map(Channel::at) {
            let Some(in_flight) = writes.get_mut(&channel(c)) else { continue };
            if let Some(last) = count(c).checked_sub(1) {
                monitors.insert(channel(c), in_flight[last].clone());
            }
            in_flight.clear();
        }
        let in_flight = manager_write.take();
        if let (true, Some(bytes)) = (kept.manager, in_flight) {
            *manager = bytes;
        }
        let parts = |(id, stored): (&ChannelId, &Stored)| (*id, stored.parts());
        let stored = StoredNode {
            monitors: monitors.iter().map(parts).collect(),
            archived: archived.clone(),
            manager: manager.to_vec(),
        };
        let mode = match kept.build {
            // It knows one mode, and no record of the other.
            Build::Old if old::reads(&stored).is_err() => return false,
            Build::Old | Build::Off => Mode::Off,
            Build::On => Mode::On,
        };
        let outbox = self.node.persister_mut().clone();
        let Ok((mut node, _)) = Node::load(&stored, self.setting.node(), mode, outbox) else {
            return false;
        };
        if before.world.blocker {
            node.block_revocations(channel(Channel::IN));
        }
        (self.store, self.node, self.outside) = (store.into(), node, Outside::default().into());
        true
    }
}
