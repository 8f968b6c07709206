//! Scripts: the only trace format. A `.scn` file is a header and one action a line.
//!
//! ```text
//! # what it shows
//! scenario: forward_offchain_async
//! profile: spec
//! mutant: release_early
//! expect: GUA-2
//!
//! peer_fail h0
//! complete out
//! ```
//!
//! `profile` is the design it runs under, and `set: FLAG=VALUE`, as often as needed, switches a
//! mechanism on top of it; `mutant` breaks a rule of `spec`, and of no other.
//! `mutant` and `expect` may be missing; `expect` is `holds` or the guarantee that the last state
//! violates. A scenario can be described instead of named, see [`custom`]. Empty lines and lines
//! that begin with `#` say nothing.

use crate::action::Action;
use crate::machine::Machine;
use crate::mechanism::{self, Setting};
use crate::mutant::{self, Mutant};
use crate::names;
use crate::profile::{self, PROFILES, Profile};
use crate::property::{self, PROPERTIES, Property};
use crate::protocol::Protocol;
use crate::scenario::custom::{self, CUSTOM, Described};
use crate::scenario::{self, Scenario};
use crate::state::State;
use stateright::Model;
use std::fmt;
use std::fs;
use std::path::Path;

/// What a script expects of its last state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// No guarantee is violated.
    Holds,
    /// This guarantee is violated.
    Violates(&'static str),
}

/// A script.
#[derive(Clone)]
pub struct Script {
    /// The situation it runs in.
    pub scenario: Scenario,
    /// The design it runs under.
    pub profile: &'static Profile,
    /// The mutant it runs under; none = the profile as it is.
    pub mutant: Option<&'static Mutant>,
    /// What it expects of its last state.
    pub expect: Option<Expectation>,
    /// Its steps, each with its line in the file.
    pub steps: Vec<(usize, Action)>,
}

/// Why a text is no script, or a script no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// What was expected there, and what was found.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ScriptError {}

/// The longest script that is read, in bytes: ten times the longest that anybody wrote.
pub const LONGEST: u64 = 1 << 20;

/// So many enabled actions are named where another was expected.
const NAMED: usize = 8;

impl Script {
    /// Reads a script from a file.
    ///
    /// # Errors
    /// Names the file, and the line where there is one.
    pub fn read(file: &Path) -> Result<Script, String> {
        let shown = names::shown(&file.to_string_lossy());
        let explained = |why: &dyn fmt::Display| format!("{shown}: {why}");
        let length = fs::metadata(file).map_err(|error| explained(&error))?.len();
        if length > LONGEST {
            let most = LONGEST >> 10;
            return Err(explained(&format!("{length} bytes; a script has {most} KiB at most")));
        }
        let text = fs::read_to_string(file).map_err(|error| explained(&error))?;
        Script::parse(&text).map_err(|error| explained(&error))
    }

    /// Reads a script.
    ///
    /// # Errors
    /// Names the first line that is not what was expected there.
    pub fn parse(text: &str) -> Result<Script, ScriptError> {
        let mut header = Header::default();
        let mut steps = Vec::new();
        let mut last = 0;
        for (index, line) in text.lines().enumerate() {
            let (number, line) = (index + 1, line.trim());
            last = number;
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let result = match line.split_once(':') {
                Some((key, value)) if steps.is_empty() => header.set(key.trim(), value.trim()),
                _ => match line.parse::<Action>() {
                    Ok(step) => {
                        steps.push((number, step));
                        Ok(())
                    }
                    Err(error) => Err(error.to_string()),
                },
            };
            result.map_err(|message| ScriptError { line: number, message })?;
        }
        let missing = |key| ScriptError {
            line: last.max(1),
            message: format!("expected a line '{key}: NAME' before the end of the file"),
        };
        let Header { scenario, has_htlcs, profile, set, mutant, expect } = header;
        let profile = profile.ok_or_else(|| missing("profile"))?;
        let profile =
            profile.with(&set).map_err(|message| ScriptError { line: last.max(1), message })?;
        let scenario = scenario.ok_or_else(|| missing("scenario"))?;
        if scenario.name == CUSTOM && !has_htlcs {
            return Err(missing("htlcs"));
        }
        if !scenario.can_dispatch() {
            let message = "expected 'writes=2' for several inbound HTLCs with 'async_in'".into();
            return Err(ScriptError { line: last.max(1), message });
        }
        if mutant.is_some() && !profile.is_spec() {
            let message = "a mutant breaks a rule of 'profile: spec', and of no other".into();
            return Err(ScriptError { line: last.max(1), message });
        }
        Ok(Script { scenario, profile, mutant, expect, steps })
    }

    /// Whether it runs under SPEC.md as it is.
    pub fn is_spec(&self) -> bool {
        self.mutant.is_none() && self.profile.is_spec()
    }

