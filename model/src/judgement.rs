//! What a state amounts to: whether it is quiescent, and which guarantees it violates.

use crate::action::Action;
use crate::machine::Machine;
use crate::property::{PROPERTIES, Property, When};
use crate::protocol::Protocol;
use crate::state::State;

/// Whether nothing fair is enabled. A state that is stuck has no successors, and is not quiescent.
pub fn is_quiescent<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    s: &State,
    actions: &[Action],
) -> bool {
    !s.is_stuck() && !actions.iter().any(|action| machine.is_fair(s, action))
}

/// The guarantees that a state violates, by index in [`PROPERTIES`].
pub fn violated<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    s: &State,
    actions: &[Action],
) -> impl Iterator<Item = usize> {
    let quiescent = is_quiescent(machine, s, actions);
    let due = move |p: &Property| p.when == When::Always || quiescent;
    let broken = move |p: &Property| due(p) && !(p.holds)(&machine.topology, s);
    PROPERTIES.iter().enumerate().filter(move |(_, p)| broken(p)).map(|(i, _)| i)
}
