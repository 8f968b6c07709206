//! The table of all states met so far.

use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shard::{Link, Met, Shard};

/// The upper bits of a fingerprint choose the shard.
const SHARD_BITS: u32 = 5;

/// Number of independently locked parts. Large against the number of threads so that they rarely
/// meet, and so that little memory is held twice while one part grows; small against a batch so
/// that a lock is taken for several states.
const SHARDS: usize = 1 << SHARD_BITS;

/// A state that was reached.
#[derive(Clone, Copy)]
pub(super) struct Reached {
    pub fingerprint: u64,
    /// The fingerprint of the state that it was reached from.
    pub parent: u64,
}

/// For each state met, how it was first reached and what is known of its schedules.
pub(super) struct Table {
    shards: Vec<Mutex<Shard>>,
}

impl Table {
    /// Size of a table without states.
    pub const FIRST_BYTES: u64 = (SHARDS * Shard::FIRST_BYTES) as u64;

    pub fn new() -> Self {
        Table { shards: (0..SHARDS).map(|_| Mutex::new(Shard::new(SHARD_BITS))).collect() }
    }

    /// Notes that states were reached in `depth` steps. Gives for each what the table says of it
    /// (of several that are equal, one is fresh), and by how many bytes the table grew.
    ///
    /// Shard by shard, so that a lock is taken once, and in two passes, so that the cache misses
    /// of one shard overlap.
    pub fn meet_all(&self, reached: &[Reached], depth: u16, batch: &mut Batch) -> u64 {
        batch.sort(reached);
        let mut grown = 0;
        for (index, shard) in self.shards.iter().enumerate() {
            let members = &batch.sorted[batch.ends[index]..batch.ends[index + 1]];
            if members.is_empty() {
                continue;
            }
            let mut shard = lock(shard);
            let touches = members.iter().map(|&at| shard.touch(reached[at as usize].fingerprint));
            black_box(touches.fold(0, |all, touch| all ^ touch));
            let before = shard.bytes();
            for &at in members {
                let Reached { fingerprint, parent } = reached[at as usize];
                batch.met[at as usize] = shard.meet(fingerprint, parent, depth);
            }
            grown += (shard.bytes() - before) as u64;
        }
        grown
    }

    /// Notes that the schedules of some orders (bit `i` for order `i`) end from a state, whether
    /// the search was there or not. Gives by how many bytes the table grew.
    pub fn settle(&self, fingerprint: u64, orders: u8) -> u64 {
        let mut shard = self.shard(fingerprint);
        let before = shard.bytes();
        shard.settle(fingerprint, orders);
        (shard.bytes() - before) as u64
    }

    /// The orders in which the schedule from a state is known to end.
    pub fn settled(&self, fingerprint: u64) -> u8 {
        self.shard(fingerprint).settled(fingerprint)
    }

    /// How a state was first reached, if it was.
    pub fn link(&self, fingerprint: u64) -> Option<Link> {
        self.shard(fingerprint).link(fingerprint)
    }

    /// The states that can be the parent of one that was reached so, in rising order.
    pub fn parents(&self, link: Link) -> Vec<u64> {
        self.shard(link.parent).meant(link.parent, link.depth - 1)
    }

    /// Number of states met.
    pub fn len(&self) -> u64 {
        self.shards.iter().map(|shard| lock(shard).met() as u64).sum()
    }

    fn shard(&self, fingerprint: u64) -> MutexGuard<'_, Shard> {
        lock(&self.shards[shard_of(fingerprint)])
    }
}

fn shard_of(fingerprint: u64) -> usize {
    (fingerprint >> (u64::BITS - SHARD_BITS)) as usize
}

/// A shard is poisoned only if another thread is about to end the run with a panic. Going on until
/// then keeps the message of that panic the only one.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What [`Table::meet_all`] needs and gives, kept by each thread from one call to the next.
#[derive(Default)]
pub(super) struct Batch {
    /// The states by shard, as indices.
    sorted: Vec<u32>,
    /// Where the states of each shard begin in `sorted`; and where the last ones end.
    ends: Vec<usize>,
    /// What the table says of each state.
    pub met: Vec<Met>,
}

impl Batch {
    fn sort(&mut self, reached: &[Reached]) {
        self.ends.clear();
        self.ends.resize(SHARDS + 1, 0);
        for state in reached {
            self.ends[shard_of(state.fingerprint)] += 1;
        }
        let mut end = 0;
        for count in &mut self.ends {
            end += *count;
            *count = end;
        }
        self.sorted.resize(reached.len(), 0);
        for (at, state) in reached.iter().enumerate().rev() {
            let begin = &mut self.ends[shard_of(state.fingerprint)];
            *begin -= 1;
            self.sorted[*begin] = at as u32;
        }
        self.met.resize(reached.len(), Met { fresh: false, depth: 0, settled: 0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meets_each_state_of_a_batch_once() {
        let (table, mut batch) = (Table::new(), Batch::default());
        let mut bytes = Table::FIRST_BYTES;
        let state = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let reached: Vec<_> = (0..20_000)
            .map(|i| Reached { fingerprint: state(i % 10_000), parent: state(i) })
            .collect();
        bytes += table.meet_all(&reached[..1_000], 3, &mut batch);
        assert!(batch.met.iter().all(|met| met.fresh && met.depth == 3));
        bytes += table.meet_all(&reached, 4, &mut batch);
        for (i, met) in batch.met.iter().enumerate() {
            let depth = if i % 10_000 < 1_000 { 3 } else { 4 };
            let fresh = (1_000..10_000).contains(&i);
            assert_eq!(*met, Met { fresh, depth, settled: 0 });
        }
        assert_eq!(table.len(), 10_000);
        let parent = state(5_000).min(state(15_000));
        assert_eq!(table.link(state(5_000)).unwrap().parent >> 18, parent >> 18);
        let held: usize = table.shards.iter().map(|shard| lock(shard).bytes()).sum();
        assert_eq!(bytes, held as u64);
    }
}
