//! A node in its surroundings, whose writes go to a simulated disk operation by operation.

use reference::{ChannelMonitorUpdateStatus, LoadError, Mode, Output, Settings, StoredNode};

use super::jobs::{Jobs, object};
use super::recovery::Judge;
use super::surroundings::{Object, Step, World};
use super::{Damage, Way};
use crate::disk::{Defences, Disk, SimulatedStore};

/// The surroundings, and the disk. What the surroundings have as their own disk is SPEC.md's
/// storage model: what is in flight there is in flight here, operation by operation.
#[derive(Clone)]
pub(super) struct Rig {
    pub(super) world: World,
    pub(super) jobs: Jobs,
}

impl Rig {
    /// A node without channels. Its first write is on its way to the disk.
    pub(super) fn new(way: Way, defences: Defences) -> Self {
        let way = super::surroundings::ways()[way as usize];
        let world = World::bare(way, Settings::default(), Mode::On);
        let jobs = Jobs::new(SimulatedStore::new(Disk::default(), defences.clone()), defences);
        Rig { world, jobs }
    }

    /// Brings the first write to the disk.
    pub(super) fn begin(&mut self, judge: &mut impl Judge) -> Result<(), Damage> {
        let bytes = self.world.disk.stored.manager.clone();
        // To the surroundings it has landed. Until it has, there is no node.
        let mut before = self.world.clone();
        before.disk.stored.manager.clear();
        let write = reference::PendingWrite {
            object: reference::StoredObject::Manager,
            bytes,
            update_id: None,
            status: ChannelMonitorUpdateStatus::InProgress,
        };
        before.disk.take(write.clone());
        self.jobs.start(write);
        judge.moved();
        while self.jobs.step(None) {
            judge.judge(&before, &self.jobs)?;
        }
        self.jobs.forget(None);
        judge.moved();
        judge.judge(&self.world, &self.jobs)
    }

    /// Takes a step if it is possible, and says whether it was.
    pub(super) fn take(&mut self, step: &Step, judge: &mut impl Judge) -> Result<bool, Damage> {
        let step = match step {
            Step::Land(object) if !self.jobs.has_landed(*object) => return Ok(false),
            // A crash is an image; and a write that overtakes others is another order of them.
            Step::Crash(_) | Step::Overtake(_) => return Ok(false),
            Step::See(channel, _) => Step::See(*channel, true),
            step => step.clone(),
        };
        if self.world.begin(&step).is_err() {
            return Ok(false);
        }
        if let Step::Land(object) = step {
            self.jobs.reported(object);
        }
        self.carry_out(judge)?;
        Ok(true)
    }

    /// Carries out what the node asks for. A write on which it counts lands at once.
    fn carry_out(&mut self, judge: &mut impl Judge) -> Result<(), Damage> {
        while let Some(output) = self.world.node.poll() {
            if let Output::Persist(write) = &output {
                self.jobs.start(write.clone());
                if write.status == ChannelMonitorUpdateStatus::Completed {
                    let mut meanwhile = self.world.clone();
                    let status = ChannelMonitorUpdateStatus::InProgress;
                    meanwhile.disk.take(reference::PendingWrite { status, ..write.clone() });
                    judge.moved();
                    let object = object(write);
                    while self.jobs.step(object) {
                        judge.judge(&meanwhile, &self.jobs)?;
                    }
                    self.jobs.forget(object);
                }
            }
            self.world.output(output);
        }
        self.world.check();
        judge.moved();
        judge.judge(&self.world, &self.jobs)
    }

    /// Carries out the next operation of an object's writes; says whether there was one.
    pub(super) fn op(&mut self, object: Object, judge: &mut impl Judge) -> Result<bool, Damage> {
        let any = self.jobs.step(object);
        if any {
            judge.judge(&self.world, &self.jobs)?;
        }
        Ok(any)
    }

    /// Reports what has landed of an object, and lets the Manager take that in.
    pub(super) fn report(
        &mut self,
        object: Object,
        judge: &mut impl Judge,
    ) -> Result<bool, Damage> {
        let mut any = self.take(&Step::Land(object), judge)?;
        if let (true, Some(channel)) = (any, object) {
            any |= self.take(&Step::Completed(channel), judge)?;
        }
        Ok(any)
    }

    /// A crash that leaves this image, of which this was read.
    pub(super) fn crash(
        &mut self,
        image: Disk,
        stored: StoredNode,
        record: bool,
        defences: &Defences,
    ) -> Result<(), LoadError> {
        let log = std::mem::take(&mut self.jobs.log);
        self.jobs = Jobs::new(SimulatedStore::new(image, defences.clone()), defences.clone());
        self.jobs.log = log;
        self.world.come_back(stored, record, Mode::On)
    }
}
