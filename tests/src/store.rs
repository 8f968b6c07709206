//! The disk of the reference, in the driver's hands.

use reference::{ChannelId, ChannelMonitor, Origin, Outcome, StoredMonitor};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// What was written once is shared by all copies of a store: an exhaustive run keeps millions. Two
/// of these are compared by a digest of 128 bits, as the states of a run are.
#[derive(Clone, Debug, Default)]
pub struct Bytes {
    all: Arc<Vec<u8>>,
    digest: u128,
}

impl Bytes {
    /// A number for what it is.
    pub fn digest(&self) -> u128 {
        self.digest
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(all: Vec<u8>) -> Bytes {
        let half = |seed| foldhash::quality::FixedState::with_seed(seed).hash_one(&all);
        let digest = u128::from(half(1)) << 64 | u128::from(half(2));
        Bytes { all: all.into(), digest }
    }
}

impl Deref for Bytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.all
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Bytes) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Bytes {}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.digest.hash(hasher);
    }
}

/// What a store has of one monitor.
///
/// Two of these are the same if a load makes the same of them: which of it lies in deltas is known
/// to nobody but the store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The full write.
    full: Bytes,
    /// The deltas behind it.
    deltas: Arc<Vec<Vec<u8>>>,
    /// What a load makes of them, as bytes; empty if it refuses them.
    pub loads_as: Bytes,
}

impl PartialEq for Stored {
    fn eq(&self, other: &Stored) -> bool {
        self.loads_as == other.loads_as
    }
}

impl Eq for Stored {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.loads_as.hash(hasher);
    }
}

impl Stored {
    /// A full write and nothing before it.
    pub fn full(bytes: Vec<u8>) -> Stored {
        let full = Bytes::from(bytes);
        Stored { loads_as: full.clone(), full, deltas: Arc::default() }
    }

    /// After a full write. This Store is a lazy one: the deltas that it takes the place of stay.
    pub fn with_full(&self, bytes: Vec<u8>) -> Stored {
        Stored { deltas: self.deltas.clone(), ..Stored::full(bytes) }
    }

    /// After one delta more.
    pub fn with_delta(&self, bytes: Vec<u8>) -> Stored {
        let mut stored = self.clone();
        Arc::make_mut(&mut stored.deltas).push(bytes);
        let loaded = ChannelMonitor::read_stored(&stored.parts());
        stored.loads_as = loaded.map(|monitor| monitor.write()).unwrap_or_default().into();
        stored
    }

    /// The full write and the deltas behind it.
    pub fn parts(&self) -> StoredMonitor {
        StoredMonitor { full: self.full.to_vec(), deltas: self.deltas.to_vec() }
    }
}

/// What the reference wrote: durable versions and writes in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// The durable version of each monitor.
    pub monitors: BTreeMap<ChannelId, Stored>,
    /// Writes of each monitor in flight, oldest first: what is stored once each has landed.
    pub writes: BTreeMap<ChannelId, Vec<Stored>>,
    /// The channels whose monitor is archived; they have none above.
    pub archived: BTreeSet<ChannelId>,
    /// The durable version of the manager.
    pub manager: Bytes,
    /// The manager write in flight.
    pub manager_write: Option<Bytes>,
}

impl Store {
    /// What is stored of a monitor once all its writes in flight have landed.
    pub fn newest(&self, id: ChannelId) -> &Stored {
        self.writes[&id].last().unwrap_or(&self.monitors[&id])
    }

    /// A full write that lands at once: it contains what is in flight, so that no crash brings back
    /// an older version.
    pub fn land_untracked(&mut self, id: ChannelId, bytes: Vec<u8>) {
        let stored = self.newest(id).with_full(bytes);
        let in_flight = self.writes.entry(id).or_default();
        in_flight.iter_mut().for_each(|write| write.clone_from(&stored));
        self.monitors.insert(id, stored);
    }

    /// Whether the newest version that was handed over lists the event.
    pub fn lists(&self, id: ChannelId, event: (Origin, Outcome)) -> bool {
        let newest = ChannelMonitor::read(&self.newest(id).loads_as);
        newest.is_ok_and(|newest| {
            let mut stored = newest.events().map(|(_, stored)| stored);
            stored.any(|e| (e.source.origin(), e.resolution.outcome()) == event)
        })
    }

    /// Removes a monitor with all its writes.
    pub fn archive(&mut self, id: ChannelId) {
        self.monitors.remove(&id);
        self.writes.entry(id).or_default().clear();
        self.archived.insert(id);
    }
}
