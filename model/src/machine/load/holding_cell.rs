//! What a load makes of payments that a Monitor knows and the Manager does not, and of HTLCs that
//! wait in the holding cell of a closed channel.
//!
//! All of it is about closed channels alone. On an open one the Manager knows of every update that
//! the Monitor has, so what is in its holding cell no Monitor lists; on a closed one nothing is
//! ever offered again, and the question is only whether an event will come.

use crate::machine::Machine;
use crate::machine::manager::Desk;
use crate::protocol::Protocol;
use crate::state::{Channel, Htlc, Monitor, Status};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The HTLCs that leave by a closed channel, the other previous hops of forwards included.
    ///
    /// `open` is copied, since what is done with one HTLC must not change which ones are looked at.
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
            // By the Monitor's list, or by an event of it. LDK re-hydrates payments from the first
            // (`insert_from_monitor_on_startup`). An event that finds nobody who waits is acked,
            // and the user, whose money is gone, is never told.
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
            // It has to leave the cell now: the close notice, which is still to come, would fail it
            // by MGR-11 without asking a Monitor.
            let fails = if !d.archived[c] && monitors[c].knows(self.topology.leaves_as(h)) {
                // RST-11: its event tells.
                // Failed, a payment that the peer may claim is paid twice, a forward is paid by us
                // (finding 026).
                self.protocol.fails_known(forward)
            } else {
                // RST-9: no event will.
                // That it never was in the Monitor is not that it is there no more (RST-4): the
                // cell is how the Manager tells the two apart (findings 022, 027).
                self.protocol.fails_unknown(forward, stale[c])
            };
            if fails {
                // No write has to land first (MGR-21): what a load closes no further crash opens.
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
            // A closed channel's peer revokes nothing, so an HTLC without an output is listed for
            // ever: whoever takes that for pending waits for ever (finding 018).
            let listed = monitor.data.stages[h].is_listed() && !d.archived[c];
            let (spent, has_event) = (monitor.data.spends[h], monitor.events.names(h));
            // RST-8: the Manager remembers.
            if settled && listed && self.protocol.recreates(spent, has_event) {
                d.manager.statuses[h] = Status::Waiting;
            }
        }
    }
}
