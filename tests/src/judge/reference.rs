//! The reference as one that is judged by the vectors, without a program between.

use super::Implementation;
use super::compare::{EFFECTS, Kept, difference};
use super::file::File;
use super::protocol::{Answer, Done, Lost};
use crate::driver::{Driver, Taken};
use crate::history::Effect;
use crate::vectors::of_reference::shown;
use crate::vectors::shown::Shown;
use crate::vectors::snapshots::Snapshots;
use crate::vectors::{new_blocks, setup, words};
use model::action::Action;
use model::machine::Machine;
use model::state::{Channel, State};
use model::trace::Script;
use serde::Serialize;
use serde_json::Value;

/// The reference; nothing until it has begun.
#[derive(Default)]
pub struct Reference {
    run: Option<Run>,
}

/// A vector under way.
struct Run {
    machine: Machine,
    /// The world is the model's.
    model: State,
    driver: Driver,
    shown: Shown,
    durable: Snapshots,
}

impl Run {
    fn begin(vector: &File) -> Result<(Run, Done), String> {
        let script = format!("{}profile: spec\n\n", vector.scenario);
        let script = Script::parse(&script).map_err(|error| format!("scenario: {error}"))?;
        let other = difference("setup", &json(&setup(&script.scenario)), &vector.setup);
        if let Some(what) = other {
            return Err(format!("the setup is not that of the scenario: {what}"));
        }
        let machine = Machine::spec(&script.scenario);
        let (model, driver) = (script.scenario.initial(), Driver::new(&script.scenario));
        let shown = shown(&machine, &model, &driver)?;
        let durable = Snapshots::of(&machine, &driver);
        let done = Done {
            keeps: Some(Kept {
                state: json(&shown)
                    .as_object()
                    .into_iter()
                    .flat_map(|s| s.keys().cloned())
                    .collect(),
                effects: EFFECTS.map(str::to_owned).into(),
            }),
            effects: Vec::new(),
            state: json(&shown),
            snapshots: Some(json(&durable)),
        };
        Ok((Run { machine, model, driver, shown, durable }, done))
    }

    fn step(&mut self, action: &str) -> Result<Done, String> {
        let action = action.parse::<Action>().map_err(|error| error.to_string())?;
        if !self.machine.is_enabled(&self.model, action) {
            return Err("it is not possible in this state".into());
        }
        let before = self.model;
        let after = self.machine.after(&before, action);
        let Some(Taken { effects, .. }) = self.driver.step(&before, action, &after) else {
            return Err("the reference does not do that".into());
        };
        self.model = after;
        let shown = shown(&self.machine, &after, &self.driver)?;
        let told = effects.iter().filter_map(words::effect);
        let mut told: Vec<String> = told.chain(new_blocks(&self.shown, &shown)).collect();
        told.extend(effects.iter().filter_map(|effect| self.confirmed(effect)));
        told.sort();
        // The commitment that the reference broadcasts is in the chain of the model, too.
        told.dedup();
        let now = Snapshots::of(&self.machine, &self.driver);
        let snapshots = now.clone().since(&self.durable);
        (self.shown, self.durable) = (shown, now);
        Ok(Done {
            keeps: None,
            effects: told,
            state: json(&self.shown),
            snapshots: Some(json(&snapshots)),
        })
    }

    /// The block that a commitment of the reference makes.
    fn confirmed(&self, effect: &Effect) -> Option<String> {
        let Effect::Confirmed { channel, outputs } = *effect else { return None };
        let c = Channel::at(channel as usize).to_string();
        let block = words::commitment_with(true, outputs);
        Some(format!("block{} of {c}: {block}", self.shown.chains[&c].len()))
    }
}

impl Implementation for Reference {
    fn begin(&mut self, vector: &File) -> Result<Answer, Lost> {
        Ok(match Run::begin(vector) {
            Ok((run, done)) => {
                self.run = Some(run);
                Answer::Done(Box::new(done))
            }
            Err(why) => Answer::Refused(why),
        })
    }

    fn step(&mut self, action: &str) -> Result<Answer, Lost> {
        let Some(run) = &mut self.run else {
            return Ok(Answer::Refused("nothing has begun".into()));
        };
        Ok(run.step(action).map_or_else(Answer::Refused, |done| Answer::Done(Box::new(done))))
    }

    /// Each snapshot has to hold the state that stands beside it, and to be its one encoding.
    fn wrong_bytes(&self, snapshots: &Value, state: &Value) -> Option<String> {
        let run = self.run.as_ref()?;
        let read: Snapshots = match serde_json::from_value(snapshots.clone()) {
            Ok(read) => read,
            Err(error) => return Some(format!("snapshots: {error}")),
        };
        let decoded = match read.decoded(&run.machine, &run.driver) {
            Ok(decoded) => decoded,
            Err(what) => return Some(what),
        };
        let monitors = decoded.monitors.iter().find_map(|(c, version)| {
            let expected = &state["stored_monitors"][c]["durable"];
            difference(&format!("snapshots.monitors.{c}"), expected, &json(version))
        });
        let manager = decoded.manager.as_ref().and_then(|version| {
            difference("snapshots.manager", &state["stored_manager"], &json(version))
        });
        monitors.or(manager)
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("it has string keys only")
}
