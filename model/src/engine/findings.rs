//! What the threads of a level bring back, and how it is put together.

/// For each bit of a mask, the state that stands for it: the one with the smallest fingerprint.
///
/// Which thread met which state, and in what order, makes no difference to it.
#[derive(Clone)]
pub(super) struct Firsts([Option<u64>; 64]);

impl Firsts {
    fn new() -> Self {
        Firsts([None; 64])
    }

    /// Notes that a state stands for all bits of `mask`.
    pub fn record(&mut self, mut mask: u64, fingerprint: u64) {
        while mask != 0 {
            self.offer(mask.trailing_zeros() as usize, fingerprint);
            mask &= mask - 1;
        }
    }

    /// The bits that some state stands for.
    pub fn mask(&self) -> u64 {
        self.iter().fold(0, |mask, (bit, _)| mask | 1 << bit)
    }

    /// The bits that some state stands for, each with the fingerprint of the state.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let bits = self.0.iter().enumerate();
        bits.filter_map(|(bit, &first)| first.map(|fingerprint| (bit, fingerprint)))
    }

    fn absorb(&mut self, other: &Firsts) {
        for (bit, fingerprint) in other.iter() {
            self.offer(bit, fingerprint);
        }
    }

    fn offer(&mut self, bit: usize, fingerprint: u64) {
        let first = self.0[bit].get_or_insert(fingerprint);
        *first = fingerprint.min(*first);
    }
}

/// What was seen in some states.
pub(super) struct Findings {
    pub fired: [u64; 64],
    pub violations: Firsts,
    pub witnesses: Firsts,
}

impl Findings {
    pub fn new() -> Self {
        Findings { fired: [0; 64], violations: Firsts::new(), witnesses: Firsts::new() }
    }

    /// Adds what was seen in other states of the same level, or in a later level that only
    /// recorded bits this one lacks.
    pub fn absorb(&mut self, other: &Findings) {
        for (total, fired) in self.fired.iter_mut().zip(other.fired) {
            *total += fired;
        }
        self.violations.absorb(&other.violations);
        self.witnesses.absorb(&other.witnesses);
    }
}
