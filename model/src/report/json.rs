//! The machine-readable report: one JSON object on stdout, schema 1.

use crate::action::ActionKind;
use crate::check::Violation;
use crate::coverage::{Coverage, WITNESSES};
use crate::rule::Rule;
use crate::suite::{self, Checked, Trial};
use crate::trace::{Expectation, Script};
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole report.
#[derive(Serialize)]
pub struct Document {
    schema: u8,
    profiles: Vec<Profile>,
    mutants: Vec<MutantRow>,
    findings: Vec<()>,
    coverage: CoverageRow,
}

#[derive(Serialize)]
struct Profile {
    name: &'static str,
    scenarios: Vec<ScenarioRow>,
    guarantees: Vec<GuaranteeRow>,
}

#[derive(Serialize)]
struct ScenarioRow {
    name: &'static str,
    class: &'static str,
    bounds: BTreeMap<&'static str, u8>,
    flags: Vec<&'static str>,
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
    pub fn new(checked: &[Checked], trials: &[Trial], coverage: Option<&Coverage>) -> Document {
        let profile = Profile {
            name: "spec",
            scenarios: checked.iter().map(scenario_row).collect(),
            guarantees: guarantee_rows(checked),
        };
        Document {
            schema: 1,
            profiles: if checked.is_empty() { vec![] } else { vec![profile] },
            mutants: trials.iter().map(mutant_row).collect(),
            findings: vec![],
            coverage: coverage_row(coverage, !trials.is_empty()),
        }
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

fn scenario_row(checked: &Checked) -> ScenarioRow {
    let (scenario, report) = (checked.scenario, &checked.report);
    ScenarioRow {
        name: scenario.name,
        class: scenario.class.name(),
        bounds: scenario.bounds().into_iter().collect(),
        flags: scenario.flag_names(),
        unique_states: report.unique,
        generated_states: report.generated,
        depth: report.depth,
        seconds: report.seconds,
        verdict: report.verdict.name(),
        violations: report.violations.iter().map(|v| violation_row(checked, v)).collect(),
    }
}

fn violation_row(checked: &Checked, violation: &Violation) -> ViolationRow {
    let script = Script {
        scenario: checked.scenario.clone(),
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

fn guarantee_rows(checked: &[Checked]) -> Vec<GuaranteeRow> {
    let verdicts = suite::guarantees(checked).into_iter();
    verdicts
        .map(|(id, verdict)| GuaranteeRow {
            id,
            verdict: match verdict {
                Some(crate::check::Verdict::Holds) => "holds",
                Some(crate::check::Verdict::Violated) => "violated",
                Some(crate::check::Verdict::Incomplete) | None => "not_checked",
            },
        })
        .collect()
}

fn mutant_row(trial: &Trial) -> MutantRow {
    let steps = trial.steps();
    MutantRow {
        name: trial.mutant.name,
        breaks: trial.mutant.breaks.iter().map(|rule| rule.id()).collect(),
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
    CoverageRow {
        actions: [reached.actions.len(), ActionKind::all().count()],
        rules: [reached.rules.len(), Rule::ALL.len()],
        witnesses: [reached.witnesses.len(), WITNESSES.len()],
        missing: if is_complete { reached.missing() } else { vec![] },
    }
}
