//! Forwards on their way to the inbound channel, and what the user is told of them.

use super::Desk;
use crate::machine::Machine;
use crate::machine::room::Uses;
use crate::protocol::{Protocol, Telling};
use crate::state::{Archival, Channel, Htlc, Manager, Outcome, Status, Told, Update, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Whether the background step of each channel that a forward came in on has run; an own
    /// payment came in on none.
    pub(in crate::machine) fn can_resolve_upstream(&self, s: View<C, H>, h: Htlc) -> bool {
        let mut hops = self.topology.previous_hops(h);
        hops.all(|hop| self.topology.shape(hop).inbound.is_none_or(|c| s.node.resumed[c]))
    }

    /// The updates that it makes if the Manager takes in that an HTLC is claimed.
    pub(in crate::machine) fn claim_uses(&self, s: View<C, H>, h: Htlc) -> Uses {
        let mut uses = Uses::NOTHING;
        for hop in self.applied_to(&s.node.manager, h) {
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
        archived && !self.protocol.submits_to_archived()
    }

    /// A claim goes to the inbound Monitor at once, open or closed; a fail to the forward queue.
    pub(super) fn resolve_upstream(&self, d: &mut Desk<C, H>, h: Htlc, outcome: Outcome) {
        let c = self.topology.inbound(h);
        if self.counts_as_resolved(d.archived[c]) {
            d.manager.statuses[h] = Status::gone(outcome);
            return;
        }
        d.manager.statuses[h] = match outcome {
            Outcome::Claim => Status::SignedClaim,
            Outcome::Fail if d.manager.open[c] => Status::FailQueued,
            Outcome::Fail => Status::GoneFail,
        };
        if outcome == Outcome::Claim {
            let update = Update::commit(h, Outcome::Claim);
            // MGR-14: before blocked ones.
            if d.manager.blocked(c).is_empty() || self.protocol.overtakes() {
                d.submit(c, update);
            } else {
                self.block(d, c, update);
            }
        }
    }

    /// A fail waits in the forward queue, and nothing blocks its way.
    pub(in crate::machine) fn can_forward_fail(&self, s: View<C, H>, h: Htlc) -> bool {
        let c = self.topology.inbound(h);
        s.node.resumed[c]
            && s.node.manager.statuses[h] == Status::FailQueued
            && s.node.manager.blocked(c).is_empty()
    }

    /// Sends the fail to the inbound channel.
    pub(in crate::machine) fn forward_fail(&self, d: &mut Desk<C, H>, h: Htlc) {
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
                self.tell_forward(d.manager, h, Telling::Completed);
            }
        }
    }
}
