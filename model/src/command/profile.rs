//! `check --profile`: a design other than SPEC.md, exhaustively.

use super::{Out, Result, last_line, show};
use crate::breach;
use crate::check::{Settings, Violation};
use crate::cli::Flags;
use crate::coverage::Coverage;
use crate::pins::Pins;
use crate::profile::Profile;
use crate::report::json::Document;
use crate::report::text;
use crate::scenario::Scenario;
use crate::suite::Checked;

pub(super) fn check(
    profile: &'static Profile,
    scenarios: Vec<&'static Scenario>,
    flags: &Flags,
    settings: &Settings,
    out: &mut Out,
) -> Result {
    let check = |s| breach::check_scenario(profile, s, settings);
    let checked: Vec<Checked> = scenarios.into_iter().map(check).collect();
    let unexpected = breach::unexpected(profile, &checked, &Pins::load());
    let status = breach::status(&checked, &unexpected);
    if flags.json {
        let mut coverage = Coverage::default();
        checked.iter().for_each(|c| coverage.add(&c.report.fired, c.report.witnessed));
        out.line(Document::new(profile, &checked, &[], Some(&coverage)).render());
        return Ok(status);
    }
    out.line(text::profile_preamble(profile));
    out.line(text::scenarios(&checked));
    out.text(text::shortest(&checked));
    out.text(text::counting(&checked));
    // Of a design that was just put together nobody has seen a trace yet.
    if let Some((scenario, violation)) = shortest(&checked).filter(|_| !profile.set.is_empty()) {
        out.line("");
        show::draw_violation(scenario, profile, None, violation, out)?;
    }
    unexpected.iter().for_each(|line| out.line(format_args!("missed: {line}")));
    last_line(&checked, status, out);
    Ok(status)
}

fn shortest<'a>(checked: &'a [Checked]) -> Option<(&'a Scenario, &'a Violation)> {
    let of = |one: &'a Checked| one.report.violations.iter().map(move |v| (one.scenario, v));
    checked.iter().flat_map(of).min_by_key(|(_, violation)| violation.path.len())
}