    /// The decisions it runs under.
    pub fn protocol(&self) -> &'static dyn Protocol {
        self.mutant.map_or(self.profile.protocol, |mutant| mutant.departure.protocol)
    }

    /// Runs it: the state after each step.
    ///
    /// # Errors
    /// Names the first step that is not enabled, and the actions that are.
    pub fn run(&self) -> Result<Vec<State>, ScriptError> {
        self.run_under(self.protocol())
    }

    /// Runs the steps from the initial state, under other decisions than its header names, and
    /// returns all states passed.
    ///
    /// # Errors
    /// Names the first step that is not enabled, and the actions that are.
    pub fn run_under(&self, protocol: &'static dyn Protocol) -> Result<Vec<State>, ScriptError> {
        let machine = Machine::new(&self.scenario, protocol);
        let mut states = vec![self.scenario.initial()];
        let mut actions = Vec::new();
        for (line, step) in &self.steps {
            let state = states.last().expect("there is an initial state");
            actions.clear();
            machine.actions(state, &mut actions);
            if !actions.contains(step) {
                let enabled = enabled(step, &actions);
                let message = format!("'{step}' is not enabled here; enabled: {enabled}");
                return Err(ScriptError { line: *line, message });
            }
            states.push(machine.after(state, *step));
        }
        Ok(states)
    }

    /// The guarantees that its last state violates.
    pub fn violated(&self, last: &State) -> Vec<&'static Property> {
        let machine = Machine::new(&self.scenario, self.protocol());
        let mut actions = Vec::new();
        machine.actions(last, &mut actions);
        machine.violated(last, &actions).map(|index| &PROPERTIES[index]).collect()
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Described(&self.scenario))?;
        writeln!(f, "profile: {}", self.profile.name)?;
        self.profile.set.iter().try_for_each(|setting| writeln!(f, "set: {setting}"))?;
        if let Some(mutant) = self.mutant {
            writeln!(f, "mutant: {}", mutant.departure.name)?;
        }
        match self.expect {
            Some(Expectation::Holds) => writeln!(f, "expect: holds")?,
            Some(Expectation::Violates(id)) => writeln!(f, "expect: {id}")?,
            None => {}
        }
        writeln!(f)?;
        self.steps.iter().try_for_each(|(_, step)| writeln!(f, "{step}"))
    }
}

/// The enabled actions for people, those that are most like an expected one first.
fn enabled(expected: &Action, actions: &[Action]) -> String {
    let words: Vec<String> = actions.iter().map(Action::to_string).collect();
    let expected = expected.to_string();
    let mut sorted: Vec<&str> = words.iter().map(String::as_str).collect();
    if sorted.len() > NAMED {
        sorted = names::nearest(&expected, sorted.into_iter(), NAMED);
    }
    let more = words.len() - sorted.len();
    match (sorted.is_empty(), more) {
        (true, _) => "nothing".into(),
        (false, 0) => sorted.join(", "),
        (false, more) => format!("{}, and {more} more", sorted.join(", ")),
    }
}

#[derive(Default)]
struct Header {
    scenario: Option<Scenario>,
    /// Whether a described scenario says which HTLCs it has.
    has_htlcs: bool,
    profile: Option<&'static Profile>,
    set: Vec<Setting>,
    mutant: Option<&'static Mutant>,
    expect: Option<Expectation>,
}

impl Header {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "scenario" if value == CUSTOM => self.scenario = Some(custom::NOTHING),
            "scenario" => self.scenario = Some(known_scenario(value)?.clone()),
            "htlcs" | "flags" | "bounds" => match &mut self.scenario {
                Some(described) if described.name == CUSTOM => {
                    custom::set(described, key, value)?;
                    self.has_htlcs |= key == "htlcs";
                }
                _ => return Err(format!("expected 'scenario: {CUSTOM}' before '{key}'")),
            },
            "profile" => self.profile = Some(known_profile(value)?),
            "set" => self.set.push(mechanism::parse(value)?),
            "mutant" => {
                self.mutant = Some(mutant::known(value)?);
            }
            "expect" => self.expect = Some(expectation(value)?),
            _ => {
                return Err(format!(
                    "expected 'scenario', 'profile', 'set', 'mutant' or 'expect' before ':' (and \
                     with 'scenario: {CUSTOM}' also 'htlcs', 'flags' or 'bounds'), found '{}'",
                    names::shown(key)
                ));
            }
        }
        Ok(())
    }
}

fn known_profile(value: &str) -> Result<&'static Profile, String> {
    profile::find(value).ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        format!("expected a profile ({}), found '{}'", known.join(", "), names::shown(value))
    })
}

fn expectation(value: &str) -> Result<Expectation, String> {
    if value == "holds" {
        return Ok(Expectation::Holds);
    }
    property::known(value).map(|property| Expectation::Violates(property.id)).map_err(|_| {
        format!("expected 'holds' or the id of a guarantee, found '{}'", names::shown(value))
    })
}

/// Finds a scenario by the name a person gave.
///
/// # Errors
/// Names the scenarios that it may have meant.
pub fn known_scenario(name: &str) -> Result<&'static Scenario, String> {
    scenario::find(&names::normal(name)).ok_or_else(|| {
        names::unknown("scenario", name, scenario::SCENARIOS.iter().map(|s| s.name), "scenarios")
    })
}
