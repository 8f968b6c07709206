//! Dispatch of events: a payment's, a forward's, the first time or again.
//!
//! In LDK this is `process_pending_monitor_events`: own payments go to `claim_funds_internal` or
//! `fail_htlc_backwards_internal`, and so do forwards, for each previous hop. Events come at least
//! once, so every path has a second way through it, for what is settled. The model dispatches one
//! event a step, and the inbound update belongs to that step: a crash in the middle of a batch is
//! left out (docs/bounds.md).

use super::Desk;
use crate::call::Call;
use crate::machine::Machine;
use crate::protocol::{Own, Protocol, Repeat, Settled, Telling};
use crate::state::{Entry, Htlc, Manager, NO_ID, Outcome, Source};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Takes in an event that the Watch has released.
    pub(in crate::machine) fn dispatch(&self, d: &mut Desk<C, H>, entry: Entry) {
        let event = Source { id: entry.id, outcome: entry.outcome() };
        if self.topology.is_own(entry.htlc()) {
            self.dispatch_own(d, entry.htlc(), event);
        } else {
            self.dispatch_forward(d, entry.htlc(), event);
        }
    }

    fn dispatch_own(&self, d: &mut Desk<C, H>, h: Htlc, event: Source) {
        let status = d.manager.statuses[h];
        // MGR-7: an outcome is applied once.
        if status.waits() || self.protocol.applies_settled() {
            // Three points at which somebody might ack; MGR-1 picks the third, when the user is
            // done.
            self.own_event_reaches(d, h, event, Own::Received);
            if self.settle_part(d, h, event.outcome) {
                // `EventCompletionAction`: whom it acks is in memory only (MGR-22).
                d.manager.actions[h] = event.id;
                self.own_event_reaches(d, h, event, Own::Queued);
            } else {
                // This part's outcome leads to no user event, so nobody but this Manager needs it.
                self.ack_due(d, h, event);
            }
            return;
        }
        // A user event without an action is one that a message caused, or that was loaded (MGR-22):
        // it takes the ack of the event that comes now. One with an id keeps it; to ack the event
        // at once, as in finding 007, is to ack what nobody has handled.
        let settled = match d.manager.actions[h] {
            _ if !status.is_queued() => Settled::Done,
            NO_ID => Settled::QueuedWithout,
            id => Settled::Queued { same_event: id == event.id },
        };
        // MGR-6: the ack point is that of the outcome.
        match self.protocol.repeats(settled) {
            Repeat::AckDue => self.ack_due(d, h, event),
            Repeat::Joins => d.manager.actions[h] = event.id,
            Repeat::Ignored => {}
        }
    }

    fn dispatch_forward(&self, d: &mut Desk<C, H>, h: Htlc, event: Source) {
        let mut hops = self.topology.previous_hops(h);
        // One hop that waits makes it news: after a crash one inbound Monitor may have the outcome
        // and another not.
        let settled = !hops.any(|hop| d.manager.statuses[hop].waits());
        // MGR-6: left alone, a repeat would be provided at every start, for ever.
        if settled && self.protocol.repeats(Settled::Done) == Repeat::Ignored {
            return;
        }
        if event.outcome == Outcome::Claim {
            // MGR-12: the user may not know what a stale channel's Monitor has told the Manager
            // (RST-6), so a repeat is a reason to tell as well.
            let applied = self.applied_to(d.manager, h).next().is_some();
            let telling = if applied { Telling::Applied } else { Telling::Repeated };
            self.tell_forward(d.manager, h, telling);
        }
        // The outcome before the source: which ack point counts depends on how the hops stand.
        self.apply_to_hops(d, h, event.outcome);
        self.await_edge(d, h, event);
        self.release_acks_up_to_edge(d, settled.then_some(h));
    }

    /// Takes in that an HTLC is claimed, from the peer's message: it is applied as by its event,
    /// which is to follow; there is no ack yet that the user event could bring.
    ///
    /// No hold-back as in WCH-1 is needed: a peer does not take back a claim that it has sent, so
    /// what a crash forgets it sends or spends again (MGR-18).
    pub(in crate::machine) fn learn_claim(&self, d: &mut Desk<C, H>, h: Htlc) {
        if self.topology.is_own(h) {
            self.settle_part(d, h, Outcome::Claim);
        } else {
            self.tell_forward(d.manager, h, Telling::Applied);
            self.apply_to_hops(d, h, Outcome::Claim);
        }
    }

    /// Applies a forward's outcome to its inbound HTLCs.
    pub(in crate::machine) fn apply_to_hops(&self, d: &mut Desk<C, H>, h: Htlc, outcome: Outcome) {
        for hop in self.applied_to(d.manager, h) {
            // Said aloud for history: GUA-5 counts an outcome that is applied twice.
            d.calls.push(Call::Apply(hop));
            self.resolve_upstream(d, hop, outcome);
        }
    }

    /// Those to which a dispatch of its event applies the outcome.
    pub(in crate::machine) fn applied_to(
        &self,
        m: &Manager<C, H>,
        h: Htlc,
    ) -> impl Iterator<Item = Htlc> + use<P, C, H> {
        // MGR-7: those that are not settled.
        let (statuses, again) = (m.statuses, self.protocol.applies_settled());
        self.topology.previous_hops(h).filter(move |hop| statuses[*hop].waits() || again)
    }
}
