//! The search itself: levels, and the threads that share one.

use std::fmt::Debug;
use std::hash::Hash;
use std::thread::{self, ScopedJoinHandle};

use stateright::Model;

use super::expand::Worker;
use super::findings::Findings;
use super::fingerprint::fingerprint;
use super::frontier::{Frontier, Level};
use super::path::{self, Path};
use super::shared::Shared;
use super::table::{Batch, Reached};
use super::{End, Inspect, Options, Outcome, Violation, Witness};

/// A run, from the initial states to its outcome.
pub(super) struct Search<'a, M, I> {
    shared: Shared<'a, M, I>,
}

impl<'a, M, I> Search<'a, M, I>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug,
    I: Inspect<M>,
{
    pub fn new(model: &'a M, inspect: &'a I, options: &'a Options<'a>) -> Self {
        Search { shared: Shared::new(model, inspect, options) }
    }

    pub fn run(self) -> Outcome<M::Action> {
        let mut found = Findings::new();
        let mut level = Level::first(self.initial_states());
        loop {
            let (seen, next) = self.expand(&level);
            found.absorb(&seen);
            let cut = self.shared.is_interrupted();
            self.shared.report(&level);
            if let Some(end) = self.end(&found, next.len(), cut) {
                return self.outcome(found, u32::from(level.depth), end);
            }
            level = level.next(next, &found);
        }
    }

    fn initial_states(&self) -> Frontier<M::State> {
        let (mut frontier, mut batch) = (Frontier::new(), Batch::default());
        let states = self.shared.model.init_states();
        let reached: Vec<_> = states
            .iter()
            .map(|state| Reached { fingerprint: fingerprint(state), parent: 0 })
            .collect();
        let mut grown = self.shared.table.meet_all(&reached, 0, &mut batch);
        for (state, (reached, met)) in states.into_iter().zip(reached.iter().zip(&batch.met)) {
            if met.fresh && frontier.push(reached.fingerprint, state) {
                grown += frontier.close(self.shared.columns());
            }
        }
        grown += frontier.close(self.shared.columns());
        self.shared.account(reached.len() as u64, grown, 0);
        frontier
    }

    /// Whether the run ends after a level that discovered `remaining` states; `cut` if some of the
    /// level's own may be unexplored.
    fn end(&self, found: &Findings, remaining: u64, cut: bool) -> Option<End> {
        if self.shared.ran_out_of_memory() {
            Some(End::OutOfMemory)
        } else if cut {
            Some(End::Interrupted)
        } else if remaining == 0 {
            Some(End::Exhausted)
        } else if self.shared.is_interrupted() {
            Some(End::Interrupted)
        } else if found.violations.mask() & self.shared.options.stop_on != 0 {
            Some(End::Stopped)
        } else {
            None
        }
    }

    /// Expands a level with as many threads as it has work for.
    fn expand(&self, level: &Level<M::State>) -> (Findings, Frontier<M::State>) {
        let shared = &self.shared;
        let helpers = shared.options.threads.min(level.chunks).saturating_sub(1);
        thread::scope(|scope| {
            let helpers: Vec<_> =
                (0..helpers).map(|_| scope.spawn(|| Worker::new(shared, level).run())).collect();
            let (mut found, mut next) = Worker::new(shared, level).run();
            for (more_found, more_next) in helpers.into_iter().map(join) {
                found.absorb(&more_found);
                next.append(more_next);
            }
            (found, next)
        })
    }

    fn outcome(&self, found: Findings, depth: u32, end: End) -> Outcome<M::Action> {
        let violations = found.violations.iter().map(|(property, state)| {
            let (start, path) = self.path(state);
            Violation { property, start, path }
        });
        let witness_paths = found.witnesses.iter().map(|(witness, state)| {
            let (start, path) = self.path(state);
            Witness { witness, start, path }
        });
        Outcome {
            unique: self.shared.table.len(),
            generated: self.shared.generated(),
            depth,
            end,
            fired: found.fired,
            witnessed: found.witnesses.mask(),
            violations: violations.collect(),
            witness_paths: witness_paths.collect(),
            seconds: self.shared.seconds(),
            peak_bytes: self.shared.peak_bytes(),
        }
    }

    fn path(&self, state: u64) -> Path<M::Action> {
        path::rebuild(self.shared.model, &self.shared.table, state)
    }
}

/// Waits for a thread. If it panicked, so does this one, with the same message.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
