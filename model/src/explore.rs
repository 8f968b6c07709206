//! A scenario in stateright's Explorer: readable actions, states as differences, and the lanes as
//! its sequence diagram.

use crate::action::Action;
use crate::machine::Machine;
use crate::profile::Profile;
use crate::property::PROPERTIES;
use crate::protocol::Protocol;
use crate::report::drawing::{self, Drawing, Heading, lane};
use crate::report::svg;
use crate::scenario::Scenario;
use crate::state::State;
use crate::trace::Script;
use stateright::{Model, Path, Property};
use std::fmt::{self, Write};
use std::hash::{Hash, Hasher};

/// A machine, as somebody walks through it.
pub struct Explored {
    machine: Machine<dyn Protocol>,
    profile: &'static Profile,
    scenario: &'static Scenario,
}

/// A state that can say what it is.
#[derive(Clone)]
pub struct At {
    scenario: &'static Scenario,
    state: State,
    /// Whether the design writes event ids; where it does not, those on disk say nothing.
    writes_ids: bool,
}

impl PartialEq for At {
    fn eq(&self, other: &At) -> bool {
        self.state == other.state
    }
}

impl Hash for At {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = self.state;
        if !self.writes_ids {
            state.disk.hide_event_ids();
        }
        for (part, lines) in drawing::situation(self.scenario, &state) {
            for (index, line) in lines.iter().enumerate() {
                let name = if index == 0 { part } else { "" };
                writeln!(f, "{name:<10}{line}")?;
            }
        }
        Ok(())
    }
}

impl Explored {
    /// A scenario under a design.
    pub fn new(scenario: &'static Scenario, profile: &'static Profile) -> Explored {
        Explored { machine: Machine::new(scenario, profile.protocol), profile, scenario }
    }

    fn at(&self, state: State) -> At {
        At { scenario: self.scenario, state, writes_ids: self.machine.stores_event_ids() }
    }

    /// Whether a guarantee holds, by its place in [`PROPERTIES`].
    fn keeps<const INDEX: usize>(&self, at: &At) -> bool {
        let mut actions = Vec::new();
        self.machine.actions(&at.state, &mut actions);
        !self.machine.violated(&at.state, &actions).any(|violated| violated == INDEX)
    }
}

impl Model for Explored {
    type State = At;
    type Action = Action;

    fn init_states(&self) -> Vec<At> {
        vec![self.at(self.scenario.initial())]
    }

    fn actions(&self, at: &At, actions: &mut Vec<Action>) {
        self.machine.actions(&at.state, actions);
    }

    fn next_state(&self, at: &At, action: Action) -> Option<At> {
        Some(self.at(self.machine.after(&at.state, action)))
    }

    fn format_action(&self, action: &Action) -> String {
        action.to_string()
    }

    /// What a step changes, lane by lane, the calls, and what it breaks.
    fn format_step(&self, at: &At, action: Action) -> Option<String> {
        let step = drawing::step(&self.machine, &at.state, action);
        let mut text = String::new();
        for (lane, changes) in lane::ALL.into_iter().zip(&step.changes) {
            for line in changes.plain_lines() {
                let _ = writeln!(text, "{:<10}{line}", lane::name(lane));
            }
        }
        step.calls.iter().for_each(|call| text += &format!("{:<10}{call}\n", "calls"));
        step.blames.iter().for_each(|blame| text += &format!("!! {}\n", blame.sentence));
        Some(text)
    }

    fn as_svg(&self, path: Path<At, Action>) -> Option<String> {
        let steps = path.into_actions().into_iter().map(|action| (0, action)).collect();
        let (scenario, mutant, expect) = (self.scenario.clone(), None, None);
        let script = Script { scenario, profile: self.profile, mutant, expect, steps };
        Drawing::new(&script, Heading::default()).ok().map(|drawing| svg::diagram(&drawing))
    }

    fn properties(&self) -> Vec<Property<Explored>> {
        const _: () = assert!(PROPERTIES.len() == 10, "each guarantee is listed");
        let conditions: [fn(&Explored, &At) -> bool; 10] = [
            Explored::keeps::<0>,
            Explored::keeps::<1>,
            Explored::keeps::<2>,
            Explored::keeps::<3>,
            Explored::keeps::<4>,
            Explored::keeps::<5>,
            Explored::keeps::<6>,
            Explored::keeps::<7>,
            Explored::keeps::<8>,
            Explored::keeps::<9>,
        ];
        let all = PROPERTIES.iter().zip(conditions);
        all.map(|(property, condition)| Property::always(property.id, condition)).collect()
    }
}
