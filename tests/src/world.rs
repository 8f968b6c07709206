//! What is the environment's to decide, so that the reference is not asked.

use model::action::{Action, ActionKind, Args, Build, Kept};
use model::machine::Machine;
use model::protocol::Protocol;
use model::state::{CHANNELS, Channel, Fact, Inbound, PeerSigned, State};
use model::truth::is_settled_on_chain;

/// What the environment allows, whatever the node does: peers' knowledge, the chain, budgets.
pub fn world_allows<P: Protocol + ?Sized>(machine: &Machine<P>, s: &State, action: Action) -> bool {
    let (t, scenario) = (&machine.topology, &machine.scenario);
    let closed = |c: Channel| s.world.chains[c].is_closed();
    let is_at_tip = |c: Channel| s.node.monitors[c].data.best_block == s.world.chains[c].tip;
    let is_possible = match (action.kind, action.args) {
        (ActionKind::PeerFulfil | ActionKind::PeerClaim, Args::Htlc(h)) => {
            s.world.peer[h] != PeerSigned::Fail && !closed(t.outbound(h))
        }
        (ActionKind::PeerFail, Args::Htlc(h)) => {
            !s.world.is_peer_claiming(h) && !closed(t.outbound(h))
        }
        (ActionKind::PeerRevoke, Args::On(c, _)) | (ActionKind::Broadcast, Args::Channel(c)) => {
            !closed(c)
        }
        (ActionKind::CloseByUs | ActionKind::Deadline, Args::Channel(c)) => {
            scenario.may_close(c) && !closed(c)
        }
        (ActionKind::ClaimInbound, Args::Htlc(h)) => {
            s.world.chains[t.inbound(h)].contains[h] && s.world.inbound[h] == Inbound::Held
        }
        (ActionKind::Rescan, Args::Block(c, block)) => {
            let fact = s.world.chains[c].facts().get(usize::from(block));
            s.budget.rescans > 0 && fact.is_some_and(|fact| *fact != Fact::COMMITMENT)
        }
        (ActionKind::Pay, Args::Htlc(h)) => s.world.record[h] == 0,
        (ActionKind::ClaimFunds, Args::Htlc(h)) => t.parts(h).all(|part| {
            t.is_received(part) && matches!(s.world.inbound[part], Inbound::Held | Inbound::Claimed)
        }),
        (ActionKind::Archive, Args::Channel(c)) => {
            is_settled_on_chain(t, &s.world, c) && is_at_tip(c)
        }
        // That the Monitors have seen all blocks their caller knows.
        (ActionKind::StartWatch, _) => t.channels().all(|c| s.disk.is_archived(c) || is_at_tip(c)),
        (ActionKind::SubmitBlocked, _) => !s.world.blocker,
        (ActionKind::BlockSkipped, _) => s.budget.skips > 0,
        (ActionKind::Refuse, _) => s.budget.refusals > 0,
        (ActionKind::Crash, _) => s.budget.crashes > 0,
        _ => true,
    };
    // A node has no bound on what is in flight; the scenario has.
    is_possible && machine.leaves_room(s, action)
}

/// The crash that an old build may refuse.
const REFUSABLE: Kept =
    Kept { writes: [0; CHANNELS], manager: false, record: false, build: Build::Old };

/// Whether an action is the world's alone, so that there is nothing to ask the reference. That the
/// node loads what a crash leaves is seen where the crash is taken; that an old build refuses it
/// is asked of the crash that keeps nothing.
pub fn is_the_worlds(action: Action) -> bool {
    matches!(
        action.kind,
        ActionKind::CloseByPeer
            | ActionKind::ClaimOnChain
            | ActionKind::TimeoutOnChain
            | ActionKind::Bury
            | ActionKind::ExpireInbound
            | ActionKind::Unblock
    ) || matches!(action.args, Args::Kept(kept) if kept != REFUSABLE)
}
