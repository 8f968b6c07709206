//! A disk that lands writes one by one, and of which a crash keeps a prefix for each object.

use std::collections::{BTreeMap, VecDeque};

use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdateStatus, PendingWrite, StoredMonitor, StoredNode,
    StoredObject,
};

/// Whose writes land in order: a Monitor with its deltas, or (`None`) the Manager.
pub type Object = Option<ChannelId>;

#[derive(Clone, Debug, Default)]
pub struct Disk {
    pub stored: StoredNode,
    in_flight: BTreeMap<Object, VecDeque<InFlight>>,
}

#[derive(Clone, Debug)]
struct InFlight {
    write: PendingWrite,
    /// A later full write has landed before it (`STO-5`): it changes nothing any more.
    overtaken: bool,
}

fn object(write: &PendingWrite) -> Object {
    match write.object {
        StoredObject::Monitor(id) | StoredObject::Delta(id) | StoredObject::Archived(id) => {
            Some(id)
        }
        _ => None,
    }
}

fn apply(stored: &mut StoredNode, write: &PendingWrite) {
    match write.object {
        StoredObject::Monitor(id) => {
            stored.monitors.insert(id, StoredMonitor::of(write.bytes.clone()));
        }
        StoredObject::Delta(id) => {
            let monitor = stored.monitors.get_mut(&id).expect("a delta follows a full write");
            monitor.deltas.push(write.bytes.clone());
        }
        StoredObject::Archived(id) => {
            stored.monitors.remove(&id);
            stored.archived.insert(id);
        }
        _ => stored.manager.clone_from(&write.bytes),
    }
}

impl Disk {
    /// On which this has landed, and nothing is in flight.
    pub fn of(stored: StoredNode) -> Self {
        Disk { stored, in_flight: BTreeMap::new() }
    }

    /// Takes a write that the node has started.
    pub fn take(&mut self, write: PendingWrite) {
        let object = object(&write);
        if write.status == ChannelMonitorUpdateStatus::InProgress {
            let queue = self.in_flight.entry(object).or_default();
            return queue.push_back(InFlight { write, overtaken: false });
        }
        let queue = self.in_flight.remove(&object).unwrap_or_default();
        for older in queue.iter().filter(|older| !older.overtaken) {
            apply(&mut self.stored, &older.write);
        }
        apply(&mut self.stored, &write);
    }

    /// The oldest write of an object lands.
    pub fn land(&mut self, object: Object) -> Option<PendingWrite> {
        let InFlight { write, overtaken } = self.in_flight.get_mut(&object)?.pop_front()?;
        // An overtaken delta may stay behind for a while: it is one that the full write holds.
        if !overtaken || matches!(write.object, StoredObject::Delta(_)) {
            apply(&mut self.stored, &write);
        }
        Some(write)
    }

    /// The newest write of a Monitor lands before the others, if it is a full one that nobody waits
    /// for. It contains all that those do.
    pub fn overtake(&mut self, channel: ChannelId) -> bool {
        if !self.stored.monitors.contains_key(&channel) {
            return false;
        }
        let Some(queue) = self.in_flight.get_mut(&Some(channel)) else { return false };
        if queue.back().is_none_or(|last| last.write.update_id.is_some()) {
            return false;
        }
        let last = queue.pop_back().expect("there is one");
        queue.iter_mut().for_each(|older| older.overtaken = true);
        apply(&mut self.stored, &last.write);
        true
    }

    /// The write that was started last never lands.
    pub fn drop_newest(&mut self, channel: ChannelId) {
        if let Some(queue) = self.in_flight.get_mut(&Some(channel)) {
            queue.pop_back();
        }
    }

    /// How many writes of an object are in flight.
    pub fn in_flight(&self, object: Object) -> usize {
        self.in_flight.get(&object).map_or(0, VecDeque::len)
    }

    /// A crash: so many of the oldest writes of each object have landed, the others are lost.
    pub fn crash(&mut self, keep: impl Fn(Object) -> usize) {
        let objects: Vec<Object> = self.in_flight.keys().copied().collect();
        for object in objects {
            for _ in 0..keep(object) {
                self.land(object);
            }
        }
        self.in_flight.clear();
    }

    /// What is stored of a Monitor.
    pub fn durable(&self, channel: ChannelId) -> Option<ChannelMonitor> {
        let stored = self.stored.monitors.get(&channel)?;
        Some(ChannelMonitor::read_stored(stored).expect("what is stored can be read"))
    }

    /// What is stored of a Monitor once all has landed.
    pub fn newest(&self, channel: ChannelId) -> Option<ChannelMonitor> {
        let mut later = self.clone();
        while later.land(Some(channel)).is_some() {}
        later.durable(channel)
    }
}
