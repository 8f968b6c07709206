//! Model and reference agree on every edge of every quick scenario, and the reference has no state
//! that the model cannot tell.

use conformance::command::product::line;
use conformance::product::compare;
use model::pins::Pins;
use model::scenario::{Class, SCENARIOS};
use std::io::Write;

/// Scenarios with more states are compared in the nightly run, and by `conformance product`.
const MANY: u64 = 2_000_000;

#[test]
fn model_and_reference_agree_on_every_edge() {
    agree_on(|unique| unique <= MANY);
}

#[test]
#[ignore = "four minutes"]
fn they_agree_on_every_edge_of_large_scenarios() {
    agree_on(|unique| unique > MANY);
}

fn agree_on(is_asked: impl Fn(u64) -> bool) {
    let pins = Pins::load();
    let quick = SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick);
    for scenario in quick.filter(|scenario| is_asked(pins.scenarios[scenario.name].unique)) {
        let compared = compare(scenario).unwrap_or_else(|why| panic!("{}: {why}", scenario.name));
        // Past the capture of the test runner: these figures belong in what it prints.
        writeln!(std::io::stdout(), "{}", line(scenario, compared)).expect("stdout is open");
        assert_eq!(compared.states, pins.scenarios[scenario.name].unique, "{}", scenario.name);
    }
}
