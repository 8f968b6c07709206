//! Crash and start: what the store kept, and what the node rebuilds from it. SPEC.md sections 4
//! and 5.4.
//!
//! Stopping, reading the monitors and reading the manager are one step: in between nothing but a
//! switched mode is written and nobody acts on memory, so neither a second crash nor the world can
//! tell.

use super::user::record;
use super::{Machine, is_watching};
use crate::action::{Build, Kept};
use crate::property::is_past_resolution;
use crate::protocol::{ForwardQueue, Protocol, Unlisted};
use crate::state::{
    Ack, Boot, CHANNELS, Disk, Fault, HTLCS, INBOUND, Manager, Mode, Monitor, MonitorData, NO_HTLC,
    Node, OUTBOUND, Outcome, Source, Stage, State, Status, Told, Update, UpdateKind, Write,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// Each object's writes in flight survive as a prefix, independently of the others.
    pub(super) fn can_crash(&self, s: &State, kept: Kept) -> bool {
        s.budget.crashes > 0
            && (0..CHANNELS).all(|c| kept.writes[c] <= s.disk.writes_len[c])
            && (!kept.manager || s.disk.manager_writing)
            && (!kept.record || s.node.handling != NO_HTLC)
            && self.is_readable(s, kept)
    }

    pub(super) fn crash(&self, s: &mut State, kept: Kept) {
        s.budget.crashes -= 1;
        if kept.record {
            record(s, usize::from(s.node.handling));
        }
        keep(&mut s.disk, kept);
        self.allow_redelivery(s);
        self.load(s, kept.build);
    }

    /// History: after a delivery whose handling or whose ack is not durable, a crash excuses one
    /// more.
    fn allow_redelivery(&self, s: &mut State) {
        for h in self.scenario.htlcs() {
            let handled = s.world.record[h] != 0;
            let (durable, manager) = (&s.disk.monitors[OUTBOUND], &s.disk.manager);
            // Where the durable monitor has yet to derive the event, because it never knew the HTLC
            // or because a message was faster, the manager alone remembers that the user was told.
            // With the mode off that holds of every event.
            let keeps_events = durable.data.mode == Mode::On;
            let is_over = |part: usize| match keeps_events && is_past_resolution(s, durable, part) {
                true => !durable.events.names(part),
                false => matches!(manager.statuses[part], Status::DoneClaim | Status::DoneFail),
            };
            // Of several parts, the one by whose entry the user was told last counts.
            let told_by = |part: &usize| !s.world.several_parts || s.ledger.begun[*part];
            // Of a forward the user may be told again until the manager remembers that it was.
            let over = match manager.told[h] {
                Told::Never => s.world.parts(h).filter(told_by).any(is_over),
                told => told == Told::Handled,
            };
            s.ledger.may_deliver[h] |= !(handled && over);
        }
    }

    fn load(&self, s: &mut State, build: Build) {
        let monitors = s.disk.monitors.map(|snapshot| self.loaded(&snapshot));
        s.node = Node {
            boot: Boot::Loading,
            resumed: std::array::from_fn(|c| {
                !self.scenario.channels().contains(&c) || s.disk.is_archived(c)
            }),
            monitors,
            manager: s.disk.manager,
            forward_acks: [Source::NONE; HTLCS],
            acks: [Ack::NONE; HTLCS],
            handling: NO_HTLC,
            copy_acks: false,
        };
        self.read_as_old(s, build);
        self.keep_event_ids(s);
        self.push_owed(s, build, false);
        self.drop_forward_queue(s);
        let stale = is_stale(s, OUTBOUND);
        for c in self.scenario.channels() {
            if s.disk.is_archived(c) {
                self.reconcile_archived(s, c);
            } else {
                self.reconcile_channel(s, c);
            }
        }
        self.adopt_payments(s);
        self.fail_unlisted(s, stale);
        self.empty_holding_cell(s, stale);
        self.recreate_payments(s);
        self.resume_claims(s);
        self.give_up_inbound_fails(s);
        self.restore_edges(s);
        self.push_owed(s, build, true);
        self.switch_modes(s, build);
    }

    /// Where the forward queue is not read, its fails have not happened yet.
    fn drop_forward_queue(&self, s: &mut State) {
        let Node { monitors, manager, .. } = &mut s.node;
        for h in self.scenario.htlcs() {
            if manager.statuses[h] != Status::FailQueued {
                continue;
            }
            let outbound = s.world.leaves_as(h);
            let offered = monitors[OUTBOUND].data.stages[outbound] != Stage::Unoffered;
            manager.statuses[h] = match self.protocol.forward_queue() {
                ForwardQueue::Read => continue,
                ForwardQueue::Rebuilt if !offered => Status::UnsentForward,
                ForwardQueue::Rebuilt | ForwardQueue::LeftToEvents => Status::Held,
            };
            manager.effects[h] -= 1;
        }
    }

    /// Compares the manager's view of a channel with the monitor that was read.
    fn reconcile_channel(&self, s: &mut State, c: usize) {
        if c == INBOUND {
            self.list_submitted(s);
        }
        let manager = &mut s.node.manager;
        let monitor = &s.node.monitors[c];
        let listed = manager.in_flight_len(c) as u8;
        if monitor.data.update_id + listed < manager.update_id[c] {
            s.ledger.fault = Fault::Unloadable;
        } else if monitor.data.update_id > manager.update_id[c] && self.protocol.closes_stale() {
            close_stale(manager, monitor, c);
            if c == INBOUND {
                self.adopt_inbound(s);
            }
        }
        let monitor = &s.node.monitors[c];
        if monitor.data.best_block > 0 && self.protocol.rederives_close() {
            s.node.manager.close(c);
        }
    }

    /// A blocked update may have been submitted and be durable, while the manager that was written
    /// before lists it as blocked. It may also have been overtaken: then the monitor is at the id
    /// that it would have, and has another.
    fn list_submitted(&self, s: &mut State) {
        let Node { monitors, manager, .. } = &mut s.node;
        let monitor = &monitors[INBOUND].data;
        while monitor.update_id > manager.update_id[INBOUND] {
            let Some(oldest) = manager.blocked().first().copied() else { return };
            if !self.protocol.lists_blocked(has_applied(monitor, oldest)) {
                return;
            }
            manager.take_blocked();
            // There is room: nothing but one claim can have overtaken it.
            manager.list_update(INBOUND, oldest);
        }
    }

    /// The channel's monitor is archived: all that was left to do on the channel is done.
    fn reconcile_archived(&self, s: &mut State, c: usize) {
        let manager = &mut s.node.manager;
        manager.close(c);
        if self.protocol.drops_orphans() {
            manager.in_flight[c].fill(Update::NONE);
        } else if manager.in_flight_len(c) > 0 {
            s.ledger.fault = Fault::Unloadable;
        }
    }

    /// What RST-4 forbids: "the monitor no longer lists it, so it failed".
    fn fail_unlisted(&self, s: &mut State, stale: bool) {
        for h in self.scenario.htlcs() {
            let monitor = &s.node.monitors[OUTBOUND];
            let (status, outbound) = (s.node.manager.statuses[h], s.world.leaves_as(h));
            if !status.waits() || !monitor.data.stages[outbound].is_revoked() {
                continue;
            }
            let (forward, has_event) = (status.is_inbound(), monitor.events.names(outbound));
            if self.protocol.fails_unlisted(Unlisted { forward, stale, has_event }) {
                if forward {
                    s.node.manager.statuses[h] = Status::FailQueued;
                    s.node.manager.effects[h] += 1;
                } else {
                    self.settle_part(s, h, Outcome::Fail);
                }
            }
        }
    }

    /// The closed channel's monitor has an HTLC that the manager, which is older, knows nothing of.
    fn adopt_payments(&self, s: &mut State) {
        if s.node.manager.open[OUTBOUND] || s.disk.is_archived(OUTBOUND) {
            return;
        }
        let Node { monitors, manager, .. } = &mut s.node;
        let monitor = &monitors[OUTBOUND];
        for h in self.scenario.htlcs() {
            let unmade = manager.statuses[h] == Status::Unmade;
            if unmade && monitor.knows(h) && self.protocol.adopts_payments() {
                manager.statuses[h] = Status::Waiting;
            }
        }
    }

    /// What waits in the holding cell of a closed channel never reached its monitor, or did so
    /// behind this manager's back: then its event has to come.
    fn empty_holding_cell(&self, s: &mut State, stale: bool) {
        if s.node.manager.open[OUTBOUND] {
            return;
        }
        let archived = s.disk.is_archived(OUTBOUND);
        for h in self.scenario.htlcs() {
            let (monitor, status) = (&s.node.monitors[OUTBOUND], s.node.manager.statuses[h]);
            if !status.is_unsent() {
                continue;
            }
            let fails = if !archived && monitor.knows(h) {
                self.protocol.fails_known(status.is_inbound())
            } else {
                self.protocol.fails_unknown(status.is_inbound(), stale)
            };
            if fails {
                self.fail_unsent(s, h);
            } else {
                s.node.manager.statuses[h] = status.offered();
            }
        }
    }

    /// What RST-8 forbids: "the monitor lists it, so it is pending".
    fn recreate_payments(&self, s: &mut State) {
        if s.node.manager.open[OUTBOUND] || s.disk.is_archived(OUTBOUND) {
            return;
        }
        let Node { monitors, manager, .. } = &mut s.node;
        let monitor = &monitors[OUTBOUND];
        for h in self.scenario.htlcs() {
            let settled = matches!(manager.statuses[h], Status::DoneClaim | Status::DoneFail);
            let listed = monitor.data.stages[h].is_listed();
            let (spent, has_event) = (monitor.data.spends[h], monitor.events.names(h));
            if settled && listed && self.protocol.recreates(spent, has_event) {
                manager.statuses[h] = Status::Waiting;
                manager.effects[h] = 0;
            }
        }
    }

    /// The closed channel's monitor knows better than the manager how far its HTLCs have come.
    fn adopt_inbound(&self, s: &mut State) {
        let Node { monitors, manager, .. } = &mut s.node;
        for h in 0..HTLCS {
            let stage = monitors[INBOUND].data.stages[h];
            let Some(outcome) = stage.outcome() else { continue };
            let has_event = monitors[OUTBOUND].events.names(s.world.leaves_as(h));
            if manager.statuses[h].is_inbound() && self.protocol.adopts_inbound(outcome, has_event)
            {
                manager.statuses[h] = adopted(stage);
                manager.effects[h] = 1;
                // It was not removed before the user was told.
                let told = &mut manager.told[s.world.payment(h)];
                if s.world.received[h] && stage.is_revoked() && *told == Told::NotYet {
                    *told = Told::Handled;
                }
            }
        }
    }

    pub(super) fn can_replay(&self, s: &State, c: usize) -> bool {
        s.node.boot == Boot::Loading && s.node.monitors[c].data.best_block < s.world.chains[c].tip
    }

    /// Blocks are replayed into a monitor that is not in the Watch yet: nothing is written.
    pub(super) fn replay(&self, s: &mut State, c: usize) {
        self.process_next_fact(s, c);
    }

    pub(super) fn can_start_watch(&self, s: &State) -> bool {
        s.node.boot == Boot::Loading && self.scenario.channels().all(|c| !self.can_replay(s, c))
    }

    pub(super) fn start_watch(&self, s: &mut State) {
        s.node.boot = Boot::Watching;
        for c in self.scenario.channels() {
            if !s.disk.is_archived(c) && self.protocol.writes_at_watch() {
                self.start_write(s, c, self.full(s, c));
            }
        }
    }

    pub(super) fn can_resume(&self, s: &State, c: usize) -> bool {
        let missing = missing_updates(s, c);
        let writes = usize::from(s.disk.writes_len[c]);
        is_watching(s)
            && !s.node.resumed[c]
            && (!self.scenario.is_async(c) || writes + missing <= usize::from(self.scenario.writes))
    }

    /// The background step: updates the monitor has are complete; the others are submitted again,
    /// in order, and stay listed until they are reported.
    pub(super) fn resume(&self, s: &mut State, c: usize) {
        s.node.resumed[c] = true;
        let missing = missing_updates(s, c);
        let listed = s.node.manager.in_flight_len(c);
        let updates = s.node.manager.in_flight[c];
        s.node.manager.drop_oldest_in_flight(c, listed - missing);
        for update in &updates[..listed - missing] {
            self.send_offer(s, *update);
        }
        self.resend_offers(s);
        self.tell_if_complete(s);
        self.tell_claims(s);
        self.fail_holding_cell(s, false);
        if !self.protocol.resubmits() {
            s.node.manager.drop_oldest_in_flight(c, missing);
            return;
        }
        for update in &updates[listed - missing..listed] {
            self.apply_and_write(s, c, *update);
        }
        self.release_forward_acks(s);
    }
}

