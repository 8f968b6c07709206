//! What a load makes of payments that a Monitor knows and the Manager does not, and of HTLCs that
//! wait in the holding cell of a closed channel.

use crate::machine::Machine;
use crate::machine::manager::Desk;
use crate::protocol::Protocol;
use crate::state::{Channel, Htlc, Monitor, Status};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The HTLCs that leave by a closed channel, the other previous hops of forwards included.
    fn leaving_by_closed(
        &self,
        d: &Desk<C, H>,
    ) -> impl Iterator<Item = (Channel, Htlc)> + use<P, C, H> {
        let open = d.manager.open;
        let topology = self.topology;
        let channel = move |h: Htlc| topology.shape(topology.leaves_as(h)).outbound;
        let leaving = topology.htlcs().filter_map(move |h| channel(h).map(|c| (c, h)));
        leaving.filter(move |(c, _)| !open[*c])
    }

    /// The closed channel's Monitor has an HTLC that the Manager, which is older, knows nothing of.
    pub(super) fn adopt_payments(&self, monitors: &[Monitor<H>; C], d: &mut Desk<C, H>) {
        for (c, h) in self.leaving_by_closed(d) {
            let unmade = d.manager.statuses[h] == Status::Unmade && !d.archived[c];
            // RST-13: it waits for it.
            if unmade && monitors[c].knows(h) && self.protocol.adopts_payments() {
                d.manager.statuses[h] = Status::Waiting;
            }
        }
    }

    /// What waits in the holding cell of a closed channel never reached its Monitor, or did so
    /// behind this Manager's back: then its event has to come.
    pub(super) fn empty_holding_cell(
        &self,
        monitors: &[Monitor<H>; C],
        d: &mut Desk<C, H>,
        stale: &[bool; C],
    ) {
        for (c, h) in self.leaving_by_closed(d) {
            let (status, forward) = (d.manager.statuses[h], !self.topology.is_own(h));
            if !status.is_unsent() {
                continue;
            }
            let fails = if !d.archived[c] && monitors[c].knows(self.topology.leaves_as(h)) {
                // RST-11: its event tells.
                self.protocol.fails_known(forward)
            } else {
                // RST-9: no event will.
                self.protocol.fails_unknown(forward, stale[c])
            };
            if fails {
                self.fail_unsent(d, h);
            } else {
                d.manager.statuses[h] = status.offered();
            }
        }
    }

    /// What RST-8 forbids: "the Monitor lists it, so it is pending".
    pub(super) fn recreate_payments(&self, monitors: &[Monitor<H>; C], d: &mut Desk<C, H>) {
        for (c, h) in self.leaving_by_closed(d) {
            let monitor = &monitors[c];
            let settled = matches!(d.manager.statuses[h], Status::DoneClaim | Status::DoneFail);
            let listed = monitor.data.stages[h].is_listed() && !d.archived[c];
            let (spent, has_event) = (monitor.data.spends[h], monitor.events.names(h));
            // RST-8: the Manager remembers.
            if settled && listed && self.protocol.recreates(spent, has_event) {
                d.manager.statuses[h] = Status::Waiting;
            }
        }
    }
}
