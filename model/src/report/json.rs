//! The machine-readable report: one JSON object on stdout, schema 1.

use crate::attribution::Cause;
use crate::breach::{self, Breach};
use crate::check::{Report, Verdict, Violation};
use crate::coverage::Coverage;
use crate::finding::{FINDINGS, Finding};
use crate::profile::{self, PROFILES};
use crate::scenario::Scenario;
use crate::suite::{self, Checked, Trial};
use crate::trace::{Expectation, Script};
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole report.
#[derive(Serialize)]
pub struct Document {
    schema: u8,
    /// The word of the run: `pass`, `answered`, `as pinned`, `violated`, `expectation missed`,
    /// `incomplete`.
    verdict: &'static str,
    /// With several `--set`: which of them suffice for each violated guarantee.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attribution: Vec<Cause>,
    profiles: Vec<Profile>,
    mutants: Vec<MutantRow>,
    findings: Vec<FindingRow>,
    coverage: CoverageRow,
}

#[derive(Serialize)]
struct FindingRow {
    id: &'static str,
    profile: &'static str,
    guarantee: &'static str,
    steps: Option<usize>,
    page: String,
}

#[derive(Serialize)]
struct Profile {
    name: &'static str,
    /// With `--set`: flag and value, on top of the profile of that name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    set: BTreeMap<&'static str, String>,
    scenarios: Vec<ScenarioRow>,
    guarantees: Vec<GuaranteeRow>,
}

#[derive(Serialize)]
struct ScenarioRow {
    name: &'static str,
    class: &'static str,
    bounds: BTreeMap<&'static str, u8>,
    flags: Vec<&'static str>,
    /// Which states count as one.
    reductions: Vec<&'static str>,
    unique_states: u64,
    generated_states: u64,
    depth: u32,
    seconds: f64,
    verdict: &'static str,
    violations: Vec<ViolationRow>,
}

#[derive(Serialize)]
struct ViolationRow {
    property: &'static str,
    steps: usize,
    trace: String,
}

#[derive(Serialize)]
struct GuaranteeRow {
    id: &'static str,
    verdict: &'static str,
}

#[derive(Serialize)]
struct MutantRow {
    name: &'static str,
    breaks: Vec<&'static str>,
    killed_by: Option<&'static str>,
    steps: Option<usize>,
    smallest_bounds: Option<BTreeMap<String, u8>>,
    redundant_given: Option<&'static str>,
}

#[derive(Serialize)]
struct CoverageRow {
    actions: [usize; 2],
    rules: [usize; 2],
    witnesses: [usize; 2],
    missing: Vec<String>,
}

impl Document {
    /// A report of scenarios, mutants and coverage; parts that did not run are empty.
    pub fn new(
        profile: &'static profile::Profile,
        checked: &[Checked],
        trials: &[Trial],
        coverage: Option<&Coverage>,
    ) -> Document {
        let row = |one: &Checked| scenario_row(profile, one.scenario, &one.report);
        let profile = Profile {
            name: profile.name,
            set: profile.settings(),
            scenarios: checked.iter().map(row).collect(),
            guarantees: suite::guarantees(checked)
                .iter()
                .map(|(p, v)| guarantee_row(p.id, Some(*v)))
                .collect(),
        };
        Document {
            schema: 1,
            verdict: "pass",
            attribution: vec![],
            profiles: if checked.is_empty() { vec![] } else { vec![profile] },
            mutants: trials.iter().map(mutant_row).collect(),
            findings: vec![],
            coverage: coverage_row(coverage, !trials.is_empty()),
        }
    }

    /// Adds the pinned runs of the other profiles, and all findings.
    #[must_use]
    pub fn with_profiles(mut self, breaches: &[Breach]) -> Document {
        for profile in PROFILES.iter().filter(|profile| !profile.is_spec()) {
            let own = breaches.iter().filter(|breach| breach.profile.name == profile.name);
            let row = |one: &Breach| scenario_row(profile, one.scenario, &one.report);
            self.profiles.push(Profile {
                name: profile.name,
                set: profile.settings(),
                scenarios: own.map(row).collect(),
                guarantees: breach::guarantees(profile, breaches)
                    .map(|(id, v)| guarantee_row(id, v))
                    .collect(),
            });
        }
        self.findings = FINDINGS.iter().map(finding_row).collect();
        self
    }

    /// Says what the run amounts to.
    #[must_use]
    pub fn judged(mut self, verdict: &'static str) -> Document {
        self.verdict = verdict;
        self
    }

    /// Says which settings suffice for what is violated.
    #[must_use]
    pub fn attributed(mut self, causes: Vec<Cause>) -> Document {
        self.attribution = causes;
        self
    }

    /// The object as text.
    pub fn render(&self) -> String {
        serde_json::to_string_pretty(self).expect("the report has string keys only")
    }
}

/// An error as an object of the same schema.
pub fn error(message: &str) -> String {
    serde_json::json!({ "schema": 1, "error": message }).to_string()
}

fn finding_row(finding: &Finding) -> FindingRow {
    let Finding { id, profile, guarantee, .. } = *finding;
    FindingRow { id, profile, guarantee, steps: finding.steps(), page: finding.page().path() }
}

fn scenario_row(
    profile: &'static profile::Profile,
    scenario: &Scenario,
    report: &Report,
) -> ScenarioRow {
    let violation = |v: &Violation| violation_row(profile, scenario, v);
    ScenarioRow {
        name: scenario.name,
        class: scenario.class.name(),
        bounds: scenario.bounds().into_iter().collect(),
        flags: scenario.switches(),
        reductions: report.reductions.names().collect(),
        unique_states: report.unique,
        generated_states: report.generated,
        depth: report.depth,
        seconds: report.seconds,
        verdict: report.verdict.name(),
        violations: report.violations.iter().map(violation).collect(),
    }
}

fn violation_row(
    profile: &'static profile::Profile,
    scenario: &Scenario,
    violation: &Violation,
) -> ViolationRow {
    let script = Script {
        scenario: scenario.clone(),
        profile,
        mutant: None,
        expect: Some(Expectation::Violates(violation.property.id)),
        steps: violation.path.iter().map(|action| (0, *action)).collect(),
    };
    ViolationRow {
        property: violation.property.id,
        steps: violation.path.len(),
        trace: script.to_string(),
    }
}

fn guarantee_row(id: &'static str, verdict: Option<Verdict>) -> GuaranteeRow {
    let verdict = match verdict {
        Some(Verdict::Holds) => "holds",
        Some(Verdict::Violated) => "violated",
        Some(Verdict::Incomplete) | None => "not_checked",
    };
    GuaranteeRow { id, verdict }
}

fn mutant_row(trial: &Trial) -> MutantRow {
    let steps = trial.steps();
    MutantRow {
        name: trial.mutant.departure.name,
        breaks: trial.mutant.departure.from.iter().map(|rule| rule.id()).collect(),
        killed_by: steps.map(|_| trial.mutant.killed_by),
        steps,
        smallest_bounds: trial.smallest_bounds.clone(),
        // Every rule of this version is needed.
        redundant_given: None,
    }
}

/// Only a run with all its parts can say that something is missing.
fn coverage_row(coverage: Option<&Coverage>, is_complete: bool) -> CoverageRow {
    let is_complete = is_complete && coverage.is_some();
    let reached = coverage.cloned().unwrap_or_default();
    let [actions, rules, witnesses] = reached.totals();
    let missing = if is_complete { reached.missing() } else { vec![] };
    CoverageRow { actions, rules, witnesses, missing }
}
