//! The chart: a trace in lanes, for people at a terminal of 80 columns.
//!
//! Five lanes stand side by side, one for each party that remembers something on its own. A step is
//! a rule with the action in the lane that acts, and below it what changed, lane by lane. A crash
//! is drawn as a double rule over all lanes, because it cuts through all of them.

mod contents;
mod facts;
mod lane;
mod words;

#[cfg(test)]
mod tests;

use crate::action::{Action, ActionKind};
use crate::scenario::Scenario;
use crate::state::State;
use facts::Facts;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// One step of a trace: the action and the state after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub action: Action,
    /// What it led to.
    pub state: State,
}

/// What fits in a line of a plain terminal.
const WIDTH: usize = 80;

/// Draws a trace: every step, and what it changed. No line is longer than 80 columns.
pub fn chart(scenario: &Scenario, initial: &State, steps: &[Step]) -> String {
    let mut text = header();
    let mut before = initial;
    for (index, step) in steps.iter().enumerate() {
        push_line(&mut text, &step_rule(index + 1, step.action));
        push_changes(&mut text, scenario, before, &step.state);
        let known = words::broken(before);
        let new = words::broken(&step.state).into_iter().filter(|line| !known.contains(line));
        new.for_each(|line| push_broken(&mut text, &line));
        before = &step.state;
    }
    text
}

/// Describes one state in full, lane by lane: what a reader needs where a trace breaks.
pub fn describe(scenario: &Scenario, state: &State) -> String {
    let mut text = String::new();
    for lane in lane::ALL {
        let facts = contents::described(lane, scenario, state);
        push_section(&mut text, lane::name(lane), &facts);
    }
    push_section(&mut text, "history", &contents::history(scenario, state));
    push_section(&mut text, "left", &contents::budget(state));
    words::broken(state).iter().for_each(|line| push_broken(&mut text, line));
    text
}

/// The names of the lanes over an empty rule.
fn header() -> String {
    let mut text = String::new();
    push_line(&mut text, &row(lane::ALL.map(lane::name)));
    push_line(&mut text, &rule());
    text
}

/// A rule across all lanes, with the lane edges marked.
fn rule() -> String {
    lane::ALL.map(|lane| "-".repeat(lane::width(lane))).join("+")
}

/// The rule that begins a step: its number, and the action where the acting lane starts. An action
/// that is longer than its lane runs over those to the right of it.
fn step_rule(number: usize, action: Action) -> String {
    if action.kind() == ActionKind::Crash {
        let text = format!("== {number} {action} ");
        return format!("{text:=<WIDTH$}");
    }
    let lane = lane::acting(action);
    let number = format!("{number:>3} ");
    let start = lane::start(lane).max(number.len());
    let numbered = overlay(&rule(), 0, &number);
    overlay(&numbered, start, &format!("{action} "))
}

/// ASCII text written over a line, from a column on.
fn overlay(line: &str, start: usize, text: &str) -> String {
    format!("{}{}{}", &line[..start], text, &line[start + text.len()..])
}

/// What differs between two states: one row of wrapped cells for each line of the longest lane.
fn push_changes(text: &mut String, scenario: &Scenario, before: &State, after: &State) {
    let cells = lane::ALL.map(|lane| {
        let was = contents::facts(lane, scenario, before);
        let changes = contents::facts(lane, scenario, after).since(&was);
        changes.lines().iter().flat_map(|line| wrapped(line, lane::width(lane))).collect::<Vec<_>>()
    });
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let cell = |lane: usize| cells[lane].get(line).map_or("", String::as_str);
        push_line(text, &row(std::array::from_fn(cell)));
    }
}

/// One line: a cell for each lane, with the lane edges drawn.
fn row(cells: [&str; lane::ALL.len()]) -> String {
    let mut padded = lane::ALL.map(|lane| " ".repeat(lane::width(lane)));
    for (padded, cell) in padded.iter_mut().zip(cells) {
        *padded = overlay(padded, 0, cell);
    }
    padded.join("|")
}

/// One section of a description: its name once, then a fact a line, or a dash.
fn push_section(text: &mut String, name: &str, facts: &Facts) {
    const INDENT: usize = 10;
    let facts = if facts.is_empty() { vec!["-".into()] } else { facts.lines() };
    let lines = facts.iter().flat_map(|fact| wrapped(fact, WIDTH - INDENT));
    for (index, line) in lines.enumerate() {
        let name = if index == 0 { name } else { "" };
        push_line(text, &format!("{name:<INDENT$}{line}"));
    }
}

/// Wrapped text; what continues a line is set in by one column. Nothing is left to `textwrap`'s
/// defaults, because they depend on the features that other crates turn on.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let options = Options::new(width)
        .subsequent_indent(" ")
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options).into_iter().map(|line| line.replace(words::TIE, " ")).collect()
}

/// A guarantee that a step broke, where it breaks.
fn push_broken(text: &mut String, line: &str) {
    push_line(text, &format!("!! {line}"));
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
