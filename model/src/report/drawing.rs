//! A trace as it is shown: what the chart, Markdown, the page and JSON are made from.

pub mod blame;
mod contents;
pub mod facts;
pub mod lane;
pub mod words;

use crate::action::{Action, ActionKind};
use crate::call::Calls;
use crate::machine::Machine;
use crate::property::PROPERTIES;
use crate::protocol::Protocol;
use crate::scenario::Scenario;
use crate::state::State;
use crate::trace::{Script, ScriptError};
use blame::{Blame, blames};
use facts::Facts;
use serde::Serialize;
use std::collections::BTreeMap;

/// What stands above a trace, and how it can be had again.
#[derive(Clone, Default)]
pub struct Heading {
    /// What it is, in a line.
    pub title: String,
    /// More of it, a paragraph each.
    pub about: Vec<String>,
    /// The arguments of `model` that draw it.
    pub arguments: Vec<String>,
}

/// A trace with all that is shown of it.
#[derive(Serialize)]
pub struct Drawing {
    schema: u8,
    /// What it is, in a line.
    pub title: String,
    /// More of it, a paragraph each.
    pub about: Vec<String>,
    scenario: Situation,
    profile: &'static str,
    set: BTreeMap<&'static str, String>,
    mutant: Option<&'static str>,
    /// The command that draws it.
    pub command: String,
    verdict: &'static str,
    /// The guarantees that the last state violates.
    pub violated: Vec<Broken>,
    lanes: [&'static str; lane::ALL.len()],
    initial: Shown,
    /// Its steps.
    pub steps: Vec<Drawn>,
    /// The script that runs it.
    pub script: String,
    /// The last state, part by part.
    #[serde(skip)]
    pub last: Vec<(&'static str, Facts)>,
    /// The guarantees that steps have broken in it.
    #[serde(skip)]
    pub broken: Vec<String>,
    /// The bounds of its scenario, in a line.
    #[serde(skip)]
    pub bounds: String,
}

#[derive(Serialize)]
struct Situation {
    name: &'static str,
    class: &'static str,
    bounds: BTreeMap<&'static str, u8>,
    flags: Vec<&'static str>,
}

/// A violated guarantee.
#[derive(Serialize)]
pub struct Broken {
    /// Its id.
    pub id: &'static str,
    /// Its claim.
    pub claim: &'static str,
}

/// One state, lane by lane.
#[derive(Serialize)]
struct Shown {
    lanes: [Facts; lane::ALL.len()],
    history: Facts,
    left: Facts,
}

/// A step.
#[derive(Serialize)]
pub struct Drawn {
    /// The action, as in a script.
    pub action: String,
    /// The lane that acts, from the left.
    pub lane: usize,
    /// Whether it cuts through all lanes.
    pub crash: bool,
    /// What the Manager asked of others.
    #[serde(skip)]
    pub calls: Vec<String>,
    /// What the Manager asked of others, with a mark at what was wrong.
    #[serde(rename = "calls")]
    marked: Vec<String>,
    /// What is new or gone in each lane.
    #[serde(serialize_with = "facts::as_lines")]
    pub changes: [Facts; lane::ALL.len()],
    /// What it broke.
    #[serde(rename = "broken", serialize_with = "facts::as_sentences")]
    pub blames: Vec<Blame>,
    state: Shown,
}

impl Drawing {
    /// Runs a script and keeps what is to be shown of it.
    ///
    /// # Errors
    /// Names the first step that is not enabled, and the actions that are.
    pub fn new(script: &Script, heading: Heading) -> Result<Drawing, ScriptError> {
        let states = script.run()?;
        let violated = script.violated(states.last().expect("there is an initial state"));
        let is_violated = |id: &str| violated.iter().any(|property| property.id == id);
        let broken = PROPERTIES.iter().filter(|property| is_violated(property.id));
        let violated = broken.map(|p| Broken { id: p.id, claim: p.claim }).collect::<Vec<_>>();
        let Heading { title, about, arguments } = heading;
        let Script { scenario, profile, mutant, .. } = script;
        let machine = Machine::new(scenario, script.protocol());
        let shown = states_shown(&machine, &states);
        let last = shown.last().expect("there is an initial state");
        let steps = script.steps.iter().enumerate().map(|(index, (_, action))| {
            let (before, after) = (&shown[index], &shown[index + 1]);
            drawn(&machine, &states[index], *action, before, after)
        });
        Ok(Drawing {
            schema: 1,
            title,
            about,
            scenario: Situation {
                name: scenario.name,
                class: scenario.class.name(),
                bounds: scenario.bounds().into_iter().collect(),
                flags: scenario.switches(),
            },
            profile: profile.name,
            set: profile.settings(),
            mutant: mutant.map(|mutant| mutant.departure.name),
            command: format!("cargo run -p model --release -- {}", arguments.join(" ")),
            verdict: if violated.is_empty() { "holds" } else { "violated" },
            violated,
            lanes: lane::ALL.map(lane::name),
            initial: Shown::of(scenario, &shown[0]),
            steps: steps.collect(),
            script: script.to_string(),
            last: described(scenario, last),
            broken: words::broken(last),
            bounds: bounds_line(scenario),
        })
    }

    /// The scenario's name.
    pub fn scenario(&self) -> &'static str {
        self.scenario.name
    }

    /// All of it as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("it has string keys only")
    }
}

