//! The exhaustive product of named scenarios.

use super::walks::said;
use super::{Outcome, Status};
use crate::product::{self, Failure};
use model::pins::Pins;
use model::report::text::grouped;
use model::scenario::{Class, SCENARIOS, Scenario};
use model::trace::known_scenario;

/// Compares scenarios, and stops at the first disagreement.
///
/// # Errors
/// A scenario is not known.
pub fn run(names: &[String], print: &mut dyn FnMut(&str)) -> Outcome {
    let scenarios: Vec<&Scenario> = if names.is_empty() {
        SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick).collect()
    } else {
        names.iter().map(|name| known_scenario(name)).collect::<Result<_, _>>()?
    };
    let pins = Pins::load();
    let (mut states, mut edges) = (0, 0);
    for scenario in &scenarios {
        match product::compare(scenario) {
            Ok(compared) => {
                print(&format!("{}\n", line(scenario, compared)));
                // A state more is something in the reference that no view shows.
                let model = pins.scenarios.get(scenario.name).map(|pin| pin.unique);
                if let Some(model) = model.filter(|unique| *unique != compared.states) {
                    let model = grouped(model);
                    let why = format!("the model has {model}: some differ in no view");
                    return Ok((format!("{}: {why}\n", scenario.name), Status::Missed));
                }
                states += compared.states;
                edges += compared.edges;
            }
            Err(failure) => {
                let (what, status) = match &failure {
                    Failure::Parted(why) => (said(why), Status::Missed),
                    Failure::Incomplete => (failure.to_string(), Status::Incomplete),
                };
                return Ok((format!("{}: {what}\n", scenario.name), status));
            }
        }
    }
    let (count, states, edges) = (scenarios.len(), grouped(states), grouped(edges));
    let text =
        format!("pass: {count} scenarios, {states} product states, {edges} edges compared\n");
    Ok((text, Status::Pass))
}

/// What was compared of a scenario.
pub fn line(scenario: &Scenario, compared: product::Compared) -> String {
    let (states, edges) = (grouped(compared.states), grouped(compared.edges));
    format!("{:32} {states:>11} states {edges:>13} edges compared", scenario.name)
}
