//! A part of the table: slots sorted by fingerprint, with gaps.

use std::mem::size_of;

/// Number of slots that a new shard has fingerprints for.
const FIRST_SLOTS: usize = 64;

/// Up to so many slots a shard doubles; a larger one grows by a fifth, so that the table is never
/// much larger than what it holds. That is cheap: the slots are moved in order.
const DOUBLED_SLOTS: usize = 4096;

/// Slots beyond the last one that a fingerprint belongs into, for those that are pushed aside.
const SPARE_SLOTS: usize = 16;

/// Fingerprint in an empty slot: greater than that of any state.
const EMPTY: u64 = u64::MAX;

/// Depth of a state that a settling walk came through, and the search did not come to yet.
const UNMET: u16 = u16::MAX;

/// How many of the upper bits of its parent's fingerprint a slot keeps.
const PARENT_BITS: u32 = 46;

/// The bits of a parent's fingerprint that a slot keeps.
const PARENT: u64 = u64::MAX << (u64::BITS - PARENT_BITS);

/// The bits of [`Slot::link`] that say in which orders the state is known to settle.
const SETTLED: u64 = 0b11;

/// Where the depth begins in [`Slot::link`], above the orders.
const DEPTH_SHIFT: u32 = SETTLED.count_ones();

const _: () = assert!(crate::engine::ORDERS as u32 <= DEPTH_SHIFT);
const _: () = assert!(PARENT_BITS + u16::BITS + DEPTH_SHIFT == u64::BITS);

/// One state: 16 bytes, so that a cache line has four.
#[derive(Clone, Copy)]
struct Slot {
    fingerprint: u64,
    /// From the top: the upper bits of the parent's fingerprint, the depth, the orders in which
    /// the state is known to settle.
    link: u64,
}

impl Slot {
    const NONE: Slot = Slot { fingerprint: EMPTY, link: 0 };

    fn depth(self) -> u16 {
        (self.link >> DEPTH_SHIFT) as u16
    }

    fn settled(self) -> u8 {
        (self.link & SETTLED) as u8
    }

    fn parent(self) -> u64 {
        self.link & PARENT
    }

    fn set(&mut self, parent: u64, depth: u16) {
        self.link = parent & PARENT | u64::from(depth) << DEPTH_SHIFT | self.link & SETTLED;
    }
}

/// What the table says of a state after the search came to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    /// The search came to the state for the first time.
    pub fresh: bool,
    /// Number of steps in which the state was first reached.
    pub depth: u16,
    /// The orders (bit `i` for order `i`) in which its schedule is known to end.
    pub settled: u8,
}

/// How a state was first reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// Number of steps; 0 for an initial state.
    pub depth: u16,
    /// The upper bits of its parent's fingerprint; without meaning in an initial state.
    pub parent: u64,
}

/// Linear probing in order: the slot that a fingerprint belongs into rises with the fingerprint,
/// and the fingerprints stand in rising order. So a search ends at the first that is greater, and
/// even a shard that is nearly full is searched in a few steps. Nothing is ever removed.
pub(super) struct Shard {
    slots: Vec<Slot>,
    /// Number of slots that fingerprints belong into.
    homes: usize,
    used: usize,
    /// Those of the used slots that the search came to.
    met: usize,
    /// How many of the upper bits are equal in all fingerprints of this shard.
    common_bits: u32,
}

impl Shard {
    /// Size of a shard without states.
    pub const FIRST_BYTES: usize = (FIRST_SLOTS + SPARE_SLOTS) * size_of::<Slot>();

    pub fn new(common_bits: u32) -> Self {
        let slots = vec![Slot::NONE; FIRST_SLOTS + SPARE_SLOTS];
        Shard { slots, homes: FIRST_SLOTS, used: 0, met: 0, common_bits }
    }

    pub fn met(&self) -> usize {
        self.met
    }

    pub fn bytes(&self) -> usize {
        self.slots.len() * size_of::<Slot>()
    }

    /// Notes that a state was reached from `parent` in `depth` steps.
    pub fn meet(&mut self, fingerprint: u64, parent: u64, depth: u16) -> Met {
        let at = self.find_or_add(fingerprint);
        let slot = &mut self.slots[at];
        let fresh = slot.depth() == UNMET;
        if fresh {
            slot.set(parent, depth);
            self.met += 1;
        } else if slot.depth() == depth && parent & PARENT < slot.parent() {
            // Met again within the level that discovered it: any of these parents makes a shortest
            // path, and the smallest one does not depend on which thread came first.
            slot.set(parent, depth);
        }
        Met { fresh, depth: slot.depth(), settled: slot.settled() }
    }

