//! The off-chain dance with the peers, reduced to the steps that make a durable update.

use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{
    Channel, Htlc, Inbound, Manager, Mode, Monitor, Node, Outcome, PeerSigned, Stage, Update,
    UpdateKind, View, World,
};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The claim's message, which makes no update of the outbound channel. The peer repeats what it
    /// has not signed, or what we forgot.
    pub(in crate::machine) fn can_peer_fulfil(&self, s: View<C, H>, h: Htlc) -> bool {
        let mut hops = self.topology.previous_hops(h);
        self.can_peer_sign(s, h)
            && s.world.peer[h] != PeerSigned::Fail
            && hops.any(|hop| s.node.manager.statuses[hop].waits())
            && self.can_resolve_upstream(s, h)
    }

    /// The peer has not signed a fail.
    pub(in crate::machine) fn can_peer_claim(&self, s: View<C, H>, h: Htlc) -> bool {
        s.world.peer[h] != PeerSigned::Fail && self.can_peer_sign(s, h)
    }

    /// The peer has neither sent nor signed a claim.
    pub(in crate::machine) fn can_peer_fail(&self, s: View<C, H>, h: Htlc) -> bool {
        !s.world.is_peer_claiming(h) && self.can_peer_sign(s, h)
    }

    /// The peer was offered the HTLC, and no removal of it is signed for all that our node knows:
    /// what the peer has signed and we have forgotten, it signs again.
    fn can_peer_sign(&self, s: View<C, H>, h: Htlc) -> bool {
        let c = self.topology.outbound(h);
        s.world.is_offered(h)
            && s.node.monitors[c].data.stages[h] == Stage::Committed
            && is_open(s.node, s.world, c)
    }

    /// The peer answers our next commitment, and we send that only once the update before it is
    /// complete, and none behind a blocked one.
    pub(in crate::machine) fn can_peer_revoke(&self, s: View<C, H>, c: Channel, h: Htlc) -> bool {
        s.node.monitors[c].data.stages[h].is_signed()
            && !has_commit_in_flight(&s.node.manager, c, h)
            && s.node.manager.blocked(c).is_empty()
            && (!self.topology.leaves_by(h, c) || self.may_drop(&s.node.monitors[c], h))
            && is_open(s.node, s.world, c)
    }

    /// Whether the peer's revocation may reach a Monitor, which then drops the HTLC. With the mode
    /// off a claimed one is all that a load has to go by.
    fn may_drop(&self, m: &Monitor<H>, h: Htlc) -> bool {
        let is_evidence = m.data.mode == Mode::Off && m.data.stages[h] == Stage::SignedClaim;
        !is_evidence || self.lets_go_of_claim(m.events.names(h))
    }

    /// The payer's peer revokes: for it the HTLC has ended as was signed. Gives how.
    pub(in crate::machine) fn revoke_inbound(
        &self,
        world: &mut World<C, H>,
        m: &Monitor<H>,
        h: Htlc,
    ) -> Outcome {
        let outcome = m.data.stages[h].outcome().expect("only a signed removal is revoked");
        world.inbound[h] = match outcome {
            Outcome::Claim => Inbound::Claimed,
            Outcome::Fail => Inbound::Failed,
        };
        outcome
    }

    /// The HTLCs that a channel's peer is to be offered once the channel is reestablished after a
    /// load: those in our commitment whose update is complete.
    pub(in crate::machine) fn offers_to_repeat(
        &self,
        manager: &Manager<C, H>,
        m: &Monitor<H>,
        c: Channel,
    ) -> impl Iterator<Item = Htlc> {
        self.topology.leaving_by(c).filter(move |h| {
            let listed = manager.in_flight(c).contains(&Update::offer(*h));
            m.data.stages[*h] == Stage::Committed && !listed
        })
    }
}

/// The peer sends the claim's message.
pub(in crate::machine) fn send_claim<const C: usize, const H: usize>(
    world: &mut World<C, H>,
    h: Htlc,
) {
    if world.peer[h] == PeerSigned::Nothing {
        world.peer[h] = PeerSigned::Sent;
    }
}

/// The peer signs a commitment without the HTLC.
pub(in crate::machine) fn sign<const C: usize, const H: usize>(
    world: &mut World<C, H>,
    h: Htlc,
    outcome: Outcome,
) {
    world.peer[h] = match outcome {
        Outcome::Claim => PeerSigned::Claim,
        Outcome::Fail => PeerSigned::Fail,
    };
}

/// Whether the channel goes on: for the Manager, for its Monitor, and on chain.
pub(in crate::machine) fn is_open<const C: usize, const H: usize>(
    node: &Node<C, H>,
    world: &World<C, H>,
    c: Channel,
) -> bool {
    node.manager.open[c] && !node.monitors[c].data.lockdown && !world.chains[c].is_closed()
}

/// Whether the update with the signed removal of this HTLC is not reported complete.
fn has_commit_in_flight<const C: usize, const H: usize>(
    manager: &Manager<C, H>,
    c: Channel,
    h: Htlc,
) -> bool {
    let is_commit = |u: &Update| u.kind() == UpdateKind::Commit && u.is_about(h);
    manager.in_flight(c).iter().any(is_commit)
}
