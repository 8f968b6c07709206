//! The states of a level, and what is known when it begins.

use std::mem::size_of;
use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

use super::column::{Column, Packed};
use super::findings::Findings;

/// States in a full chunk: enough to make handing one out cheap, few enough to share a level
/// evenly.
const CHUNK: usize = 256;

/// The unit of work of a thread: states that wait to be expanded, as a stack.
pub(super) struct Chunk<S> {
    fingerprints: Vec<u64>,
    states: States<S>,
}

enum States<S> {
    Whole(Vec<S>),
    Packed(Packed<S>),
}

impl<S> Chunk<S> {
    /// Takes all states out of two lists. Whoever knows no columns has them stored whole.
    fn new(
        fingerprints: &mut Vec<u64>,
        states: &mut Vec<S>,
        columns: Vec<Box<dyn Column<S>>>,
    ) -> Self {
        let states = if columns.is_empty() {
            let mut whole = Vec::with_capacity(states.len());
            whole.append(states);
            States::Whole(whole)
        } else {
            States::Packed(Packed::new(states, columns))
        };
        let chunk = Chunk { fingerprints: fingerprints.clone(), states };
        fingerprints.clear();
        chunk
    }

    /// The uppermost state and its fingerprint.
    pub fn top(&self) -> Option<(u64, &S)> {
        let state = match &self.states {
            States::Whole(states) => states.last(),
            States::Packed(states) => states.top(),
        };
        Some((*self.fingerprints.last()?, state?))
    }

    /// Drops the uppermost state.
    pub fn pop(&mut self) {
        self.fingerprints.pop();
        match &mut self.states {
            States::Whole(states) => drop(states.pop()),
            States::Packed(states) => states.pop(),
        }
    }

    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Size of a chunk, without what its states own on the heap.
    pub fn bytes(&self) -> u64 {
        let states = match &self.states {
            States::Whole(states) => states.capacity() * size_of::<S>(),
            States::Packed(states) => states.bytes(),
        };
        (size_of::<Self>() + self.fingerprints.capacity() * size_of::<u64>() + states) as u64
    }
}

/// The states of one level, in no particular order.
///
/// Kept in chunks so that it grows without copying, and so that a level gives back its memory
/// while the next one fills.
pub(super) struct Frontier<S> {
    full: Vec<Chunk<S>>,
    /// What the next chunk is made of.
    fingerprints: Vec<u64>,
    states: Vec<S>,
}

impl<S> Frontier<S> {
    pub fn new() -> Self {
        Frontier { full: Vec::new(), fingerprints: Vec::new(), states: Vec::new() }
    }

    /// Adds a state. True if the next has to be preceded by [`Frontier::close`].
    pub fn push(&mut self, fingerprint: u64, state: S) -> bool {
        self.fingerprints.push(fingerprint);
        self.states.push(state);
        self.states.len() == CHUNK
    }

    /// Makes a chunk of what is in none yet. Returns its size.
    pub fn close(&mut self, columns: Vec<Box<dyn Column<S>>>) -> u64 {
        if self.states.is_empty() {
            return 0;
        }
        let chunk = Chunk::new(&mut self.fingerprints, &mut self.states, columns);
        let bytes = chunk.bytes();
        self.full.push(chunk);
        bytes
    }

    /// Takes over all states of another part of the level. Both are closed.
    pub fn append(&mut self, other: Frontier<S>) {
        self.full.extend(other.full);
    }

    pub fn len(&self) -> u64 {
        self.full.iter().map(|chunk| chunk.len() as u64).sum()
    }
}

/// A level to be expanded.
pub(super) struct Level<S> {
    pub depth: u16,
    /// Number of states.
    pub states: u64,
    /// Number of chunks they come in.
    pub chunks: usize,
    /// The properties that no earlier level violated.
    pub unviolated: u64,
    /// The witnesses that no earlier level has shown.
    pub missing: u64,
    todo: Mutex<IntoIter<Chunk<S>>>,
}

impl<S> Level<S> {
    /// The level of the initial states.
    pub fn first(frontier: Frontier<S>) -> Self {
        Level::new(0, frontier, u64::MAX, u64::MAX)
    }

    /// The level after this one, given what has been found up to here.
    pub fn next(&self, frontier: Frontier<S>, found: &Findings) -> Self {
        let (violated, witnessed) = (found.violations.mask(), found.witnesses.mask());
        Level::new(self.depth + 1, frontier, !violated, !witnessed)
    }

    fn new(depth: u16, frontier: Frontier<S>, unviolated: u64, missing: u64) -> Self {
        assert!(depth < u16::MAX, "the model has states {} steps deep", u16::MAX);
        let (states, chunks) = (frontier.len(), frontier.full.len());
        let todo = Mutex::new(frontier.full.into_iter());
        Level { depth, states, chunks, unviolated, missing, todo }
    }

    /// Some states that no thread has taken yet.
    pub fn take(&self) -> Option<Chunk<S>> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}
