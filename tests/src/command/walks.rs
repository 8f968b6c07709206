//! Walks from random bytes, and the script behind an input of the fuzz target.

use super::{Outcome, Status};
use crate::explain::explained;
use crate::lockstep::Disagreement;
use crate::schedule::{self, Walk};
use model::action::ActionKind;
use model::report::text::{grouped, table, trimmed};
use model::trace::Script;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The longest input of a random walk, in bytes.
const LONGEST: usize = 128;

/// What walks amounted to together.
#[derive(Default)]
pub struct Summary {
    steps: Vec<usize>,
    crashes: Vec<usize>,
    kinds: BTreeMap<ActionKind, usize>,
}

impl Summary {
    /// Counts a walk.
    pub fn add(&mut self, walk: &Walk) {
        self.steps.push(walk.steps);
        self.crashes.push(walk.crashes);
        for kind in ActionKind::all().filter(|kind| walk.kinds & (1 << *kind as u64) != 0) {
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    /// The share of walks that took an action of this kind.
    pub fn share(&self, kind: ActionKind) -> f64 {
        self.kinds.get(&kind).copied().unwrap_or_default() as f64 / self.steps.len().max(1) as f64
    }

    /// The median number of steps.
    pub fn median_steps(&self) -> usize {
        median(&self.steps)
    }

    /// The median number of crashes.
    pub fn median_crashes(&self) -> usize {
        median(&self.crashes)
    }

    /// The share of walks that reach each action.
    pub fn shares(&self) -> String {
        let mut shares = table(&["action", "walks", "action", "walks"], &[1, 3]);
        let kinds: Vec<ActionKind> = ActionKind::all().collect();
        let half = kinds.len().div_ceil(2);
        for (index, left) in kinds[..half].iter().enumerate() {
            let cells = [Some(left), kinds.get(half + index)].into_iter().flatten();
            let cell = |kind: &ActionKind| {
                [kind.name().into(), format!("{:.1} %", 100. * self.share(*kind))]
            };
            shares.add_row(cells.flat_map(cell));
        }
        trimmed(&shares) + "\n"
    }
}

fn median(values: &[usize]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Walks until the time is up, or until the two sides part.
///
/// # Errors
/// None.
pub fn run(seconds: u64, seed: u64) -> Outcome {
    let mut random = StdRng::seed_from_u64(seed);
    let mut summary = Summary::default();
    let (start, end) = (Instant::now(), Duration::from_secs(seconds));
    let mut bytes = [0; LONGEST];
    while start.elapsed() < end {
        random.fill_bytes(&mut bytes);
        let length = random.random_range(0..=LONGEST);
        match schedule::walk(&bytes[..length]) {
            Ok(walk) => summary.add(&walk),
            Err(disagreement) => return Ok((said(&disagreement), Status::Missed)),
        }
    }
    let steps: usize = summary.steps.iter().sum();
    let rate = steps as f64 / start.elapsed().as_secs_f64();
    let text = format!(
        "{}\npass: seed {seed}, {} walks, {} steps compared, {} per second, one thread;\n\
         median of a walk: {} steps, {} crashes\n",
        summary.shares(),
        grouped(summary.steps.len() as u64),
        grouped(steps as u64),
        grouped(rate as u64),
        summary.median_steps(),
        summary.median_crashes(),
    );
    Ok((text, Status::Pass))
}

/// A disagreement as it is explained; as it is, if its script cannot be read back.
pub(super) fn said(disagreement: &Disagreement) -> String {
    let script = Script::parse(&disagreement.script);
    script.map_or_else(|_| disagreement.to_string(), |script| explained(&script, disagreement))
}

/// Decodes an input of the fuzz target.
///
/// # Errors
/// The file cannot be read.
pub fn decode(file: &Path) -> Outcome {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((schedule::script(&bytes), Status::Pass))
}
