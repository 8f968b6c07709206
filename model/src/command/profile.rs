//! `check --profile`: a design other than SPEC.md, exhaustively.

use super::{Out, Result, last_line};
use crate::breach;
use crate::check::Settings;
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
    let check = |s| breach::check_scenario(profile, s, flags.symmetry, settings);
    let checked: Vec<Checked> = scenarios.into_iter().map(check).collect();
    let unexpected = breach::unexpected(profile, &checked, &Pins::load());
    let status = breach::status(&checked, &unexpected);
    if flags.json {
        let mut coverage = Coverage::default();
        checked.iter().for_each(|c| coverage.add(&c.report.fired, c.report.witnessed));
        out.line(Document::new(profile.name, &checked, &[], Some(&coverage)).render());
        return Ok(status);
    }
    out.line(text::profile_preamble(profile));
    out.line(text::scenarios(&checked));
    out.text(text::shortest(&checked));
    out.text(text::collision(&checked));
    unexpected.iter().for_each(|line| out.line(format_args!("missed: {line}")));
    last_line(&checked, status, out);
    Ok(status)
}
