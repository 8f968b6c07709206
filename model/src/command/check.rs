//! `check`: scenarios under SPEC.md, under another design, or under one that was just put together.

use super::draw::{draw, no_page};
use super::show::script;
use super::{Out, Result, chosen};
use crate::attribution::{self, Cause, Part};
use crate::breach;
use crate::check::Settings;
use crate::cli::CheckArgs;
use crate::coverage::Coverage;
use crate::mechanism::{self, Setting};
use crate::pins::Pins;
use crate::profile::Profile;
use crate::property;
use crate::report::drawing::Heading;
use crate::report::json::Document;
use crate::report::summary;
use crate::report::text;
use crate::suite::{self, Checked, Shortest, Status, shortest};
use crate::trace::Expectation;

pub(super) fn run(args: &CheckArgs, settings: &Settings, out: &mut Out) -> Result {
    let set: Vec<Setting> =
        args.set.iter().map(|text| mechanism::parse(text)).collect::<Result<_>>()?;
    let base = args.profile.0;
    let profile = base.with(&set)?;
    let wanted = args.guarantee.as_deref().map(property::known).transpose()?.map(|one| one.id);
    let mut scenarios = chosen(&args.scenarios, args.classes.class.class())?;
    if let Some(shard) = args.shard {
        let part = shard.part(&scenarios, &Pins::load());
        scenarios.clone_from(&part.scenarios);
        // With `--json` the object is all that is printed.
        if !args.form.json {
            out.line(part.described(shard));
            if scenarios.is_empty() {
                out.line("pass: nothing to check");
                return Ok(Status::Pass);
            }
        }
    }
    let pins = Pins::load();
    let checked = suite::check_all(&scenarios, settings, |scenario| {
        if profile.is_spec() {
            suite::check_scenario(scenario, &pins, settings)
        } else {
            breach::check_scenario(profile, scenario, settings)
        }
    });
    let whole = Part { settings: set, profile, checked };
    let mut missed: Vec<String> = Vec::new();
    let mut status = if profile.is_spec() {
        missed.extend(whole.checked.iter().filter_map(|one| one.drift.clone()));
        whole.checked.iter().map(Checked::status).max().unwrap_or(Status::Pass)
    } else {
        missed = breach::unexpected(profile, &whole.checked, &pins);
        breach::status(&whole.checked, &missed)
    };
    if suite::is_interrupted(&whole.checked, scenarios.len()) {
        status = status.max(Status::Incomplete);
    }
    let is_asked =
        attribution::pieces(&whole.settings).len() > 1 && !shortest(&whole.checked).is_empty();
    let parts = match is_asked && !settings.is_interrupted() {
        true => attribution::parts(base, whole, settings)?,
        false => vec![whole],
    };
    let causes = if parts.len() > 1 { attribution::causes(&parts, settings) } else { vec![] };
    // A part that was cut may be to blame for more.
    if parts.iter().flat_map(|part| &part.checked).any(|one| one.report.is_cut()) {
        status = status.max(Status::Incomplete);
    }
    let answer = Answer { args, asked: scenarios.len(), missed, status, wanted, parts, causes };
    answer.put(out)
}

/// What a check has found.
struct Answer<'a> {
    args: &'a CheckArgs,
    /// How many scenarios were to be checked.
    asked: usize,
    missed: Vec<String>,
    status: Status,
    /// The guarantee that somebody wants to see.
    wanted: Option<&'static str>,
    /// With several settings, what some of them do alone; the last part is the whole.
    parts: Vec<Part<'a>>,
    causes: Vec<Cause>,
}

/// What is drawn: a trace, of a design.
struct Chosen<'a> {
    profile: &'static Profile,
    settings: Vec<Setting>,
    shortest: Shortest<'a>,
}

