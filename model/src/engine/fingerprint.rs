//! From states to 64 bits.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

/// The seed is fixed so that a run can be repeated. Its value has no meaning.
const HASHER: FixedState = FixedState::with_seed(0x7e57_ab1e);

/// The fingerprint of a state: never 0, and the same in all runs of one build.
pub fn fingerprint<S: Hash>(state: &S) -> u64 {
    // The table marks empty slots with 0, so a hash of 0 has to share with its neighbour.
    HASHER.hash_one(state).max(1)
}
