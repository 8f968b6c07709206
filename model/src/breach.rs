//! The other profiles: the violations they are known for, run again and held against the pins.
//!
//! A violation of another profile than `spec` is expected, and no failure. What fails is a change:
//! a pinned violation that is gone or has another length, or a new one.

use crate::check::{self, Report, Settings, Verdict, Violation};
use crate::finding::FINDINGS;
use crate::machine::Machine;
use crate::pins::{Pins, Shortest};
use crate::profile::{PROFILES, Profile};
use crate::property::PROPERTIES;
use crate::protocol::Protocol;
use crate::scenario::{self, Class, Scenario};
use crate::suite::{Checked, Status};

/// A violation that a profile is known for, run again.
pub struct Breach {
    /// The profile.
    pub profile: &'static Profile,
    /// The guarantee.
    pub guarantee: &'static str,
    /// Where its shortest trace was found.
    pub scenario: &'static Scenario,
    /// What was found now, up to the guarantee.
    pub report: Report,
    /// An expectation that was missed, for people.
    pub missed: Option<String>,
}

impl Breach {
    /// The length of the trace, if the guarantee is violated still.
    pub fn steps(&self) -> Option<usize> {
        self.violation().map(|violation| violation.path.len())
    }

    /// The violation, if it is there still.
    pub fn violation(&self) -> Option<&Violation> {
        self.report.violations.iter().find(|v| v.property.id == self.guarantee)
    }

    /// What it amounts to.
    pub fn status(&self) -> Status {
        match self.missed {
            Some(_) if self.steps().is_none() && self.report.is_out_of_memory() => {
                Status::Incomplete
            }
            Some(_) => Status::Missed,
            None => Status::Pass,
        }
    }
}

/// Runs every pinned violation of every other profile: the search for a shortest trace in the
/// pinned scenario, or, where that scenario is of a dearer class, its finding's script.
///
/// # Panics
/// If a pin names something unknown; a test rules that out.
pub fn run_all(class: Class, pins: &Pins, settings: &Settings) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let all = pins.profiles.values().map(|pinned| pinned.len()).sum();
    for profile in PROFILES.iter().filter(|profile| !profile.is_spec()) {
        let Some(pinned) = pins.profiles.get(profile.name) else { continue };
        for property in PROPERTIES {
            let Some(pin) = pinned.get(property.id) else { continue };
            if settings.is_interrupted() {
                return breaches;
            }
            let item = format!("{} {}", profile.name, property.id);
            settings.begin("violation", &item, breaches.len() + 1, all);
            let scenario = scenario::find(&pin.scenario).expect("a pin names a scenario");
            let report = if scenario.class <= class {
                let machine = Machine::<dyn Protocol>::new(scenario, profile.protocol);
                check::hunt(&machine, settings, property.id)
            } else {
                replay(profile, property.id, scenario)
            };
            let mut breach =
                Breach { profile, guarantee: property.id, scenario, report, missed: None };
            breach.missed = missed(&breach, pin.steps);
            // What was cut says nothing.
            if !breach.report.is_interrupted() {
                breaches.push(breach);
            }
        }
    }
    breaches
}

fn missed(breach: &Breach, pinned: usize) -> Option<String> {
    let (profile, guarantee) = (breach.profile.name, breach.guarantee);
    let place = breach.scenario.name;
    match breach.steps() {
        Some(steps) if steps == pinned => None,
        Some(steps) => {
            Some(format!("{profile} violates {guarantee} in {place} after {steps}, not {pinned}"))
        }
        None => Some(format!("{profile} does not violate {guarantee} in {place} any more")),
    }
}

