//! Fair schedules: walked until they are known to end, or not to.

use std::hash::Hash;

use stateright::Model;

use super::Inspect;
use super::fingerprint::fingerprint;
use super::shared::Shared;

/// Steps that a walk may take before the model is taken for one with endlessly many states.
const LONGEST: usize = u16::MAX as usize;

/// Walks schedules; keeps its lists from one walk to the next.
pub(super) struct Walker<M: Model> {
    /// The states of the current walk.
    trail: Vec<u64>,
    actions: Vec<M::Action>,
    /// Bytes that the table grew by since the last look.
    grown: u64,
}

impl<M> Walker<M>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    pub fn new() -> Self {
        Walker { trail: Vec::new(), actions: Vec::new(), grown: 0 }
    }

    /// Bytes that the table grew by since this was last asked.
    pub fn take_grown(&mut self) -> u64 {
        std::mem::take(&mut self.grown)
    }

    /// Whether the schedule of an order ends that goes from the state `from` to `next`.
    ///
    /// If it ends, so does the one from each state on the way, which the table is told; a walk
    /// that comes there later is over.
    pub fn ends<I>(
        &mut self,
        shared: &Shared<M, I>,
        from: u64,
        (next, state): (u64, &M::State),
        order: usize,
    ) -> bool
    where
        I: Inspect<M>,
    {
        let remember = shared.options.remember_settled;
        self.trail.clear();
        self.trail.extend([from, next]);
        // Brent's way to notice a cycle: compare with one state, and every time that the walk has
        // doubled its length, with a newer one.
        let mut landmark = next;
        let mut following = self.follow(shared, state, order);
        while let Some(state) = following {
            let fingerprint = fingerprint(&state);
            if remember && shared.table.settled(fingerprint) & 1 << order != 0 {
                break;
            }
            if fingerprint == landmark || fingerprint == from {
                return false;
            }
            self.trail.push(fingerprint);
            assert!(self.trail.len() <= LONGEST, "a fair schedule has more than {LONGEST} steps");
            if self.trail.len().is_power_of_two() {
                landmark = fingerprint;
            }
            following = self.follow(shared, &state, order);
        }
        if remember {
            self.remember(shared, order);
        }
        true
    }

    fn remember<I>(&mut self, shared: &Shared<M, I>, order: usize) {
        for state in &self.trail {
            self.grown += shared.table.settle(*state, 1 << order);
        }
    }

    /// The next state of the schedule, if there is one.
    fn follow<I>(
        &mut self,
        shared: &Shared<M, I>,
        state: &M::State,
        order: usize,
    ) -> Option<M::State>
    where
        I: Inspect<M>,
    {
        let Shared { model, inspect, .. } = *shared;
        if inspect.is_terminal(state) {
            return None;
        }
        let action = inspect.fair_action(model, state, order, &mut self.actions)?;
        model.next_state(state, action)
    }
}
