//! The default run: every quick scenario, what they cover, and the mutants.

use crate::check::{self, Report, Settings, Verdict, Violation};
use crate::coverage::{self, Coverage};
use crate::machine::Machine;
use crate::mutant::Mutant;
use crate::pins::{Counts, Death, Pins};
use crate::property::{PROPERTIES, Property};
use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::scenario::{self, Scenario};
use std::collections::BTreeMap;

/// What a run of the program amounts to; see the exit codes of CONTRIBUTING.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is as it should be.
    Pass,
    /// A memory bound was hit.
    Incomplete,
    /// A mutant survived, a witness is missing, a pinned figure changed.
    Missed,
    /// A guarantee is violated under SPEC.md.
    Violated,
    /// Usage or bad input.
    Usage,
    /// A bug of the program.
    Internal,
}

impl Status {
    /// The process exit code. Where several apply, the greatest status decides.
    pub fn code(self) -> u8 {
        match self {
            Status::Pass => 0,
            Status::Violated => 1,
            Status::Usage => 2,
            Status::Missed => 3,
            Status::Incomplete => 4,
            Status::Internal => 70,
        }
    }
}

/// One scenario's check.
pub struct Checked<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// What was found.
    pub report: Report,
    /// A pinned count that changed, for people.
    pub drift: Option<String>,
}

impl Checked<'_> {
    /// What it amounts to.
    pub fn status(&self) -> Status {
        match self.report.verdict {
            Verdict::Violated => Status::Violated,
            Verdict::Incomplete => Status::Incomplete,
            Verdict::Holds if self.drift.is_some() => Status::Missed,
            Verdict::Holds => Status::Pass,
        }
    }
}

/// Checks a scenario under SPEC.md and compares its counts with the pinned ones.
pub fn check_scenario<'a>(scenario: &'a Scenario, pins: &Pins, settings: &Settings) -> Checked<'a> {
    let report = check::check(&Machine::spec(scenario), settings);
    let counts = counts(&report);
    let pinned = pins.counts(settings.reductions).filter(|_| report.verdict == Verdict::Holds);
    let drift = match pinned.map(|pinned| pinned.get(scenario.name)) {
        Some(Some(pinned)) if *pinned != counts => {
            Some(format!("{}: {counts:?} where earlier runs counted {pinned:?}", scenario.name))
        }
        Some(None) => Some(format!("{}: its counts are not pinned", scenario.name)),
        _ => None,
    };
    Checked { scenario, report, drift }
}

/// The counts of a report that are pinned.
pub fn counts(report: &Report) -> Counts {
    Counts { unique: report.unique, generated: report.generated, depth: report.depth }
}

/// What became of a mutant.
pub struct Trial {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// The scenario it ran in.
    pub scenario: &'static Scenario,
    /// What was found, up to the guarantee that kills it.
    pub report: Report,
    /// Its smallest bounds: recomputed, or else pinned.
    pub smallest_bounds: Option<BTreeMap<String, u8>>,
    /// An expectation that was missed, for people.
    pub missed: Option<String>,
}

impl Trial {
    /// The length of the shortest trace to the guarantee that kills it, if it does.
    pub fn steps(&self) -> Option<usize> {
        let killer = |v: &&check::Violation| v.property.id == self.mutant.killed_by;
        self.report.violations.iter().find(killer).map(|v| v.path.len())
    }

    /// What it amounts to.
    pub fn status(&self) -> Status {
        if self.missed.is_some() { Status::Missed } else { Status::Pass }
    }
}

/// Searches for the death of a mutant and compares its fate with the expected one.
pub fn try_mutant(mutant: &'static Mutant, pins: &Pins, settings: &Settings) -> Trial {
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    let machine = Machine::<dyn Protocol>::new(scenario, mutant.departure.protocol);
    trial(mutant, scenario, check::hunt(&machine, settings, mutant.killed_by), pins)
}

/// Tries mutants one after the other, with something done to each trial; fewer if somebody ends the
/// run.
pub fn try_all(
    mutants: &[&'static Mutant],
    pins: &Pins,
    settings: &Settings,
    also: impl Fn(&mut Trial),
) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (index, mutant) in mutants.iter().enumerate() {
        settings.begin("mutant", mutant.departure.name, index + 1, mutants.len());
        let mut trial = try_mutant(mutant, pins, settings);
        also(&mut trial);
        // What was cut says nothing.
        if settings.is_interrupted() {
            break;
        }
        trials.push(trial);
    }
    trials
}

fn trial(
    mutant: &'static Mutant,
    scenario: &'static Scenario,
    report: Report,
    pins: &Pins,
) -> Trial {
    let pinned = pins.mutants.get(mutant.departure.name);
    let smallest_bounds = pinned.map(|death| death.smallest_bounds.clone());
    let mut trial = Trial { mutant, scenario, report, smallest_bounds, missed: None };
    trial.missed = missed(&trial, pinned);
    trial
}

fn missed(trial: &Trial, pinned: Option<&Death>) -> Option<String> {
    let Mutant { departure, killed_by, .. } = trial.mutant;
    let name = departure.name;
    match (trial.steps(), pinned) {
        (None, _) => Some(format!("{name} survives {killed_by}")),
        (Some(steps), Some(death)) if death.steps == steps => None,
        (Some(steps), Some(death)) => {
            Some(format!("{name}: {steps} steps, pinned {}", death.steps))
        }
        (Some(_), None) => Some(format!("{name}: its trace is not pinned")),
    }
}

