//! `events`: what can become of the news of an HTLC, under one profile.

use super::{Out, Result, chosen};
use crate::check::Settings;
use crate::cli::EventsArgs;
use crate::fate::{self, FATES};
use crate::report::text::{table, trimmed};
use crate::suite::Status;
use crate::trace::Script;

pub(super) fn run(args: &EventsArgs, settings: &Settings, out: &mut Out) -> Result {
    let profile = args.profile.0;
    let scenarios = chosen(&args.scenarios, args.classes.class.class())?;
    let mut explored = Vec::new();
    for (index, scenario) in scenarios.iter().enumerate() {
        if settings.is_interrupted() {
            break;
        }
        settings.begin("scenario", scenario.name, index + 1, scenarios.len());
        explored.push((*scenario, fate::explore(profile, scenario, None, settings)));
        settings.say(scenario.name);
    }
    let all = explored.len() == scenarios.len();
    let complete = all && explored.iter().all(|(_, fates)| fates.complete);
    let never = if complete { "never" } else { "not seen" };
    let mut rows = table(&["news", "becomes", "after", "in scenario"], &[2]);
    let mut scripts = Vec::new();
    for (index, fate) in FATES.iter().enumerate() {
        let shown = explored.iter().filter_map(|(scenario, fates)| {
            fates.paths[index].as_ref().map(|path| (*scenario, path))
        });
        let Some((scenario, path)) = shown.min_by_key(|(_, path)| path.len()) else {
            let is_there = scenarios.iter().any(|scenario| (fate.has_news)(scenario));
            rows.add_row([fate.news, fate.fate, if is_there { never } else { "-" }, "-"]);
            continue;
        };
        let steps = path.len().to_string();
        rows.add_row([fate.news, fate.fate, steps.as_str(), scenario.name]);
        let steps = path.iter().map(|action| (0, *action)).collect();
        let (scenario, mutant, expect) = (scenario.clone(), None, None);
        scripts.push((fate, Script { scenario, profile, mutant, expect, steps }));
    }
    out.line(format_args!("Profile {}: the shortest way to each, in steps.\n", profile.name));
    out.line(trimmed(&rows));
    for (fate, script) in scripts {
        let head = format!("{} {}: {}", fate.news, fate.fate, fate.story);
        let options = textwrap::Options::new(80).initial_indent("# ").subsequent_indent("# ");
        out.line(format_args!("\n{}", textwrap::fill(&head, options)));
        out.text(script);
    }
    out.line(if complete { "\nall states explored" } else { "\nincomplete" });
    Ok(if complete { Status::Pass } else { Status::Incomplete })
}
