//! The chart: a trace in lanes, for people at a terminal of 80 columns.
//!
//! Five lanes stand side by side, one for each party that remembers something on its own. A step is
//! a rule with the action in the lane that acts, and below it what changed, lane by lane. A crash
//! is drawn as a double rule over all lanes, because it cuts through all of them.

#[cfg(test)]
mod tests;

use super::drawing::facts::Facts;
use super::drawing::{Drawing, Drawn, lane, words};
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// What fits in a line of a plain terminal.
const WIDTH: usize = 80;

/// Draws a trace: every step, and what it changed. No line is longer than 80 columns.
pub fn chart(drawing: &Drawing) -> String {
    let mut text = header();
    for (index, step) in drawing.steps.iter().enumerate() {
        push_line(&mut text, &step_rule(index + 1, step));
        push_changes(&mut text, step);
        step.blames.iter().for_each(|blame| push_broken(&mut text, &blame.sentence));
    }
    text
}

/// Describes the last state in full, lane by lane: what a reader needs where a trace breaks.
pub fn describe(drawing: &Drawing) -> String {
    let mut text = String::new();
    for (name, facts) in &drawing.last {
        push_section(&mut text, name, facts);
    }
    drawing.broken.iter().for_each(|line| push_broken(&mut text, line));
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
fn step_rule(number: usize, step: &Drawn) -> String {
    let action = &step.action;
    if step.crash {
        let text = format!("== {number} {action} ");
        return format!("{text:=<WIDTH$}");
    }
    let number = format!("{number:>3} ");
    let start = lane::start(lane::ALL[step.lane]).max(number.len());
    let numbered = overlay(&rule(), 0, &number);
    overlay(&numbered, start, &format!("{action} "))
}

/// ASCII text written over a line, from a column on.
fn overlay(line: &str, start: usize, text: &str) -> String {
    format!("{}{}{}", &line[..start], text, &line[start + text.len()..])
}

/// What a step changed, and first the calls that were wrong: one row of wrapped cells for each line
/// of the longest lane.
fn push_changes(text: &mut String, step: &Drawn) {
    let cells = lane::ALL.map(|lane| {
        let lines = calls(step, lane).chain(step.changes[lane::index(lane)].lines());
        lines.flat_map(|line| wrapped(&line, lane::width(lane))).collect::<Vec<_>>()
    });
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let cell = |lane: usize| cells[lane].get(line).map_or("", String::as_str);
        push_line(text, &row(std::array::from_fn(cell)));
    }
}

/// The calls of a step that are drawn in a lane: those that were wrong, marked, and other acks. An
/// ack that finds nothing to remove leaves no trace in any state.
fn calls(step: &Drawn, lane: lane::Lane) -> impl Iterator<Item = String> {
    let own = step.blames.iter().filter(move |blame| blame.lane == lane);
    let wrong: Vec<&String> = own.filter_map(|blame| blame.call.as_ref()).collect();
    let is_manager = lane == lane::Lane::Manager;
    let acks = step.calls.iter().filter(move |call| is_manager && call.starts_with("ack "));
    let others: Vec<&String> = acks.filter(|call| !wrong.contains(call)).collect();
    let wrong = wrong.into_iter().map(|call| format!("! {call}"));
    wrong.chain(others.into_iter().cloned())
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
    textwrap::wrap(text, options).into_iter().map(|line| words::plain(&line)).collect()
}

/// A guarantee that a step broke, where it breaks.
fn push_broken(text: &mut String, line: &str) {
    let options = Options::new(WIDTH).initial_indent("!! ").subsequent_indent("   ");
    push_line(text, &textwrap::fill(line, options.wrap_algorithm(WrapAlgorithm::FirstFit)));
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
