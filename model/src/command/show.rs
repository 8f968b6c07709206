//! `show` and `replay`: a trace as a document.

use super::{Out, Result, bounds_line};
use crate::check::{self, Settings, Verdict, Violation};
use crate::coverage;
use crate::finding::{self, FINDINGS, Finding, UNMODELLED, Unmodelled};
use crate::machine::Machine;
use crate::mutant::{self, MUTANTS, Mutant};
use crate::profile::{self, Profile};
use crate::property::PROPERTIES;
use crate::report::chart::{Step, chart, describe};
use crate::rule::Rule;
use crate::scenario::{self, SCENARIOS, Scenario};
use crate::state::State;
use crate::suite::Status;
use crate::trace::{Expectation, Script};
use crate::witness::WITNESSES;
use std::path::Path;

/// Draws the shortest trace of a mutant, a rule's witness, or a witness.
pub(super) fn show(
    name: &str,
    guarantee: Option<&str>,
    settings: &Settings,
    out: &mut Out,
) -> Result {
    if let Some(mutant) = mutant::find(name) {
        return show_mutant(mutant, guarantee.unwrap_or(mutant.killed_by), settings, out);
    }
    if let Some(rule) = Rule::ALL.iter().find(|rule| rule.id() == name) {
        return show_rule(*rule, settings, out);
    }
    if let Some(index) = WITNESSES.iter().position(|witness| witness.name == name) {
        return show_witness(index, settings, out);
    }
    if let Some(finding) = finding::find(name) {
        return show_finding(finding, out);
    }
    if let Some(page) = UNMODELLED.iter().map(Unmodelled::page).find(|page| page.id == name) {
        let (lacks, path) = (page.lacks.unwrap_or_default(), page.path());
        return Err(format!("{name} has no trace: the model has no {lacks} yet; see {path}"));
    }
    let findings = FINDINGS.iter().map(|finding| finding.id);
    let mutants = findings.chain(MUTANTS.iter().map(|m| m.departure.name));
    let rules = Rule::ALL.iter().map(|rule| rule.id());
    let names: Vec<&str> = mutants.chain(rules).chain(WITNESSES.iter().map(|w| w.name)).collect();
    Err(format!("no finding, mutant, rule or witness '{name}'; there are: {}", names.join(", ")))
}

fn show_mutant(
    mutant: &'static Mutant,
    guarantee: &str,
    settings: &Settings,
    out: &mut Out,
) -> Result {
    if PROPERTIES.iter().all(|property| property.id != guarantee) {
        let ids: Vec<&str> = PROPERTIES.iter().map(|property| property.id).collect();
        return Err(format!("no guarantee '{guarantee}'; there are: {}", ids.join(", ")));
    }
    out.line(textwrap::fill(&format!("{}: {}", mutant.departure.name, mutant.departure.story), 80));
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    let report =
        check::hunt(&Machine::new(scenario, mutant.departure.protocol), settings, guarantee);
    let found = report.violations.iter().find(|v| v.property.id == guarantee);
    match found {
        Some(found) => draw_violation(scenario, profile::spec(), Some(mutant), found, out)?,
        None if report.verdict == Verdict::Incomplete => return Ok(Status::Incomplete),
        None => out.line(format_args!("it survives {guarantee}")),
    }
    Ok(if found.is_some() { Status::Pass } else { Status::Missed })
}

fn show_finding(finding: &'static Finding, out: &mut Out) -> Result {
    let Finding { id, guarantee, claim, causes, .. } = *finding;
    let profile = finding.profile().title();
    out.line(textwrap::fill(&format!("Finding {id}, profile {profile}: {claim}"), 80));
    let property = PROPERTIES.iter().find(|property| property.id == guarantee);
    let broken = property.map_or("", |property| property.claim);
    out.line(format_args!("It violates {guarantee}: {broken}."));
    for cause in causes {
        let rules: Vec<&str> = cause.from.iter().map(|rule| rule.id()).collect();
        out.line(textwrap::fill(&format!("Cause: {} {}", cause.name, rules.join(" ")), 80));
    }
    out.line(format_args!("Page: {}\n", finding.page().path()));
    draw(&finding.trace(), out)?;
    Ok(if finding.steps().is_some() { Status::Pass } else { Status::Missed })
}

fn show_rule(rule: Rule, settings: &Settings, out: &mut Out) -> Result {
    out.line(textwrap::fill(&format!("{} {}", rule.id(), rule.sentence()), 80));
    let mutant = coverage::mutant_of(rule);
    let path = mutant.and_then(|mutant| coverage::difference(mutant, settings));
    let (Some(mutant), Some(path)) = (mutant, path) else {
        out.line("nothing exercises it");
        return Ok(Status::Missed);
    };
    out.line(format_args!(
        "its witness: a state that this mutant leaves another way:\n  {}",
        mutant.departure.name
    ));
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    draw(&script(scenario, None, Some(Expectation::Holds), &path), out)
}

