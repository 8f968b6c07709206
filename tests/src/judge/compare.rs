//! What of a state an implementation keeps, and where two states differ.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an implementation says that it keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Paths into a state: names of fields with dots between them; `*` is every member of a list,
    /// or of what goes by the names of channels and HTLCs. What lies below belongs to it.
    #[serde(default)]
    pub state: Vec<String>,
    /// The first words of the effects that it tells, a block's without its number.
    #[serde(default)]
    pub effects: Vec<String>,
}

impl Kept {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.state.is_empty() && self.effects.is_empty()
    }
}

/// The first words of effects.
pub const EFFECTS: [&str; 6] = ["released", "acked", "delivers", "records", "inbound", "block"];

/// The member that stands for all.
const EVERY: &str = "*";

/// What is compared with a vector.
#[derive(Clone, Debug)]
pub struct Keeps {
    state: Part,
    effects: Vec<String>,
}

/// A part of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Of(BTreeMap<String, Part>),
}

impl Keeps {
    /// What is compared where an implementation keeps this, of states like that one.
    ///
    /// # Errors
    /// Names a path that no such state has, or an effect that is none: nothing would be compared.
    pub fn new(kept: &Kept, like: &Value) -> Result<Keeps, String> {
        let mut state = Part::Of(BTreeMap::new());
        for path in &kept.state {
            let names: Vec<&str> = path.split('.').collect();
            if !is_in(like, &names) {
                let path = model::names::shown(path);
                return Err(format!("the program keeps '{path}', which no state has"));
            }
            state.add(&names);
        }
        let unknown = kept.effects.iter().find(|word| !EFFECTS.contains(&word.as_str()));
        if let Some(unknown) = unknown {
            let unknown = model::names::shown(unknown);
            let known = EFFECTS.join(", ");
            return Err(format!("the program tells '{unknown}'; effects begin with {known}"));
        }
        Ok(Keeps { state, effects: kept.effects.clone() })
    }

    /// What is kept of a state.
    pub fn state(&self, state: &Value) -> Value {
        self.state.of(state)
    }

    /// What is told of effects, in order.
    pub fn effects(&self, effects: &[String]) -> Value {
        let word = |effect: &str| {
            let word = effect.split(' ').next().unwrap_or_default();
            word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
        };
        let told = effects.iter().filter(|effect| self.effects.contains(&word(effect)));
        let mut told: Vec<String> = told.cloned().collect();
        told.sort();
        told.into()
    }
}

/// Whether a state has such a path. Where nothing is (a null, an empty list) anything may be.
fn is_in(value: &Value, names: &[&str]) -> bool {
    let Some((name, rest)) = names.split_first() else { return true };
    match value {
        Value::Null => true,
        Value::Array(items) if *name == EVERY => {
            items.is_empty() || items.iter().any(|item| is_in(item, rest))
        }
        Value::Object(fields) if *name == EVERY => {
            fields.is_empty() || fields.values().any(|field| is_in(field, rest))
        }
        Value::Object(fields) => fields.get(*name).is_some_and(|field| is_in(field, rest)),
        _ => false,
    }
}

impl Part {
    fn add(&mut self, names: &[&str]) {
        let Part::Of(parts) = self else { return };
        match names.split_first() {
            None => *self = Part::Whole,
            Some((name, rest)) => {
                let empty = || Part::Of(BTreeMap::new());
                parts.entry((*name).to_owned()).or_insert_with(empty).add(rest);
            }
        }
    }

    fn of(&self, value: &Value) -> Value {
        let Part::Of(parts) = self else { return value.clone() };
        let every = parts.get(EVERY);
        match value {
            Value::Object(fields) => {
                let part = |name: &String| parts.get(name).or(every);
                let kept = fields
                    .iter()
                    .filter_map(|(name, field)| Some((name.clone(), part(name)?.of(field))));
                Value::Object(kept.collect::<Map<_, _>>())
            }
            Value::Array(items) => items.iter().filter_map(|item| Some(every?.of(item))).collect(),
            other => other.clone(),
        }
    }
}

/// The first place where two values differ: where, what was expected, and what was found.
pub fn difference(path: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let missing = expected.keys().find(|name| !found.contains_key(*name));
            if let Some(name) = missing {
                let expected = short(&expected[name]);
                return Some(format!("{path}.{name}: expected {expected}, and there is none"));
            }
            let unknown = found.keys().find(|name| !expected.contains_key(*name));
            if let Some(name) = unknown {
                let (name, found) = (model::names::shown(name), short(&found[name]));
                return Some(format!("{path}.{name}: expected none, got {found}"));
            }
            let pairs = expected.iter().map(|(name, value)| (name, value, &found[name]));
            let mut differing = pairs.filter_map(|(name, expected, found)| {
                difference(&format!("{path}.{name}"), expected, found)
            });
            differing.next()
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            let mut differing = pairs.filter_map(|(index, (expected, found))| {
                difference(&format!("{path}[{index}]"), expected, found)
            });
            differing.next()
        }
        (expected, found) if is_same(expected, found) => None,
        (expected, found) => {
            let (expected, found) = around(expected, found);
            Some(format!("{path}: expected {expected}, got {found}"))
        }
    }
}

/// An implementation that has forgotten the outcome of an HTLC says `removed` or `gone` alone.
fn is_same(expected: &Value, found: &Value) -> bool {
    let forgotten = |text: &str| match text.split_once(", ") {
        Some((stage @ ("removed" | "gone"), "claimed" | "failed")) => Some(stage.to_owned()),
        _ => None,
    };
    expected == found
        || expected.as_str().and_then(forgotten).is_some_and(|stage| found == stage.as_str())
}

/// So much is shown of a value.
const SHOWN: usize = 80;

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

/// Two values as a message shows them; of long texts, what lies around the first difference.
fn around(expected: &Value, found: &Value) -> (String, String) {
    let (Some(one), Some(other)) = (expected.as_str(), found.as_str()) else {
        return (short(expected), short(found));
    };
    if one.chars().count().max(other.chars().count()) <= SHOWN {
        return (expected.to_string(), found.to_string());
    }
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| {
        let part: String = text.chars().skip(same).take(8).collect();
        format!("'{}' from character {same} on", part.escape_default())
    };
    (part(one), part(other))
}