/// How many of the updates in flight the monitor lacks.
fn missing_updates(s: &State, c: usize) -> usize {
    let manager = &s.node.manager;
    let newer = manager.update_id[c].saturating_sub(s.node.monitors[c].data.update_id);
    usize::from(newer).min(manager.in_flight_len(c))
}

/// The store keeps a prefix of each object's writes; the rest never happened.
fn keep(disk: &mut Disk, kept: Kept) {
    for c in 0..CHANNELS {
        if let Some(last) = usize::from(kept.writes[c]).checked_sub(1) {
            disk.monitors[c] = disk.writes[c][last].snapshot;
        }
        disk.writes[c].fill(Write::NONE);
        disk.writes_len[c] = 0;
    }
    if kept.manager {
        disk.manager = disk.manager_write;
    }
    disk.manager_write = Manager::EMPTY;
    disk.manager_writing = false;
}

/// The monitor has updates that this manager never generated: the channel cannot go on. A close
/// update follows the monitor's last one, unless the channel is closed already.
fn close_stale(manager: &mut Manager, monitor: &Monitor, c: usize) {
    manager.close(c);
    manager.update_id[c] = monitor.data.update_id;
    manager.in_flight[c].fill(Update::NONE);
    if !monitor.data.lockdown && monitor.data.best_block == 0 {
        manager.list_update(c, Update::CLOSE);
    }
}

/// Whether a monitor has a blocked update: that of a removal, or of its revocation.
fn has_applied(monitor: &MonitorData, update: Update) -> bool {
    let stage = monitor.stages[usize::from(update.htlc)];
    match update.kind {
        UpdateKind::Revoke => stage.is_revoked(),
        _ => stage != Stage::Committed,
    }
}

/// Whether the monitor has an update that the manager never generated.
fn is_stale(s: &State, c: usize) -> bool {
    s.node.monitors[c].data.update_id > s.node.manager.update_id[c]
}

/// What an inbound monitor's view of an HTLC means to the manager of the closed channel.
fn adopted(stage: Stage) -> Status {
    match stage {
        Stage::Committed | Stage::Unoffered => Status::Held,
        Stage::SignedClaim => Status::SignedClaim,
        Stage::RevokedClaim => Status::GoneClaim,
        Stage::SignedFail | Stage::RevokedFail => Status::GoneFail,
    }
}
