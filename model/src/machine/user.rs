//! The user: begins to handle a queued event, then succeeds or refuses.

use super::{Machine, is_running};
use crate::protocol::{Own, Protocol};
use crate::state::world::{RECORD_FORWARDED, record_mark};
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
        s.node.handling = h as u8;
    }

    /// The event leaves the queue, and its completion action runs.
    pub(super) fn handle(&self, s: &mut State, h: usize) {
        record(s, h);
        s.node.handling = NO_HTLC;
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
        s.node.handling = NO_HTLC;
    }
}

/// The user puts the queued event of an HTLC into its own record.
pub(super) fn record(s: &mut State, h: usize) {
    s.world.record[s.world.payment(h)] |= if s.node.manager.told[h] == Told::Queued {
        RECORD_FORWARDED
    } else {
        record_mark(s.node.manager.statuses[h].outcome().expect("its event is queued"))
    };
}