impl Answer<'_> {
    fn whole(&self) -> &Part<'_> {
        self.parts.last().expect("the whole is a part")
    }

    fn put(&self, out: &mut Out) -> Result {
        let Part { profile, checked, .. } = self.whole();
        let form = &self.args.form;
        let verdict = summary::verdict(profile, checked, self.asked, self.status);
        if form.json {
            let mut coverage = Coverage::default();
            checked.iter().for_each(|c| coverage.add(&c.report.fired, c.report.witnessed));
            let document = Document::new(profile, checked, &[], Some(&coverage));
            let document = document.judged(summary::word(profile, checked, self.status));
            out.line(document.attributed(self.causes.clone()).render());
            // The page alone.
            let status = match form.html {
                None => Status::Pass,
                Some(_) => self.draw(&mut Out::default())?,
            };
            return Ok(status.max(self.status));
        }
        out.line(textwrap::fill(&verdict, 80));
        self.missed.iter().for_each(|line| out.line(format_args!("missed: {line}")));
        let fence = if form.markdown { "```\n" } else { "" };
        out.text(format_args!(
            "{fence}{}{}{fence}",
            summary::violations(checked),
            self.attributed()
        ));
        let tables = self.args.full || !self.args.scenarios.is_empty();
        if tables && !form.markdown {
            out.line("");
            if !profile.is_spec() {
                out.line(text::profile_preamble(profile));
            }
            out.line(text::scenarios(checked));
        }
        out.text(text::counting(checked));
        let status = self.draw(out)?;
        out.line(textwrap::fill(&format!("{verdict}; {}", summary::cost(checked)), 80));
        Ok(status.max(self.status))
    }

    /// Of several settings, which are to blame.
    fn attributed(&self) -> String {
        let mut text = String::new();
        if self.causes.is_empty() {
            return text;
        }
        let mut rows = text::table(&["guarantee", "it takes", "steps", "in scenario"], &[2]);
        for Cause { guarantee, settings, steps, scenario, old_mode } in &self.causes {
            let alone = if settings.len() == 1 { " alone" } else { "" };
            let mode = if *old_mode { ", a Monitor in the old mode" } else { "" };
            let takes = format!("{}{alone}{mode}", settings.join(" with "));
            rows.add_row([*guarantee, takes.as_str(), steps.to_string().as_str(), scenario]);
        }
        rows.set_content_arrangement(comfy_table::ContentArrangement::Dynamic).set_width(80);
        text += &format!("\n{}\n", text::trimmed(&rows));
        let settings = &self.whole().settings;
        if !attribution::looks_at_every_part(settings) {
            return text
                + "of so many settings each was looked at alone, and then all together\n\n";
        }
        let is_idle = |setting: &&Setting| !self.causes.iter().any(|cause| cause.takes(setting));
        for setting in settings.iter().filter(is_idle) {
            text += &format!("{setting} is not needed for any of these, and not to blame\n");
        }
        text + "\n"
    }

    /// What is drawn: the guarantee that was asked for; of several settings what each does alone;
    /// otherwise the shortest trace of all.
    fn chosen(&self) -> Vec<Chosen<'_>> {
        let whole = self.whole();
        let (profile, settings) = (whole.profile, whole.settings.clone());
        let is_wanted =
            |one: &Shortest| self.wanted.is_none_or(|id| one.violation.property.id == id);
        if self.wanted.is_none() && self.parts.len() > 1 {
            return self.blamed();
        }
        // Of a known design the traces are known; nobody waits for a picture of them.
        if self.wanted.is_none() && whole.settings.is_empty() && !whole.profile.is_spec() {
            return vec![];
        }
        let found = shortest(&whole.checked).into_iter().filter(is_wanted).collect();
        let shortest = first(found);
        shortest.map(|shortest| Chosen { profile, settings, shortest }).into_iter().collect()
    }

    /// Of each setting, piece by piece, that is to blame for something, the shortest trace that it
    /// takes it for: the smallest part of the settings goes first.
    fn blamed(&self) -> Vec<Chosen<'_>> {
        let mut chosen: Vec<Chosen> = Vec::new();
        for piece in attribution::pieces(&self.whole().settings) {
            let is_it = |cause: &&Cause| cause.takes(&piece);
            let least = |cause: &&Cause| (cause.old_mode, cause.settings.len(), cause.steps);
            let Some(cause) = self.causes.iter().filter(is_it).min_by_key(least) else { continue };
            let named = |part: &&Part| {
                part.settings.iter().map(Setting::to_string).eq(cause.settings.iter().cloned())
            };
            let Some(part) = self.parts.iter().find(named) else { continue };
            let found = shortest(&part.checked).into_iter();
            let found = found.filter(|one| one.violation.property.id == cause.guarantee).collect();
            let Some(shortest) = first(found) else { continue };
            let (profile, settings) = (part.profile, part.settings.clone());
            if chosen.iter().all(|one| one.settings != settings) {
                chosen.push(Chosen { profile, settings, shortest });
            }
        }
        chosen
    }

    fn draw(&self, out: &mut Out) -> Result {
        let chosen = self.chosen();
        let form = &self.args.form;
        let mut drawn: Vec<&str> = Vec::new();
        for (index, one) in chosen.iter().enumerate() {
            let Chosen { profile, settings, shortest: Shortest { scenario, violation } } = one;
            let id = violation.property.id;
            drawn.push(id);
            let steps = violation.path.len();
            let title = format!(
                "{id} is violated under {} after {steps} steps: {}",
                profile.title(),
                violation.property.claim
            );
            let mut arguments = vec!["check".into(), scenario.name.into()];
            if profile.name != "spec" {
                arguments.extend(["--profile".into(), profile.name.into()]);
            }
            settings.iter().for_each(|one| arguments.extend(["--set".into(), one.to_string()]));
            arguments.extend(["--guarantee".into(), id.into()]);
            if !form.markdown {
                out.line(format_args!("\n{}\n", textwrap::fill(&title, 80)));
            }
            let expect = Some(Expectation::Violates(id));
            let script = script(scenario, profile, None, expect, &violation.path);
            let mut form = form.clone();
            // One page shows one trace: the first.
            form.html = form.html.filter(|_| index == 0);
            let heading = Heading { title, about: vec![], arguments };
            draw(&script, heading, &form, out)?;
            out.line("");
        }
        let status = if chosen.is_empty() { no_page(form, out) } else { Status::Pass };
        if let Some(id) = self.wanted.filter(|_| chosen.is_empty()) {
            out.line(format_args!("{id} is not violated here: nothing to draw"));
        }
        self.others(&drawn, out);
        Ok(status)
    }

    /// The traces that are not drawn, as scripts.
    fn others(&self, drawn: &[&str], out: &mut Out) {
        let whole = self.whole();
        // A known design has its findings, each with its script.
        if whole.profile.set.is_empty() && !whole.profile.is_spec() && self.wanted.is_none() {
            return;
        }
        for Shortest { scenario, violation } in shortest(&whole.checked) {
            let id = violation.property.id;
            if drawn.contains(&id) || self.args.form.markdown {
                continue;
            }
            let (steps, claim) = (violation.path.len(), violation.property.claim);
            out.line(format_args!("# {id} after {steps} steps: {claim}"));
            let expect = Some(Expectation::Violates(id));
            out.line(script(scenario, whole.profile, None, expect, &violation.path));
        }
    }
}

/// The shortest of the shortest.
fn first(found: Vec<Shortest<'_>>) -> Option<Shortest<'_>> {
    found.into_iter().min_by_key(Shortest::rank)
}
