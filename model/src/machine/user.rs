//! The user: begins to handle a queued event, then succeeds or refuses. SPEC.md section 3.
//!
//! The model handles user events one at a time, in any order; a queue of which a part is handled is
//! left out (docs/bounds.md). The user's record is the effect outside that GUA-3 asks for: no
//! crash rolls it back, and the node never reads it, so the user itself has to know a repeat by its
//! identity.

use super::Machine;
use super::manager::Desk;
use crate::protocol::{Own, Protocol};
use crate::state::world::{RECORD_CLAIMED, RECORD_FORWARDED, record_mark};
use crate::state::{Htlc, Manager, NO_HTLC, NO_ID, Node, Source, Status, Told, View, World};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// An event is queued.
    pub(super) fn can_begin(&self, s: View<C, H>, h: Htlc) -> bool {
        s.node.manager.has_queued_event(h)
    }

    /// The user is handling the event of this HTLC.
    pub(super) fn is_handling(&self, s: View<C, H>, h: Htlc) -> bool {
        usize::from(s.node.handling) == h.index()
    }

    /// The user begins.
    pub(super) fn begin(&self, node: &mut Node<C, H>, h: Htlc) {
        // In memory alone. A crash in between may find the event recorded, or not: both are
        // offered.
        node.handling = h.index() as u8;
        // MGR-18: the user handles the queue, not a copy of it.
        node.copy_acks =
            self.protocol.handles_copy() && self.has_ack(&node.manager, node.forward_acks[h], h);
    }

    /// The handler is done, one way or the other.
    pub(super) fn end_handling(&self, node: &mut Node<C, H>) {
        node.handling = NO_HTLC;
        node.copy_acks = false;
    }

    /// The user has handled the event: it leaves the queue, and its completion action runs.
    /// `copy_acks` is what the handler's copy had to ack, where it has one.
    pub(super) fn handled(&self, d: &mut Desk<C, H>, h: Htlc, copy_acks: bool) {
        // MGR-18: the ack that came while the user handled a copy is dropped with the entry that
        // has it, and nothing will ask for it again before the next load (finding 028).
        if self.protocol.handles_copy()
            && !copy_acks
            && self.has_ack(d.manager, d.forward_acks[h], h)
        {
            self.forget_edge(d, h);
        }
        if d.manager.told[h] == Told::Queued {
            // No event id goes with it (MGR-12); but a design may have let the ack wait for this.
            d.manager.told[h] = Told::Handled;
            return self.release_forward_acks(d);
        }
        let outcome = d.manager.statuses[h].outcome().expect("its event is queued");
        let id = d.manager.actions[h];
        // Out of the queue, in memory: until a Manager write lands, a crash brings the event back,
        // and the ack has to wait for that write, too (MGR-8).
        d.manager.statuses[h] = Status::done(outcome);
        d.manager.actions[h] = NO_ID;
        // Without an id no event has come yet; if one does, it is acked as settled (MGR-6).
        if id != NO_ID {
            self.own_event_reaches(d, h, Source { id, outcome }, Own::Handled);
        }
    }

    /// Whether the queued event has an ack to bring once it is handled. That of a forward has one
    /// only in a design that lets the ack, where it is due, wait for the user.
    fn has_ack(&self, manager: &Manager<C, H>, waiting: Source, h: Htlc) -> bool {
        if manager.told[h] != Told::Queued {
            return manager.actions[h] != NO_ID;
        }
        let mut handled = *manager;
        handled.told[h] = Told::Handled;
        waiting != Source::NONE && self.may_ack_hops(&handled, h, false)
    }

    /// The user puts the queued event of an HTLC into its own record.
    pub(super) fn record(&self, world: &mut World<C, H>, manager: &Manager<C, H>, h: Htlc) {
        // Marks are only added, so that GUA-2 sees both where a payment was told to have two ends.
        world.record[self.topology.payment(h)] |= match manager.told[h] {
            Told::Queued if self.topology.is_received(h) => RECORD_CLAIMED,
            Told::Queued => RECORD_FORWARDED,
            _ => record_mark(manager.statuses[h].outcome().expect("its event is queued")),
        };
    }
}
