//! Model and reference agree on every edge of every quick scenario, and the reference has no state
//! that the model cannot tell.

use conformance::command::product::line;
use conformance::product::compare;
use model::pins::Pins;
use model::scenario::{Class, SCENARIOS};
use std::io::Write;

/// More states than a test of every push has time for.
const MANY: u64 = 600_000;

fn agree_on_every_edge(in_time: impl Fn(u64) -> bool) {
    let pins = Pins::load();
    let quick = SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick);
    let mut compared_any = false;
    for scenario in quick.filter(|scenario| in_time(pins.scenarios[scenario.name].unique)) {
        let compared = compare(scenario).unwrap_or_else(|why| panic!("{}: {why}", scenario.name));
        // Past the capture of the test runner: these figures belong in what it prints.
        writeln!(std::io::stdout(), "{}", line(scenario, compared)).expect("stdout is open");
        assert_eq!(compared.states, pins.scenarios[scenario.name].unique, "{}", scenario.name);
        compared_any = true;
    }
    assert!(compared_any, "there is no such scenario");
}

#[test]
fn model_and_reference_agree_on_every_edge() {
    agree_on_every_edge(|states| states <= MANY);
}

/// The largest quick scenarios take longer than all others together.
#[test]
#[ignore = "minutes: the nightly run has them"]
fn they_do_in_large_scenarios() {
    agree_on_every_edge(|states| states > MANY);
}
