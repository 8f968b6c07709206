//! HTLCs that no update has offered yet.
//!
//! They are `holding_cell_htlc_updates`, in the Manager alone. That is what makes them special at a
//! close: no Monitor lists them, so no event will speak of them (findings 022, 027), unless a newer
//! Monitor has one of them behind this Manager's back (RST-11). An offer is one durable step here:
//! an HTLC in one of two commitments only is left out (docs/bounds.md).

use super::Desk;
use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{Channel, Htlc, Manager, Outcome, Update, UpdateKind, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// An HTLC waits, and the Manager takes its channel for open; it may not know yet that the
    /// channel is closed on chain.
    pub(in crate::machine) fn can_offer(&self, s: View<C, H>, h: Htlc) -> bool {
        s.node.manager.open[self.topology.outbound(h)] && s.node.manager.statuses[h].is_unsent()
    }

    /// Frees the holding cell: the update that offers the HTLC.
    pub(in crate::machine) fn offer(&self, d: &mut Desk<C, H>, h: Htlc) {
        // From here on the Manager waits for the event. The peer hears of the HTLC when the update
        // is complete (`go_on_after`).
        d.manager.statuses[h] = d.manager.statuses[h].offered();
        d.submit(self.topology.outbound(h), Update::offer(h));
    }

    /// What waits in the holding cell of a closed channel is failed, once the close is known to
    /// stay.
    pub(super) fn fail_holding_cell(&self, d: &mut Desk<C, H>, c: Channel, on_chain: bool) {
        // Asked at the close, and again when its update is complete (`go_on_after`).
        if !self.fails_holding_cell(d.manager, c, on_chain) {
            return;
        }
        for h in self.topology.leaving_by(c) {
            // MGR-11: it has no event to wait for.
            if d.manager.statuses[h].is_unsent() && self.protocol.fails_unsent() {
                self.fail_unsent(d, h);
            }
        }
    }

    /// Whether what waits for a channel has nothing to wait for.
    pub(super) fn fails_holding_cell(&self, m: &Manager<C, H>, c: Channel, on_chain: bool) -> bool {
        // A close update that is not listed any more is complete, and so is the close durable. The
        // user who is told before that pays again, and then this HTLC is offered (finding 034).
        let is_close = |update: &Update| update.kind() == UpdateKind::Close;
        let durable = on_chain || !m.in_flight(c).iter().any(is_close);
        // MGR-21: a crash cannot take the close back.
        !m.open[c] && self.protocol.fails_closing(durable)
    }

    /// No event will tell of an HTLC that no Monitor knew: its user event acks nothing.
    pub(in crate::machine) fn fail_unsent(&self, d: &mut Desk<C, H>, h: Htlc) {
        if self.topology.is_own(h) {
            self.settle_part(d, h, Outcome::Fail);
        } else {
            self.apply_to_hops(d, h, Outcome::Fail);
        }
    }
}
