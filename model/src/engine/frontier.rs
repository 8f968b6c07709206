//! The states of a level, and what is known when it begins.

use std::mem::size_of;
use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

use super::findings::Findings;

/// States in a full chunk: enough to make handing one out cheap, few enough to share a level
/// evenly.
const CHUNK: usize = 256;

/// A state that waits to be expanded.
pub(super) struct Entry<S> {
    pub fingerprint: u64,
    pub state: S,
}

/// The unit of work of a thread.
pub(super) type Chunk<S> = Vec<Entry<S>>;

/// The states of one level, in no particular order.
///
/// Kept in chunks so that it grows without copying, and so that a level gives back its memory
/// while the next one fills.
pub(super) struct Frontier<S> {
    full: Vec<Chunk<S>>,
    open: Chunk<S>,
}

impl<S> Frontier<S> {
    pub fn new() -> Self {
        Frontier { full: Vec::new(), open: Vec::new() }
    }

    /// Adds a state. Returns by how many bytes the frontier grew.
    pub fn push(&mut self, entry: Entry<S>) -> u64 {
        if self.open.len() == CHUNK {
            self.full.push(std::mem::take(&mut self.open));
        }
        let before = chunk_bytes(&self.open);
        self.open.push(entry);
        chunk_bytes(&self.open) - before
    }

    /// Takes over all states of another part of the level.
    pub fn append(&mut self, other: Frontier<S>) {
        self.full.extend(other.into_chunks());
    }

    pub fn len(&self) -> u64 {
        let full: usize = self.full.iter().map(Vec::len).sum();
        (full + self.open.len()) as u64
    }

    pub fn into_chunks(mut self) -> IntoIter<Chunk<S>> {
        if !self.open.is_empty() {
            self.full.push(self.open);
        }
        self.full.into_iter()
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
        let states = frontier.len();
        let todo = frontier.into_chunks();
        Level { depth, states, chunks: todo.len(), unviolated, missing, todo: Mutex::new(todo) }
    }

    /// Some states that no thread has taken yet.
    pub fn take(&self) -> Option<Chunk<S>> {
        self.todo.lock().unwrap_or_else(PoisonError::into_inner).next()
    }
}

/// Size of a chunk, without what its states own on the heap.
pub(super) fn chunk_bytes<S>(chunk: &Chunk<S>) -> u64 {
    (chunk.capacity() * size_of::<Entry<S>>()) as u64
}
