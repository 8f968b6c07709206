//! The user: begins to handle a queued event, then succeeds or refuses.

use super::{Machine, is_running};
use crate::protocol::{Own, Protocol};
use crate::state::world::{RECORD_CLAIMED, RECORD_FORWARDED, record_mark};
use crate::state::{Fault, NO_HTLC, NO_ID, Source, State, Status, Told};

impl<P: Protocol + ?Sized> Machine<P> {
    pub(super) fn can_begin(&self, s: &State, h: usize) -> bool {
        is_running(s) && s.node.handling == NO_HTLC && s.node.manager.has_queued_event(h)
    }

    pub(super) fn begin(&self, s: &mut State, h: usize) {
        let may_deliver = &mut s.ledger.may_deliver[s.world.payment(h)];
        if !*may_deliver {
            s.ledger.fault = Fault::UncalledDelivery;
        }
        *may_deliver = false;
        if s.world.several_parts {
            s.ledger.begun = std::array::from_fn(|part| part == h);
        }
        s.node.handling = h as u8;
        s.node.copy_acks = self.protocol.handles_copy() && self.has_ack(s, h);
    }

    /// The event leaves the queue, and its completion action runs.
    pub(super) fn handle(&self, s: &mut State, h: usize) {
        record(s, h);
        // The ack that came while the user handled a copy is dropped with the entry that has it,
        // and nothing will ask for it again before the next load.
        if self.protocol.handles_copy() && !s.node.copy_acks && self.has_ack(s, h) {
            self.forget_edge(s, h);
        }
        self.end_handling(s);
        if s.node.manager.told[h] == Told::Queued {
            s.node.manager.told[h] = Told::Handled;
            return self.release_forward_acks(s);
        }
        let outcome = s.node.manager.statuses[h].outcome().expect("its event is queued");
        let id = s.node.manager.actions[h];
        s.node.manager.statuses[h] = Status::done(outcome);
        s.node.manager.actions[h] = NO_ID;
        if id != NO_ID {
            self.own_event_reaches(s, h, Source { id, outcome }, Own::Handled);
        }
    }

    pub(super) fn refuse(&self, s: &mut State, h: usize) {
        s.budget.refusals -= 1;
        s.ledger.may_deliver[s.world.payment(h)] = true;
        self.end_handling(s);
    }

    fn end_handling(&self, s: &mut State) {
        s.node.handling = NO_HTLC;
        s.node.copy_acks = false;
    }

    /// Whether the queued event has an ack to bring once it is handled. That of a forward has one
    /// only in a design that lets the ack, where it is due, wait for the user.
    fn has_ack(&self, s: &State, h: usize) -> bool {
        if s.node.manager.told[h] != Told::Queued {
            return s.node.manager.actions[h] != NO_ID;
        }
        let mut handled = *s;
        handled.node.manager.told[h] = Told::Handled;
        s.node.forward_acks[h] != Source::NONE && self.may_ack_hops(&handled, h, false)
    }
}

/// The user puts the queued event of an HTLC into its own record.
pub(super) fn record(s: &mut State, h: usize) {
    let manager = &s.node.manager;
    s.world.record[s.world.payment(h)] |= match manager.told[h] {
        Told::Queued if s.world.received[h] => RECORD_CLAIMED,
        Told::Queued => RECORD_FORWARDED,
        _ => record_mark(manager.statuses[h].outcome().expect("its event is queued")),
    };
}