/// The script of the finding that stands for this violation, as a report.
fn replay(profile: &Profile, guarantee: &str, scenario: &Scenario) -> Report {
    let stands_for_it = |finding: &&crate::finding::Finding| {
        (finding.profile, finding.guarantee) == (profile.name, guarantee)
            && finding.set.is_empty()
            && finding.scenario().name == scenario.name
    };
    let steps = FINDINGS.iter().find(stands_for_it).and_then(|finding| {
        finding.steps().map(|_| finding.trace().steps.into_iter().map(|(_, step)| step).collect())
    });
    let property = PROPERTIES.iter().find(|property| property.id == guarantee);
    let property = property.expect("a pin names a guarantee");
    Report::of_path(steps.map(|path| Violation { property, path }))
}

/// What a check of a profile over several scenarios shows that is not pinned, one line each: a
/// new violation, a shorter trace, one of another length, one that is gone.
pub fn unexpected(profile: &Profile, checked: &[Checked], pins: &Pins) -> Vec<String> {
    let mut lines = Vec::new();
    // Nothing is known of a design that somebody has just put together.
    if !profile.set.is_empty() {
        return lines;
    }
    let pinned = pins.profiles.get(profile.name);
    for one in checked.iter().filter(|one| one.scenario.judges_profiles()) {
        for property in PROPERTIES {
            // What was cut may have been on its way there.
            if one.report.is_interrupted() {
                continue;
            }
            let found = one.report.violations.iter().find(|v| v.property.id == property.id);
            let found = found.map(|violation| violation.path.len());
            let pin = pinned.and_then(|pinned| pinned.get(property.id));
            let (name, id, place) = (profile.name, property.id, one.scenario.name);
            match (found, pin) {
                (Some(steps), None) => {
                    lines.push(format!("{name} violates {id} in {place} after {steps}: no pin"));
                }
                (Some(steps), Some(pin)) if steps < pin.steps && is_as_cheap(one, pin) => lines
                    .push(format!(
                        "{name} violates {id} in {place} after {steps}, pinned are {}",
                        pin.steps
                    )),
                (found, Some(pin)) if pin.scenario == place && found != Some(pin.steps) => {
                    let found = found.map_or("never".to_owned(), |steps| format!("after {steps}"));
                    lines.push(format!(
                        "{name} violates {id} in {place} {found}, pinned are {}",
                        pin.steps
                    ));
                }
                _ => {}
            }
        }
    }
    lines
}

/// Whether a scenario is of no dearer class than the one that a pin names: a violation is pinned in
/// the cheapest class that shows it.
fn is_as_cheap(one: &Checked, pin: &Shortest) -> bool {
    scenario::find(&pin.scenario).is_some_and(|pinned| one.scenario.class <= pinned.class)
}

/// What a check of a profile amounts to: its violations are expected, changes are not.
pub fn status(checked: &[Checked], unexpected: &[String]) -> Status {
    if !unexpected.is_empty() {
        Status::Missed
    } else if checked.iter().any(|one| one.report.is_cut()) {
        Status::Incomplete
    } else {
        Status::Pass
    }
}

/// The verdicts of pinned runs: only an exhaustive run can say that a guarantee holds.
pub fn guarantees(
    profile: &Profile,
    breaches: &[Breach],
) -> impl Iterator<Item = (&'static str, Option<Verdict>)> {
    let violated = move |id: &str| {
        let own = |b: &&Breach| b.profile.name == profile.name && b.guarantee == id;
        breaches.iter().find(own).and_then(|breach| breach.steps()).map(|_| Verdict::Violated)
    };
    let ids = PROPERTIES.iter().map(|property| property.id);
    ids.map(move |id| (id, violated(id)))
}

/// Checks a scenario under a profile, every guarantee, to the last reachable state.
pub fn check_scenario<'a>(
    profile: &Profile,
    scenario: &'a Scenario,
    settings: &Settings,
) -> Checked<'a> {
    let machine = Machine::<dyn Protocol>::new(scenario, profile.protocol);
    let report = check::check(&machine, settings);
    debug_assert!(report.verdict != Verdict::Holds || report.complete);
    Checked { scenario, report, drift: None }
}
