//! `mutants`: every rule has teeth, and so has every bound.

use super::{Out, Result};
use crate::bounds::{self, Bite, TEETH, Tooth};
use crate::check::Settings;
use crate::cli::Flags;
use crate::mutant::{self, MUTANTS, Mutant};
use crate::pins::Pins;
use crate::profile;
use crate::report::json::Document;
use crate::report::text;
use crate::suite::{self, Status, Trial};

pub(super) fn run(name: Option<&str>, flags: &Flags, settings: &Settings, out: &mut Out) -> Result {
    let chosen: Vec<&'static Mutant> = match name {
        None => MUTANTS.iter().collect(),
        Some(name) => vec![mutant::find(name).ok_or_else(|| {
            let names: Vec<&str> = MUTANTS.iter().map(|m| m.departure.name).collect();
            format!("no mutant '{name}'; there are: {}", names.join(", "))
        })?],
    };
    let pins = Pins::load();
    let mut trials: Vec<Trial> = Vec::new();
    for mutant in chosen {
        let mut trial = suite::try_mutant(mutant, &pins, settings);
        let pinned = trial.smallest_bounds.take();
        trial.smallest_bounds = bounds::smallest(mutant, settings);
        if trial.missed.is_none() && trial.smallest_bounds != pinned {
            trial.missed =
                Some(format!("{}: its smallest bounds are not as pinned", mutant.departure.name));
        }
        trials.push(trial);
    }
    let mut status = trials.iter().map(Trial::status).max().unwrap_or(Status::Pass);
    if flags.json {
        out.line(Document::new(profile::spec(), &[], &trials, None).render());
        return Ok(status);
    }
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
    trials
        .iter()
        .filter_map(|t| t.missed.as_ref())
        .for_each(|line| out.line(format_args!("missed: {line}")));
    Ok(status)
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
