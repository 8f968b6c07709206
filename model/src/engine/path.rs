//! From a fingerprint back to the actions that lead there.

use std::hash::Hash;

use stateright::Model;

use super::fingerprint::fingerprint;
use super::table::{NO_PARENT, Table};

/// An initial state (its index) and the actions taken from it.
pub(super) type Path<A> = (usize, Vec<A>);

const FICKLE: &str = "the model gives different answers for the same state";

/// The path that the table holds for a state.
pub(super) fn rebuild<M>(model: &M, table: &Table, target: u64) -> Path<M::Action>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    let mut wanted = ancestors(table, target).into_iter().rev();
    let first = wanted.next().expect("a state is its own ancestor");
    let (start, mut state) = model
        .init_states()
        .into_iter()
        .enumerate()
        .find(|(_, state)| fingerprint(state) == first)
        .expect(FICKLE);
    let mut path = Vec::with_capacity(wanted.len());
    for fingerprint in wanted {
        let (action, next) = step_to(model, &state, fingerprint).expect(FICKLE);
        path.push(action);
        state = next;
    }
    (start, path)
}

/// The fingerprints from this one back to that of an initial state.
fn ancestors(table: &Table, target: u64) -> Vec<u64> {
    let parent = |&child: &u64| {
        let parent = table.parent(child).expect("every state with a child is in the table");
        (parent != NO_PARENT).then_some(parent)
    };
    std::iter::successors(Some(target), parent).collect()
}

/// The first action offered in `state` that leads to the wanted state.
fn step_to<M>(model: &M, state: &M::State, wanted: u64) -> Option<(M::Action, M::State)>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    actions.into_iter().find_map(|action| {
        let next = model.next_state(state, action.clone())?;
        (fingerprint(&next) == wanted).then_some((action, next))
    })
}
