//! Settling: what happens once the adversary rests. SPEC.md section 4.5. Which actions are bound to
//! happen, and whose turn each is, their rows say.

use crate::action::Action;
use crate::machine::Machine;
use crate::machine::row::Turn;
use crate::protocol::Protocol;
use crate::state::State;
use stateright::Model;

/// How many steps a settling schedule may take; the longest one needs far fewer.
pub const STEP_CAP: usize = 400;

/// The names of the two settling orders.
pub const ORDERS: [&str; 2] = ["store first", "node first"];

/// The place of a fair action in a settling order; the smallest goes first.
fn rank(order: usize, turn: Turn) -> u8 {
    match (turn, order) {
        (Turn::Store, 0) => 0,
        (Turn::Node, _) => 1,
        (Turn::Store, _) => 3,
        (Turn::Peer, _) => 4,
    }
}

/// The fair action a settling order takes here, as an index; none if the state is quiescent.
pub fn choice<P: Protocol + ?Sized, const C: usize, const H: usize>(
    machine: &Machine<P, C, H>,
    s: &State<C, H>,
    actions: &[Action],
    order: usize,
) -> Option<usize> {
    let fair = actions.iter().enumerate().filter(|(_, action)| machine.is_fair(s, action));
    fair.min_by_key(|(_, action)| rank(order, machine.turn(action))).map(|(index, _)| index)
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
