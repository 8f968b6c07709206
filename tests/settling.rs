//! The engine walks a settling schedule only where it could close a cycle, and evaluates the
//! quiescent guarantees only where nothing fair is enabled. Here the schedule is walked from every
//! reachable state of the smaller scenarios, in both orders, and must come to the same verdict.

use model::machine::Machine;
use model::mutant;
use model::pins::Pins;
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::scenario::find;
use model::settle::{ORDERS, STEP_CAP, choice, settle};
use model::state::State;
use stateright::Model;
use std::collections::HashMap;

/// By state: the steps that its schedule still has, once that is known.
type Lengths = HashMap<State, Option<usize>>;

/// Every reachable state.
fn reachable<P: Protocol + ?Sized>(machine: &Machine<P>) -> Lengths {
    let mut seen: Lengths = machine.init_states().into_iter().map(|state| (state, None)).collect();
    let mut queue: Vec<State> = seen.keys().copied().collect();
    let mut actions = Vec::new();
    while let Some(state) = queue.pop() {
        actions.clear();
        machine.actions(&state, &mut actions);
        for action in &actions {
            let next = machine.after(&state, *action);
            if seen.insert(next, None).is_none() {
                queue.push(next);
            }
        }
    }
    seen
}

/// Walks from a state until a state whose schedule is known, or until nothing fair is enabled; the
/// guarantees that are violated there.
fn walk<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    lengths: &mut Lengths,
    from: State,
    order: usize,
) -> Vec<&'static str> {
    let mut broken = Vec::new();
    let (mut state, mut way, mut actions) = (from, Vec::new(), Vec::new());
    let rest = loop {
        let known = lengths.get(&state).expect("a schedule leads to reachable states");
        if let Some(rest) = known {
            break *rest;
        }
        way.push(state);
        let steps = way.len();
        assert!(steps <= STEP_CAP, "{} does not settle within {STEP_CAP} steps", ORDERS[order]);
        actions.clear();
        machine.actions(&state, &mut actions);
        let chosen = choice(machine, &state, &actions, order);
        // The engine's walks ask for the action alone.
        assert_eq!(machine.fair_action(&state, order), chosen.map(|index| actions[index]));
        let Some(index) = chosen else {
            broken.extend(machine.violated(&state, &actions).map(|i| PROPERTIES[i].id));
            lengths.insert(state, Some(0));
            way.pop();
            break 0;
        };
        state = machine.after(&state, actions[index]);
    };
    for (more, state) in way.into_iter().rev().enumerate() {
        lengths.insert(state, Some(rest + more + 1));
    }
    broken
}

#[test]
fn every_state_settles_in_both_orders() {
    for name in ["payment_slow_manager", "forward_offchain_async", "payment_closing_async_faulty"] {
        let machine = Machine::spec(find(name).expect("it exists"));
        let mut lengths = reachable(&machine);
        let states: Vec<State> = lengths.keys().copied().collect();
        assert_eq!(states.len() as u64, Pins::load().scenarios[name].unique, "{name}");
        for (order, goes) in ORDERS.iter().enumerate() {
            lengths.values_mut().for_each(|length| *length = None);
            for state in &states {
                let broken = walk(&machine, &mut lengths, *state, order);
                assert!(broken.is_empty(), "{name}: {goes} ends in {broken:?}");
            }
            let longest = lengths.iter().max_by_key(|(_, length)| **length).expect("one state");
            let steps = longest.1.expect("every state was walked");
            println!("{name}: {} states, {goes}, {steps} steps", states.len());
            assert!(steps < STEP_CAP / 4, "the step cap is too close");
            // What was put together here is what the engine walks.
            let (path, _) = settle(&machine, longest.0, order).expect("it settles");
            assert_eq!(path.len(), steps, "{name}: {goes}");
        }
    }
}

/// A schedule that ends where something is lost: this mutant's first violation is only seen there.
#[test]
fn a_schedule_that_loses_something_is_noticed() {
    let mutant = mutant::find("release_forgets").expect("it exists");
    let scenario = find(mutant.scenario).expect("it exists");
    let machine = Machine::new(scenario, mutant.departure.protocol);
    let mut lengths = reachable(&machine);
    let states: Vec<State> = lengths.keys().copied().collect();
    let broken = states.iter().flat_map(|state| walk(&machine, &mut lengths, *state, 0));
    assert!(broken.into_iter().any(|id| id == mutant.killed_by));
}
