//! The engine walks a settling schedule only where it could close a cycle, and evaluates the
//! quiescent guarantees only where nothing fair is enabled. Here the schedule is walked from every
//! reachable state of the smaller scenarios, in both orders, and must come to the same verdict.

use model::judgement::violated;
use model::machine::Machine;
use model::property::PROPERTIES;
use model::scenario::{Scenario, find};
use model::settle::{ORDERS, STEP_CAP, settle};
use stateright::Model;
use std::collections::HashSet;

/// Every third state: the schedules of the others run through the same states.
const STRIDE: usize = 3;

fn settle_everywhere(scenario: &Scenario) -> (usize, usize) {
    let machine = Machine::spec(scenario);
    let mut seen: HashSet<_> = machine.init_states().into_iter().collect();
    let mut queue: Vec<_> = seen.iter().copied().collect();
    let (mut walked, mut longest, mut actions) = (0, 0, Vec::new());
    while let Some(state) = queue.pop() {
        if seen.len() % STRIDE == 0 {
            for (order, name) in ORDERS.iter().enumerate() {
                let (path, last) = settle(&machine, &state, order)
                    .unwrap_or_else(|| panic!("{name} does not settle within {STEP_CAP} steps"));
                actions.clear();
                machine.actions(&last, &mut actions);
                let broken: Vec<_> =
                    violated(&machine, &last, &actions).map(|i| PROPERTIES[i].id).collect();
                assert!(broken.is_empty(), "{}: {name} ends in {broken:?}", scenario.name);
                longest = longest.max(path.len());
            }
            walked += 1;
        }
        actions.clear();
        machine.actions(&state, &mut actions);
        for action in &actions {
            let next = machine.after(&state, *action);
            if seen.insert(next) {
                queue.push(next);
            }
        }
    }
    (walked, longest)
}

#[test]
fn every_state_settles_in_both_orders() {
    for name in ["payment_slow_manager", "forward_offchain_async", "payment_closing_async_faulty"] {
        let (walked, longest) = settle_everywhere(find(name).expect("it exists"));
        println!("{name}: {walked} states walked, the longest schedule has {longest} steps");
        assert!(walked > 10_000);
        assert!(longest < STEP_CAP / 4, "the step cap is too close");
    }
}