    /// Notes that the schedules of some orders end from here, whether the search was here or not.
    pub fn settle(&mut self, fingerprint: u64, orders: u8) {
        let at = self.find_or_add(fingerprint);
        self.slots[at].link |= u64::from(orders);
    }

    /// The orders in which the schedule from here is known to end.
    pub fn settled(&self, fingerprint: u64) -> u8 {
        self.get(fingerprint).map_or(0, Slot::settled)
    }

    /// How a state was first reached, if it was.
    pub fn link(&self, fingerprint: u64) -> Option<Link> {
        let slot = self.get(fingerprint).filter(|slot| slot.depth() != UNMET)?;
        Some(Link { depth: slot.depth(), parent: slot.parent() })
    }

    /// The states of a depth that a [`Link::parent`] can mean, in rising order: hardly ever more
    /// than one.
    pub fn meant(&self, parent: u64, depth: u16) -> Vec<u64> {
        let from = self.find(parent).unwrap_or_else(|at| at);
        let slots = self.slots[from..].iter().filter(|slot| slot.fingerprint != EMPTY);
        let same = slots.take_while(|slot| slot.fingerprint & PARENT == parent);
        same.filter(|slot| slot.depth() == depth).map(|slot| slot.fingerprint).collect()
    }

    /// Reads where this fingerprint belongs and does nothing with it, so that it is in the cache
    /// when it is looked for. Several such reads overlap; what follows each search does not.
    pub fn touch(&self, fingerprint: u64) -> u64 {
        self.slots[self.home(fingerprint)].fingerprint
    }

    fn get(&self, fingerprint: u64) -> Option<Slot> {
        self.find(fingerprint).ok().map(|at| self.slots[at])
    }

    fn home(&self, fingerprint: u64) -> usize {
        home(fingerprint << self.common_bits, self.homes)
    }

    /// The slot of this fingerprint, or else the one where it has to be inserted.
    fn find(&self, fingerprint: u64) -> Result<usize, usize> {
        let from = self.home(fingerprint);
        let ahead = self.slots[from..].iter().take_while(|slot| slot.fingerprint < fingerprint);
        let at = from + ahead.count();
        // The last slot is always empty.
        if self.slots[at].fingerprint == fingerprint { Ok(at) } else { Err(at) }
    }

    fn find_or_add(&mut self, fingerprint: u64) -> usize {
        match self.find(fingerprint) {
            Ok(at) => at,
            Err(_) if self.is_full() => {
                self.grow();
                self.add(self.find(fingerprint).unwrap_or_else(|at| at), fingerprint)
            }
            Err(at) => self.add(at, fingerprint),
        }
    }

    /// Inserts a fingerprint; those from here to the next gap make room.
    fn add(&mut self, at: usize, fingerprint: u64) -> usize {
        let taken = self.slots[at..].iter().take_while(|slot| slot.fingerprint != EMPTY);
        let gap = at + taken.count();
        self.slots.copy_within(at..gap, at + 1);
        self.slots[at] = Slot { fingerprint, link: u64::from(UNMET) << DEPTH_SHIFT };
        self.used += 1;
        at
    }

    /// Whether 85 % is used, or the spare slots are and an insertion could find no gap.
    fn is_full(&self) -> bool {
        let last_but_one = self.slots[self.slots.len() - 2];
        self.used * 100 >= self.homes * 85 || last_but_one.fingerprint != EMPTY
    }

    /// Grows in place: a second copy would be held for a time, and leave a hole in the heap.
    fn grow(&mut self) {
        self.homes += if self.homes < DOUBLED_SLOTS { self.homes } else { self.homes / 5 };
        let (old, new) = (self.slots.len(), self.slots_needed());
        self.slots.reserve_exact(new - old);
        self.slots.resize(new, Slot::NONE);
        // First all to the end, without gaps.
        let mut begin = new;
        for at in (0..old).rev() {
            if self.slots[at].fingerprint != EMPTY {
                begin -= 1;
                self.slots[begin] = self.slots[at];
            }
        }
        // Then each to its new place, from the first on. None is overwritten before it is moved:
        // the last one's place exists, so all those behind any of them have places behind it.
        let mut free = 0;
        for at in begin..new {
            let slot = self.slots[at];
            let place = self.home(slot.fingerprint).max(free);
            self.slots[free..place].fill(Slot::NONE);
            self.slots[place] = slot;
            free = place + 1;
        }
        self.slots[free..].fill(Slot::NONE);
    }

