//! Our engine against stateright's own checkers, against itself at other numbers of threads, and
//! with reductions on.

use model::check::{Settings, Verdict, check, hunt};
use model::machine::Machine;
use model::mutant::MUTANTS;
use model::pins::Pins;
use model::profile;
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::reduction::{Reduction, Reductions};
use model::scenario::{self, Class, SCENARIOS, Scenario};
use model::suite::counts;
use model::trace::Script;
use stateright::{Checker, Model};

fn quick() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick)
}

fn on_threads(threads: usize) -> Settings<'static> {
    Settings { threads, ..Settings::default() }
}

fn reduced(threads: usize, reductions: Reductions) -> Settings<'static> {
    Settings { reductions, ..on_threads(threads) }
}

/// Scenarios with more states are compared in the nightly run only.
const MANY: u64 = 1_000_000;

#[test]
fn stateright_counts_the_same_unique_states() {
    count(|unique| unique <= MANY);
}

/// The largest quick scenarios take stateright as long as all others together.
#[test]
#[ignore = "two minutes"]
fn stateright_counts_the_same_states_of_large_scenarios() {
    count(|unique| unique > MANY);
}

fn count(is_asked: impl Fn(u64) -> bool) {
    let pins = Pins::load();
    for scenario in quick().filter(|scenario| is_asked(pins.scenarios[scenario.name].unique)) {
        let pinned = pins.scenarios[scenario.name];
        let checker = Machine::spec(scenario).checker().threads(2).spawn_bfs().join();
        println!("{}: {} unique by stateright", scenario.name, checker.unique_state_count());
        assert_eq!(checker.unique_state_count() as u64, pinned.unique, "{}", scenario.name);
        assert_eq!(checker.state_count() as u64, pinned.generated, "{}", scenario.name);
        assert!(checker.discoveries().is_empty(), "{}: stateright disagrees", scenario.name);
    }
}

#[test]
fn counts_and_verdicts_do_not_depend_on_threads_or_reductions() {
    let useless = compare_runs(|unique| unique <= MANY);
    assert_eq!(useless, [], "reductions that reduce nothing");
}

#[test]
#[ignore = "two minutes"]
fn those_of_large_scenarios_do_not_either() {
    compare_runs(|unique| unique > MANY);
}

/// What is counted, reached and found to hold: on one thread and on two, with all reductions and
/// with none. The pinned counts come from two threads, and so do those of every default run. Gives
/// the reductions that alone make no scenario smaller.
fn compare_runs(is_asked: impl Fn(u64) -> bool) -> Vec<Reduction> {
    let pins = Pins::load();
    let mut useless = Reduction::ALL.to_vec();
    for scenario in quick().filter(|scenario| is_asked(pins.scenarios[scenario.name].unique)) {
        let with = |threads, reductions| {
            let report = check(&Machine::spec(scenario), &reduced(threads, reductions));
            assert_eq!(report.verdict, Verdict::Holds, "{}", scenario.name);
            report
        };
        let every = with(1, Reductions::NONE);
        assert_eq!(counts(&every), pins.scenarios[scenario.name], "{}", scenario.name);
        for threads in [1, 2] {
            let all = with(threads, Reductions::ALL);
            assert_eq!(counts(&all), pins.reduced[scenario.name], "{}", scenario.name);
            assert_eq!(all.witnessed, every.witnessed, "{}", scenario.name);
            assert_eq!(all.fired.map(|n| n > 0), every.fired.map(|n| n > 0), "{}", scenario.name);
        }
        let alone = |reduction: &Reduction| with(2, Reductions::only(*reduction)).unique;
        useless.retain(|reduction| alone(reduction) == every.unique);
    }
    useless
}

#[test]
fn shortest_traces_do_not_depend_on_threads_or_reductions() {
    for mutant in MUTANTS {
        let guarantee = mutant.killed_by;
        let scenario = scenario::find(mutant.scenario).expect("it exists");
        let name = mutant.departure.name;
        let machine = Machine::<dyn Protocol>::new(scenario, mutant.departure.protocol);
        let trace = |settings| {
            let report = hunt(&machine, &settings, guarantee);
            let found = report.violations.into_iter().find(|v| v.property.id == guarantee);
            found.expect(name).path
        };
        let one = trace(on_threads(1));
        assert_eq!(one, trace(on_threads(2)), "{name}");
        assert_eq!(one.len(), Pins::load().mutants[name].steps, "{name}");
        let other = trace(reduced(2, Reductions::ALL));
        assert_eq!(other.len(), one.len(), "{name}");
        // Lifted: every step is enabled where nothing is taken for one.
        let script = Script {
            scenario: scenario.clone(),
            profile: profile::spec(),
            mutant: Some(mutant),
            expect: None,
            steps: other.into_iter().map(|action| (0, action)).collect(),
        };
        let states = script.run().expect(name);
        let violated = script.violated(&states[states.len() - 1]);
        assert!(violated.iter().any(|property| property.id == guarantee), "{name}");
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
