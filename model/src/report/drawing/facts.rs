//! Named facts in a fixed order, and what differs between two lists of them.

use super::blame::Blame;
use super::lane;
use super::words::plain;
use serde::{Serialize, Serializer};

/// What a lane remembers: names and values in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Facts(Vec<(String, String)>);

impl Facts {
    /// Adds a fact; one with an empty value is none.
    pub fn push(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.push((key.into(), value));
        }
    }

    /// Adds a fact if there is something to say.
    pub fn push_if(&mut self, holds: bool, key: impl Into<String>, value: impl Into<String>) {
        if holds {
            self.push(key, value);
        }
    }

    /// Adds facts about a part of the lane, under its name.
    pub fn push_all(&mut self, part: &str, facts: Facts) {
        for (key, value) in facts.0 {
            self.push(format!("{part} {key}"), value);
        }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// A line for each fact.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(|(key, value)| format!("{key}: {value}")).collect()
    }

    /// A line for each fact, as it is shown where lines are not broken.
    pub fn plain_lines(&self) -> Vec<String> {
        self.lines().iter().map(|line| plain(line)).collect()
    }

    /// The facts that were not so before, and then a dash for each one that is gone.
    pub fn since(&self, before: &Facts) -> Facts {
        let new = self.0.iter().filter(|(key, value)| before.value(key) != Some(value));
        let gone = before.0.iter().filter(|(key, _)| self.value(key).is_none());
        let gone = gone.map(|(key, _)| (key.clone(), "-".to_string()));
        Facts(new.cloned().chain(gone).collect())
    }
}

/// Pairs of a name and a value.
impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|(key, value)| [plain(key), plain(value)]))
    }
}

/// What changed, for each lane a line each.
pub fn as_lines<S: Serializer>(
    changes: &[Facts; lane::ALL.len()],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(changes.iter().map(Facts::plain_lines))
}

/// What a step broke, a sentence each.
pub fn as_sentences<S: Serializer>(blames: &[Blame], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(blames.iter().map(|blame| &blame.sentence))
}