/// Checks scenarios one after the other, and tells the observer of each; fewer if somebody ends
/// the run.
pub fn check_all<'a>(
    scenarios: &[&'a Scenario],
    settings: &Settings,
    check: impl Fn(&'a Scenario) -> Checked<'a>,
) -> Vec<Checked<'a>> {
    let mut all = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        if settings.is_interrupted() {
            break;
        }
        settings.begin("scenario", scenario.name, index + 1, scenarios.len());
        let checked = check(scenario);
        settings.checked(scenario.name, &checked.report);
        all.push(checked);
    }
    all
}

/// All that the default run does.
pub struct Suite<'a> {
    /// How many scenarios were asked for.
    pub asked: usize,
    /// Every scenario; fewer if somebody ended the run.
    pub checked: Vec<Checked<'a>>,
    /// What they reached between them.
    pub coverage: Coverage,
    /// Every mutant; fewer if somebody ended the run.
    pub trials: Vec<Trial>,
    /// How many mutants were asked for.
    pub wanted: usize,
}

/// Whether somebody ended a run that was to check so many scenarios.
pub fn is_interrupted(checked: &[Checked], asked: usize) -> bool {
    checked.len() < asked || checked.iter().any(|one| one.report.is_interrupted())
}

impl Suite<'_> {
    /// What it amounts to.
    pub fn status(&self) -> Status {
        let checked = self.checked.iter().map(Checked::status);
        let trials = self.trials.iter().map(Trial::status);
        let covered = match self.coverage.missing().is_empty() {
            _ if self.is_interrupted() => Status::Incomplete,
            true => Status::Pass,
            false => Status::Missed,
        };
        checked.chain(trials).max().unwrap_or(Status::Pass).max(covered)
    }

    /// Whether somebody ended the run.
    pub fn is_interrupted(&self) -> bool {
        is_interrupted(&self.checked, self.asked) || self.trials.len() < self.wanted
    }
}

/// The rules that one of these mutants, breaking nothing else, shows to matter: in some reachable
/// state it does something else than SPEC.md.
pub fn exercised_rules(mutants: &[&Mutant], settings: &Settings) -> Vec<Rule> {
    let exercised = |(index, rule): &(usize, &Rule)| {
        if settings.is_interrupted() {
            return false;
        }
        settings.begin("rule", rule.id(), index + 1, Rule::ALL.len());
        let mutant = mutants.iter().find(|mutant| mutant.departure.from == [**rule]);
        mutant.is_some_and(|mutant| coverage::difference(mutant, settings).is_some())
    };
    Rule::ALL.iter().enumerate().filter(exercised).map(|(_, rule)| *rule).collect()
}

/// Runs every scenario of a list, then the coverage of rules by the mutants of a list, then these.
pub fn run<'a>(
    scenarios: impl Iterator<Item = &'a Scenario>,
    mutants: &[&'static Mutant],
    settings: &Settings,
) -> Suite<'a> {
    let pins = Pins::load();
    let scenarios: Vec<&Scenario> = scenarios.collect();
    let checked = check_all(&scenarios, settings, |s| check_scenario(s, &pins, settings));
    let mut coverage = Coverage::default();
    checked.iter().for_each(|one| coverage.add(&one.report.fired, one.report.witnessed));
    coverage.rules = exercised_rules(mutants, settings);
    let trials = try_all(mutants, &pins, settings, |_| {});
    Suite { asked: scenarios.len(), checked, coverage, trials, wanted: mutants.len() }
}

/// The verdict on each guarantee over several checks, in the order of [`PROPERTIES`]; over none,
/// none holds.
pub fn guarantees(checked: &[Checked]) -> Vec<(&'static Property, Verdict)> {
    let verdict = |property: &Property| {
        let violated =
            |c: &Checked| c.report.violations.iter().any(|v| v.property.id == property.id);
        if checked.iter().any(violated) {
            Verdict::Violated
        } else if checked.is_empty() || checked.iter().any(|c| !c.report.complete) {
            Verdict::Incomplete
        } else {
            Verdict::Holds
        }
    };
    PROPERTIES.iter().map(|property| (property, verdict(property))).collect()
}

/// A shortest trace among several checks, and where it is.
pub struct Shortest<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The trace.
    pub violation: &'a Violation,
}

impl Shortest<'_> {
    /// What goes first: a trace in a scenario in which builds do not change goes before a shorter
    /// one, since it needs less to happen.
    pub fn rank(&self) -> (bool, usize) {
        (!self.scenario.judges_profiles(), self.violation.path.len())
    }
}

/// The shortest trace to each violated guarantee, in the order of the guarantees.
pub fn shortest<'a>(checked: &'a [Checked]) -> Vec<Shortest<'a>> {
    let of = |id: &str| {
        let all = checked.iter().flat_map(|one| {
            let own = one.report.violations.iter().filter(|v| v.property.id == id);
            own.map(move |violation| Shortest { scenario: one.scenario, violation })
        });
        all.min_by_key(Shortest::rank)
    };
    guarantees(checked).into_iter().filter_map(|(property, _)| of(property.id)).collect()
}
