//! The off-chain dance with the peers, reduced to the steps that make a durable update.
//!
//! Two durable steps stand for the commitment dance: a signature without the HTLC, then the
//! revocation of the last commitment with it. What lies between them, and messages that race with a
//! close, are left out. A peer repeats what our node has forgotten, and never takes back a claim it
//! has sent; that is what makes a claim safe to pass on at once (docs/bounds.md has what this
//! hides).

use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{
    Channel, Htlc, Inbound, Manager, Mode, Monitor, Node, Outcome, PeerSigned, Stage, Update, View,
    World,
};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The claim's message, which makes no update of the outbound channel. The peer repeats what it
    /// has not signed, or what we forgot.
    pub(in crate::machine) fn can_peer_fulfil(&self, s: View<C, H>, h: Htlc) -> bool {
        let mut hops = self.topology.previous_hops(h);
        // Where nobody waits any more the message would change nothing: those steps are spared.
        self.can_peer_sign(s, h)
            && s.world.peer[h] != PeerSigned::Fail
            && hops.any(|hop| s.node.manager.statuses[hop].waits())
            && self.can_resolve_upstream(s, h)
    }

    /// The peer has not signed a fail.
    pub(in crate::machine) fn can_peer_claim(&self, s: View<C, H>, h: Htlc) -> bool {
        // One that it has signed as failed it may still claim, but on chain alone.
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
        // The Monitor's memory says what is signed: a crash takes it back, and the peer repeats it.
        s.world.is_offered(h)
            && s.node.monitors[c].data.stages[h] == Stage::Committed
            && !is_in_flight(&s.node.manager, c, h)
            && is_open(s.node, s.world, c)
    }

    /// The peer answers our next commitment, and we send that only once the update before it is
    /// complete, and none behind a blocked one.
    pub(in crate::machine) fn can_peer_revoke(&self, s: View<C, H>, c: Channel, h: Htlc) -> bool {
        s.node.monitors[c].data.stages[h].is_signed()
            // A commitment is sent when its update is durable: what we sent no crash makes us
            // forget.
            && !is_in_flight(&s.node.manager, c, h)
            && s.node.manager.blocked(c).is_empty()
            && (!self.topology.leaves_by(h, c) || self.may_drop(&s.node.monitors[c], h))
            && is_open(s.node, s.world, c)
    }

    /// Whether the peer's revocation may reach a Monitor, which then drops the HTLC. With the mode
    /// off a claimed one is all that a load has to go by.
    fn may_drop(&self, m: &Monitor<H>, h: Htlc) -> bool {
        // A revocation that UPG-2 forbids counts as one that has not come yet.
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
        // The payer's side is settled here, before our update with its revocation is durable: MGR-2
        // and MGR-3 let no ack count on it until then.
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
            // Still in flight, it goes out when it completes: a peer knows no HTLC that a crash can
            // undo.
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
    // One that has signed has shown the preimage already; it must not fall back to sent.
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
    // All three have to agree, as each may learn of a close long before the others. A Monitor that
    // is locked down takes no peer's message; the updates that it would refuse are left out.
    node.manager.open[c] && !node.monitors[c].data.lockdown && !world.chains[c].is_closed()
}

/// Whether an update of this HTLC is not reported complete.
fn is_in_flight<const C: usize, const H: usize>(
    manager: &Manager<C, H>,
    c: Channel,
    h: Htlc,
) -> bool {
    manager.in_flight(c).iter().any(|u| u.is_about(h))
}
