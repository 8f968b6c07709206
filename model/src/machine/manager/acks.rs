//! When an ack is due, and when it is called.
//!
//! An ack that comes late costs a repeat after a crash, one that never comes costs a Monitor that
//! is never archived (GUA-6), one that comes early costs the outcome (GUA-3). Where it is open when
//! to ack, the later point is taken. Due and called are two things: what is due lives in memory, so
//! that a crash which drops it has the event provided again, and MGR-6 acks that.

use super::Desk;
use crate::call::Call;
use crate::machine::Machine;
use crate::protocol::{Edge, Own, Protocol};
use crate::state::{
    Ack, AckStage, Htlc, Manager, Mode, Monitor, NO_ID, Outcome, Source, Status, Update, UpdateKind,
};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// An own payment's event has come so far; if that is its ack point, its ack is due.
    pub(in crate::machine) fn own_event_reaches(
        &self,
        d: &mut Desk<C, H>,
        h: Htlc,
        event: Source,
        progress: Own,
    ) {
        // MGR-1: not before the user has handled what it led to.
        if self.protocol.may_ack_own(progress) {
            self.ack_due(d, h, event);
        }
    }

    /// A forward's event waits for its ack point.
    ///
    /// This is `pending_forward_monitor_event_acks`, which is not written: after a crash the events
    /// that come again fill it. A source that is written with the forward outlives what its id
    /// names (finding 011), so SPEC.md stores none.
    pub(super) fn await_edge(&self, d: &mut Desk<C, H>, h: Htlc, event: Source) {
        d.forward_acks[h] = event;
        // A design may write the id with the forward, as March did.
        if self.writes_ids(h) {
            d.manager.actions[h] = event.id;
        }
    }

    fn writes_ids(&self, h: Htlc) -> bool {
        // MGR-22: no write holds the id of an event.
        self.protocol.writes_event_ids(!self.topology.is_own(h))
    }

    /// Takes out of what a Manager write copies the ids of events.
    ///
    /// The events come again after a load, under whatever ids, and their acks join the user events
    /// (MGR-6). An id that outlives its Monitor's memory may name another event by then (findings
    /// 003, 011 and 012).
    pub(in crate::machine) fn leave_out_ids(
        &self,
        copy: &mut Manager<C, H>,
        monitors: &[Monitor<H>; C],
    ) {
        for h in self.topology.htlcs().filter(|h| self.topology.leaves(*h)) {
            // A Monitor whose mode is off has no ids that last, in any design.
            let mode = monitors[self.topology.outbound(h)].data.mode;
            if mode == Mode::Off || !self.writes_ids(h) {
                copy.actions[h] = NO_ID;
            }
        }
    }

    /// It waits no more, and no entry names it: neither the forward acks nor a completion action.
    ///
    /// Both at once: an id that stayed behind in the Manager would be taken up again by a load, and
    /// may name another event by then.
    pub(in crate::machine) fn forget_edge(&self, d: &mut Desk<C, H>, h: Htlc) {
        d.forward_acks[h] = Source::NONE;
        d.manager.actions[h] = NO_ID;
    }

    /// What a Manager that stores the ids of forwards' events still waits for, after a load.
    ///
    /// A source whose HTLC has no outcome is dropped (the load may have taken its fail out of the
    /// queue): the event that comes again brings it anew. Under SPEC.md no id of a forward is
    /// written, and nothing is found.
    pub(in crate::machine) fn restore_edges(&self, d: &mut Desk<C, H>) {
        for h in self.topology.htlcs().filter(|h| self.topology.shape(*h).inbound.is_some()) {
            let id = d.manager.actions[h];
            match d.manager.statuses[h].outcome() {
                Some(outcome) if id != NO_ID => d.forward_acks[h] = Source { id, outcome },
                _ => d.manager.actions[h] = NO_ID,
            }
        }
    }

    /// Acks the forward events whose inbound edge has come far enough.
    ///
    /// It is called wherever an inbound HTLC may have come further: a completion, the close of a
    /// channel, the background step, the user's handling. Asking too often does no harm, since a
    /// source that is released is forgotten first.
    pub(in crate::machine) fn release_forward_acks(&self, d: &mut Desk<C, H>) {
        self.release_acks_up_to_edge(d, None);
    }

    /// Acks the forward events whose inbound edge has come far enough, where one HTLC's event may
    /// just have been dispatched, and repeat something settled.
    pub(super) fn release_acks_up_to_edge(&self, d: &mut Desk<C, H>, repeated: Option<Htlc>) {
        for h in self.topology.htlcs() {
            let event = d.forward_acks[h];
            if event != Source::NONE && self.may_ack_hops(d.manager, h, repeated == Some(h)) {
                // Forgotten first: what the next completion finds here again would be due, and
                // called, once more.
                self.forget_edge(d, h);
                self.ack_due(d, h, event);
            }
        }
    }

    /// Whether a forward has come to its ack point.
    ///
    /// The event is the only copy of the outcome for each hop that lacks it (finding 025).
    pub(in crate::machine) fn may_ack_hops(&self, m: &Manager<C, H>, h: Htlc, again: bool) -> bool {
        let hops = self.topology.previous_hops(h);
        let has_come = |hop: &Htlc| self.may_ack_forward(m, *hop, again);
        let first = self.topology.inbound(h);
        let mut beside_first = hops.filter(|hop| self.topology.came_in_on(*hop, first));
        // MGR-15: all of them, whatever channel they came in on.
        let reached = hops.filter(has_come).count();
        self.protocol.acks_hops(reached, hops.len(), beside_first.all(|hop| has_come(&hop)))
    }

    fn may_ack_forward(&self, m: &Manager<C, H>, h: Htlc, again: bool) -> bool {
        // The Manager's view of open decides, not the chain's: a close that it has not heard of
        // leaves the ack to the removal, and its notice asks again.
        let outcome = m.statuses[h].outcome().expect("its event was dispatched");
        let (edge, told) = (self.edge(m, h), m.told[h]);
        match (outcome, m.open[self.topology.inbound(h)]) {
            // MGR-2, MGR-3: the removal is durable.
            (Outcome::Claim, true) => self.protocol.may_ack_claim(edge, again, told),
            (Outcome::Fail, true) => self.protocol.may_ack_fail(edge, again),
            // MGR-4: the preimage is durable. MGR-5: nothing is left to do.
            (Outcome::Claim, false) => self.protocol.may_ack_claim_closed(edge, told),
            (Outcome::Fail, false) => self.protocol.may_ack_fail_closed(),
        }
    }

    /// How far an inbound HTLC's resolution has come, as the Manager knows it.
    pub(in crate::machine) fn edge(&self, m: &Manager<C, H>, h: Htlc) -> Edge {
        let c = self.topology.inbound(h);
        let mut listed = m.in_flight(c).iter().chain(m.blocked(c));
        let update: Option<&Update> = listed.find(|u| u.is_about(h));
        // LDK runs what waits on a channel when no update of it is in flight any more. A channel
        // that is never idle then acks nothing; here an ack waits for its own update.
        let waits = !self.protocol.waits_for_own_update() && m.in_flight_len(c) > 0;
        match (update.map(|u| u.kind()), m.statuses[h]) {
            (Some(UpdateKind::Commit), _) => Edge::Submitted,
            (Some(UpdateKind::Revoke), _) => Edge::Removing,
            // From here on no update of the HTLC is listed: how far it is, its status alone says.
            (_, Status::FailQueued) => Edge::Queued,
            (_, Status::SignedClaim | Status::SignedFail) if waits => Edge::Submitted,
            (_, Status::SignedClaim | Status::SignedFail) => Edge::Sent,
            (_, Status::GoneClaim | Status::GoneFail) if waits => Edge::Removing,
            (_, Status::GoneClaim | Status::GoneFail) => Edge::Removed,
            _ => Edge::Nothing,
        }
    }

    /// The Manager needs the event no more.
    pub(super) fn ack_due(&self, d: &mut Desk<C, H>, h: Htlc, event: Source) {
        // MGR-8: called when a Manager write that starts later has landed.
        let own = self.topology.is_own(h);
        if !self.protocol.ack_waits_for_manager(own, event.outcome) {
            d.calls.push(Call::Ack { htlc: h, source: event });
        // The same event again adds nothing: put back to due, an ack that a write in flight covers
        // would wait for one write more, again and again.
        } else if d.acks[h].source.id != event.id {
            d.acks[h] = Ack { source: event, stage: AckStage::Due };
        }
    }
}

