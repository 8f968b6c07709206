//! The manager: dispatch of events, and when each one is acked. SPEC.md section 5.3.

use super::{Machine, is_running, is_watching};
use crate::property::effect_is_durable;
use crate::protocol::{Edge, Own, Protocol, Repeat, Settled, Telling};
use crate::state::{
    Ack, AckStage, Fault, INBOUND, NO_ID, OUTBOUND, Outcome, Source, State, Status, Told, Update,
    UpdateKind,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// First in, first out; an event that a crash could take back holds up those behind it, which
    /// are newer. A forward's event waits for the inbound channel's background step, and for room
    /// there if its dispatch makes an update.
    pub(super) fn can_release(&self, s: &State) -> bool {
        let monitor = &s.node.monitors[OUTBOUND];
        let Some(entry) = monitor.pending().first() else { return false };
        let writing = s.disk.writes_len[OUTBOUND] > 0;
        is_watching(s)
            && self.protocol.may_release(entry.id < monitor.durable_below, writing)
            && self.is_inbound_ready(s, usize::from(entry.htlc), entry.outcome)
    }

    /// Whether the manager can take in that the HTLC is claimed, and does not know yet.
    pub(super) fn waits_for_claim(&self, s: &State, h: usize) -> bool {
        s.world.previous_hops(h).any(|hop| s.node.manager.statuses[hop].waits())
            && self.is_inbound_ready(s, h, Outcome::Claim)
    }

    /// The claim comes by message: it is applied as by its event, which is to follow; there is no
    /// ack yet that the user event could bring.
    pub(super) fn learn_claim(&self, s: &mut State, h: usize) {
        if s.node.manager.statuses[h].is_inbound() {
            self.tell_forward(s, h, Telling::Applied);
            self.apply_to_hops(s, h, Outcome::Claim);
        } else {
            self.settle_part(s, h, Outcome::Claim);
        }
    }

    fn is_inbound_ready(&self, s: &State, h: usize, outcome: Outcome) -> bool {
        let status = s.node.manager.statuses[h];
        let submits = outcome == Outcome::Claim && !self.is_resolved_inbound(s);
        let updates = if submits { self.applied_to(s, h).count() } else { 0 };
        !status.is_inbound() || (s.node.resumed[INBOUND] && self.has_room(s, INBOUND, updates))
    }

    /// Release and dispatch of one event.
    pub(super) fn release(&self, s: &mut State) {
        let monitor = &mut s.node.monitors[OUTBOUND];
        let index = usize::from(monitor.provided);
        let entry = monitor.events.entries()[index];
        if self.protocol.release_keeps() {
            monitor.provided += 1;
        } else {
            monitor.events.remove(index);
        }
        let h = usize::from(entry.htlc);
        let event = Source { id: entry.id, outcome: entry.outcome };
        if s.node.manager.statuses[h].is_inbound() {
            self.dispatch_forward(s, h, event);
        } else {
            self.dispatch_own(s, h, event);
        }
    }

    fn dispatch_own(&self, s: &mut State, h: usize, event: Source) {
        let status = s.node.manager.statuses[h];
        if status.waits() || self.protocol.applies_settled() {
            self.own_event_reaches(s, h, event, Own::Received);
            if self.settle_part(s, h, event.outcome) {
                s.node.manager.actions[h] = event.id;
                self.own_event_reaches(s, h, event, Own::Queued);
            } else {
                self.ack_due(s, h, event);
            }
            return;
        }
        let settled = match s.node.manager.actions[h] {
            _ if !status.is_queued() => Settled::Done,
            NO_ID => Settled::QueuedWithout,
            id => Settled::Queued { same_event: id == event.id },
        };
        match self.protocol.repeats(settled) {
            Repeat::AckDue => self.ack_due(s, h, event),
            Repeat::Joins => s.node.manager.actions[h] = event.id,
            Repeat::Ignored => {}
        }
    }

    /// Whether the failed part has a retry that was not made, and that could leave: for all that a
    /// crash cannot take back, its channel is open.
    fn can_retry(&self, s: &State, h: usize) -> bool {
        let is_there = s.world.retries && h == 0 && s.node.manager.statuses[1] == Status::Unmade;
        is_there && !self.fails_holding_cell(s, false)
    }

    /// The user makes a payment once; one of which the manager knows nothing any more it may make
    /// again, unless the user was told of its end.
    pub(super) fn can_pay(&self, s: &State, h: usize) -> bool {
        is_running(s)
            && s.node.manager.open[OUTBOUND]
            && s.node.manager.statuses[h] == Status::Unmade
            && s.world.record[h] == 0
    }

    /// Whether the user is told of the payment now that this part of it has ended so.
    fn is_news_of_payment(&self, s: &State, h: usize, outcome: Outcome) -> bool {
        let statuses = &s.node.manager.statuses;
        let parts = s.world.parts(h).filter(|part| statuses[*part] != Status::Unmade);
        let ended = |with| parts.clone().filter(|p| statuses[*p].outcome() == Some(with)).count();
        match outcome {
            Outcome::Claim => self.protocol.sends_payment(ended(Outcome::Claim), parts.count()),
            Outcome::Fail => self.protocol.fails_payment(ended(Outcome::Fail), parts.count()),
        }
    }

    /// An own payment's event has come so far; if that is its ack point, its ack is due.
    pub(super) fn own_event_reaches(&self, s: &mut State, h: usize, event: Source, progress: Own) {
        if self.protocol.may_ack_own(progress) {
            self.ack_due(s, h, event);
        }
    }

    /// Those to which a dispatch of its event applies the outcome.
    fn applied_to(&self, s: &State, h: usize) -> impl Iterator<Item = usize> + use<P> {
        let (statuses, again) = (s.node.manager.statuses, self.protocol.applies_settled());
        s.world.previous_hops(h).filter(move |hop| statuses[*hop].waits() || again)
    }

    fn dispatch_forward(&self, s: &mut State, h: usize, event: Source) {
        let mut hops = s.world.previous_hops(h);
        let settled = !hops.any(|hop| s.node.manager.statuses[hop].waits());
        if settled && self.protocol.repeats(Settled::Done) == Repeat::Ignored {
            return;
        }
        if event.outcome == Outcome::Claim {
            let applied = self.applied_to(s, h).next().is_some();
            self.tell_forward(s, h, if applied { Telling::Applied } else { Telling::Repeated });
        }
        self.apply_to_hops(s, h, event.outcome);
        self.await_edge(s, h, event);
        self.release_acks_up_to_edge(s, settled.then_some(h));
    }

    /// A forward's event waits for its ack point.
    fn await_edge(&self, s: &mut State, h: usize, event: Source) {
        s.node.forward_acks[h] = event;
        if self.protocol.stores_forward_source() {
            s.node.manager.actions[h] = event.id;
        }
    }

    /// It waits no more, and no entry names it: neither the forward acks nor a completion action.
    pub(super) fn forget_edge(&self, s: &mut State, h: usize) {
        s.node.forward_acks[h] = Source::NONE;
        s.node.manager.actions[h] = NO_ID;
    }

    /// What a manager that stores the ids of forwards' events still waits for, after a load.
    pub(super) fn restore_edges(&self, s: &mut State) {
        for h in self.scenario.htlcs().filter(|h| s.node.manager.statuses[*h].is_inbound()) {
            let id = s.node.manager.actions[h];
            match s.node.manager.statuses[h].outcome() {
                Some(outcome) if id != NO_ID => s.node.forward_acks[h] = Source { id, outcome },
                _ => s.node.manager.actions[h] = NO_ID,
            }
        }
    }

    pub(super) fn apply_to_hops(&self, s: &mut State, h: usize, outcome: Outcome) {
        for hop in self.applied_to(s, h) {
            s.node.manager.effects[hop] += 1;
            self.resolve_upstream(s, hop, outcome);
        }
    }

    /// `PaymentForwarded` goes into the user-event queue, if now is the time for it.
    pub(super) fn tell_forward(&self, s: &mut State, h: usize, telling: Telling) {
        let told = &mut s.node.manager.told[h];
        if *told != Told::Never {
            *told = self.protocol.tells_forward(telling, *told);
        }
    }

    /// What was promised for when the inbound channel has no update in flight.
    pub(super) fn tell_if_complete(&self, s: &mut State) {
        if s.node.manager.in_flight_len(INBOUND) == 0 {
            self.scenario.htlcs().for_each(|h| self.tell_forward(s, h, Telling::Completed));
        }
    }

    /// The inbound monitor is archived: whatever was to be done for the payer is done.
    pub(super) fn is_resolved_inbound(&self, s: &State) -> bool {
        s.disk.is_archived(INBOUND) && !self.protocol.submits_to_archived()
    }

    /// A claim goes to the inbound monitor at once, open or closed; a fail to the forward queue.
    pub(super) fn resolve_upstream(&self, s: &mut State, h: usize, outcome: Outcome) {
        if self.is_resolved_inbound(s) {
            s.node.manager.statuses[h] = Status::gone(outcome);
            return;
        }
        let open = s.node.manager.open[INBOUND];
        s.node.manager.statuses[h] = match outcome {
            Outcome::Claim => Status::SignedClaim,
            Outcome::Fail if open => Status::FailQueued,
            Outcome::Fail => Status::GoneFail,
        };
        if outcome == Outcome::Claim {
            let update = Update::commit(h, Outcome::Claim);
            if s.node.manager.blocked().is_empty() || self.protocol.overtakes() {
                self.submit(s, INBOUND, update);
            } else {
                self.block(s, h, update);
            }
        }
    }

    /// The update waits in the manager until nothing blocks the inbound channel.
    pub(super) fn block(&self, s: &mut State, h: usize, update: Update) {
        s.node.manager.block(update);
        if !self.protocol.keeps_blocked_acks() {
            self.forget_edge(s, h);
        }
    }

    pub(super) fn can_submit_blocked(&self, s: &State) -> bool {
        is_running(s)
            && !self.blocks_inbound(s)
            && !s.node.manager.blocked().is_empty()
            && self.has_room(s, INBOUND, 1)
            && self.protocol.submits_blocked()
    }

    pub(super) fn submit_blocked(&self, s: &mut State) {
        let update = s.node.manager.take_blocked();
        self.submit(s, INBOUND, update);
    }

    pub(super) fn can_forward_fail(&self, s: &State, h: usize) -> bool {
        is_watching(s)
            && s.node.resumed[INBOUND]
            && s.node.manager.statuses[h] == Status::FailQueued
            && s.node.manager.blocked().is_empty()
            && self.has_room(s, INBOUND, 1)
    }

    pub(super) fn forward_fail(&self, s: &mut State, h: usize) {
        s.node.manager.statuses[h] = Status::SignedFail;
        self.submit(s, INBOUND, Update::commit(h, Outcome::Fail));
    }

    /// A part has ended so; gives whether the user is told of its payment by that.
    pub(super) fn settle_part(&self, s: &mut State, h: usize, outcome: Outcome) -> bool {
        s.node.manager.effects[h] += 1;
        s.node.manager.statuses[h] = Status::done(outcome);
        if outcome == Outcome::Fail && self.can_retry(s, h) {
            s.node.manager.statuses[1] = Status::Unsent;
            return false;
        }
        let is_news = self.is_news_of_payment(s, h, outcome);
        if is_news {
            s.node.manager.statuses[h] = Status::queued(outcome);
        }
        is_news
    }

    /// Acks the forward events whose inbound edge has come far enough.
    pub(super) fn release_forward_acks(&self, s: &mut State) {
        self.release_acks_up_to_edge(s, None);
    }

    /// The same where one HTLC's event was just dispatched, and repeats something settled.
    fn release_acks_up_to_edge(&self, s: &mut State, repeated: Option<usize>) {
        for h in self.scenario.htlcs() {
            let event = s.node.forward_acks[h];
            if event != Source::NONE && self.may_ack_hops(s, h, repeated == Some(h)) {
                self.forget_edge(s, h);
                self.ack_due(s, h, event);
            }
        }
    }

    pub(super) fn may_ack_hops(&self, s: &State, h: usize, again: bool) -> bool {
        let hops = s.world.previous_hops(h);
        let reached = hops.filter(|hop| self.may_ack_forward(s, *hop, again)).count();
        self.protocol.acks_hops(reached, s.world.previous_hops(h).count())
    }

    fn may_ack_forward(&self, s: &State, h: usize, again: bool) -> bool {
        let outcome = s.node.manager.statuses[h].outcome().expect("its event was dispatched");
        let (edge, told) = (self.edge(s, h), s.node.manager.told[h]);
        match (outcome, s.node.manager.open[INBOUND]) {
            (Outcome::Claim, true) => self.protocol.may_ack_claim(edge, again, told),
            (Outcome::Fail, true) => self.protocol.may_ack_fail(edge, again),
            (Outcome::Claim, false) => self.protocol.may_ack_claim_closed(edge, told),
            (Outcome::Fail, false) => self.protocol.may_ack_fail_closed(),
        }
    }

    /// The manager needs the event no more.
    pub(super) fn ack_due(&self, s: &mut State, h: usize, event: Source) {
        if !self.protocol.ack_waits_for_manager() {
            self.perform_ack(s, h, event);
        } else if s.node.acks[h].source != event {
            s.node.acks[h] = Ack { source: event, stage: AckStage::Due };
        }
    }

    pub(super) fn has_due_ack(&self, s: &State) -> bool {
        s.node.acks.iter().any(|ack| ack.stage == AckStage::Due)
    }

    pub(super) fn cover_due_acks(&self, s: &mut State) {
        for ack in &mut s.node.acks {
            if ack.stage == AckStage::Due {
                ack.stage = AckStage::Covered;
            }
        }
    }

    pub(super) fn perform_covered_acks(&self, s: &mut State) {
        for h in self.scenario.htlcs() {
            let Ack { source, stage } = s.node.acks[h];
            if stage == AckStage::Covered {
                s.node.acks[h] = Ack::NONE;
                self.perform_ack(s, h, source);
            }
        }
    }

    fn perform_ack(&self, s: &mut State, h: usize, event: Source) {
        if !effect_is_durable(s, h, event.outcome) {
            s.ledger.fault = Fault::EarlyAck;
            return;
        }
        self.ack(s, h, event);
    }

    /// How far an inbound HTLC's resolution has come, as the manager knows it.
    pub(super) fn edge(&self, s: &State, h: usize) -> Edge {
        let manager = &s.node.manager;
        let mut listed = manager.in_flight(INBOUND).iter().chain(manager.blocked());
        let update = listed.find(|u| u.is_about(h));
        let waits = !self.protocol.waits_for_own_update() && manager.in_flight_len(INBOUND) > 0;
        match (update.map(|u| u.kind), manager.statuses[h]) {
            (Some(UpdateKind::Commit), _) => Edge::Submitted,
            (Some(UpdateKind::Revoke), _) => Edge::Removing,
            (_, Status::FailQueued) => Edge::Queued,
            (_, Status::SignedClaim | Status::SignedFail) if waits => Edge::Submitted,
            (_, Status::SignedClaim | Status::SignedFail) => Edge::Sent,
            (_, Status::GoneClaim | Status::GoneFail) if waits => Edge::Removing,
            (_, Status::GoneClaim | Status::GoneFail) => Edge::Removed,
            _ => Edge::Nothing,
        }
    }
}
