//! The verdict, first and in a few lines: what a person reads before any table.

use super::text::{collisions, grouped, reduced, table, trimmed};
use crate::breach::Breach;
use crate::check::Verdict;
use crate::coverage::Coverage;
use crate::finding::FINDINGS;
use crate::profile::{PROFILES, Profile};
use crate::reduction::Reductions;
use crate::suite::{self, Checked, Shortest, Status, Suite, shortest};
use std::collections::BTreeSet;

/// The word of a verdict.
pub fn word(profile: &Profile, checked: &[Checked], status: Status) -> &'static str {
    let violated = checked.iter().any(|one| one.report.verdict == Verdict::Violated);
    match status {
        Status::Pass if violated && profile.set.is_empty() => "as pinned",
        Status::Pass if !profile.set.is_empty() => "answered",
        Status::Pass => "pass",
        Status::Violated => "violated",
        Status::Missed => "expectation missed",
        Status::Incomplete => "incomplete",
        Status::Usage | Status::Internal => "error",
    }
}

/// The verdict of a run, in a line: its first, and its last.
pub fn verdict(profile: &Profile, checked: &[Checked], asked: usize, status: Status) -> String {
    let word = word(profile, checked, status);
    let ids: Vec<&str> = shortest(checked).iter().map(|one| one.violation.property.id).collect();
    let places = checked.iter().filter(|one| one.report.verdict == Verdict::Violated).count();
    let mut what = if !ids.is_empty() {
        format!("{} violated in {}", ids.join(", "), counted(places, "scenario"))
    } else if checked.iter().all(|one| one.report.complete) && !checked.is_empty() {
        let all = suite::guarantees(checked).len();
        format!("all {all} guarantees hold in {}", counted(checked.len(), "scenario"))
    } else {
        "no violation in what was explored".to_owned()
    };
    if status == Status::Incomplete || checked.iter().any(|one| !one.report.complete) {
        let why = if suite::is_interrupted(checked, asked) {
            "interrupted"
        } else {
            "the memory bound was hit"
        };
        let whole = checked.iter().filter(|one| one.report.complete).count();
        what += &format!(" ({why}; {whole} of {} explored to the end)", counted(asked, "scenario"));
    }
    format!("{word}: {what}")
}

/// "1 scenario", "2 scenarios".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What was explored, in a line.
pub fn explored(checked: &[Checked]) -> String {
    format!("{}, {}", counted(checked.len(), "scenario"), cost(checked))
}

/// How many states that were, and how long it took.
pub fn cost(checked: &[Checked]) -> String {
    let unique = checked.iter().map(|one| one.report.unique).sum();
    // The sum of nothing is -0.
    let seconds = checked.iter().map(|one| one.report.seconds).sum::<f64>() + 0.0;
    format!("{} unique states, {seconds:.1} s", grouped(unique))
}

/// The main job in a few lines, below its verdict.
pub fn main_job(suite: &Suite, breaches: &[Breach], changed: usize) -> String {
    let Suite { checked, coverage, trials, .. } = suite;
    let killed = trials.iter().filter(|trial| trial.steps().is_some()).count();
    let Coverage { actions, rules, witnesses, .. } = coverage;
    let profiles: Vec<String> = PROFILES
        .iter()
        .filter(|profile| !profile.is_spec())
        .map(|profile| {
            let own = breaches.iter().filter(|b| b.profile.name == profile.name);
            let violated: BTreeSet<&str> =
                own.filter(|b| b.steps().is_some()).map(|b| b.guarantee).collect();
            format!("{} {}", profile.name, violated.len())
        })
        .collect();
    let mut rows = table(&[], &[]);
    let [[_, all_actions], [_, all_rules], [_, all_witnesses]] = coverage.totals();
    let lines = [
        ("explored", explored(checked)),
        ("profiles", format!("guarantees violated, as pinned: {}", profiles.join(", "))),
        ("findings", format!("{} traces run again, {changed} changed", FINDINGS.len())),
        ("mutants", format!("{killed} of {} killed", trials.len())),
        (
            "coverage",
            format!(
                "actions {}/{all_actions}, rules {}/{all_rules}, witnesses {}/{all_witnesses}",
                actions.len(),
                rules.len(),
                witnesses.len()
            ),
        ),
        ("counted", counting(checked)),
        ("more", "--full: all tables; show 001, check --set, rules, --help".to_owned()),
    ];
    for (name, what) in lines {
        rows.add_row([name, &what]);
    }
    trimmed(&rows).trim_start_matches('\n').to_owned() + "\n"
}

/// What counts as a state, and the chance that two that differ were taken for one, in a line.
fn counting(checked: &[Checked]) -> String {
    let what = if reduced(checked) == Reductions::NONE { "every state" } else { "reduced states" };
    format!("{what}; chance that any two collided, {:.0e}", collisions(checked))
}

/// The violated guarantees with their shortest traces, a line each, and the others in one.
pub fn violations(checked: &[Checked]) -> String {
    let mut rows = table(&["guarantee", "steps", "in scenario", "claim"], &[1]);
    let found = shortest(checked);
    for Shortest { scenario, violation } in &found {
        let steps = violation.path.len().to_string();
        let property = violation.property;
        rows.add_row([property.id, &steps, scenario.name, property.claim]);
    }
    rows.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(80);
    let others = suite::guarantees(checked).into_iter().filter(|(_, v)| *v != Verdict::Violated);
    let (hold, open): (Vec<_>, Vec<_>) = others.partition(|(_, v)| *v == Verdict::Holds);
    let mut text = if found.is_empty() { String::new() } else { trimmed(&rows) + "\n" };
    for (word, ids) in [("hold", hold), ("not decided", open)] {
        let ids: Vec<&str> = ids.iter().map(|(property, _)| property.id).collect();
        if !ids.is_empty() && !found.is_empty() {
            text += &(textwrap::fill(&format!("{word}: {}", ids.join(", ")), 80) + "\n");
        }
    }
    text
}
