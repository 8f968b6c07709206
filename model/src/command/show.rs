//! `show` and `replay`: a trace as a document.

use super::draw::{draw, no_page, put};
use super::{Out, Result};
use crate::check::{self, Settings, Verdict};
use crate::cli::{FormArgs, ReplayArgs, ShowArgs};
use crate::coverage;
use crate::finding::{self, FINDINGS, Finding, UNMODELLED, Unmodelled};
use crate::machine::Machine;
use crate::mutant::{self, MUTANTS, Mutant};
use crate::names;
use crate::profile::{self, Profile};
use crate::property::{self, PROPERTIES};
use crate::report::drawing::{Drawing, Heading};
use crate::rule::Rule;
use crate::scenario::{self, SCENARIOS, Scenario};
use crate::suite::Status;
use crate::trace::{Expectation, Script};
use crate::witness::WITNESSES;

/// Draws the shortest trace of a finding, of a mutant, of a rule's witness, or of a witness.
pub(super) fn show(args: &ShowArgs, settings: &Settings, out: &mut Out) -> Result {
    let (name, form) = (names::normal(&args.name), &args.form);
    let wanted = args.guarantee.as_deref().map(property::known).transpose()?;
    if let Some(mutant) = mutant::find(&name) {
        let guarantee = wanted.map_or(mutant.killed_by, |property| property.id);
        return show_mutant(mutant, guarantee, args, settings, out);
    }
    if wanted.is_some() {
        return Err("'--guarantee' goes with the name of a mutant".into());
    }
    let id = name.replace('_', "-").to_uppercase();
    if let Some(rule) = Rule::ALL.iter().find(|rule| rule.id() == id) {
        return show_rule(*rule, form, settings, out);
    }
    if let Some(index) = WITNESSES.iter().position(|witness| witness.name == name) {
        return show_witness(index, form, settings, out);
    }
    // A finding is 1 as well as 001.
    let id = if name.parse::<u16>().is_ok() { format!("{name:0>3}") } else { name };
    if let Some(finding) = finding::find(&id) {
        return show_finding(finding, form, out);
    }
    if let Some(page) = UNMODELLED.iter().map(Unmodelled::page).find(|page| page.id == id) {
        let (lacks, path) = (page.lacks.unwrap_or_default(), page.path());
        return Err(format!("{id} has no trace: the model has no {lacks} yet; see {path}"));
    }
    let findings = FINDINGS.iter().map(|finding| finding.id);
    let mutants = findings.chain(MUTANTS.iter().map(|m| m.departure.name));
    let rules = Rule::ALL.iter().map(|rule| rule.id());
    let all = mutants.chain(rules).chain(WITNESSES.iter().map(|w| w.name));
    let kind = "finding, mutant, rule or witness";
    Err(names::unknown(kind, &args.name, all, "rules' or 'scenarios"))
}

/// The heading of what `show NAME` draws.
fn heading(title: String, about: Vec<String>, arguments: &[&str]) -> Heading {
    let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
    Heading { title, about, arguments }
}

/// Prints a heading where the form does not bring it itself.
fn print_heading(heading: &Heading, form: &FormArgs, out: &mut Out) {
    if form.json || form.markdown {
        return;
    }
    for line in std::iter::once(&heading.title).chain(&heading.about) {
        out.line(textwrap::fill(line, 80));
    }
    out.line("");
}

fn show_mutant(
    mutant: &'static Mutant,
    guarantee: &'static str,
    args: &ShowArgs,
    settings: &Settings,
    out: &mut Out,
) -> Result {
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    let machine = Machine::new(scenario, mutant.departure.protocol);
    let report = check::hunt(&machine, settings, guarantee);
    let name = mutant.departure.name;
    let Some(found) = report.violations.iter().find(|v| v.property.id == guarantee) else {
        if report.verdict == Verdict::Incomplete {
            out.line(format_args!("incomplete: {name} was not explored to the end"));
            return Ok(Status::Incomplete);
        }
        out.line(format_args!("missed: {name} survives {guarantee} in {}", scenario.name));
        return Ok(Status::Missed);
    };
    let rules: Vec<&str> = mutant.departure.from.iter().map(|rule| rule.id()).collect();
    let steps = found.path.len();
    let heading = heading(
        format!("{name} violates {guarantee} after {steps} steps: {}", found.property.claim),
        vec![
            format!("The mutant: {}", mutant.departure.story),
            format!("Broken rule: {}", rules.join(", ")),
        ],
        &["show", name, "--guarantee", guarantee],
    );
    print_heading(&heading, &args.form, out);
    let expect = Some(Expectation::Violates(guarantee));
    let script = script(scenario, profile::spec(), Some(mutant), expect, &found.path);
    draw(&script, heading, &args.form, out)?;
    Ok(Status::Pass)
}

fn show_finding(finding: &'static Finding, form: &FormArgs, out: &mut Out) -> Result {
    let Finding { id, guarantee, claim, causes, .. } = *finding;
    let profile = finding.profile().title();
    let property = PROPERTIES.iter().find(|property| property.id == guarantee);
    let broken = property.map_or("", |property| property.claim);
    let causes = causes.iter().map(|cause| {
        let rules: Vec<&str> = cause.from.iter().map(|rule| rule.id()).collect();
        format!("Cause: {} {}", cause.name, rules.join(" "))
    });
    let mut about = vec![format!("It violates {guarantee}: {broken}.")];
    about.extend(causes);
    about.push(format!("Page: {}", finding.page().path()));
    let title = format!("Finding {id}, profile {profile}: {claim}");
    let heading = heading(title, about, &["show", id]);
    print_heading(&heading, form, out);
    draw(&finding.trace(), heading, form, out)?;
    Ok(if finding.steps().is_some() { Status::Pass } else { Status::Missed })
}

