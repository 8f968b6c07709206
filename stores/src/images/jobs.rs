//! The writes in flight, carried out one operation at a time.

use std::collections::{BTreeMap, VecDeque};

use reference::{PendingWrite, StoredObject};

use super::surroundings::Object;
use crate::disk::{Defence, Defences, Disk, Op, SimulatedStore};
use crate::layout;

/// Whose writes go one after the other.
pub(super) fn object(write: &PendingWrite) -> Object {
    match write.object {
        StoredObject::Monitor(id) | StoredObject::Delta(id) | StoredObject::Archived(id) => {
            Some(id)
        }
        _ => None,
    }
}

/// A write in flight.
#[derive(Clone)]
struct Job {
    write: PendingWrite,
    /// What is left to do; none if nobody has begun.
    left: Option<VecDeque<Op>>,
}

/// The writes in flight of each object, over a store.
#[derive(Clone)]
pub(super) struct Jobs {
    store: SimulatedStore,
    defences: Defences,
    queues: BTreeMap<Object, VecDeque<Job>>,
    /// How many writes have landed that were not reported.
    landed: BTreeMap<Object, usize>,
    /// What the disk was asked for.
    pub(super) log: Vec<Op>,
}

impl Jobs {
    pub(super) fn new(store: SimulatedStore, defences: Defences) -> Self {
        let (queues, landed) = (BTreeMap::new(), BTreeMap::new());
        Jobs { store, defences, queues, landed, log: Vec::new() }
    }

    pub(super) fn disk(&self) -> Disk {
        self.store.disk()
    }

    pub(super) fn start(&mut self, write: PendingWrite) {
        self.queues.entry(object(&write)).or_default().push_back(Job { write, left: None });
    }

    /// The objects of which something is in flight.
    pub(super) fn objects(&self) -> Vec<Object> {
        let busy = self.queues.iter().filter(|(_, queue)| !queue.is_empty());
        busy.map(|(object, _)| *object).collect()
    }

    /// Carries out the next operation of an object's writes; says whether there was one.
    pub(super) fn step(&mut self, object: Object) -> bool {
        let queue = self.queues.entry(object).or_default();
        // The worst order, if there is none, is the opposite one.
        let at = match self.defences.has(Defence::InOrder) {
            true => 0,
            false => queue.len().saturating_sub(1),
        };
        let Some(job) = queue.get_mut(at) else { return false };
        // What it removes depends on what is there: only now, behind the writes before it, is that
        // known.
        let write = &job.write;
        let left = job.left.get_or_insert_with(|| plan(&self.store, &self.defences, write));
        if let Some(op) = left.pop_front() {
            self.store.apply(&op);
            self.log.push(op);
        }
        if left.is_empty() {
            queue.remove(at);
            *self.landed.entry(object).or_default() += 1;
        }
        true
    }

    /// Whether the landing of an object's oldest write may be reported.
    pub(super) fn has_landed(&self, object: Object) -> bool {
        let is_early = !self.defences.has(Defence::ReportedBehind);
        is_early || self.landed.get(&object).is_some_and(|count| *count > 0)
    }

    /// It is reported.
    pub(super) fn reported(&mut self, object: Object) {
        if let Some(count) = self.landed.get_mut(&object) {
            *count = count.saturating_sub(1);
        }
    }

    /// Nothing that has landed of the object is to be reported any more.
    pub(super) fn forget(&mut self, object: Object) {
        self.landed.remove(&object);
    }
}

fn plan(store: &SimulatedStore, defences: &Defences, write: &PendingWrite) -> VecDeque<Op> {
    let planned = store.plan(|store| layout::carry_out(store, write));
    let mut calls = planned.expect("a simulated store takes what the node writes");
    let is_first = match write.object {
        StoredObject::Monitor(_) => defences.has(Defence::RemovedBehindFullWrite),
        StoredObject::Archived(_) => defences.has(Defence::MarkBeforeRemoval),
        _ => true,
    };
    if !is_first {
        calls.rotate_left(1);
    }
    calls.concat().into()
}
