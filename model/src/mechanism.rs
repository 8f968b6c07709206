//! Mechanisms: what the protocol does, as switches with named values.
//!
//! A [`Mechanism`] is a question that SPEC.md answers; the first of its values is that answer, each
//! other one is a [`Departure`]. A profile is some of them together, `check --set FLAG=VALUE` any
//! others, and `docs/mechanisms.md` says of each what leaving it out violates.

mod list;

pub use list::MECHANISMS;

use crate::departure::Departure;
use crate::names;
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
    /// The second value piece by piece: each departs for one kind of event alone, and several can
    /// be set together.
    pub kinds: &'static [Value],
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
    /// Its values, and then the pieces of the second.
    pub fn all(&self) -> impl Iterator<Item = &'static Value> {
        self.values.iter().chain(self.kinds)
    }

    /// Its values, as they are written on the command line.
    fn spelled(&self) -> String {
        let names: Vec<&str> = self.all().map(|value| value.name).collect();
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

impl Setting {
    /// This setting kind by kind, if it has kinds.
    pub fn pieces(&self) -> Vec<Setting> {
        let Setting { mechanism, value } = *self;
        let is_whole = mechanism.values.get(1).is_some_and(|whole| whole.name == value.name);
        if !is_whole || mechanism.kinds.is_empty() {
            return vec![*self];
        }
        mechanism.kinds.iter().map(|value| Setting { mechanism, value }).collect()
    }

    /// Whether it is one of several that can be set together.
    pub fn is_piece(&self) -> bool {
        self.mechanism.kinds.iter().any(|kind| kind.name == self.value.name)
    }
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
    let all = MECHANISMS
        .iter()
        .flat_map(|mechanism| mechanism.all().map(move |value| Setting { mechanism, value }));
    all.into_iter().find(|one| one.value.departure.is_some_and(|d| d.name == departure.name))
}

/// Reads `FLAG=VALUE`.
///
/// # Errors
/// Names the flags that it may have meant, or says which values the flag has.
pub fn parse(text: &str) -> Result<Setting, String> {
    let flags = || MECHANISMS.iter().map(|mechanism| mechanism.name);
    let Some((name, value)) = text.split_once('=') else {
        let what = "FLAG=VALUE with a flag";
        return Err(names::expected(what, text, flags(), "rules"));
    };
    let wanted = names::normal(name);
    let Some(mechanism) = MECHANISMS.iter().find(|mechanism| mechanism.name == wanted) else {
        return Err(names::unknown("flag", name, flags(), "rules"));
    };
    let wanted = names::normal(value);
    let found = mechanism.all().find(|one| one.name == wanted);
    found.map(|value| Setting { mechanism, value }).ok_or_else(|| {
        let value = names::shown(value);
        format!("no value '{value}' of '{}'; there are: {}", mechanism.name, mechanism.spelled())
    })
}