fn show_rule(rule: Rule, form: &FormArgs, settings: &Settings, out: &mut Out) -> Result {
    let mutant = coverage::mutant_of(rule);
    let path = mutant.and_then(|mutant| coverage::difference(mutant, settings));
    let (Some(mutant), Some(path)) = (mutant, path) else {
        if settings.is_interrupted() {
            return Ok(interrupted(out));
        }
        out.line(format_args!("missed: nothing exercises {}", rule.id()));
        return Ok(Status::Missed);
    };
    let name = mutant.departure.name;
    let heading = heading(
        format!("{} {}", rule.id(), rule.sentence()),
        vec![format!("Its witness: a state that this mutant leaves another way: {name}")],
        &["show", rule.id()],
    );
    print_heading(&heading, form, out);
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    let holds = Some(Expectation::Holds);
    draw(&script(scenario, profile::spec(), None, holds, &path), heading, form, out)?;
    Ok(Status::Pass)
}

fn show_witness(index: usize, form: &FormArgs, settings: &Settings, out: &mut Out) -> Result {
    let witness = &WITNESSES[index];
    for scenario in SCENARIOS {
        let Some(path) = check::find_witness(&Machine::spec(scenario), settings, index) else {
            continue;
        };
        let title = format!("{}: {}", witness.name, witness.story);
        let heading = heading(title, vec![], &["show", witness.name]);
        print_heading(&heading, form, out);
        let holds = Some(Expectation::Holds);
        draw(&script(scenario, profile::spec(), None, holds, &path), heading, form, out)?;
        return Ok(Status::Pass);
    }
    if settings.is_interrupted() {
        return Ok(interrupted(out));
    }
    out.line(format_args!("missed: no scenario reaches {}", witness.name));
    no_page(form, out);
    Ok(Status::Missed)
}

/// Of a search that somebody ended nothing is known.
fn interrupted(out: &mut Out) -> Status {
    out.line("incomplete: interrupted before a trace was found");
    Status::Incomplete
}

/// A path as a script.
pub(super) fn script(
    scenario: &Scenario,
    profile: &'static Profile,
    mutant: Option<&'static Mutant>,
    expect: Option<Expectation>,
    path: &[crate::action::Action],
) -> Script {
    let steps = path.iter().map(|action| (0, *action)).collect();
    Script { scenario: scenario.clone(), profile, mutant, expect, steps }
}

/// Runs a script from a file, draws it, and compares it with what it expects.
pub(super) fn replay(args: &ReplayArgs, out: &mut Out) -> Result {
    let shown = names::shown(&args.file.to_string_lossy());
    let script = Script::read(&args.file)?;
    let design = match script.mutant {
        Some(mutant) => format!("mutant {}", mutant.departure.name),
        None => format!("profile {}", script.profile.title()),
    };
    let title = format!("{shown}: {} under {design}", script.scenario.name);
    let heading = heading(title, vec![], &["replay", &shown]);
    let form = &args.form;
    let drawing = Drawing::new(&script, heading).map_err(|error| format!("{shown}: {error}"))?;
    let ids: Vec<&str> = drawing.violated.iter().map(|one| one.id).collect();
    let (status, line) = verdict(&script, &ids);
    let is_text = !form.json && !form.markdown;
    if is_text {
        out.line(textwrap::fill(&line, 80));
        out.line("");
    }
    put(&drawing, form, out)?;
    if is_text {
        for one in &drawing.violated {
            out.line(format_args!("{}: {}", one.id, one.claim));
        }
        out.line(textwrap::fill(&line, 80));
    }
    Ok(status)
}

/// Under SPEC.md a violation is one; under a mutant or another profile it is what the script
/// expects or not.
fn verdict(script: &Script, violated: &[&str]) -> (Status, String) {
    let met = match script.expect {
        None => true,
        Some(Expectation::Holds) => violated.is_empty(),
        Some(Expectation::Violates(id)) => violated.contains(&id),
    };
    let is_spec = script.profile.is_spec() && script.mutant.is_none();
    let seen = match violated {
        [] => "no guarantee is violated in the last state".to_owned(),
        ids => format!("{} violated in the last state", ids.join(", ")),
    };
    let expected = match script.expect {
        None => String::new(),
        Some(Expectation::Holds) if met => ", as expected".into(),
        Some(Expectation::Holds) => "; expected: none".into(),
        Some(Expectation::Violates(id)) if met => format!("; expected: {id}"),
        Some(Expectation::Violates(id)) => format!("; {id} was expected"),
    };
    let (status, word) = match (is_spec, violated.is_empty(), met) {
        (true, false, _) => (Status::Violated, "violated"),
        (_, _, false) => (Status::Missed, "expectation missed"),
        (true, ..) => (Status::Pass, "pass"),
        _ => (Status::Pass, "answered"),
    };
    (status, format!("{word}: {seen}{expected}"))
}