/// A Manager write starts: the acks that are due wait for it alone.
///
/// What comes due between the start of the write and its landing is not in the copy, so it stays
/// due: an ack called by this landing would leave an older Manager waiting (finding 002).
pub(in crate::machine) fn cover_due_acks<const C: usize, const H: usize>(d: &mut Desk<C, H>) {
    for ack in d.acks.iter_mut() {
        if ack.stage == AckStage::Due {
            ack.stage = AckStage::Covered;
        }
    }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Whether the Manager is to be written because of its acks.
    pub(in crate::machine) fn needs_write_for_acks(&self, acks: &[Ack; H]) -> bool {
        // MGR-24: also where the copy would be what the disk has, as after an event that comes
        // again: only a write that starts later says that no older Manager can come back (MGR-8).
        self.protocol.asks_for_write() && acks.iter().any(|ack| ack.stage == AckStage::Due)
    }

    /// The Manager's write has landed: calls the acks that waited for it.
    pub(in crate::machine) fn call_covered_acks(&self, d: &mut Desk<C, H>) {
        for index in 0..d.acks.len() {
            let htlc = Htlc::at(index);
            let Ack { source, stage } = d.acks[htlc];
            if stage != AckStage::Covered {
                continue;
            }
            // Nobody remembers it from here on; a crash before the Monitor's next full write undoes
            // it.
            d.acks[htlc] = Ack::NONE;
            // MGR-23: now.
            if self.protocol.calls_acks() {
                d.calls.push(Call::Ack { htlc, source });
            }
        }
    }
}
