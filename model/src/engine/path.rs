//! From a fingerprint back to the actions that lead there.

use std::hash::Hash;

use stateright::Model;

use super::fingerprint::fingerprint;
use super::table::Table;

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
    first_line(table, target, |line| run(model, line)).expect(FICKLE)
}

/// Tries the lines of ancestors of a state that the table can mean, from the state back to an
/// initial one, until one is accepted: as a rule the first, which is the only one.
///
/// Where the table leaves a choice, the smallest fingerprint is tried first; so the parents are
/// those that the engine promises.
fn first_line<T>(table: &Table, target: u64, accept: impl Fn(&[u64]) -> Option<T>) -> Option<T> {
    let (mut line, mut choices) = (vec![target], Vec::new());
    loop {
        let last = *line.last()?;
        let link = table.link(last).expect("every state with a child is in the table");
        if link.depth > 0 {
            choices.push(table.parents(link).into_iter());
        } else if let Some(accepted) = accept(&line) {
            return Some(accepted);
        } else {
            line.pop();
        }
        // On to the next state that was not tried yet, farther back if need be.
        loop {
            if let Some(parent) = choices.last_mut()?.next() {
                line.push(parent);
                break;
            }
            choices.pop();
            line.pop();
        }
    }
}

/// Runs the model along a line of ancestors, given from its end.
fn run<M>(model: &M, line: &[u64]) -> Option<Path<M::Action>>
where
    M: Model,
    M::State: Hash,
    M::Action: Clone,
{
    let mut wanted = line.iter().rev();
    let first = wanted.next()?;
    let mut starts = model.init_states().into_iter().enumerate();
    let (start, mut state) = starts.find(|(_, state)| fingerprint(state) == *first)?;
    let mut path = Vec::with_capacity(wanted.len());
    for fingerprint in wanted {
        let (action, next) = step_to(model, &state, *fingerprint)?;
        path.push(action);
        state = next;
    }
    Some((start, path))
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

#[cfg(test)]
mod tests {
    use super::super::table::{Batch, Reached};
    use super::*;

    /// Fingerprints that differ only in bits that a link does not keep.
    #[test]
    fn tries_every_line_that_a_link_can_mean() {
        let table = Table::new();
        let meet = |fingerprint, parent, depth| {
            table.meet_all(&[Reached { fingerprint, parent }], depth, &mut Batch::default());
        };
        let [start, middle, end] = [1_u64 << 40, 2 << 40, 3 << 40];
        for low in 0..2 {
            meet(start | low, 0, 0);
            meet(middle | low, start, 1);
        }
        meet(end, middle, 2);
        let tried = std::cell::RefCell::new(Vec::new());
        let accepted = first_line(&table, end, |line| {
            tried.borrow_mut().push((line[1] & 1, line[2] & 1));
            (line[..] == [end, middle | 1, start]).then_some("accepted")
        });
        assert_eq!(accepted, Some("accepted"));
        assert_eq!(tried.into_inner(), [(0, 0), (0, 1), (1, 0)]);
        assert_eq!(first_line(&table, end, |_| None::<()>), None);
    }
}
