//! From states to 64 bits.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

/// The seed is fixed so that a run can be repeated. Its value has no meaning.
const HASHER: FixedState = FixedState::with_seed(0x7e57_ab1e);

/// The fingerprint of a state: never `u64::MAX`, and the same in all runs of one build.
pub fn fingerprint<S: Hash>(state: &S) -> u64 {
    // The table marks empty slots with the greatest number, so a hash that is just this has to
    // share with its neighbour.
    HASHER.hash_one(state).min(u64::MAX - 1)
}
