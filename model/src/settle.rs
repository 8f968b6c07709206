//! Fairness and settling: what is bound to happen once the adversary rests. SPEC.md section 4.5.

use crate::action::{Action, ActionKind};
use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{Inbound, State};
use stateright::Model;

/// How many steps a settling schedule may take; the longest one needs far fewer.
pub const STEP_CAP: usize = 400;

/// The names of the two settling orders.
pub const ORDERS: [&str; 2] = ["store first", "node first"];

/// Whether an action is bound to happen if it stays enabled. Fair actions have no budget.
pub fn is_fair(s: &State, action: &Action) -> bool {
    match *action {
        // A peer finishes what it has sent or signed; an HTLC that nobody decided is failed.
        Action::PeerClaim(h) | Action::ClaimOnChain(h) => s.world.is_peer_claiming(h),
        // The user claims again what it has claimed, if we forgot it.
        Action::ClaimFunds(h) => s.world.parts(h).any(|p| s.world.inbound[p] == Inbound::Claimed),
        Action::Offer(_)
        | Action::PeerFail(_)
        | Action::PeerRevoke(..)
        | Action::TimeoutOnChain(_)
        | Action::Bury
        | Action::Broadcast(_)
        | Action::ClaimInbound(_)
        | Action::ExpireInbound(_)
        | Action::Complete(_)
        | Action::FullWrite(_)
        | Action::Block(_)
        | Action::WriteManager
        | Action::LandManager
        | Action::Replay(_)
        | Action::StartWatch
        | Action::Resume(_)
        | Action::CloseNotice(_)
        | Action::CompletionNotice(_)
        | Action::Archive(_)
        | Action::Release
        | Action::ForwardFail(_)
        | Action::Unblock
        | Action::SubmitBlocked
        | Action::Begin(_)
        | Action::Handle(_) => true,
        Action::Pay(_)
        | Action::PeerFulfil(_)
        | Action::CloseByPeer(_)
        | Action::CloseByUs(_)
        | Action::Deadline(_)
        | Action::Rescan(_)
        | Action::BlockSkipped(_)
        | Action::Refuse(_)
        | Action::Crash(_) => false,
    }
}

/// The place of a fair action in a settling order; the smallest goes first.
fn rank(order: usize, action: &Action) -> u8 {
    let kind = action.kind();
    let store = matches!(
        kind,
        ActionKind::Complete
            | ActionKind::LandManager
            | ActionKind::FullWrite
            | ActionKind::WriteManager
    );
    let peer = matches!(
        kind,
        ActionKind::PeerClaim
            | ActionKind::PeerFail
            | ActionKind::PeerRevoke
            | ActionKind::ClaimOnChain
            | ActionKind::TimeoutOnChain
            | ActionKind::Bury
    );
    match (store, peer, order) {
        (true, _, 0) => 0,
        (true, _, _) => 3,
        (_, true, _) => 4,
        _ => 1,
    }
}

/// The fair action a settling order takes here, as an index; none if the state is quiescent.
pub fn choice(s: &State, actions: &[Action], order: usize) -> Option<usize> {
    let fair = actions.iter().enumerate().filter(|(_, action)| is_fair(s, action));
    fair.min_by_key(|(_, action)| rank(order, action)).map(|(index, _)| index)
}

/// Settles from a state: the actions taken, and the quiescent state; `None` if the cap was hit.
pub fn settle<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    from: &State,
    order: usize,
) -> Option<(Vec<Action>, State)> {
    let (mut state, mut path, mut actions) = (*from, Vec::new(), Vec::new());
    while path.len() < STEP_CAP {
        actions.clear();
        machine.actions(&state, &mut actions);
        let Some(index) = choice(&state, &actions, order) else { return Some((path, state)) };
        path.push(actions[index]);
        state = machine.next_state(&state, actions[index]).expect("offered actions are enabled");
    }
    None
}
