//! The machine itself, with the questions of the main job.

use model::check::Guarantees;
use model::engine::Options;
use model::machine::Machine;
use model::mutant;
use model::scenario;

use crate::{explore_repeatedly, options};

#[test]
fn no_reduction_changes_a_scenario() {
    for name in ["received_archived", "unused_channel"] {
        let machine = Machine::spec(scenario::find(name).expect("it exists"));
        let outcome = explore_repeatedly(&machine, &Guarantees, options(1));
        assert_eq!(outcome.violations, []);
        assert!(outcome.witnessed != 0);
    }
}

#[test]
fn no_reduction_changes_a_shortest_trace() {
    for name in ["skip_offchain_claim", "ack_before_manager"] {
        let mutant = mutant::find(name).expect("it exists");
        let scenario = scenario::find(mutant.scenario).expect("it exists");
        let machine = Machine::new(scenario, mutant.departure.protocol);
        let options = Options { stop_on: u64::MAX, ..options(1) };
        assert_ne!(explore_repeatedly(&machine, &Guarantees, options).violations, []);
    }
}
