//! Our engine against stateright's own checkers, against itself at other numbers of threads, and
//! with reductions on.

use model::check::{Settings, Verdict, check, hunt};
use model::machine::Machine;
use model::mutant::MUTANTS;
use model::pins::Pins;
use model::property::PROPERTIES;
use model::scenario::{self, Class, SCENARIOS, Scenario};
use model::suite::{self, counts};
use stateright::{Checker, Model};

fn quick() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick)
}

fn on_threads(threads: usize) -> Settings<'static> {
    Settings { threads, ..Settings::default() }
}

#[test]
fn stateright_counts_the_same_unique_states() {
    for scenario in quick() {
        let pinned = Pins::load().scenarios[scenario.name];
        let checker = Machine::spec(scenario).checker().threads(2).spawn_bfs().join();
        println!("{}: {} unique by stateright", scenario.name, checker.unique_state_count());
        assert_eq!(checker.unique_state_count() as u64, pinned.unique, "{}", scenario.name);
        assert_eq!(checker.state_count() as u64, pinned.generated, "{}", scenario.name);
        assert!(checker.discoveries().is_empty(), "{}: stateright disagrees", scenario.name);
    }
}

/// The pinned counts come from two threads, and so do those of every default run.
#[test]
fn counts_do_not_depend_on_threads() {
    for scenario in quick() {
        let pinned = Pins::load().scenarios[scenario.name];
        let report = check(&Machine::spec(scenario), &on_threads(1));
        assert_eq!(report.verdict, Verdict::Holds, "{}", scenario.name);
        assert_eq!(counts(&report), pinned, "{} on one thread", scenario.name);
    }
}

#[test]
fn verdicts_do_not_depend_on_reductions() {
    for scenario in quick().filter(|scenario| scenario.is_symmetric()) {
        let report = check(&Machine::spec(scenario).with_symmetry(), &on_threads(2));
        let full = Pins::load().scenarios[scenario.name].unique;
        assert_eq!(report.verdict, Verdict::Holds, "{}", scenario.name);
        println!("{}: {} states up to symmetry, {full} in full", scenario.name, report.unique);
        assert!(report.unique < full && report.unique >= full / 2, "{}", scenario.name);
    }
}

#[test]
fn shortest_traces_do_not_depend_on_threads_or_reductions() {
    for mutant in MUTANTS.iter().filter(|mutant| suite::script(mutant).is_none()) {
        let guarantee = mutant.killed_by;
        let scenario = scenario::find(mutant.scenario).expect("it exists");
        let steps = |machine: Machine<dyn model::protocol::Protocol>, threads| {
            let report = hunt(&machine, &on_threads(threads), guarantee);
            let found = report.violations.into_iter().find(|v| v.property.id == guarantee);
            found.map(|violation| violation.path)
        };
        let one = steps(Machine::new(scenario, mutant.departure.protocol), 1)
            .expect(mutant.departure.name);
        let two = steps(Machine::new(scenario, mutant.departure.protocol), 2)
            .expect(mutant.departure.name);
        assert_eq!(one, two, "{}", mutant.departure.name);
        let reduced = steps(Machine::new(scenario, mutant.departure.protocol).with_symmetry(), 2);
        assert_eq!(
            reduced.expect(mutant.departure.name).len(),
            one.len(),
            "{}",
            mutant.departure.name
        );
        assert_eq!(
            one.len(),
            Pins::load().mutants[mutant.departure.name].steps,
            "{}",
            mutant.departure.name
        );
    }
}

/// stateright's breadth-first search finds a violation as well, with one property and one thread
/// at the same depth.
#[test]
fn stateright_finds_the_same_shortest_trace() {
    for name in ["release_early", "ack_when_queued", "keep_closed_fail"] {
        let mutant = model::mutant::find(name).expect("it exists");
        let scenario = scenario::find(mutant.scenario).expect("it exists");
        let machine = Machine::new(scenario, mutant.departure.protocol);
        let shortest = PROPERTIES
            .iter()
            .filter_map(|p| {
                let report = hunt(&machine, &on_threads(2), p.id);
                report.violations.iter().map(|v| v.path.len()).min()
            })
            .min();
        let checker = machine.checker().spawn_bfs().join();
        let theirs = checker.discovery("guarantees").map(|path| path.into_actions().len());
        assert_eq!(theirs, shortest, "{name}");
    }
}
