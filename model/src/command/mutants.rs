//! `mutants`: every rule has teeth, and so has every bound.

use super::{Out, Result};
use crate::bounds::{self, Bite, TEETH, Tooth};
use crate::check::Settings;
use crate::cli::MutantsArgs;
use crate::mutant::{self, MUTANTS, Mutant};
use crate::pins::Pins;
use crate::profile;
use crate::report::json::Document;
use crate::report::text;
use crate::suite::{self, Status, Trial};

pub(super) fn run(args: &MutantsArgs, settings: &Settings, out: &mut Out) -> Result {
    let name = args.name.as_deref();
    let chosen: Vec<&'static Mutant> = match name {
        None => MUTANTS.iter().collect(),
        Some(name) => vec![mutant::known(name)?],
    };
    let pins = Pins::load();
    let all = chosen.len();
    let trials = suite::try_all(&chosen, &pins, settings, |trial| {
        let pinned = trial.smallest_bounds.take();
        trial.smallest_bounds = bounds::smallest(trial.mutant, settings);
        if trial.missed.is_none() && trial.smallest_bounds != pinned {
            let name = trial.mutant.departure.name;
            trial.missed = Some(format!("{name}: its smallest bounds are not as pinned"));
        }
        settings.say(&line(trial));
    });
    let mut status = trials.iter().map(Trial::status).max().unwrap_or(Status::Pass);
    if trials.len() < all {
        status = status.max(Status::Incomplete);
    }
    if args.json {
        let document = Document::new(profile::spec(), &[], &trials, None);
        out.line(document.judged(word(status)).render());
        return Ok(status);
    }
    let killed = trials.iter().filter(|trial| trial.steps().is_some()).count();
    let verdict = format!("{}: {killed} of {all} mutants killed", word(status));
    out.line(&verdict);
    trials
        .iter()
        .filter_map(|t| t.missed.as_ref())
        .for_each(|line| out.line(format_args!("missed: {line}")));
    out.line("");
    out.line(text::mutants(&trials));
    for trial in &trials {
        print_bounds(trial, out);
    }
    if name.is_none() {
        out.line("");
        for tooth in TEETH {
            if !print_tooth(tooth, settings, out) {
                status = status.max(Status::Missed);
            }
        }
    }
    out.line(format_args!("\n{}: {killed} of {all} mutants killed", word(status)));
    Ok(status)
}

/// The word of a run of mutants.
fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Incomplete => "incomplete",
        _ => "expectation missed",
    }
}

/// What became of a mutant, in a line.
fn line(trial: &Trial) -> String {
    let Mutant { departure, killed_by, .. } = trial.mutant;
    match trial.steps() {
        Some(steps) => format!("{}: {killed_by} in {steps} steps", departure.name),
        None => format!("{}: survives {killed_by}", departure.name),
    }
}

fn print_bounds(trial: &Trial, out: &mut Out) {
    let Some(bounds) = &trial.smallest_bounds else { return };
    let bounds: Vec<String> = bounds.iter().map(|(name, n)| format!("{name}={n}")).collect();
    out.line(trial.mutant.departure.name);
    out.line(format_args!("  dies in {}", trial.scenario.name));
    out.line(format_args!("  and already with {}", bounds.join(" ")));
}

/// Prints whether the bound has its tooth, and returns it.
fn print_tooth(tooth: &Tooth, settings: &Settings, out: &mut Out) -> bool {
    let Bite { survives_below, dies_at, value } = tooth.bite(settings);
    out.line(format_args!(
        "{} = {value}: {} {} with {}, {} with {value}",
        tooth.bound.name(),
        tooth.mutant,
        if survives_below { "survives" } else { "DIES" },
        value - 1,
        if dies_at { "dies" } else { "SURVIVES" },
    ));
    survives_below && dies_at
}
