//! `report`: a whole run as one page.

use super::{Out, Result, chosen, growth};
use crate::breach;
use crate::check::Settings;
use crate::cli::ReportArgs;
use crate::fate::{self, Fates};
use crate::mutant::{MUTANTS, Mutant};
use crate::pins::Pins;
use crate::profile::{PROFILES, Profile, spec};
use crate::report::{page, site, summary};
use crate::scenario::Scenario;
use crate::suite::{self, Status, Trial};
use std::fs;

pub(super) fn run(args: &ReportArgs, settings: &Settings, out: &mut Out) -> Result {
    let class = args.classes.class.class();
    let scenarios = chosen(&args.scenarios, class)?;
    // What cannot be written is said before minutes are spent.
    fs::create_dir_all(&args.folder)
        .map_err(|error| format!("{}: {error}", args.folder.display()))?;
    let is_there = |mutant: &&Mutant| scenarios.iter().any(|s| s.name == mutant.scenario);
    let mutants: Vec<&'static Mutant> = MUTANTS.iter().filter(is_there).collect();
    let pins = Pins::load();
    let checked = suite::check_all(&scenarios, settings, |scenario| {
        suite::check_scenario(scenario, &pins, settings)
    });
    let trials = suite::try_all(&mutants, &pins, settings, |_| {});
    let breaches = breach::run_all(class, &pins, settings);
    let fates: Vec<(&'static Profile, Vec<Fates>)> =
        PROFILES.iter().map(|profile| (profile, fates(profile, &scenarios, settings))).collect();
    let growth: Vec<(String, u64)> = growth::measured(settings)
        .into_iter()
        .map(|(change, report)| (change, report.unique))
        .collect();
    if settings.is_interrupted() {
        out.line("incomplete: interrupted, and no page is written");
        return Ok(Status::Incomplete);
    }
    let mut status = Status::Pass;
    status = checked.iter().map(suite::Checked::status).fold(status, Status::max);
    status = trials.iter().map(Trial::status).fold(status, Status::max);
    status = breaches.iter().map(breach::Breach::status).fold(status, Status::max);
    let verdict = summary::verdict(spec(), &checked, scenarios.len(), status);
    let lines = vec![
        verdict.clone(),
        "Holds: every reachable state within the bounds printed beside each scenario was looked \
         at, and no more is said."
            .to_owned(),
        summary::explored(&checked),
    ];
    let word = summary::word(spec(), &checked, status);
    let found = site::Found {
        verdict: (word, lines),
        checked: &checked,
        breaches: &breaches,
        trials: &trials,
        fates: &fates,
        growth: &growth,
    };
    let file = args.folder.join("index.html");
    fs::write(&file, page::site(&site::json(&found)))
        .map_err(|error| format!("{}: {error}", file.display()))?;
    out.line(textwrap::fill(&verdict, 80));
    out.line(format_args!("written: {}", file.display()));
    Ok(status)
}

fn fates(
    profile: &'static Profile,
    scenarios: &[&'static Scenario],
    settings: &Settings,
) -> Vec<Fates> {
    let mut all = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        if settings.is_interrupted() {
            break;
        }
        let item = format!("{} {}", profile.name, scenario.name);
        settings.begin("news", &item, index + 1, scenarios.len());
        all.push(fate::explore(profile, scenario, None, settings));
    }
    all
}
