//! The engine against stateright's own checkers, and against the simplest possible search; and each
//! of its reductions on and off.

mod graph;
mod machine;
mod ring;
mod wide;

use std::fmt::Debug;
use std::hash::Hash;

use model::engine::{End, Inspect, Options, Outcome, Violation, Witness, explore};
use stateright::Model;

const PLENTY: u64 = 1 << 30;

fn options(threads: usize) -> Options<'static> {
    Options { threads, memory_bytes: PLENTY, ..Options::default() }
}

/// Everything in an outcome that must not depend on timing.
type Exact<A> = (u64, u64, u32, End, [u64; 64], u64, Vec<Violation<A>>, Vec<Witness<A>>);

fn exact<A>(outcome: Outcome<A>) -> Exact<A> {
    let Outcome { unique, generated, depth, end, fired, witnessed, .. } = outcome;
    (unique, generated, depth, end, fired, witnessed, outcome.violations, outcome.witness_paths)
}

/// Explores with 1, 2 and 3 threads, with and without each reduction, and checks that it makes no
/// difference.
fn explore_repeatedly<M, I>(model: &M, inspect: &I, options: Options<'_>) -> Outcome<M::Action>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug + PartialEq,
    I: Inspect<M>,
{
    let explore = |threads| explore(model, inspect, &Options { threads, ..options });
    let expected = exact(explore(1));
    for threads in [1, 2, 3] {
        assert_eq!(exact(explore(threads)), expected, "{threads} threads");
        for (remember_settled, pack) in [(false, true), (true, false), (false, false)] {
            let options = Options { threads, remember_settled, pack, ..options };
            let outcome = exact(self::explore(model, inspect, &options));
            assert_eq!(outcome, expected, "{threads} threads, {remember_settled}, {pack}");
        }
    }
    explore(0)
}

/// The state at the end of a path, each step of which must be offered.
fn follow<M>(model: &M, start: usize, path: &[M::Action]) -> M::State
where
    M: Model,
    M::Action: Clone + Debug + PartialEq,
{
    let mut state = model.init_states().swap_remove(start);
    for action in path {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        assert!(actions.contains(action), "{action:?} is not offered");
        state = model.next_state(&state, action.clone()).unwrap();
    }
    state
}
