//! Mechanisms: what the protocol does, as switches with named values.
//!
//! A [`Mechanism`] is a question that SPEC.md answers; the first of its values is that answer, each
//! other one is a [`Departure`]. A profile is some of them together, `check --set FLAG=VALUE` any
//! others, and `docs/mechanisms.md` says of each what leaving it out violates.

mod list;

pub use list::MECHANISMS;

use crate::departure::Departure;
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
    pub departure: Option<&'static Departure>,
}

impl Value {
    const fn spec(name: &'static str) -> Value {
        Value { name, departure: None }
    }

    const fn departs(name: &'static str, departure: &'static Departure) -> Value {
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

/// The setting that a departure is.
pub fn of_departure(departure: &Departure) -> Option<Setting> {
    departures().find(|setting| setting.value.departure.is_some_and(|d| d.name == departure.name))
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
