//! Paths over states that stand for others, made into paths of the machine without reductions.

use crate::action::Action;
use crate::machine::Machine;
use crate::protocol::Protocol;
use stateright::Model;

/// The path behind one that a machine with reductions offers: after each step it is in a state for
/// which the other path's state stands.
///
/// # Panics
/// If there is none: a reduction is not sound.
pub fn lifted<P: Protocol + ?Sized, const C: usize, const H: usize>(
    machine: &Machine<P, C, H>,
    path: &[Action],
) -> Vec<Action> {
    let mut state = machine.scenario.initial();
    let mut stands = machine.reduced(state);
    let mut actions = Vec::new();
    let lift = |action: &Action| {
        stands = machine.reduced(machine.after(&stands, *action));
        actions.clear();
        machine.actions(&state, &mut actions);
        let leads_there = |other: &Action| {
            let next = machine.after(&state, *other);
            (other.kind == action.kind && machine.reduced(next) == stands).then_some((*other, next))
        };
        let mut ways = [*action].into_iter().filter(|a| actions.contains(a)).chain(actions.clone());
        let (lifted, next) = ways.find_map(|way| leads_there(&way)).expect("reductions are sound");
        state = next;
        lifted
    };
    path.iter().map(lift).collect()
}
