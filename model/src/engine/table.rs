//! The table of all states met so far.

use std::mem::size_of;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Number of independently locked parts. A power of two, large against the number of threads so
/// that they rarely meet, and so that little memory is held twice while one part grows.
const SHARDS: usize = 64;

/// Slots of a new shard. A power of two.
const FIRST_SLOTS: usize = 256;

/// Parent of a state that has none.
pub(super) const NO_PARENT: u64 = 0;

/// Fingerprint in an empty slot.
const EMPTY: u64 = 0;

/// For each state met: its fingerprint, that of its parent, and its depth.
pub(super) struct Table {
    shards: Vec<Mutex<Shard>>,
}

/// What the table says about a state after [`Table::insert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inserted {
    /// The state was not in the table before.
    pub fresh: bool,
    /// Number of steps in which the state was first reached.
    pub depth: u16,
    /// By how many bytes the table grew.
    pub grown: u64,
}

impl Table {
    /// Size of a table without states.
    pub const FIRST_BYTES: u64 = (SHARDS * FIRST_SLOTS * Shard::SLOT_BYTES) as u64;

    pub fn new() -> Self {
        Table { shards: (0..SHARDS).map(|_| Mutex::new(Shard::new(FIRST_SLOTS))).collect() }
    }

    /// Notes that a state was reached from `parent` in `depth` steps.
    pub fn insert(&self, fingerprint: u64, parent: u64, depth: u16) -> Inserted {
        self.shard(fingerprint).insert(fingerprint, parent, depth)
    }

    /// The parent of a state, if the state is in the table.
    pub fn parent(&self, fingerprint: u64) -> Option<u64> {
        let shard = self.shard(fingerprint);
        let slot = shard.find(fingerprint);
        (shard.fingerprints[slot] == fingerprint).then(|| shard.parents[slot])
    }

    /// Number of states in the table.
    pub fn len(&self) -> u64 {
        self.shards.iter().map(|shard| lock(shard).used as u64).sum()
    }

    /// The upper bits choose the shard, the lower ones the slot within it.
    fn shard(&self, fingerprint: u64) -> MutexGuard<'_, Shard> {
        lock(&self.shards[(fingerprint >> (u64::BITS - SHARDS.ilog2())) as usize])
    }
}

/// A shard is poisoned only if another thread is about to end the run with a panic. Going on until
/// then keeps the message of that panic the only one.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Open addressing with linear probing. Nothing is ever removed.
///
/// Three vectors instead of one of structs: padding would make a slot a third larger.
struct Shard {
    fingerprints: Vec<u64>,
    parents: Vec<u64>,
    depths: Vec<u16>,
    used: usize,
}

impl Shard {
    const SLOT_BYTES: usize = 2 * size_of::<u64>() + size_of::<u16>();

    fn new(slots: usize) -> Self {
        Shard {
            fingerprints: vec![EMPTY; slots],
            parents: vec![NO_PARENT; slots],
            depths: vec![0; slots],
            used: 0,
        }
    }

    fn slots(&self) -> usize {
        self.fingerprints.len()
    }

    /// The slot of this fingerprint, or the empty one where it belongs.
    fn find(&self, fingerprint: u64) -> usize {
        let mask = self.slots() - 1;
        let mut slot = fingerprint as usize & mask;
        while self.fingerprints[slot] != fingerprint && self.fingerprints[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn insert(&mut self, fingerprint: u64, parent: u64, depth: u16) -> Inserted {
        let slot = self.find(fingerprint);
        if self.fingerprints[slot] == EMPTY {
            self.fill(slot, fingerprint, parent, depth);
            let grown = self.grow_if_full();
            return Inserted { fresh: true, depth, grown };
        }
        // Met again within the level that discovered it: any of these parents makes a shortest
        // path, and the smallest one does not depend on which thread came first.
        if self.depths[slot] == depth && parent < self.parents[slot] {
            self.parents[slot] = parent;
        }
        Inserted { fresh: false, depth: self.depths[slot], grown: 0 }
    }

    fn fill(&mut self, slot: usize, fingerprint: u64, parent: u64, depth: u16) {
        self.fingerprints[slot] = fingerprint;
        self.parents[slot] = parent;
        self.depths[slot] = depth;
        self.used += 1;
    }

    /// Doubles the shard when 70 % of it is used. Returns the number of bytes added.
    fn grow_if_full(&mut self) -> u64 {
        let slots = self.slots();
        if self.used * 10 < slots * 7 {
            return 0;
        }
        let mut larger = Shard::new(2 * slots);
        for slot in 0..slots {
            let fingerprint = self.fingerprints[slot];
            if fingerprint != EMPTY {
                let place = larger.find(fingerprint);
                larger.fill(place, fingerprint, self.parents[slot], self.depths[slot]);
            }
        }
        *self = larger;
        (slots * Shard::SLOT_BYTES) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(fresh: bool, depth: u16) -> Inserted {
        Inserted { fresh, depth, grown: 0 }
    }

    #[test]
    fn keeps_the_first_depth_and_its_smallest_parent() {
        let table = Table::new();
        assert_eq!(table.parent(7), None);
        assert_eq!(table.insert(7, 30, 4), inserted(true, 4));
        assert_eq!(table.insert(7, 20, 4), inserted(false, 4));
        assert_eq!(table.insert(7, 25, 4), inserted(false, 4));
        assert_eq!(table.insert(7, 10, 5), inserted(false, 4));
        assert_eq!(table.parent(7), Some(20));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn keeps_everything_when_it_grows() {
        // Neighbouring fingerprints also make for the longest possible probes.
        let table = Table::new();
        let mut bytes = Table::FIRST_BYTES;
        for fingerprint in 1..=10_000 {
            bytes += table.insert(fingerprint, fingerprint + 1, 3).grown;
        }
        assert_eq!(table.len(), 10_000);
        for fingerprint in 1..=10_000 {
            assert_eq!(table.parent(fingerprint), Some(fingerprint + 1));
            assert_eq!(table.insert(fingerprint, 0, 9), inserted(false, 3));
        }
        let slots: usize = table.shards.iter().map(|shard| lock(shard).slots()).sum();
        assert_eq!(bytes, (slots * Shard::SLOT_BYTES) as u64);
        assert_eq!(lock(&table.shards[0]).slots(), 16_384);
    }
}
