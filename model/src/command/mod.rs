//! What each verb does. A command writes its result and says what it amounts to.

mod check;
mod draw;
mod events;
mod explore;
mod growth;
mod mutants;
pub mod progress;
mod report;
mod rules;
mod scenarios;
mod show;

use crate::breach::{self, Breach};
use crate::check::Settings;
use crate::cli::{Cli, MainArgs, Verb};
use crate::finding;
use crate::mutant::{MUTANTS, Mutant};
use crate::pins::Pins;
use crate::profile::spec;
use crate::report::drawing::Heading;
use crate::report::json::Document;
use crate::report::{summary, text};
use crate::scenario::{Class, SCENARIOS, Scenario};
use crate::suite::{self, Status, Suite};
use crate::trace::{Expectation, known_scenario};
use std::fmt::Display;

/// Bad input: one clear line.
pub type Result<T = Status> = std::result::Result<T, String>;

/// What goes to stdout, kept until the end: a result is printed whole or not at all.
#[derive(Default)]
pub struct Out(String);

impl Out {
    /// Adds a line.
    fn line(&mut self, text: impl Display) {
        self.text(text);
        self.0.push('\n');
    }

    /// Adds text that brings its own line ends.
    fn text(&mut self, text: impl Display) {
        self.0.push_str(&text.to_string());
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Does what the command line asks for.
///
/// # Errors
/// If the input is bad, or what is asked for cannot be written; the message is one line.
pub fn run(cli: &Cli, out: &mut Out) -> Result {
    let reporter = progress::Reporter::new(cli.search(), cli.json());
    let settings = match cli.search() {
        None => Settings::default(),
        Some(search) => Settings {
            threads: search.threads.into(),
            memory_bytes: u64::from(search.memory) << 20,
            observer: Some(&reporter),
            reductions: search.reduce,
        },
    };
    match &cli.verb {
        None => main_job(&cli.main, &settings, out),
        Some(Verb::Check(args)) => check::run(args, &settings, out),
        Some(Verb::Events(args)) => events::run(args, &settings, out),
        Some(Verb::Mutants(args)) => mutants::run(args, &settings, out),
        Some(Verb::Show(args)) => show::show(args, &settings, out),
        Some(Verb::Replay(args)) => show::replay(args, out),
        Some(Verb::Rules) => rules::run(out),
        Some(Verb::Scenarios) => scenarios::run(out),
        Some(Verb::Growth(_)) => growth::run(&settings, out),
        Some(Verb::Report(args)) => report::run(args, &settings, out),
        Some(Verb::Explore(args)) => explore::run(args),
    }
}

fn of_class(class: Class) -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(move |scenario| scenario.class <= class)
}

fn chosen(names: &[String], class: Class) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(of_class(class).collect());
    }
    names.iter().map(|name| known_scenario(name)).collect()
}

fn main_job(args: &MainArgs, settings: &Settings, out: &mut Out) -> Result {
    let class = args.scenarios.class.class();
    let mutants: Vec<&Mutant> = MUTANTS.iter().collect();
    let suite = suite::run(of_class(class), &mutants, settings);
    let Suite { checked, coverage, trials, .. } = &suite;
    let pins = Pins::load();
    let breaches = breach::run_all(class, &pins, settings);
    let changed = finding::changed(&pins);
    let status = breaches.iter().map(Breach::status).max().unwrap_or(Status::Pass);
    let status = status.max(if changed.is_empty() { Status::Pass } else { Status::Missed });
    let mut status = suite.status().max(status);
    if settings.is_interrupted() {
        status = status.max(Status::Incomplete);
    }
    if args.json {
        let document = Document::new(spec(), checked, trials, Some(coverage));
        let document = document.judged(summary::word(spec(), checked, status));
        out.line(document.with_profiles(&breaches).render());
        return Ok(status);
    }
    let verdict = summary::verdict(spec(), checked, suite.asked, status);
    out.line(textwrap::fill(&verdict, 80));
    let missed = trials.iter().filter_map(|trial| trial.missed.as_ref());
    let missed = missed.chain(breaches.iter().filter_map(|breach| breach.missed.as_ref()));
    let drifted = checked.iter().filter_map(|one| one.drift.as_ref());
    missed.chain(&changed).chain(drifted).for_each(|line| out.line(format_args!("missed: {line}")));
    if !suite.is_interrupted() {
        let missing = coverage.missing();
        missing.iter().for_each(|line| out.line(format_args!("missed: {line} is not reached")));
    }
    out.text(summary::violations(checked));
    out.text(summary::main_job(&suite, &breaches, changed.len()));
    if args.full {
        out.line("");
        out.line(text::PREAMBLE);
        out.line(text::scenarios(checked));
        out.line(text::guarantees(checked));
        out.line(text::profiles(checked, &breaches));
        out.line(text::findings());
        out.line(text::mutants(trials));
        out.text(text::coverage(coverage));
        out.text(text::counting(checked));
    }
    for one in suite::shortest(checked) {
        draw_violation(&one, out)?;
    }
    out.line(textwrap::fill(&format!("{verdict}; {}", summary::cost(checked)), 80));
    Ok(status)
}

/// A violation of SPEC.md, drawn.
fn draw_violation(one: &suite::Shortest, out: &mut Out) -> Result<()> {
    let (id, claim) = (one.violation.property.id, one.violation.property.claim);
    let steps = one.violation.path.len();
    let title = format!("{id} is violated after {steps} steps: {claim}");
    out.line(format_args!("\n{}\n", textwrap::fill(&title, 80)));
    let arguments = ["check", one.scenario.name, "--guarantee", id].map(str::to_owned).to_vec();
    let heading = Heading { title, about: vec![], arguments };
    let expect = Some(Expectation::Violates(id));
    let script = show::script(one.scenario, spec(), None, expect, &one.violation.path);
    draw::draw(&script, heading, &Default::default(), out)?;
    Ok(())
}
