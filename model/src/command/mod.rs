//! What each verb does. A command writes its result and says what it amounts to.

mod events;
mod growth;
mod mutants;
mod profile;
mod progress;
mod rules;
mod show;

use crate::bounds;
use crate::breach::{self, Breach};
use crate::check::Settings;
use crate::cli::{Cli, Flags, Verb};
use crate::coverage::Coverage;
use crate::finding;
use crate::mechanism::{self, Setting};
use crate::mutant::{MUTANTS, Mutant};
use crate::pins::Pins;
use crate::profile::spec;
use crate::report::json::Document;
use crate::report::text;
use crate::scenario::{SCENARIOS, Scenario};
use crate::suite::{self, Checked, Status, Suite};
use crate::trace::known_scenario;
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
/// If the input is bad; the message is one line.
pub fn run(cli: &Cli, out: &mut Out) -> Result {
    let progress = progress::Reporter::new(&cli.flags);
    let print = |p: &crate::engine::Progress| progress.print(p);
    let settings = Settings {
        threads: cli.flags.threads.into(),
        memory_bytes: u64::from(cli.flags.memory) << 20,
        progress: Some(&print),
        reductions: cli.flags.reduce,
    };
    let profile = cli.flags.profile.0;
    if !profile.is_spec() && !matches!(cli.verb, Some(Verb::Check { .. } | Verb::Events { .. })) {
        return Err(format!("'--profile {}' goes with 'check' and 'events'", profile.name));
    }
    if cli.flags.shard.is_some() && !matches!(cli.verb, Some(Verb::Check { .. })) {
        return Err("'--shard' goes with 'check'".into());
    }
    let has_json = matches!(cli.verb, None | Some(Verb::Check { .. } | Verb::Mutants { .. }));
    if cli.flags.json && !has_json {
        return Err("'--json' goes with no verb, 'check' and 'mutants'".into());
    }
    match &cli.verb {
        None => default(&cli.flags, &settings, out),
        Some(Verb::Check { scenarios, set }) => {
            let set: Vec<Setting> =
                set.iter().map(|text| mechanism::parse(text)).collect::<Result<_>>()?;
            let profile = profile.with(&set)?;
            let mut chosen = chosen(scenarios, &cli.flags)?;
            if let Some(shard) = cli.flags.shard {
                let part = shard.part(&chosen, &Pins::load());
                chosen.clone_from(&part.scenarios);
                // With `--json` the object is all that is printed.
                if !cli.flags.json {
                    out.line(part.described(shard));
                    if chosen.is_empty() {
                        last_line(&[], Status::Pass, out);
                        return Ok(Status::Pass);
                    }
                }
            }
            if profile.is_spec() {
                check(chosen, &cli.flags, &settings, out)
            } else {
                profile::check(profile, chosen, &cli.flags, &settings, out)
            }
        }
        Some(Verb::Events { scenarios }) => {
            events::run(profile, &chosen(scenarios, &cli.flags)?, &settings, out)
        }
        Some(Verb::Mutants { name }) => mutants::run(name.as_deref(), &cli.flags, &settings, out),
        Some(Verb::Show { name, guarantee }) => {
            show::show(name, guarantee.as_deref(), &settings, out)
        }
        Some(Verb::Replay { file }) => show::replay(file, out),
        Some(Verb::Rules) => rules::run(out),
        Some(Verb::Growth) => growth::run(&settings, out),
    }
}

fn of_class(flags: &Flags) -> impl Iterator<Item = &'static Scenario> {
    let class = flags.class.class();
    SCENARIOS.iter().filter(move |scenario| scenario.class <= class)
}

fn default(flags: &Flags, settings: &Settings, out: &mut Out) -> Result {
    let mutants: Vec<&Mutant> = MUTANTS.iter().collect();
    let suite = suite::run(of_class(flags), &mutants, settings);
    let Suite { checked, coverage, trials } = &suite;
    let pins = Pins::load();
    let breaches = breach::run_all(flags.class.class(), &pins, settings);
    let changed = finding::changed(&pins);
    let status = breaches.iter().map(Breach::status).max().unwrap_or(Status::Pass);
    let status = status.max(if changed.is_empty() { Status::Pass } else { Status::Missed });
    let status = suite.status().max(status);
    if flags.json {
        let document = Document::new(spec(), checked, trials, Some(coverage));
        out.line(document.with_profiles(&breaches).render());
    } else {
        out.line(text::PREAMBLE);
        out.line(text::scenarios(checked));
        out.line(text::guarantees(checked));
        out.line(text::profiles(checked, &breaches));
        out.line(text::findings());
        out.line(text::mutants(trials));
        out.text(text::coverage(coverage));
        out.text(text::counting(checked));
        let missed = trials.iter().filter_map(|trial| trial.missed.as_ref());
        let missed = missed.chain(breaches.iter().filter_map(|breach| breach.missed.as_ref()));
        missed.chain(&changed).for_each(|line| out.line(format_args!("missed: {line}")));
        conclude(checked, status, out)?;
    }
    Ok(status)
}

fn chosen(names: &[String], flags: &Flags) -> Result<Vec<&'static Scenario>> {
    if names.is_empty() {
        return Ok(of_class(flags).collect());
    }
    names.iter().map(|name| known_scenario(name)).collect()
}

fn check(
    scenarios: Vec<&'static Scenario>,
    flags: &Flags,
    settings: &Settings,
    out: &mut Out,
) -> Result {
    let pins = Pins::load();
    let checked: Vec<Checked> = scenarios
        .into_iter()
        .map(|scenario| suite::check_scenario(scenario, &pins, settings))
        .collect();
    let mut coverage = Coverage::default();
    checked.iter().for_each(|c| coverage.add(&c.report.fired, c.report.witnessed));
    let status = checked.iter().map(Checked::status).max().unwrap_or(Status::Pass);
    if flags.json {
        out.line(Document::new(spec(), &checked, &[], Some(&coverage)).render());
    } else {
        out.line(text::PREAMBLE);
        out.line(text::scenarios(&checked));
        out.text(text::guarantees(&checked));
        out.text(text::counting(&checked));
        conclude(&checked, status, out)?;
    }
    Ok(status)
}

/// Violations drawn, drifted counts, and the last line.
fn conclude(checked: &[Checked], status: Status, out: &mut Out) -> Result<()> {
    for one in checked {
        if let Some(drift) = &one.drift {
            out.line(format_args!("missed: {drift}"));
        }
        for violation in &one.report.violations {
            show::draw_violation(one.scenario, spec(), None, violation, out)?;
        }
    }
    last_line(checked, status, out);
    Ok(())
}

fn last_line(checked: &[Checked], status: Status, out: &mut Out) {
    let unique = checked.iter().map(|one| one.report.unique).sum();
    // The sum of nothing is -0.
    let seconds = checked.iter().map(|one| one.report.seconds).sum::<f64>() + 0.0;
    let word = match status {
        Status::Pass => "pass",
        Status::Violated => "violated",
        Status::Missed => "expectation missed",
        Status::Incomplete => "incomplete: the memory bound was hit",
        Status::Usage | Status::Internal => "error",
    };
    out.line(format_args!(
        "{word}: {} scenarios, {} unique states, {seconds:.1} s",
        checked.len(),
        text::grouped(unique),
    ));
}

/// A scenario's bounds; they continue under `bounds: `.
fn bounds_line(scenario: &Scenario) -> String {
    let values = bounds::values(scenario).into_iter();
    let line = values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    textwrap::fill(&line, textwrap::Options::new(72).subsequent_indent("        "))
}
