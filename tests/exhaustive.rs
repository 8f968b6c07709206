//! Model and reference agree on every edge of every quick scenario, and the reference has no state
//! that the model cannot tell.

use conformance::command::product::line;
use conformance::product::compare;
use model::pins::Pins;
use model::scenario::{Class, SCENARIOS};
use std::io::Write;

#[test]
fn model_and_reference_agree_on_every_edge() {
    let pins = Pins::load();
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick) {
        let compared = compare(scenario).unwrap_or_else(|why| panic!("{}: {why}", scenario.name));
        // Past the capture of the test runner: these figures belong in what it prints.
        writeln!(std::io::stdout(), "{}", line(scenario, compared)).expect("stdout is open");
        assert_eq!(compared.states, pins.scenarios[scenario.name].unique, "{}", scenario.name);
    }
}
