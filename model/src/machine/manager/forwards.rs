//! Forwards on their way to the inbound channel, and what the user is told of them.
//!
//! A claim and a fail take two ways. The claim's preimage is an update at once, as a delay may cost
//! the money (`claim_mpp_part`). The fail waits in `forward_htlcs`, because nothing is lost by it:
//! the payer gets the HTLC back in the end.

use super::Desk;
use crate::machine::Machine;
use crate::machine::room::Uses;
use crate::protocol::{Protocol, Telling};
use crate::state::{Archival, Channel, Htlc, Manager, Outcome, Status, Told, Update, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Whether the background step of each channel that a forward came in on has run; an own
    /// payment came in on none.
    ///
    /// An update made before that step would overtake those that RST-2 submits again. That the
    /// release waits for it hides a dispatch before RST-2 has run (docs/bounds.md).
    pub(in crate::machine) fn can_resolve_upstream(&self, s: View<C, H>, h: Htlc) -> bool {
        let mut hops = self.topology.previous_hops(h);
        hops.all(|hop| self.topology.shape(hop).inbound.is_none_or(|c| s.node.resumed[c]))
    }

    /// The updates that it makes if the Manager takes in that an HTLC is claimed.
    pub(in crate::machine) fn claim_uses(&self, s: View<C, H>, h: Htlc) -> Uses {
        let mut uses = Uses::NOTHING;
        for hop in self.applied_to(&s.node.manager, h) {
            // An own payment has no Monitor to give the preimage to.
            let Some(c) = self.topology.shape(hop).inbound else { continue };
            let archived = s.disk.archival[c] == Archival::Done;
            uses.updates[c] += u8::from(!self.counts_as_resolved(archived));
        }
        uses
    }

    /// The Monitor of the inbound channel is archived: whatever was to be done for the payer is
    /// done.
    pub(in crate::machine) fn counts_as_resolved(&self, archived: bool) -> bool {
        // MGR-10: no update for it.
        // Submitted, it would stop the node now and at every start (finding 015).
        archived && !self.protocol.submits_to_archived()
    }

    /// A claim goes to the inbound Monitor at once, open or closed; a fail to the forward queue.
    pub(super) fn resolve_upstream(&self, d: &mut Desk<C, H>, h: Htlc, outcome: Outcome) {
        let c = self.topology.inbound(h);
        if self.counts_as_resolved(d.archived[c]) {
            // It counts as durable: what the Monitor was there for is settled on chain.
            d.manager.statuses[h] = Status::gone(outcome);
            return;
        }
        d.manager.statuses[h] = match outcome {
            Outcome::Claim => Status::SignedClaim,
            Outcome::Fail if d.manager.open[c] => Status::FailQueued,
            // Nothing will ever be signed on it; the payer waits for expiry (MGR-5).
            Outcome::Fail => Status::GoneFail,
        };
        if outcome == Outcome::Claim {
            let update = Update::commit(h, Outcome::Claim);
            // MGR-14: before blocked ones.
            if d.manager.blocked(c).is_empty() || self.protocol.overtakes() {
                d.submit(c, update);
            } else {
                // A close drops what is blocked, the preimage with it (mutant
                // `wait_behind_blocked`).
                self.block(d, c, update);
            }
        }
    }

    /// A fail waits in the forward queue, and nothing blocks its way.
    pub(in crate::machine) fn can_forward_fail(&self, s: View<C, H>, h: Htlc) -> bool {
        let c = self.topology.inbound(h);
        s.node.resumed[c]
            && s.node.manager.statuses[h] == Status::FailQueued
            // Behind a blocked revocation nothing is signed; the queue keeps the fail until then.
            && s.node.manager.blocked(c).is_empty()
    }

    /// Sends the fail to the inbound channel.
    pub(in crate::machine) fn forward_fail(&self, d: &mut Desk<C, H>, h: Htlc) {
        // Queue and update change in one step, so that no write has the fail in neither.
        d.manager.statuses[h] = Status::SignedFail;
        d.submit(self.topology.inbound(h), Update::commit(h, Outcome::Fail));
    }

    /// `PaymentForwarded` goes into the user-event queue, if now is the time for it.
    pub(super) fn tell_forward(&self, m: &mut Manager<C, H>, h: Htlc, telling: Telling) {
        let told = &mut m.told[h];
        if *told != Told::Never {
            // MGR-12: when the claim is known, once.
            *told = self.protocol.tells_forward(telling, *told);
        }
    }

    /// What was promised for when the inbound channel has no update in flight.
    pub(super) fn tell_promised(&self, d: &mut Desk<C, H>) {
        for h in self.topology.htlcs().filter(|h| self.topology.leaves(*h)) {
            let idle = |hop: Htlc| {
                let inbound = self.topology.shape(hop).inbound;
                inbound.is_some_and(|c: Channel| d.manager.in_flight_len(c) == 0)
            };
            if self.topology.previous_hops(h).all(idle) {
                // Under SPEC.md no promise exists: MGR-8 makes the news as durable as the ack.
                self.tell_forward(d.manager, h, Telling::Completed);
            }
        }
    }
}
