//! What one thread does with the states of a level.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::Model;

use super::findings::Findings;
use super::fingerprint::fingerprint;
use super::frontier::{Chunk, Frontier, Level};
use super::shared::Shared;
use super::table::{Batch, Reached};
use super::walk::Walker;
use super::{Inspect, ORDERS};

/// About so many successors are looked up in the table together: enough to have several for each
/// lock, few enough to stay in the cache until then.
const BATCH: usize = 512;

/// A thread's share in the expansion of a level.
pub(super) struct Worker<'a, M: Model, I> {
    shared: &'a Shared<'a, M, I>,
    level: &'a Level<M::State>,
    found: Findings,
    next: Frontier<M::State>,
    /// The actions offered in the current state.
    actions: Vec<M::Action>,
    /// Successors that were not looked up yet, and how they were reached.
    states: Vec<M::State>,
    reached: Vec<Reached>,
    batch: Batch,
    /// The states among their parents that have a fair choice.
    choices: Vec<Choice>,
    walker: Walker<M>,
    /// States generated since the others were last told.
    generated: u64,
    /// Bytes that the table and `next` grew by since then.
    grown: u64,
}

/// What the settling orders choose in a state.
struct Choice {
    state: u64,
    /// For each order, the place of the successor among those not looked up yet.
    successors: [Option<u32>; ORDERS],
}

impl<'a, M, I> Worker<'a, M, I>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug,
    I: Inspect<M>,
{
    pub fn new(shared: &'a Shared<'a, M, I>, level: &'a Level<M::State>) -> Self {
        Worker {
            shared,
            level,
            found: Findings::new(),
            next: Frontier::new(),
            actions: Vec::new(),
            states: Vec::new(),
            reached: Vec::new(),
            batch: Batch::default(),
            choices: Vec::new(),
            walker: Walker::new(),
            generated: 0,
            grown: 0,
        }
    }

    /// Takes chunks until the level is done or memory runs out.
    pub fn run(mut self) -> (Findings, Frontier<M::State>) {
        // Memory is looked at only while there is work left: if the last chunk of all exceeds it,
        // the run is complete nevertheless.
        while let Some(chunk) = self.level.take()
            && !self.shared.is_out_of_memory()
            && !self.shared.is_interrupted()
        {
            self.take_up_all(chunk);
            self.shared.report_each_second(self.level);
        }
        let grown = self.next.close(self.shared.columns());
        self.shared.account(0, grown, 0);
        (self.found, self.next)
    }

    fn take_up_all(&mut self, mut chunk: Chunk<M::State>) {
        let freed = chunk.bytes();
        while let Some((fingerprint, state)) = chunk.top() {
            // The lowest state of a packed chunk comes out right only if all others did.
            let is_intact = chunk.len() > 1 || fingerprint == super::fingerprint(state);
            assert!(is_intact, "the columns do not cover the state");
            self.take_up(fingerprint, state);
            if self.states.len() >= BATCH {
                self.look_up();
            }
            chunk.pop();
        }
        self.look_up();
        self.grown += self.walker.take_grown();
        self.shared.account(self.generated, self.grown, freed);
        self.generated = 0;
        self.grown = 0;
    }

    /// Inspects a state and computes its successors.
    fn take_up(&mut self, fingerprint: u64, state: &M::State) {
        let Shared { model, inspect, .. } = *self.shared;
        let missing = self.level.missing;
        self.actions.clear();
        model.actions(state, &mut self.actions);
        let violated = inspect.violations(model, state, &self.actions);
        let witnessed = inspect.witnesses(model, state, &self.actions, missing);
        self.found.violations.record(violated & self.level.unviolated, fingerprint);
        self.found.witnesses.record(witnessed & missing, fingerprint);
        if !inspect.is_terminal(state) {
            self.choose(fingerprint, state);
            self.expand(fingerprint, state);
        }
    }

    fn expand(&mut self, parent: u64, state: &M::State) {
        let Shared { model, inspect, .. } = *self.shared;
        self.generated += self.actions.len() as u64;
        for action in self.actions.drain(..) {
            self.found.fired[inspect.kind(&action)] += 1;
            let place = self.states.len();
            // To extend by an option saves a copy of the state against a push.
            self.states.extend(model.next_state(state, action.clone()));
            let Some(next) = self.states.get(place) else {
                panic!("the model offers {action:?}, but next_state returns None");
            };
            self.reached.push(Reached { fingerprint: fingerprint(next), parent });
        }
    }

    /// Notes what the settling orders choose, if anybody asks.
    fn choose(&mut self, fingerprint: u64, state: &M::State) {
        let Shared { model, inspect, .. } = *self.shared;
        if inspect.unsettled_bit() & self.level.unviolated == 0 {
            return;
        }
        let first = self.states.len();
        let successors = std::array::from_fn(|order| {
            let choice = inspect.fair_choice(model, state, &self.actions, order);
            choice.map(|index| (first + index) as u32)
        });
        if successors != [None; ORDERS] {
            self.choices.push(Choice { state: fingerprint, successors });
        }
    }

    /// Looks up the successors in the table: those it did not have wait for the next level.
    fn look_up(&mut self) {
        let shared = self.shared;
        let depth = self.level.depth + 1;
        self.grown += shared.table.meet_all(&self.reached, depth, &mut self.batch);
        self.check_choices();
        let met = self.reached.drain(..).zip(&self.batch.met);
        for (state, (Reached { fingerprint, .. }, met)) in self.states.drain(..).zip(met) {
            if met.fresh && self.next.push(fingerprint, state) {
                self.grown += self.next.close(shared.columns());
            }
        }
    }

    /// Records the states of which some schedule does not end, where the argument in the
    /// documentation of the engine asks for a look.
    fn check_choices(&mut self) {
        let mut choices = std::mem::take(&mut self.choices);
        for choice in choices.drain(..) {
            let endless = (0..ORDERS).any(|order| {
                choice.successors[order].is_some_and(|at| !self.settles(choice.state, order, at))
            });
            if endless {
                let bit = self.shared.inspect.unsettled_bit() & self.level.unviolated;
                self.found.violations.record(bit, choice.state);
            }
        }
        self.choices = choices;
    }

    /// Whether the schedule of an order ends that goes from `state` to this successor, or need not
    /// be looked at.
    fn settles(&mut self, state: u64, order: usize, successor: u32) -> bool {
        let at = successor as usize;
        let met = self.batch.met[at];
        if met.depth > self.level.depth {
            return true;
        }
        if self.shared.options.remember_settled && met.settled & 1 << order != 0 {
            return true;
        }
        let next = (self.reached[at].fingerprint, &self.states[at]);
        self.walker.ends(self.shared, state, next, order)
    }
}