    /// How many slots it takes to place all fingerprints anew, each as early as it may be.
    fn slots_needed(&self) -> usize {
        let used = self.slots.iter().filter(|slot| slot.fingerprint != EMPTY);
        let last = used.fold(0, |free, slot| self.home(slot.fingerprint).max(free) + 1);
        last.max(self.homes) + SPARE_SLOTS
    }
}

/// Where a fingerprint belongs among so many slots: as far along as it is among all fingerprints.
fn home(fingerprint: u64, slots: usize) -> usize {
    ((u128::from(fingerprint) * slots as u128) >> u64::BITS) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(fresh: bool, depth: u16) -> Met {
        Met { fresh, depth, settled: 0 }
    }

    #[test]
    fn keeps_the_first_depth_and_its_smallest_parent() {
        let mut shard = Shard::new(0);
        let [ten, twenty, thirty] = [10_u64, 20, 30].map(|parent| parent << 32);
        assert_eq!(shard.link(7), None);
        assert_eq!(shard.meet(7, thirty, 4), met(true, 4));
        assert_eq!(shard.meet(7, twenty, 4), met(false, 4));
        assert_eq!(shard.meet(7, thirty, 4), met(false, 4));
        assert_eq!(shard.meet(7, ten, 5), met(false, 4));
        assert_eq!(shard.link(7), Some(Link { depth: 4, parent: twenty }));
        assert_eq!(shard.met(), 1);
    }

    #[test]
    fn keeps_what_settles_apart_from_what_is_met() {
        let mut shard = Shard::new(0);
        shard.settle(7, 0b10);
        assert_eq!((shard.settled(7), shard.link(7), shard.met()), (0b10, None, 0));
        assert_eq!(shard.meet(7, 1 << 40, 3), Met { fresh: true, depth: 3, settled: 0b10 });
        shard.settle(7, 0b01);
        assert_eq!(shard.meet(7, 2 << 40, 4), Met { fresh: false, depth: 3, settled: 0b11 });
        assert_eq!(shard.link(7), Some(Link { depth: 3, parent: 1 << 40 }));
        assert_eq!((shard.settled(8), shard.met()), (0, 1));
    }

    /// Fingerprints that all belong into one slot, and such that are spread evenly.
    #[test]
    fn keeps_everything_when_it_grows() {
        for factor in [1, 0x9e37_79b9_7f4a_7c15_u64] {
            let mut shard = Shard::new(0);
            let fingerprints = || (1..=10_000_u64).map(|i| i.wrapping_mul(factor));
            for fingerprint in fingerprints() {
                assert_eq!(shard.meet(fingerprint, !fingerprint, 3), met(true, 3));
            }
            assert_eq!(shard.met(), 10_000);
            let used = shard.slots.iter().filter(|slot| slot.fingerprint != EMPTY);
            assert!(used.is_sorted_by_key(|slot| slot.fingerprint));
            for fingerprint in fingerprints() {
                let parent = !fingerprint & PARENT;
                assert_eq!(shard.link(fingerprint), Some(Link { depth: 3, parent }));
                assert_eq!(shard.meet(fingerprint, 0, 9), met(false, 3));
            }
            assert!(shard.bytes() < 10_000 * 16 * 100 / 70 + 1_000);
        }
    }

    #[test]
    fn lists_all_that_a_parent_can_mean() {
        let mut shard = Shard::new(0);
        let prefix = 5 << 40;
        for (low, depth) in [(1, 2), (2, 2), (3, 1)] {
            shard.meet(prefix | low, 0, depth);
        }
        shard.settle(prefix | 4, 1);
        shard.meet(prefix + (1 << 18), 0, 2);
        assert_eq!(shard.meant(prefix, 2), [prefix | 1, prefix | 2]);
        assert_eq!(shard.meant(prefix, 1), [prefix | 3]);
        assert!(shard.meant(6 << 40, 1).is_empty());
    }
}
