//! What is the environment's to decide, so that the reference is not asked.

use model::action::{Action, Build, Kept};
use model::property::is_settled_on_chain;
use model::scenario::Scenario;
use model::state::{self, CHANNELS, INBOUND, Inbound, OUTBOUND, PeerSigned, State};

/// What the environment allows, whatever the node does: peers' knowledge, the chain, budgets.
pub fn world_allows(scenario: &Scenario, s: &State, action: Action) -> bool {
    let closed = |c: usize| s.world.chains[c].is_closed();
    match action {
        Action::PeerFulfil(h) | Action::PeerClaim(h) => {
            s.world.peer[h] != PeerSigned::Fail && !closed(OUTBOUND)
        }
        Action::PeerFail(h) => !s.world.is_peer_claiming(h) && !closed(OUTBOUND),
        Action::PeerRevoke(c, _) | Action::Broadcast(c) => !closed(c),
        Action::CloseByUs(c) | Action::Deadline(c) => scenario.may_close(c) && !closed(c),
        Action::ClaimInbound(h) => {
            s.world.chains[INBOUND].contains[h] && s.world.inbound[h] == Inbound::Held
        }
        Action::Rescan(fact) => {
            let facts = s.world.chains[OUTBOUND].facts();
            s.budget.rescans > 0
                && facts.get(fact).is_some_and(|fact| *fact != state::Fact::Commitment)
        }
        Action::Pay(h) => s.world.record[h] == 0,
        Action::ClaimFunds(h) => s.world.parts(h).all(|part| {
            s.world.received[part]
                && matches!(s.world.inbound[part], Inbound::Held | Inbound::Claimed)
        }),
        Action::Archive(c) => is_settled_on_chain(s, c),
        Action::SubmitBlocked => !s.world.blocker,
        Action::BlockSkipped(_) => s.budget.skips > 0,
        Action::Refuse(_) => s.budget.refusals > 0,
        Action::Crash(_) => s.budget.crashes > 0,
        _ => true,
    }
}

/// The crash that an old build may refuse.
const REFUSABLE: Kept =
    Kept { writes: [0; CHANNELS], manager: false, record: false, build: Build::Old };

/// Whether an action is the world's alone, so that there is nothing to ask the reference. That the
/// node loads what a crash leaves is seen where the crash is taken; that an old build refuses it
/// is asked of the crash that keeps nothing.
pub fn is_the_worlds(action: Action) -> bool {
    matches!(
        action,
        Action::CloseByPeer(_)
            | Action::ClaimOnChain(_)
            | Action::TimeoutOnChain(_)
            | Action::Bury
            | Action::ExpireInbound(_)
            | Action::Unblock
    ) || matches!(action, Action::Crash(kept) if kept != REFUSABLE)
}
