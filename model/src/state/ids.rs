//! Names of HTLCs and channels. Arrays with a slot for each are indexed by them.

use super::{CHANNELS, HTLCS};
use std::fmt;
use std::ops::{Index, IndexMut};
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// An HTLC of the scenario, by its place in the list.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoBytes, Immutable, Unaligned,
)]
#[repr(transparent)]
pub struct Htlc(u8);

impl Htlc {
    /// The HTLC at this place of the scenario's list.
    pub const fn at(index: usize) -> Htlc {
        Htlc(index as u8)
    }

    /// Its place in the scenario's list.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Htlc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "h{}", self.0)
    }
}

/// Other names for the same HTLCs: a permutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renaming([Htlc; HTLCS]);

impl Renaming {
    /// Every renaming of the first HTLCs that leaves the others alone, but the one that changes
    /// nothing.
    pub fn of_first(count: usize) -> impl Iterator<Item = Renaming> {
        let digits = move |code: usize| {
            let digit = |h: usize| if h < count { code / count.pow(h as u32) % count } else { h };
            Renaming(std::array::from_fn(|h| Htlc::at(digit(h))))
        };
        let all = (0..count.pow(count as u32)).map(digits);
        all.filter(|new| new.is_permutation() && (0..HTLCS).any(|h| new.0[h] != Htlc::at(h)))
    }

    fn is_permutation(&self) -> bool {
        self.0.iter().copied().collect::<HtlcSet>().len() == HTLCS
    }

    /// The new name of an HTLC.
    pub fn of(&self, htlc: Htlc) -> Htlc {
        self.0[htlc]
    }

    /// Moves what a slot has of an HTLC to the slot of its new name.
    pub fn apply<T: Copy, const H: usize>(&self, slots: &mut [T; H]) {
        let old = *slots;
        for (index, slot) in old.into_iter().enumerate() {
            slots[self.0[index]] = slot;
        }
    }
}

/// A channel of our node. Which way an HTLC passes it is a matter of the HTLC, see
/// [`crate::topology`]; the names of the first two say what they are in most scenarios.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoBytes, Immutable, Unaligned,
)]
#[repr(transparent)]
pub struct Channel(u8);

impl Channel {
    /// The channel that HTLCs leave by.
    pub const OUT: Channel = Channel(0);
    /// The channel that forwards and payments received come in on.
    pub const IN: Channel = Channel(1);
    /// Another channel that HTLCs leave by.
    pub const OUT2: Channel = Channel(2);
    /// Another channel that HTLCs come in on.
    pub const IN2: Channel = Channel(3);
    /// The names in scripts, by place.
    pub const NAMES: [&'static str; CHANNELS] = ["out", "in", "out2", "in2"];

    /// Whether it is one of those that flags call `out`.
    pub const fn is_outbound(self) -> bool {
        self.0 == Channel::OUT.0 || self.0 == Channel::OUT2.0
    }

    /// The channel at this place.
    pub const fn at(index: usize) -> Channel {
        Channel(index as u8)
    }

    /// Its place in arrays.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        Channel::NAMES[self.index()]
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<T, const N: usize> Index<Htlc> for [T; N] {
    type Output = T;

    fn index(&self, htlc: Htlc) -> &T {
        &self[htlc.index()]
    }
}

impl<T, const N: usize> IndexMut<Htlc> for [T; N] {
    fn index_mut(&mut self, htlc: Htlc) -> &mut T {
        &mut self[htlc.index()]
    }
}

impl<T, const N: usize> Index<Channel> for [T; N] {
    type Output = T;

    fn index(&self, channel: Channel) -> &T {
        &self[channel.index()]
    }
}

impl<T, const N: usize> IndexMut<Channel> for [T; N] {
    fn index_mut(&mut self, channel: Channel) -> &mut T {
        &mut self[channel.index()]
    }
}

/// A set of HTLCs; iterates in the scenario's order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned,
)]
#[repr(transparent)]
pub struct HtlcSet(u8);

impl HtlcSet {
    /// No HTLC.
    pub const NONE: HtlcSet = HtlcSet(0);

    /// The HTLCs at the first places.
    pub const fn first(count: usize) -> HtlcSet {
        HtlcSet((1 << count) - 1)
    }

    /// Whether it has the HTLC.
    pub fn contains(self, htlc: Htlc) -> bool {
        self.0 & (1 << htlc.0) != 0
    }

    /// Adds an HTLC.
    pub fn insert(&mut self, htlc: Htlc) {
        self.0 |= 1 << htlc.0;
    }

    /// How many it has.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it has none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Iterator for HtlcSet {
    type Item = Htlc;

    fn next(&mut self) -> Option<Htlc> {
        let first = (self.0 != 0).then(|| Htlc(self.0.trailing_zeros() as u8));
        self.0 &= self.0.wrapping_sub(1);
        first
    }
}

impl FromIterator<Htlc> for HtlcSet {
    fn from_iter<I: IntoIterator<Item = Htlc>>(htlcs: I) -> HtlcSet {
        let mut set = HtlcSet::default();
        htlcs.into_iter().for_each(|htlc| set.insert(htlc));
        set
    }
}
