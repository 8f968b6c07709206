//! Each reduction, held against what makes one sound: a state and the one that stands for it
//! violate the same guarantees, and offer steps of the same kinds to states for which the same ones
//! stand.
//!
//! In every reachable state of small scenarios with one crash less, under SPEC.md, under every
//! profile, and under every mutant that dies there; states behind a broken step are among them.

use model::action::Action;
use model::bounds::Bound;
use model::engine::fingerprint;
use model::machine::Machine;
use model::mutant::MUTANTS;
use model::pins::Pins;
use model::profile::PROFILES;
use model::protocol::Protocol;
use model::reduction::{Reduction, Reductions};
use model::scenario::{Class, Count, SCENARIOS, Scenario};
use model::state::State;
use stateright::Model;
use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

/// The most states of a scenario that is looked at, with two crashes.
const SMALL: u64 = 1_500_000;

#[test]
fn what_stands_for_a_state_cannot_be_told_from_it() {
    let pins = Pins::load();
    let is_small = |scenario: &&Scenario| pins.scenarios[scenario.name].unique <= SMALL;
    let quick = SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick);
    let todo = Mutex::new(quick.filter(is_small));
    let next = || todo.lock().expect("no thread has panicked").next();
    let work = || {
        let mut moved = Moved::default();
        while let Some(scenario) = next() {
            hold_under_all(scenario, &mut moved);
        }
        moved
    };
    let moved = thread::scope(|scope| {
        let other = scope.spawn(work);
        let own = work();
        let other = other.join().expect("reductions are sound");
        std::array::from_fn::<_, { Reduction::ALL.len() }, _>(|i| own[i] + other[i])
    });
    for (reduction, moved) in Reduction::ALL.iter().zip(moved) {
        println!("{}: another state stands for {moved} states", reduction.name());
        assert!(moved > 0, "{} was not looked at", reduction.name());
    }
}

/// How many states each reduction alone takes to another.
type Moved = [u64; Reduction::ALL.len()];

fn hold_under_all(scenario: &Scenario, moved: &mut Moved) {
    let lower = Bound::Count(Count::Crashes).lowered(scenario);
    let scenario = lower.as_ref().unwrap_or(scenario);
    for profile in PROFILES.iter() {
        hold(scenario, profile.protocol, profile.name, moved);
    }
    for mutant in MUTANTS.iter().filter(|mutant| mutant.scenario == scenario.name) {
        hold(scenario, mutant.departure.protocol, mutant.departure.name, moved);
    }
}

/// Holds all reductions together against one machine, and against that of SPEC.md each alone.
fn hold(scenario: &Scenario, protocol: &'static dyn Protocol, name: &str, moved: &mut Moved) {
    let machine = Machine::<dyn Protocol>::new(scenario, protocol);
    match machine.topology.size() {
        (1, ..=2) => hold_sized(machine.sized::<1, 2>(), name, moved),
        (2, ..=2) => hold_sized(machine.sized::<2, 2>(), name, moved),
        _ => hold_sized(machine, name, moved),
    }
}

fn hold_sized<const C: usize, const H: usize>(
    machine: Machine<dyn Protocol, C, H>,
    name: &str,
    moved: &mut Moved,
) {
    let alone = Reduction::ALL.iter().map(|reduction| Reductions::only(*reduction));
    let reducers: Vec<_> = alone
        .chain([Reductions::ALL])
        .map(|reductions| machine.sized::<C, H>().with(reductions))
        .collect();
    let (mut met, mut todo) = (HashSet::new(), machine.init_states());
    while let Some(state) = todo.pop() {
        for (index, reducer) in reducers.iter().enumerate() {
            let stands = reducer.reduced(state);
            if stands == state {
                continue;
            }
            if let Some(moved) = moved.get_mut(index) {
                *moved += 1;
                if name != "spec" {
                    continue;
                }
            }
            assert_eq!(
                seen_from(reducer, &state),
                seen_from(reducer, &stands),
                "{name} in {}, {:?}: {state:#?}",
                machine.scenario.name,
                Reduction::ALL.get(index),
            );
        }
        for action in actions(&machine, &state) {
            let next = machine.after(&state, action);
            if met.insert(fingerprint(&next)) {
                todo.push(next);
            }
        }
    }
}

/// All that a search asks of a state: what it violates, and by which kinds of steps it leads to
/// which states, of each the one that stands for it.
fn seen_from<const C: usize, const H: usize>(
    machine: &Machine<dyn Protocol, C, H>,
    state: &State<C, H>,
) -> (Vec<usize>, Vec<(usize, u64)>) {
    let actions = actions(machine, state);
    let violated = machine.violated(state, &actions).collect();
    let step = |action: &Action| {
        let next = machine.reduced(machine.after(state, *action));
        (action.kind as usize, fingerprint(&next))
    };
    let mut steps: Vec<_> = actions.iter().map(step).collect();
    steps.sort_unstable();
    (violated, steps)
}

fn actions<const C: usize, const H: usize>(
    machine: &Machine<dyn Protocol, C, H>,
    state: &State<C, H>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    machine.actions(state, &mut actions);
    actions
}

/// The check itself can fail: of two states of which one has spent a crash it says so.
#[test]
fn what_can_be_told_apart_is_told() {
    let scenario = model::scenario::find("payment_slow_manager").expect("it exists");
    let machine = Machine::<dyn Protocol>::new(scenario, &model::protocol::Spec);
    let state = machine.init_states()[0];
    let mut other = state;
    other.budget.crashes -= 1;
    assert_ne!(seen_from(&machine, &state), seen_from(&machine, &other));
}

#[test]
fn reductions_are_named() {
    let parse = str::parse::<Reductions>;
    assert_eq!(parse("all"), Ok(Reductions::ALL));
    assert_eq!(parse("none"), Ok(Reductions::NONE));
    let some = parse("closer,names").expect("both exist");
    assert_eq!(some.names().collect::<Vec<_>>(), ["closer", "names"]);
    let error = parse("closer,colour").expect_err("there is no such reduction");
    assert!(error.contains("closer, signed, order, names"), "{error}");
}

/// A protocol that tells two claim sites apart makes the reduction that takes them for one go.
#[test]
fn a_reduction_goes_where_the_protocol_can_tell() {
    let mutant = model::mutant::find("skip_holder_output_claim").expect("it exists");
    let scenario = model::scenario::find(mutant.scenario).expect("it exists");
    let machine = Machine::<dyn Protocol>::new(scenario, mutant.departure.protocol);
    let kept = machine.sound(Reductions::ALL);
    assert_eq!(kept.names().collect::<Vec<_>>(), ["signed", "order", "names"]);
}
