//! Settling: what happens once the adversary rests. SPEC.md section 4.5. Which actions are bound to
//! happen, and whose turn each is, their rows say.

use crate::action::Action;
use crate::machine::Machine;
pub use crate::machine::row::ORDERS;
use crate::protocol::Protocol;
use crate::state::State;
use stateright::Model;

/// How many steps a settling schedule may take; the longest one needs far fewer.
pub const STEP_CAP: usize = 400;

/// The fair action a settling order takes here, as an index; none if the state is quiescent.
pub fn choice<P: Protocol + ?Sized, const C: usize, const H: usize>(
    machine: &Machine<P, C, H>,
    s: &State<C, H>,
    actions: &[Action],
    order: usize,
) -> Option<usize> {
    let fair = actions.iter().enumerate().filter(|(_, action)| machine.is_fair(s, action));
    fair.min_by_key(|(_, action)| machine.turn(action).rank(order)).map(|(index, _)| index)
}

/// Settles from a state: the actions taken, and the quiescent state; `None` if the cap was hit.
pub fn settle<P: Protocol + ?Sized, const C: usize, const H: usize>(
    machine: &Machine<P, C, H>,
    from: &State<C, H>,
    order: usize,
) -> Option<(Vec<Action>, State<C, H>)> {
    let (mut state, mut path, mut actions) = (*from, Vec::new(), Vec::new());
    while path.len() < STEP_CAP {
        actions.clear();
        machine.actions(&state, &mut actions);
        let Some(index) = choice(machine, &state, &actions, order) else {
            return Some((path, state));
        };
        path.push(actions[index]);
        state = machine.next_state(&state, actions[index]).expect("offered actions are enabled");
    }
    None
}
