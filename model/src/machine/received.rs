//! Payments received over the inbound channel: the user claims them, and is told when that is
//! durable. SPEC.md section 5.3.

use super::{Machine, is_running};
use crate::protocol::{Edge, Protocol};
use crate::state::{INBOUND, Inbound, Outcome, Stage, State, Status, Told, Update};

impl<P: Protocol + ?Sized> Machine<P> {
    /// The payments received, by their first part.
    fn payments_received(&self, s: &State) -> impl Iterator<Item = usize> + use<P> {
        let world = s.world;
        self.scenario.htlcs().filter(move |h| world.received[*h] && world.payment(*h) == *h)
    }

    /// The user may claim a payment that it was offered, until the payer takes it back. One that it
    /// does not claim stays; one that it has claimed and the node forgot, it claims again.
    pub(super) fn can_claim_funds(&self, s: &State, h: usize) -> bool {
        let is_claimable = |part: usize| {
            s.node.manager.statuses[part] == Status::Claimable
                && matches!(s.world.inbound[part], Inbound::Held | Inbound::Claimed)
        };
        let mut parts = s.world.parts(h);
        let updates = if self.is_resolved_inbound(s) { 0 } else { parts.clone().count() };
        is_running(s) && parts.all(is_claimable) && self.has_room(s, INBOUND, updates)
    }

    /// `claim_funds`: the preimage goes to the monitor of each part.
    pub(super) fn claim_funds(&self, s: &mut State, h: usize) {
        for part in s.world.parts(h) {
            s.node.manager.effects[part] += 1;
            self.resolve_upstream(s, part, Outcome::Claim);
        }
        self.tell_claims(s);
    }

    /// `PaymentClaimed` goes into the user-event queue, if now is the time for it.
    pub(super) fn tell_claims(&self, s: &mut State) {
        for h in self.payments_received(s) {
            let claimed = is_claiming(s, h) && s.node.manager.told[h] == Told::NotYet;
            let durable = s.world.parts(h).any(|part| self.edge(s, part) >= Edge::Sent);
            if claimed && self.protocol.tells_claim(durable) {
                s.node.manager.told[h] = Told::Queued;
            }
        }
    }

    /// Whether the inbound channel's revocations have to wait.
    pub(super) fn blocks_inbound(&self, s: &State) -> bool {
        let is_over = |h: usize| {
            let complete = s.world.parts(h).all(|part| self.edge(s, part) >= Edge::Sent);
            s.node.manager.told[h] == Told::Handled && complete
        };
        let claims = self.payments_received(s).any(|h| is_claiming(s, h) && !is_over(h));
        s.world.blocker || (claims && self.protocol.claim_blocks())
    }

    /// A load finds the preimage of a payment in a monitor: all parts of it are claimed. The update
    /// that is in the monitor and not listed is complete.
    pub(super) fn resume_claims(&self, s: &mut State) {
        let stages = s.node.monitors[INBOUND].data.stages;
        let archived = s.disk.is_archived(INBOUND);
        for h in self.payments_received(s) {
            if archived || !s.world.parts(h).any(|part| stages[part] == Stage::SignedClaim) {
                continue;
            }
            if self.protocol.claims_other_parts() {
                list_missing_claims(s, h);
            }
            if self.protocol.tells_claim_again() {
                s.node.manager.told[h] = Told::Queued;
            }
        }
        self.tell_claims(s);
    }
}

/// Lists the update of each part that is not claimed. An open channel's manager knows of all
/// claims.
fn list_missing_claims(s: &mut State, h: usize) {
    let (parts, manager) = (s.world.parts(h), &mut s.node.manager);
    for part in parts {
        if manager.statuses[part] == Status::Claimable && !manager.open[INBOUND] {
            manager.statuses[part] = Status::SignedClaim;
            manager.effects[part] = 1;
            manager.list_update(INBOUND, Update::commit(part, Outcome::Claim));
        }
    }
}

/// Whether the manager has begun to claim a payment received.
fn is_claiming(s: &State, h: usize) -> bool {
    let claimed = |part: usize| s.node.manager.statuses[part].outcome() == Some(Outcome::Claim);
    s.world.parts(h).any(claimed)
}
