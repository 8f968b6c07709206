//! What one thread does with the states of a level.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::Model;

use super::findings::Findings;
use super::fingerprint::fingerprint;
use super::frontier::{Chunk, Entry, Frontier, Level, chunk_bytes};
use super::search::Search;
use super::{Inspect, ORDERS};

/// A thread's share in the expansion of a level.
pub(super) struct Worker<'a, M: Model, I> {
    search: &'a Search<'a, M, I>,
    level: &'a Level<M::State>,
    found: Findings,
    next: Frontier<M::State>,
    /// The actions offered in the current state.
    actions: Vec<M::Action>,
    /// The depth of the state that each of them leads to.
    depths: Vec<u16>,
    /// States generated since the search was last told.
    generated: u64,
    /// Bytes that the table and `next` grew by since then.
    grown: u64,
}

impl<'a, M, I> Worker<'a, M, I>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug,
    I: Inspect<M>,
{
    pub fn new(search: &'a Search<'a, M, I>, level: &'a Level<M::State>) -> Self {
        Worker {
            search,
            level,
            found: Findings::new(),
            next: Frontier::new(),
            actions: Vec::new(),
            depths: Vec::new(),
            generated: 0,
            grown: 0,
        }
    }

    /// Takes chunks until the level is done or memory runs out.
    pub fn run(mut self) -> (Findings, Frontier<M::State>) {
        // Memory is looked at only while there is work left: if the last chunk of all exceeds it,
        // the run is complete nevertheless.
        while let Some(chunk) = self.level.take()
            && !self.search.is_out_of_memory()
        {
            self.take_up_all(chunk);
            self.search.report_each_second(self.level);
        }
        (self.found, self.next)
    }

    fn take_up_all(&mut self, chunk: Chunk<M::State>) {
        let freed = chunk_bytes(&chunk);
        for entry in chunk {
            self.take_up(&entry);
        }
        self.search.account(self.generated, self.grown, freed);
        self.generated = 0;
        self.grown = 0;
    }

    /// Inspects a state and finds its successors.
    fn take_up(&mut self, entry: &Entry<M::State>) {
        let Search { model, inspect, .. } = *self.search;
        let (state, missing) = (&entry.state, self.level.missing);
        self.actions.clear();
        model.actions(state, &mut self.actions);
        let mut violated = inspect.violations(model, state, &self.actions);
        let witnessed = inspect.witnesses(model, state, &self.actions, missing);
        if !inspect.is_terminal(state) {
            self.expand(entry);
            violated |= self.unsettled(state);
        }
        self.found.violations.record(violated & self.level.unviolated, entry.fingerprint);
        self.found.witnesses.record(witnessed & missing, entry.fingerprint);
    }

    fn expand(&mut self, entry: &Entry<M::State>) {
        self.depths.clear();
        for action in &self.actions {
            self.found.fired[self.search.inspect.kind(action)] += 1;
            let state = successor(self.search.model, &entry.state, action);
            let fingerprint = fingerprint(&state);
            let depth = self.level.depth + 1;
            let inserted = self.search.table.insert(fingerprint, entry.fingerprint, depth);
            self.depths.push(inserted.depth);
            self.grown += inserted.grown;
            if inserted.fresh {
                self.grown += self.next.push(Entry { fingerprint, state });
            }
        }
        self.generated += self.actions.len() as u64;
    }

    /// The property that some fair schedule from this state does not end, if that is so and the
    /// argument in the documentation of the engine asks for a look.
    fn unsettled(&self, state: &M::State) -> u64 {
        let Search { model, inspect, .. } = *self.search;
        let bit = inspect.unsettled_bit() & self.level.unviolated;
        if bit == 0 {
            return 0;
        }
        let choices = inspect.fair_choice(model, state, &self.actions);
        let endless = (0..ORDERS).any(|order| {
            choices[order].is_some_and(|index| self.depths[index] <= self.level.depth)
                && !inspect.settles(model, state, order)
        });
        if endless { bit } else { 0 }
    }
}

fn successor<M>(model: &M, state: &M::State, action: &M::Action) -> M::State
where
    M: Model,
    M::Action: Clone + Debug,
{
    model
        .next_state(state, action.clone())
        .unwrap_or_else(|| panic!("the model offers {action:?}, but next_state returns None"))
}
