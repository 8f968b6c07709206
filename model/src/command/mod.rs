//! What each verb does. A command prints its result and says what it amounts to.

mod growth;
mod mutants;
mod progress;
mod rules;
mod show;

use crate::bounds;
use crate::check::Settings;
use crate::cli::{Cli, ColorArg, Flags, Verb};
use crate::coverage::Coverage;
use crate::report::json::Document;
use crate::report::text;
use crate::scenario::{SCENARIOS, Scenario};
use crate::suite::{self, Checked, Status, Suite};
use crate::trace::known_scenario;
use anstream::println;

/// Bad input: one clear line.
pub type Result<T = Status> = std::result::Result<T, String>;

/// Runs what the command line asks for.
///
/// # Errors
/// If the input is bad; the message is one line.
pub fn run(cli: &Cli) -> Result {
    match cli.flags.color {
        ColorArg::Auto => anstream::ColorChoice::Auto,
        ColorArg::Always => anstream::ColorChoice::Always,
        ColorArg::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let progress = progress::Reporter::new(&cli.flags);
    let print = |p: &crate::engine::Progress| progress.print(p);
    let settings = Settings {
        threads: cli.flags.threads.into(),
        memory_bytes: u64::from(cli.flags.memory) << 20,
        progress: Some(&print),
    };
    match &cli.verb {
        None => default(&cli.flags, &settings),
        Some(Verb::Check { scenarios }) => check(scenarios, &cli.flags, &settings),
        Some(Verb::Mutants { name }) => mutants::run(name.as_deref(), &cli.flags, &settings),
        Some(Verb::Show { name, guarantee }) => show::show(name, guarantee.as_deref(), &settings),
        Some(Verb::Replay { file }) => show::replay(file),
        Some(Verb::Rules) => rules::run(),
        Some(Verb::Growth) => growth::run(&settings),
    }
}

fn of_class(flags: &Flags) -> impl Iterator<Item = &'static Scenario> {
    let class = flags.class.class();
    SCENARIOS.iter().filter(move |scenario| scenario.class <= class)
}

fn default(flags: &Flags, settings: &Settings) -> Result {
    let suite = suite::run(of_class(flags), flags.symmetry, settings);
    let Suite { checked, coverage, trials } = &suite;
    if flags.json {
        println!("{}", Document::new(checked, trials, Some(coverage)).render());
    } else {
        println!("{}", text::scenarios(checked));
        println!("{}", text::guarantees(checked));
        println!("{}", text::mutants(trials));
        print!("{}", text::coverage(coverage));
        print!("{}", text::collision(checked));
        let missed = trials.iter().filter_map(|trial| trial.missed.as_ref());
        missed.for_each(|line| println!("missed: {line}"));
        conclude(checked, suite.status())?;
    }
    Ok(suite.status())
}

fn check(names: &[String], flags: &Flags, settings: &Settings) -> Result {
    let scenarios: Vec<&Scenario> = if names.is_empty() {
        of_class(flags).collect()
    } else {
        names.iter().map(|name| known_scenario(name)).collect::<Result<_>>()?
    };
    let pins = crate::pins::Pins::load();
    let checked: Vec<Checked> = scenarios
        .into_iter()
        .map(|scenario| suite::check_scenario(scenario, flags.symmetry, &pins, settings))
        .collect();
    let mut coverage = Coverage::default();
    checked.iter().for_each(|c| coverage.add(&c.report.fired, c.report.witnessed));
    let status = checked.iter().map(Checked::status).max().unwrap_or(Status::Pass);
    if flags.json {
        println!("{}", Document::new(&checked, &[], Some(&coverage)).render());
    } else {
        println!("{}", text::scenarios(&checked));
        print!("{}", text::guarantees(&checked));
        print!("{}", text::collision(&checked));
        conclude(&checked, status)?;
    }
    Ok(status)
}

/// Violations drawn, drifted counts, and the last line.
fn conclude(checked: &[Checked], status: Status) -> Result<()> {
    for one in checked {
        if let Some(drift) = &one.drift {
            println!("missed: {drift}");
        }
        for violation in &one.report.violations {
            show::draw_violation(one.scenario, None, violation)?;
        }
    }
    let unique = checked.iter().map(|one| one.report.unique).sum();
    let seconds: f64 = checked.iter().map(|one| one.report.seconds).sum();
    let word = match status {
        Status::Pass => "pass",
        Status::Violated => "violated",
        Status::Missed => "expectation missed",
        Status::Incomplete => "incomplete: the memory bound was hit",
        Status::Usage | Status::Internal => "error",
    };
    println!(
        "{word}: {} scenarios, {} unique states, {seconds:.1} s",
        checked.len(),
        text::grouped(unique),
    );
    Ok(())
}

/// A scenario's bounds; they continue under `bounds: `.
fn bounds_line(scenario: &Scenario) -> String {
    let values = bounds::values(scenario).into_iter();
    let line = values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    textwrap::fill(&line, textwrap::Options::new(72).subsequent_indent("        "))
}
