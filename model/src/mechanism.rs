//! Mechanisms: what the protocol does, as switches with named values.
//!
//! A [`Mechanism`] is a question that SPEC.md answers; the first of its values is that answer, each
//! other one is a [`Difference`]. A profile is some of them together, `check --set FLAG=VALUE` any
//! others, and `docs/mechanisms.md` says of each what leaving it out violates.

mod list;
pub mod survey;

pub use list::MECHANISMS;

use crate::profile::{Design, Difference, PROFILES, Profile};
use std::fmt;

/// A question that SPEC.md answers one way.
pub struct Mechanism {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it decides, for people.
    pub decides: &'static str,
    /// Whether docs/mechanisms.md surveys it: its other values do with less than SPEC.md, so that a
    /// set of mechanisms can be smaller by it, and a scenario of the survey has what it is about.
    pub surveyed: bool,
    /// Its values; the first is SPEC.md's.
    pub values: &'static [Value],
}

/// An answer.
pub struct Value {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it makes the protocol do instead; none if it is SPEC.md's answer.
    pub departure: Option<&'static Difference>,
}

impl Value {
    const fn spec(name: &'static str) -> Value {
        Value { name, departure: None }
    }

    const fn departs(name: &'static str, departure: &'static Difference) -> Value {
        Value { name, departure: Some(departure) }
    }
}

impl Mechanism {
    /// Its values, as they are written on the command line.
    fn spelled(&self) -> String {
        let names: Vec<&str> = self.values.iter().map(|value| value.name).collect();
        format!("{}={}", self.name, names.join("|"))
    }
}

/// A mechanism with one of its values.
#[derive(Clone, Copy)]
pub struct Setting {
    /// The mechanism.
    pub mechanism: &'static Mechanism,
    /// The value.
    pub value: &'static Value,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Setting) -> bool {
        (self.mechanism.name, self.value.name) == (other.mechanism.name, other.value.name)
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.mechanism.name, self.value.name)
    }
}

/// Every value of every mechanism but SPEC.md's, in the order of [`MECHANISMS`].
pub fn departures() -> impl Iterator<Item = Setting> {
    let all = MECHANISMS.iter().flat_map(|mechanism| {
        mechanism.values.iter().map(move |value| Setting { mechanism, value })
    });
    all.filter(|setting| setting.value.departure.is_some())
}

/// The setting that a difference is.
pub fn of_difference(difference: &Difference) -> Option<Setting> {
    departures().find(|setting| setting.value.departure.is_some_and(|d| d.name == difference.name))
}

/// Reads `FLAG=VALUE`.
///
/// # Errors
/// Says which flags there are, or which values the flag has.
pub fn parse(text: &str) -> Result<Setting, String> {
    let all = || MECHANISMS.iter().map(Mechanism::spelled).collect::<Vec<_>>().join(", ");
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!("expected FLAG=VALUE, found '{text}'; there are: {}", all()));
    };
    let Some(mechanism) = MECHANISMS.iter().find(|mechanism| mechanism.name == name) else {
        return Err(format!("no flag '{name}'; there are: {}", all()));
    };
    let found = mechanism.values.iter().find(|one| one.name == value);
    found.map(|value| Setting { mechanism, value }).ok_or_else(|| {
        format!("no value '{value}' of '{name}'; there are: {}", mechanism.spelled())
    })
}

/// A profile with some mechanisms set, also back to SPEC.md. What comes out as a known profile is
/// that profile.
///
/// # Errors
/// If one mechanism is set twice.
pub fn with(base: &'static Profile, settings: &[Setting]) -> Result<&'static Profile, String> {
    let mut differences = base.differences.to_vec();
    for (index, setting) in settings.iter().enumerate() {
        let name = setting.mechanism.name;
        if settings[..index].iter().any(|earlier| earlier.mechanism.name == name) {
            return Err(format!("'{name}' is set twice"));
        }
        differences.retain(|d| of_difference(d).is_none_or(|own| own.mechanism.name != name));
        differences.extend(setting.value.departure);
    }
    let is_same = |profile: &&Profile| {
        let known = |d: &&Difference| profile.differences.iter().any(|own| own.name == d.name);
        profile.differences.len() == differences.len() && differences.iter().all(known)
    };
    if let Some(profile) = PROFILES.iter().find(is_same) {
        return Ok(profile);
    }
    // A design lives as long as the program, like every other; there are few of them in a run.
    let differences: &'static [&'static Difference] = differences.leak();
    Ok(Box::leak(Box::new(Profile {
        differences,
        protocol: Box::leak(Box::new(Design::new(differences))),
        set: settings.to_vec().leak(),
        ..*base
    })))
}
