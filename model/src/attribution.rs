//! Which settings are to blame: of several `--set`, those that suffice for what is violated.

use crate::breach;
use crate::check::{self, Settings, Verdict};
use crate::machine::Machine;
use crate::mechanism::Setting;
use crate::profile::Profile;
use crate::property::PROPERTIES;
use crate::protocol::Protocol;
use crate::scenario::{Flag, Scenario};
use crate::suite::{self, Checked, Shortest, shortest};
use serde::Serialize;

/// Of so many settings, counted piece by piece, every part is looked at; of more, each alone.
const EVERY_PART: usize = 5;

/// Whether there are so few settings that every part of them is looked at.
pub fn looks_at_every_part(settings: &[Setting]) -> bool {
    pieces(settings).len() <= EVERY_PART
}

/// Settings, those that have pieces by these.
pub fn pieces(settings: &[Setting]) -> Vec<Setting> {
    settings.iter().flat_map(Setting::pieces).collect()
}

/// The parts of so many pieces that are looked at, the smallest first: places of pieces.
fn chosen(count: usize) -> Vec<Vec<usize>> {
    if count > EVERY_PART {
        return (0..count).map(|index| vec![index]).collect();
    }
    let mut masks: Vec<usize> = (1..(1 << count) - 1).collect();
    masks.sort_by_key(|mask| mask.count_ones());
    let places = |mask: usize| (0..count).filter(|index| mask & (1 << index) != 0).collect();
    masks.into_iter().map(places).collect()
}

/// What suffices to violate a guarantee.
#[derive(Clone, Debug, Serialize)]
pub struct Cause {
    /// The guarantee.
    pub guarantee: &'static str,
    /// Settings that suffice together, none of which can be left out.
    pub settings: Vec<String>,
    /// Steps of the shortest trace with these alone.
    pub steps: usize,
    /// Its scenario.
    pub scenario: &'static str,
    /// Whether it takes a Monitor in the old mode, as an upgrade leaves it.
    pub old_mode: bool,
}

/// Some of the settings, checked without the others.
pub struct Part<'a> {
    /// The settings.
    pub settings: Vec<Setting>,
    /// The profile with these alone.
    pub profile: &'static Profile,
    /// What was found.
    pub checked: Vec<Checked<'a>>,
}

/// Checks what parts of the settings do without the others, the smallest first; the last part is
/// the whole, which is known. A part is left out where smaller ones violate all that the whole
/// does, and looked at where the whole violates something that they do not.
///
/// # Errors
/// If a setting cannot be made.
pub fn parts<'a>(
    base: &'static Profile,
    whole: Part<'a>,
    settings: &Settings,
) -> Result<Vec<Part<'a>>, String> {
    let pieces = pieces(&whole.settings);
    let mut parts: Vec<Part> = Vec::new();
    for places in chosen(pieces.len()) {
        let own: Vec<Setting> = places.into_iter().map(|index| pieces[index]).collect();
        let smaller: Vec<&Part> = parts.iter().filter(|part| part.is_within(&own)).collect();
        let is_open = |id: &str| !smaller.iter().any(|part| part.violates(id));
        let has_open =
            |one: &&Checked| one.report.violations.iter().any(|v| is_open(v.property.id));
        let places: Vec<&Scenario> =
            whole.checked.iter().filter(has_open).map(|one| one.scenario).collect();
        if places.is_empty() || settings.is_interrupted() {
            continue;
        }
        let profile = base.with(&own)?;
        settings.say(&format!("with {} and no other:", named(&own)));
        let checked =
            suite::check_all(&places, settings, |s| breach::check_scenario(profile, s, settings));
        parts.push(Part { settings: own, profile, checked });
    }
    parts.push(whole);
    Ok(parts)
}

impl Part<'_> {
    /// Whether all its settings are among these.
    fn is_within(&self, settings: &[Setting]) -> bool {
        let pieces = pieces(settings);
        self.settings.iter().all(|one| pieces.contains(one))
    }

    fn violates(&self, id: &str) -> bool {
        let violations = self.checked.iter().flat_map(|one| &one.report.violations);
        violations.into_iter().any(|violation| violation.property.id == id)
    }
}

/// What suffices for each guarantee that the whole violates, and nothing of it can be left out.
pub fn causes(parts: &[Part], settings: &Settings) -> Vec<Cause> {
    let whole = parts.last().expect("the whole is a part");
    let mut causes = Vec::new();
    for property in PROPERTIES.iter().filter(|property| whole.violates(property.id)) {
        let mut found: Vec<&Part> = Vec::new();
        for part in parts.iter().filter(|part| part.violates(property.id)) {
            if found.iter().any(|smaller| smaller.is_within(&part.settings)) {
                continue;
            }
            let own = shortest(&part.checked);
            let one = own.iter().find(|one| one.violation.property.id == property.id);
            causes.push(cause(part, one.expect("it violates it"), settings));
            found.push(part);
        }
    }
    causes
}

impl Cause {
    /// Whether a setting, or a piece of it, is among those that it takes.
    pub fn takes(&self, setting: &Setting) -> bool {
        let is_among = |one: &Setting| self.settings.contains(&one.to_string());
        is_among(setting) || setting.pieces().iter().any(is_among)
    }
}

/// What some settings cause, with none but them.
fn cause(part: &Part, one: &Shortest, settings: &Settings) -> Cause {
    let guarantee = one.violation.property.id;
    Cause {
        guarantee,
        settings: part.settings.iter().map(Setting::to_string).collect(),
        steps: one.violation.path.len(),
        scenario: one.scenario.name,
        old_mode: takes_old_mode(part.profile, one.scenario, guarantee, settings),
    }
}

/// Whether a violation is gone where builds do not change, and so no Monitor is in the old mode.
fn takes_old_mode(
    profile: &Profile,
    scenario: &Scenario,
    guarantee: &str,
    settings: &Settings,
) -> bool {
    if !scenario.has(Flag::Builds) {
        return false;
    }
    let mut without = scenario.clone();
    without.flags.set(Flag::Builds, false);
    let machine = Machine::<dyn Protocol>::new(&without, profile.protocol);
    check::hunt(&machine, settings, guarantee).verdict == Verdict::Holds
}

/// Settings for people.
fn named(settings: &[Setting]) -> String {
    settings.iter().map(Setting::to_string).collect::<Vec<_>>().join(" ")
}
