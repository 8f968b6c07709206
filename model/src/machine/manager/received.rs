//! Payments received: the user claims them, and is told when that is durable.
//!
//! There is no Monitor event behind a claim of our own. What brings it back after a crash is the
//! preimage in a Monitor, and that goes with the HTLC's revocation; so the revocation has to wait
//! until the user knows (MGR-20), and the user must not know before the preimage is durable
//! (MGR-19).

use super::Desk;
use crate::call::Call;
use crate::machine::Machine;
use crate::machine::room::Uses;
use crate::protocol::{Edge, Protocol};
use crate::state::{Archival, Channel, Htlc, Inbound, Manager, Outcome, Status, Told, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The user may claim a payment that it was offered, until the payer takes it back. One that it
    /// does not claim stays; one that it has claimed and the node forgot, it claims again.
    pub(in crate::machine) fn can_claim_funds(&self, s: View<C, H>, h: Htlc) -> bool {
        let is_claimable = |part: Htlc| {
            s.node.manager.statuses[part] == Status::Claimable
                && matches!(s.world.inbound[part], Inbound::Held | Inbound::Claimed)
        };
        // All or none: `claim_funds` gives each part the preimage, which proves them all.
        self.topology.parts(h).all(is_claimable)
    }

    /// The updates that `claim_funds` makes: one for each part.
    pub(in crate::machine) fn claim_funds_uses(&self, s: View<C, H>, h: Htlc) -> Uses {
        let mut uses = Uses::NOTHING;
        for part in self.topology.parts(h) {
            let c = self.topology.inbound(part);
            let archived = s.disk.archival[c] == Archival::Done;
            uses.updates[c] += u8::from(!self.counts_as_resolved(archived));
        }
        uses
    }

    /// `claim_funds`: the preimage goes to the Monitor of each part.
    pub(in crate::machine) fn claim_funds(&self, d: &mut Desk<C, H>, h: Htlc) {
        for part in self.topology.parts(h) {
            // One step for all parts: in memory no one sees the middle. On disk there is one, since
            // the Monitors' writes land apart; RST-12 is for that.
            d.calls.push(Call::Apply(part));
            self.resolve_upstream(d, part, Outcome::Claim);
        }
        // With a synchronous write, or an archived Monitor, the claim may be durable already.
        self.tell_claims(d);
    }

    /// `PaymentClaimed` goes into the user-event queue, if now is the time for it.
    pub(in crate::machine) fn tell_claims(&self, d: &mut Desk<C, H>) {
        for h in self.topology.payments_received() {
            // Told once: LDK's Manager forgets that it has told, and tells at every start as long
            // as a Monitor has the preimage (finding 031).
            let claimed = self.is_claiming(d.manager, h) && d.manager.told[h] == Told::NotYet;
            let mut parts = self.topology.parts(h);
            // MGR-19: the preimage of one part is in a reported write.
            if claimed
                && self.protocol.tells_claim(parts.any(|p| self.edge(d.manager, p) >= Edge::Sent))
            {
                d.manager.told[h] = Told::Queued;
            }
        }
    }

    /// Whether a channel's revocations have to wait.
    pub(in crate::machine) fn blocks(&self, m: &Manager<C, H>, blocker: bool, c: Channel) -> bool {
        let is_over = |h: Htlc| {
            let mut parts = self.topology.parts(h);
            // Two reasons, and both have to end: the user needs one copy of the preimage to last,
            // and the other parts need one to be taken from.
            m.told[h] == Told::Handled && parts.all(|part| self.edge(m, part) >= Edge::Sent)
        };
        let is_here = |h: Htlc| self.topology.parts(h).any(|p| self.topology.came_in_on(p, c));
        let mut received = self.topology.payments_received();
        let claims = received.any(|h| is_here(h) && self.is_claiming(m, h) && !is_over(h));
        // MGR-20: from the claim until it is durable and told.
        // Without it the revocation takes the preimage along, and an older Manager has never heard
        // of the claim: nobody tells the user (GUA-1).
        (blocker && c == Channel::IN) || (claims && self.protocol.claim_blocks())
    }

    /// Whether the Manager has begun to claim a payment received.
    pub(in crate::machine) fn is_claiming(&self, m: &Manager<C, H>, h: Htlc) -> bool {
        self.topology.parts(h).any(|part| m.statuses[part].outcome() == Some(Outcome::Claim))
    }
}
