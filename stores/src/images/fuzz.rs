//! Bytes as a history, a schedule and crashes: what the fuzz target and its corpus decode.

use std::collections::BTreeSet;

use arbitrary::Unstructured;

use super::history::History;
use super::jobs::Jobs;
use super::recovery::{Counts, Failure, Judge, recover};
use super::rig::Rig;
use super::run::{Schedule, go_on, go_on_by};
use super::surroundings::walk::Rolls;
use super::surroundings::{IN, OUT, Step, World};
use super::{Damage, Way};
use crate::disk::Defences;

/// More actions than that make an input slow and tell nothing new.
const ACTIONS: usize = 400;

/// Each crash is one more load to live through, and the last one shows what they did together.
const CRASHES: usize = 4;

/// Bytes decide; once there are no more, the first possibility is taken.
struct Bytes<'a>(Unstructured<'a>);

impl Rolls for Bytes<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        self.0.int_in_range(0..=sides.saturating_sub(1)).unwrap_or(0)
    }
}

/// Waits for the moment of the next crash, and keeps how all was then.
#[derive(Default)]
struct Catcher {
    /// So many moments from now.
    due: Option<usize>,
    caught: Option<Rig>,
}

impl Judge for Catcher {
    fn moved(&mut self) {}

    fn judge(&mut self, world: &World, jobs: &Jobs) -> Result<(), Damage> {
        self.due = match self.due {
            Some(0) => {
                self.caught = Some(Rig { world: world.clone(), jobs: jobs.clone() });
                None
            }
            due => due.map(|moments| moments - 1),
        };
        Ok(())
    }
}

/// What an input has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How much was looked at.
    pub counts: Counts,
    /// How the node wrote, what happened, and behind which operation a crash came.
    pub places: BTreeSet<String>,
}

/// Decodes bytes to a way to write, a history (or none, but whatever may happen), a schedule, and
/// crashes with an image each, and looks whether each recovers.
///
/// # Errors
/// One of them does damage.
pub fn decoded(bytes: &[u8], defences: &Defences) -> Result<Checked, Box<Failure>> {
    let mut rolls = Bytes(Unstructured::new(bytes));
    let way = Way::ALL[rolls.roll(Way::ALL.len())];
    let mut run = Run {
        rig: Rig::new(way, defences.clone()),
        catcher: Catcher::default(),
        defences: defences.clone(),
        name: String::new(),
        checked: Checked::default(),
        otherwise: Vec::new(),
    };
    match run.go(way, &mut rolls) {
        Ok(()) => Ok(run.checked),
        Err(damage) => {
            let (otherwise, log) = (run.otherwise, run.rig.jobs.log);
            Err(Box::new(Failure { damage, otherwise, log }))
        }
    }
}

/// [`decoded`] with all defences: the body of the fuzz target.
///
/// # Panics
/// An image does damage. The message has the operations of the disk.
pub fn check(bytes: &[u8]) -> Checked {
    decoded(bytes, &Defences::all()).unwrap_or_else(|failure| panic!("{failure}"))
}

struct Run {
    rig: Rig,
    catcher: Catcher,
    defences: Defences,
    name: String,
    checked: Checked,
    /// What the last image has otherwise than the disk had.
    otherwise: Vec<String>,
}

impl Run {
    fn go(&mut self, way: Way, rolls: &mut Bytes<'_>) -> Result<(), Damage> {
        let history = History::ALL.get(rolls.roll(History::ALL.len() + 1));
        self.name = history.map_or(format!("{way:?}, free"), |h| format!("{way:?}, {h:?}"));
        let free = || vec![Step::Open(OUT), Step::Open(IN), Step::PersistManager];
        let mut steps: Vec<Step> = history.map_or_else(free, |history| history.steps());
        steps.reverse();
        self.rig.begin(&mut self.catcher)?;
        for _ in 0..ACTIONS {
            if rolls.0.is_empty() || self.checked.counts.crashes == CRASHES - 1 {
                break;
            }
            match rolls.roll(16) {
                0..6 => drop(go_on_by(&mut self.rig, rolls, &mut self.catcher)?),
                6..12 => self.next(&mut steps)?,
                12..15 => {
                    if let Some(step) = rolls.step(&self.rig.world) {
                        self.rig.take(&step, &mut self.catcher)?;
                    }
                }
                _ => self.catcher.due = Some(rolls.roll(12)),
            }
            if let Some(rig) = self.catcher.caught.take() {
                self.rig = rig;
                self.crash(rolls)?;
            }
        }
        self.crash(rolls)
    }

    /// The next step of the history, or what it waits for. One that is not possible is left out.
    fn next(&mut self, steps: &mut Vec<Step>) -> Result<(), Damage> {
        let Some(step) = steps.last() else { return Ok(()) };
        if self.rig.take(step, &mut self.catcher)?
            || !go_on(&mut self.rig, Schedule::Late, &mut self.catcher)?
        {
            steps.pop();
        }
        Ok(())
    }

    /// A crash leaves an image, with which one node comes to a good end, and another goes on here.
    fn crash(&mut self, rolls: &mut Bytes<'_>) -> Result<(), Damage> {
        let op = self.rig.jobs.log.last().map_or("nothing", |op| op.name());
        self.checked.places.insert(format!("{}, {op}", self.name));
        let image = self.rig.jobs.disk().image(&mut |sides| rolls.roll(sides));
        self.otherwise = self.rig.jobs.disk().differences(&image);
        let counts = &mut self.checked.counts;
        counts.crashes += 1;
        counts.images += 1;
        counts.operations = self.rig.jobs.log.len();
        let Some(stored) = recover(&self.rig.world, &image, &self.defences)? else { return Ok(()) };
        counts.recovered += 1;
        self.rig.crash(image, stored, rolls.roll(2) == 1, &self.defences)?;
        // Sometimes the rest of the load is left to what comes.
        if rolls.roll(4) > 0 {
            for channel in self.rig.world.chain.keys().copied().collect::<Vec<_>>() {
                while self.rig.take(&Step::Replay(channel), &mut self.catcher)? {}
            }
            self.rig.take(&Step::StartWatch, &mut self.catcher)?;
            for channel in self.rig.world.chain.keys().copied().collect::<Vec<_>>() {
                self.rig.take(&Step::Background(channel), &mut self.catcher)?;
            }
        }
        Ok(())
    }
}
