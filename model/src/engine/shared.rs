//! What all threads of a run share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use stateright::Model;

use super::column::Column;
use super::frontier::Level;
use super::table::Table;
use super::{Inspect, Options, Progress};

/// The model and the questions about it, the table, and the accounts of the run.
pub(super) struct Shared<'a, M, I> {
    pub model: &'a M,
    pub inspect: &'a I,
    pub options: &'a Options<'a>,
    pub table: Table,
    started: Instant,
    generated: AtomicU64,
    bytes: AtomicU64,
    peak_bytes: AtomicU64,
    out_of_memory: AtomicBool,
    interrupted: AtomicBool,
    /// Second in which progress was last reported.
    reported: AtomicU64,
}

impl<'a, M, I> Shared<'a, M, I>
where
    M: Model,
    I: Inspect<M>,
{
    pub fn new(model: &'a M, inspect: &'a I, options: &'a Options<'a>) -> Self {
        Shared {
            model,
            inspect,
            options,
            table: Table::new(),
            started: Instant::now(),
            generated: AtomicU64::new(0),
            bytes: AtomicU64::new(Table::FIRST_BYTES),
            peak_bytes: AtomicU64::new(Table::FIRST_BYTES),
            out_of_memory: AtomicBool::new(false),
            interrupted: AtomicBool::new(false),
            reported: AtomicU64::new(0),
        }
    }

    /// The columns in which a chunk of states is stored; none if they are stored whole.
    pub fn columns(&self) -> Vec<Box<dyn Column<M::State>>> {
        if self.options.pack { self.inspect.columns() } else { Vec::new() }
    }

    /// Adds what a thread did since it last told.
    pub fn account(&self, generated: u64, grown: u64, freed: u64) {
        self.generated.fetch_add(generated, Relaxed);
        let bytes = self.bytes.fetch_add(grown, Relaxed) + grown;
        self.peak_bytes.fetch_max(bytes, Relaxed);
        self.bytes.fetch_sub(freed, Relaxed);
    }

    pub fn generated(&self) -> u64 {
        self.generated.load(Relaxed)
    }

    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Relaxed)
    }

    pub fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Whether the run has to be given up because it is too large.
    pub fn is_out_of_memory(&self) -> bool {
        if self.bytes.load(Relaxed) > self.options.memory_bytes {
            self.out_of_memory.store(true, Relaxed);
        }
        self.ran_out_of_memory()
    }

    /// Whether it was given up.
    pub fn ran_out_of_memory(&self) -> bool {
        self.out_of_memory.load(Relaxed)
    }

    /// Whether the observer has ended the run.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Relaxed)
    }

    /// Reports progress if nobody has done so in the current second.
    pub fn report_each_second(&self, level: &Level<M::State>) {
        let second = self.started.elapsed().as_secs();
        if self.reported.fetch_max(second, Relaxed) < second {
            self.report(level);
        }
    }

    pub fn report(&self, level: &Level<M::State>) {
        let Some(observer) = self.options.observer else {
            return;
        };
        let flow = observer.searched(&Progress {
            unique: self.table.len(),
            generated: self.generated(),
            depth: u32::from(level.depth),
            frontier: level.states,
            seconds: self.seconds(),
            bytes: self.bytes.load(Relaxed),
        });
        if flow.is_break() {
            self.interrupted.store(true, Relaxed);
        }
    }
}
