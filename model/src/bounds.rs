//! Which bounds matter: lowering a scenario's bounds one at a time.

use crate::check::{self, Settings, Verdict};
use crate::machine::Machine;
use crate::mutant::{self, Mutant};
use crate::protocol::Protocol;
use crate::reduction::Reductions;
use crate::scenario::{self, Count, Flag, Role, Scenario};
use crate::state::HTLCS;
use std::collections::BTreeMap;

/// One bound of a scenario that can be lowered by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// How many of something there are.
    Count(Count),
    /// Whether a feature is on.
    Flag(Flag),
}

/// What is lowered before any flag, in this order.
const FIRST: [Count; 3] = [Count::Refusals, Count::Rescans, Count::Skips];

/// What is lowered last, in this order: the ways to store and to close, what there is, crashes.
const LAST: [Bound; 11] = [
    Bound::Flag(Flag::AsyncManager),
    Bound::Flag(Flag::DeltaIn),
    Bound::Flag(Flag::DeltaOut),
    Bound::Count(Count::Writes),
    Bound::Flag(Flag::AsyncIn),
    Bound::Flag(Flag::AsyncOut),
    Bound::Flag(Flag::CloseIn),
    Bound::Flag(Flag::CloseOut),
    Bound::Count(Count::Htlcs),
    Bound::Count(Count::Channels),
    Bound::Count(Count::Crashes),
];

impl Bound {
    /// All of them, in the order they are lowered: budgets of faults, then features, the newest
    /// first, and last what nearly every scenario needs.
    pub fn all() -> impl Iterator<Item = Bound> {
        let features = Flag::ALL.iter().rev().map(|flag| Bound::Flag(*flag));
        let features = features.filter(|bound| !LAST.contains(bound));
        FIRST.into_iter().map(Bound::Count).chain(features).chain(LAST)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Count(count) => count.name(),
            Bound::Flag(flag) => flag.name(),
        }
    }

    /// Its value in a scenario; a flag is 0 or 1.
    pub fn value(self, scenario: &Scenario) -> u8 {
        match self {
            Bound::Count(count) => count.value(scenario),
            Bound::Flag(flag) => scenario.has(flag).into(),
        }
    }

    fn least(self) -> u8 {
        match self {
            Bound::Count(count) => count.least(),
            Bound::Flag(_) => 0,
        }
    }

    /// The scenario with this bound one lower, if it is not at its least.
    pub fn lowered(self, scenario: &Scenario) -> Option<Scenario> {
        if self.value(scenario) <= self.least() {
            return None;
        }
        let mut lower = scenario.clone();
        match self {
            Bound::Count(Count::Htlcs) => {
                lower.htlcs = &scenario.htlcs[..scenario.htlcs.len() - 1];
            }
            // Forwards become payments of our own.
            Bound::Count(Count::Channels) => lower.htlcs = as_own(scenario.htlcs),
            Bound::Count(count) => *count.value_mut(&mut lower)? -= 1,
            Bound::Flag(flag) => lower.flags.set(flag, false),
        }
        lower.can_dispatch().then_some(lower)
    }
}

fn as_own(htlcs: &[Role]) -> &'static [Role] {
    const OWN: [Role; HTLCS] = [Role::Own; HTLCS];
    &OWN[..htlcs.len().max(1)]
}

/// Whether a protocol violates a guarantee in a scenario.
pub fn violates(
    protocol: &'static dyn Protocol,
    scenario: &Scenario,
    guarantee: &str,
    settings: &Settings,
) -> bool {
    let settings = Settings { reductions: Reductions::ALL, ..*settings };
    let report = check::hunt(&Machine::new(scenario, protocol), &settings, guarantee);
    report.verdict == Verdict::Violated
        && report.violations.iter().any(|v| v.property.id == guarantee)
}

/// The smallest bounds, minimal in each coordinate, in which a mutant violates the guarantee that
/// kills it. One such point: bounds are lowered one at a time, in a fixed order.
pub fn smallest(mutant: &Mutant, settings: &Settings) -> Option<BTreeMap<String, u8>> {
    let guarantee = mutant.killed_by;
    let mut scenario = scenario::find(mutant.scenario)?.clone();
    for bound in Bound::all() {
        while let Some(lower) = bound.lowered(&scenario) {
            if !violates(mutant.departure.protocol, &lower, guarantee, settings) {
                break;
            }
            scenario = lower;
        }
    }
    Some(values(&scenario))
}

/// All bounds of a scenario by name, flags that are off left out.
pub fn values(scenario: &Scenario) -> BTreeMap<String, u8> {
    let named = Bound::all().map(|b| (b.name().to_owned(), b.value(scenario)));
    named.filter(|(_, value)| *value > 0).collect()
}

/// A mutant that shows why a bound is not lower: it dies in its scenario, and survives with that
/// one bound lowered by one.
pub struct Tooth {
    /// The bound.
    pub bound: Bound,
    /// The mutant's name.
    pub mutant: &'static str,
}

/// Whether a tooth bites.
pub struct Bite {
    /// The mutant survives with the bound one lower.
    pub survives_below: bool,
    /// The mutant dies at the bound.
    pub dies_at: bool,
    /// The bound's value in the mutant's scenario.
    pub value: u8,
}

impl Tooth {
    /// Runs the mutant at the bound and below it.
    ///
    /// # Panics
    /// If the tooth names no mutant, or the bound cannot be lowered in its scenario.
    pub fn bite(&self, settings: &Settings) -> Bite {
        let mutant = mutant::find(self.mutant).expect("a tooth names a mutant");
        let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
        let lower = self.bound.lowered(scenario).expect("the bound can be lowered");
        let dies_in =
            |s: &Scenario| violates(mutant.departure.protocol, s, mutant.killed_by, settings);
        Bite {
            survives_below: !dies_in(&lower),
            dies_at: dies_in(scenario),
            value: self.bound.value(scenario),
        }
    }
}

/// One mutant for each bound that every scenario has.
pub const TEETH: &[Tooth] = &[
    Tooth { bound: Bound::Count(Count::Htlcs), mutant: "ack_prefix" },
    Tooth { bound: Bound::Count(Count::Channels), mutant: "ack_forward_claim_submitted" },
    Tooth { bound: Bound::Count(Count::Crashes), mutant: "generate_close_in_background" },
    Tooth { bound: Bound::Count(Count::Writes), mutant: "complete_all_updates" },
];
