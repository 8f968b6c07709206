//! The search itself: levels, and the threads that share one.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use stateright::Model;

use super::expand::Worker;
use super::findings::Findings;
use super::fingerprint::fingerprint;
use super::frontier::{Entry, Frontier, Level};
use super::path::{self, Path};
use super::table::{NO_PARENT, Table};
use super::{End, Inspect, Options, Outcome, Progress, Violation, Witness};

/// What all threads of a run share.
pub(super) struct Search<'a, M, I> {
    pub model: &'a M,
    pub inspect: &'a I,
    pub table: Table,
    options: &'a Options<'a>,
    started: Instant,
    generated: AtomicU64,
    bytes: AtomicU64,
    peak_bytes: AtomicU64,
    out_of_memory: AtomicBool,
    /// Second in which progress was last reported.
    reported: AtomicU64,
}

impl<'a, M, I> Search<'a, M, I>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug,
    I: Inspect<M>,
{
    pub fn new(model: &'a M, inspect: &'a I, options: &'a Options<'a>) -> Self {
        Search {
            model,
            inspect,
            table: Table::new(),
            options,
            started: Instant::now(),
            generated: AtomicU64::new(0),
            bytes: AtomicU64::new(Table::FIRST_BYTES),
            peak_bytes: AtomicU64::new(Table::FIRST_BYTES),
            out_of_memory: AtomicBool::new(false),
            reported: AtomicU64::new(0),
        }
    }

    pub fn run(self) -> Outcome<M::Action> {
        let mut found = Findings::new();
        let mut level = Level::first(self.initial_states());
        loop {
            let (seen, next) = self.expand(&level);
            found.absorb(&seen);
            self.report(&level);
            if let Some(end) = self.end(&found, next.len()) {
                return self.outcome(found, u32::from(level.depth), end);
            }
            level = level.next(next, &found);
        }
    }

    fn initial_states(&self) -> Frontier<M::State> {
        let mut frontier = Frontier::new();
        let states = self.model.init_states();
        let generated = states.len() as u64;
        let mut grown = 0;
        for state in states {
            let fingerprint = fingerprint(&state);
            let inserted = self.table.insert(fingerprint, NO_PARENT, 0);
            grown += inserted.grown;
            if inserted.fresh {
                grown += frontier.push(Entry { fingerprint, state });
            }
        }
        self.account(generated, grown, 0);
        frontier
    }

    /// Whether the run ends after a level that discovered `remaining` states.
    fn end(&self, found: &Findings, remaining: u64) -> Option<End> {
        if self.out_of_memory.load(Relaxed) {
            Some(End::OutOfMemory)
        } else if remaining == 0 {
            Some(End::Exhausted)
        } else if found.violations.mask() & self.options.stop_on != 0 {
            Some(End::Stopped)
        } else {
            None
        }
    }

    /// Expands a level with as many threads as it has work for.
    fn expand(&self, level: &Level<M::State>) -> (Findings, Frontier<M::State>) {
        let helpers = self.options.threads.min(level.chunks).saturating_sub(1);
        thread::scope(|scope| {
            let helpers: Vec<_> =
                (0..helpers).map(|_| scope.spawn(|| Worker::new(self, level).run())).collect();
            let (mut found, mut next) = Worker::new(self, level).run();
            for (more_found, more_next) in helpers.into_iter().map(join) {
                found.absorb(&more_found);
                next.append(more_next);
            }
            (found, next)
        })
    }

    /// Adds what a thread did since it last told.
    pub fn account(&self, generated: u64, grown: u64, freed: u64) {
        self.generated.fetch_add(generated, Relaxed);
        let bytes = self.bytes.fetch_add(grown, Relaxed) + grown;
        self.peak_bytes.fetch_max(bytes, Relaxed);
        self.bytes.fetch_sub(freed, Relaxed);
    }

    /// Whether the run has to be given up because it is too large.
    pub fn is_out_of_memory(&self) -> bool {
        if self.bytes.load(Relaxed) > self.options.memory_bytes {
            self.out_of_memory.store(true, Relaxed);
        }
        self.out_of_memory.load(Relaxed)
    }

    /// Reports progress if nobody has done so in the current second.
    pub fn report_each_second(&self, level: &Level<M::State>) {
        let second = self.started.elapsed().as_secs();
        if self.reported.fetch_max(second, Relaxed) < second {
            self.report(level);
        }
    }

    fn report(&self, level: &Level<M::State>) {
        let Some(progress) = self.options.progress else {
            return;
        };
        progress(&Progress {
            unique: self.table.len(),
            generated: self.generated.load(Relaxed),
            depth: u32::from(level.depth),
            frontier: level.states,
            seconds: self.started.elapsed().as_secs_f64(),
            bytes: self.bytes.load(Relaxed),
        });
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
            unique: self.table.len(),
            generated: self.generated.load(Relaxed),
            depth,
            end,
            fired: found.fired,
            witnessed: found.witnesses.mask(),
            violations: violations.collect(),
            witness_paths: witness_paths.collect(),
            seconds: self.started.elapsed().as_secs_f64(),
            peak_bytes: self.peak_bytes.load(Relaxed),
        }
    }

    fn path(&self, state: u64) -> Path<M::Action> {
        path::rebuild(self.model, &self.table, state)
    }
}

/// Waits for a thread. If it panicked, so does this one, with the same message.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