/// A step from a state, by itself.
pub fn step(machine: &Machine<dyn Protocol>, before: &State, action: Action) -> Drawn {
    let states = [*before, machine.after(before, action)];
    let shown = states_shown(machine, &states);
    drawn(machine, before, action, &shown[0], &shown[1])
}

/// A state in words, part by part.
pub fn situation(scenario: &Scenario, state: &State) -> Vec<(&'static str, Vec<String>)> {
    let parts = described(scenario, state).into_iter();
    let mut parts: Vec<_> = parts.map(|(name, facts)| (name, facts.plain_lines())).collect();
    parts.push(("broken", words::broken(state)));
    parts
}

fn drawn(
    machine: &Machine<dyn Protocol>,
    state: &State,
    action: Action,
    before: &State,
    after: &State,
) -> Drawn {
    let scenario = &machine.scenario;
    let mut calls = Calls::new();
    machine.step(state, action, &mut calls);
    let blames = blames(&machine.topology, state, action, &calls, after);
    let calls: Vec<String> = calls.iter().map(|call| words::call(*call)).collect();
    let mark = |call: &String| {
        let is_wrong = blames.iter().any(|blame| blame.call.as_ref() == Some(call));
        format!("{}{call}", if is_wrong { "! " } else { "" })
    };
    Drawn {
        action: action.to_string(),
        lane: lane::index(lane::acting(action)),
        crash: action.kind == ActionKind::Crash,
        marked: calls.iter().map(mark).collect(),
        calls,
        changes: lane::ALL.map(|lane| {
            let was = contents::facts(lane, scenario, before);
            contents::facts(lane, scenario, after).since(&was)
        }),
        blames,
        state: Shown::of(scenario, after),
    }
}

impl Shown {
    fn of(scenario: &Scenario, state: &State) -> Shown {
        Shown {
            lanes: lane::ALL.map(|lane| contents::facts(lane, scenario, state)),
            history: contents::history(scenario, state),
            left: contents::budget(state),
        }
    }
}

/// A state part by part: the lanes, what only properties read, what the adversary has left.
fn described(scenario: &Scenario, state: &State) -> Vec<(&'static str, Facts)> {
    let lanes =
        lane::ALL.map(|lane| (lane::name(lane), contents::described(lane, scenario, state)));
    let mut parts = lanes.to_vec();
    parts.push(("history", contents::history(scenario, state)));
    parts.push(("left", contents::budget(state)));
    parts
}

/// The states as they are shown: with event ids on disk only if the design writes them.
fn states_shown(machine: &Machine<dyn Protocol>, states: &[State]) -> Vec<State> {
    let mut states = states.to_vec();
    if !machine.stores_event_ids() {
        states.iter_mut().for_each(|state| state.disk.hide_event_ids());
    }
    states
}

/// A scenario's bounds; they continue under `bounds: `.
fn bounds_line(scenario: &Scenario) -> String {
    let values = crate::bounds::values(scenario).into_iter();
    let line = values.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ");
    textwrap::fill(&line, textwrap::Options::new(72).subsequent_indent("        "))
}
