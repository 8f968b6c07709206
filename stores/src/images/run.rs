//! Histories as logs of operations, and images of these.

use std::collections::BTreeMap;

use super::history::History;
use super::recovery::{Counts, Failure, Images, Judge, Which};
use super::rig::Rig;
use super::surroundings::walk::{Dice, Rolls};
use super::surroundings::{IN, IN_TOO, OUT, OUT_TOO, Object, Step, World};
use super::{Damage, Way};
use crate::disk::Defences;

/// When the operations of the writes in flight are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Schedule {
    /// All of them behind each step of the node.
    AtOnce,
    /// When the node can do nothing without a report; one object after the other, the last first.
    Late,
    /// As `Late`, an operation of each object in turn.
    Interleaved,
    /// As a generator with this seed says.
    Seeded(u64),
}

/// Looks at every image of a history at every moment.
///
/// # Errors
/// One of them does damage.
pub fn every_image(
    history: History,
    way: Way,
    schedule: Schedule,
    defences: &Defences,
) -> Result<Counts, Box<Failure>> {
    let mut rig = Rig::new(way, defences.clone());
    let mut images = Images::new(Which::Every, defences.clone());
    let run = run(&mut rig, history, schedule, &mut images);
    finish(rig, images, run)
}

/// What is wrong with any of so many images of each moment of a history, each damage once. Where a
/// sync is missing there are too many images to look at all of them.
pub fn damages(
    history: History,
    way: Way,
    schedule: Schedule,
    images: usize,
    defences: &Defences,
) -> Vec<Failure> {
    let mut rig = Rig::new(way, defences.clone());
    let mut images = Images::new(Which::Some(images, Dice::new(1)), defences.clone());
    images.found = Some(BTreeMap::new());
    let run = run(&mut rig, history, schedule, &mut images);
    let otherwise = Vec::new();
    let ended = run.err().map(|damage| Failure { damage, otherwise, log: rig.jobs.log });
    images.found.into_iter().flat_map(BTreeMap::into_values).chain(ended).collect()
}

/// Looks at so many images of each moment of a long random walk.
///
/// # Errors
/// One of them does damage.
pub fn sampled(seed: u64, steps: usize, images: usize, way: Way) -> Result<Counts, Box<Failure>> {
    let mut dice = Dice::new(seed);
    let mut rig = Rig::new(way, Defences::all());
    let which = Which::Some(images, Dice::new(seed + 1));
    let mut images = Images::new(which, Defences::all());
    let run = walk(&mut rig, &mut dice, steps, &mut images);
    finish(rig, images, run)
}

fn finish(rig: Rig, images: Images, run: Result<(), Damage>) -> Result<Counts, Box<Failure>> {
    match run {
        Ok(()) => Ok(Counts { logs: 1, operations: rig.jobs.log.len(), ..images.counts }),
        Err(damage) => {
            let Images { otherwise, .. } = images;
            Err(Box::new(Failure { damage, otherwise, log: rig.jobs.log }))
        }
    }
}

fn walk(
    rig: &mut Rig,
    dice: &mut Dice,
    steps: usize,
    judge: &mut impl Judge,
) -> Result<(), Damage> {
    rig.begin(judge)?;
    for channel in [OUT, IN, OUT_TOO, IN_TOO] {
        rig.take(&Step::Open(channel), judge)?;
    }
    while go_on(rig, Schedule::AtOnce, judge)? {}
    for _ in 0..steps {
        match dice.roll(2) {
            0 => drop(go_on_by(rig, dice, judge)?),
            _ => {
                if let Some(step) = dice.step(&rig.world) {
                    rig.take(&step, judge)?;
                }
            }
        }
    }
    Ok(())
}

/// Takes the steps of a history, and lets the disk go on as the schedule says.
fn run(
    rig: &mut Rig,
    history: History,
    schedule: Schedule,
    judge: &mut impl Judge,
) -> Result<(), Damage> {
    rig.begin(judge)?;
    let mut dice = match schedule {
        Schedule::Seeded(seed) => Some(Dice::new(seed)),
        _ => None,
    };
    for step in history.steps() {
        while !rig.take(&step, judge)? {
            let goes_on = match &mut dice {
                Some(dice) => go_on_by(rig, dice, judge)?,
                None => go_on(rig, schedule, judge)?,
            };
            if !goes_on {
                // The step belongs to another way to write, or is not needed.
                break;
            }
        }
        while schedule == Schedule::AtOnce && go_on(rig, schedule, judge)? {}
        if let Some(dice) = &mut dice {
            while dice.roll(3) == 0 && go_on_by(rig, dice, judge)? {}
        }
    }
    while go_on(rig, schedule, judge)? {}
    Ok(())
}

/// Objects that may have something to do or to report.
fn objects(world: &World) -> Vec<Object> {
    world.chain.keys().map(|channel| Some(*channel)).chain([None]).collect()
}

/// Lets the disk go on a little; says whether that was possible.
pub(super) fn go_on(
    rig: &mut Rig,
    schedule: Schedule,
    judge: &mut impl Judge,
) -> Result<bool, Damage> {
    let mut busy = rig.jobs.objects();
    match schedule {
        Schedule::Interleaved => {
            let mut any = false;
            for object in busy {
                any |= rig.op(object, judge)?;
            }
            if any {
                return Ok(true);
            }
        }
        _ => {
            if schedule == Schedule::Late {
                busy.reverse();
            }
            for object in objects(&rig.world) {
                if rig.report(object, judge)? {
                    return Ok(true);
                }
            }
            if let Some(object) = busy.first() {
                while rig.op(*object, judge)? {}
                return Ok(true);
            }
        }
    }
    // Nothing is left to do: now the reports.
    for object in objects(&rig.world) {
        if rig.report(object, judge)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The disk goes on as the dice say.
pub(super) fn go_on_by(
    rig: &mut Rig,
    dice: &mut impl Rolls,
    judge: &mut impl Judge,
) -> Result<bool, Damage> {
    let all = objects(&rig.world);
    let from = dice.roll(all.len());
    let report_first = dice.roll(2) == 0;
    for at in 0..all.len() {
        let object = all[(from + at) % all.len()];
        if report_first && rig.report(object, judge)? || rig.op(object, judge)? {
            return Ok(true);
        }
        if !report_first && rig.report(object, judge)? {
            return Ok(true);
        }
    }
    Ok(false)
}
