//! What earlier runs counted: the cheapest regression test there is.
//!
//! `model/pins.json` holds, for each scenario, its exact counts, for each mutant the length of its
//! shortest trace and the smallest bounds in which it dies, for each profile its violations, and
//! for each finding the length of its trace. A run that counts otherwise misses an expectation.
//! `UPDATE_PINS=1 cargo test -p conformance --test pins` writes the file anew.

use crate::reduction::Reductions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The exact counts of one exhaustive run under SPEC.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Unique states.
    pub unique: u64,
    /// Successors computed before duplicate removal.
    pub generated: u64,
    /// The longest of the shortest paths to a state, in steps.
    pub depth: u32,
}

/// How a mutant died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Death {
    /// The length of the shortest trace to the guarantee it violates.
    pub steps: usize,
    /// The smallest bounds, minimal in each coordinate, in which it violates that guarantee.
    pub smallest_bounds: BTreeMap<String, u8>,
}

/// A violation that a profile is known for: the shortest over all scenarios of the cheapest class
/// that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortest {
    /// The scenario of the trace.
    pub scenario: String,
    /// Its length.
    pub steps: usize,
}

/// All pinned figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// By scenario, without reductions.
    pub scenarios: BTreeMap<String, Counts>,
    /// By scenario, with all reductions.
    #[serde(default)]
    pub reduced: BTreeMap<String, Counts>,
    /// By mutant; a redundant one has none.
    pub mutants: BTreeMap<String, Death>,
    /// By profile, then by guarantee.
    #[serde(default)]
    pub profiles: BTreeMap<String, BTreeMap<String, Shortest>>,
    /// By finding: the length of its trace.
    #[serde(default)]
    pub findings: BTreeMap<String, usize>,
}

impl Pins {
    /// The figures this build was made with.
    ///
    /// # Panics
    /// If the file is no such JSON; a test rules that out.
    pub fn load() -> Pins {
        serde_json::from_str(include_str!("../pins.json")).expect("model/pins.json is well-formed")
    }

    /// The counts of runs with these reductions: pinned with all and with none.
    pub fn counts(&self, reductions: Reductions) -> Option<&BTreeMap<String, Counts>> {
        match reductions {
            Reductions::NONE => Some(&self.scenarios),
            Reductions::ALL => Some(&self.reduced),
            _ => None,
        }
    }
}