fn show_witness(index: usize, settings: &Settings, out: &mut Out) -> Result {
    out.line(format_args!("{}: {}", WITNESSES[index].name, WITNESSES[index].story));
    for scenario in SCENARIOS {
        if let Some(path) = check::find_witness(&Machine::spec(scenario), settings, index) {
            return draw(&script(scenario, None, Some(Expectation::Holds), &path), out);
        }
    }
    out.line("no scenario reaches it");
    Ok(Status::Missed)
}

fn script(
    scenario: &Scenario,
    mutant: Option<&'static Mutant>,
    expect: Option<Expectation>,
    path: &[crate::action::Action],
) -> Script {
    Script {
        scenario: scenario.clone(),
        profile: profile::spec(),
        mutant,
        expect,
        steps: path.iter().map(|a| (0, *a)).collect(),
    }
}

/// The claim, the rules, the chart, the state where it breaks, and the script to replay.
pub(super) fn draw_violation(
    scenario: &Scenario,
    profile: &'static Profile,
    mutant: Option<&'static Mutant>,
    violation: &Violation,
    out: &mut Out,
) -> Result<()> {
    let property = violation.property;
    let steps = violation.path.len();
    out.line(format_args!("violated after {steps} steps: {}\n  {}", property.id, property.claim));
    if let Some(mutant) = mutant {
        let rules: Vec<&str> = mutant.departure.from.iter().map(|rule| rule.id()).collect();
        out.line(format_args!("broken rule: {}", rules.join(", ")));
    }
    let expect = Some(Expectation::Violates(property.id));
    let script = Script { profile, ..script(scenario, mutant, expect, &violation.path) };
    draw(&script, out)?;
    Ok(())
}

/// Draws a script whose steps are known to be enabled.
fn draw(script: &Script, out: &mut Out) -> Result {
    let states = script.run().map_err(|error| error.to_string())?;
    print_chart(script, &states, out);
    out.line("to replay it, save these lines as a .scn file and run 'model replay FILE':\n");
    out.text(script);
    Ok(Status::Pass)
}

fn print_chart(script: &Script, states: &[State], out: &mut Out) {
    let (name, bounds) = (script.scenario.name, bounds_line(&script.scenario));
    out.line(format_args!("scenario: {name}\nbounds: {bounds}\n"));
    let states = drawn(script, states);
    let steps: Vec<Step> = script
        .steps
        .iter()
        .zip(&states[1..])
        .map(|((_, action), state)| Step { action: *action, state: *state })
        .collect();
    out.line(chart(&script.scenario, &states[0], &steps));
    out.line(format_args!(
        "the last state:\n{}",
        describe(&script.scenario, &states[states.len() - 1])
    ));
}

/// The states as they are drawn: with event ids on disk only if the design writes them.
fn drawn(script: &Script, states: &[State]) -> Vec<State> {
    let mut states = states.to_vec();
    if !Machine::new(&script.scenario, script.protocol()).stores_event_ids() {
        states.iter_mut().for_each(|state| state.disk.hide_event_ids());
    }
    states
}

/// Runs a script from a file, draws it, and compares it with what it expects.
pub(super) fn replay(file: &Path, out: &mut Out) -> Result {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let script = Script::parse(&text).map_err(|error| format!("{shown}: {error}"))?;
    let states = script.run().map_err(|error| format!("{shown}: {error}"))?;
    print_chart(&script, &states, out);
    let violated = script.violated(&states[states.len() - 1]);
    for property in PROPERTIES.iter().filter(|p| violated.iter().any(|v| v.id == p.id)) {
        out.line(format_args!("violated: {}, {}", property.id, property.claim));
    }
    if violated.is_empty() {
        out.line("no guarantee is violated in the last state");
    }
    Ok(verdict(&script, &violated.iter().map(|p| p.id).collect::<Vec<_>>()))
}

/// Under SPEC.md a violation is one; under a mutant or another profile it is what the script
/// expects or not.
fn verdict(script: &Script, violated: &[&str]) -> Status {
    let met = match script.expect {
        None => true,
        Some(Expectation::Holds) => violated.is_empty(),
        Some(Expectation::Violates(id)) => violated.contains(&id),
    };
    let is_spec = script.profile.is_spec() && script.mutant.is_none();
    match (is_spec, violated.is_empty(), met) {
        (true, false, _) => Status::Violated,
        (_, _, false) => Status::Missed,
        _ => Status::Pass,
    }
}
