//! Writes: how memory becomes durable, and what a report tells the node. SPEC.md section 4.

use super::{Machine, is_watching};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{
    Fault, HTLCS, Manager, Mode, Monitor, NO_ID, OUTBOUND, Snapshot, State, Update, UpdateKind,
    Write,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// Whether a channel can take so many more updates (and their writes) in flight.
    pub(super) fn has_room(&self, s: &State, c: usize, updates: usize) -> bool {
        let bound = usize::from(self.scenario.writes);
        !self.scenario.is_async(c)
            || (usize::from(s.disk.writes_len[c]) + updates <= bound
                && s.node.manager.in_flight_len(c) + updates <= bound)
    }

    /// The manager generates an update: it is listed, applied and handed to the store at once.
    pub(super) fn submit(&self, s: &mut State, c: usize, update: Update) {
        let archived = s.disk.is_archived(c);
        let manager = &mut s.node.manager;
        manager.list_update(c, update);
        if archived || manager.update_id[c] != s.node.monitors[c].data.update_id + 1 {
            s.ledger.fault = Fault::Unloadable;
            return;
        }
        self.apply_and_write(s, c, update);
    }

    /// Applies an update and hands it to the store, as a delta or with a full write.
    pub(super) fn apply_and_write(&self, s: &mut State, c: usize, update: Update) {
        self.apply(s, c, update);
        if self.scenario.stores_deltas(c) {
            self.start_write(s, c, self.delta(s, c, update));
        } else {
            self.start_write(s, c, self.full(s, c));
        }
    }

    /// A full write of the monitor as it is now.
    pub(super) fn full(&self, s: &State, c: usize) -> Write {
        let monitor = &s.node.monitors[c];
        Write {
            snapshot: self.snapshot_of(monitor),
            covers_events_below: monitor.data.next_event_id,
            covers_update: monitor.data.update_id,
        }
    }

    /// The delta of an update that was just applied. It stands here as what a load makes of it:
    /// the newest version handed to the store, with the update applied to it.
    fn delta(&self, s: &State, c: usize, update: Update) -> Write {
        let snapshot = self.replayed(s, c, update);
        let monitor = &s.node.monitors[c];
        let made_again = |event| snapshot.events.entries().contains(event);
        let mut events = monitor.pending().iter();
        // Release is first in, first out: what a load does not make again holds up the rest.
        let held_back = events.find(|event| !self.protocol.delta_covers(made_again(event)));
        Write {
            snapshot,
            covers_events_below: held_back.map_or(monitor.data.next_event_id, |event| event.id),
            covers_update: monitor.data.update_id,
        }
    }

    /// Applies an update to the newest version handed to the store, as a load would.
    fn replayed(&self, s: &State, c: usize, update: Update) -> Snapshot {
        let stored = s.disk.newest(c);
        let mut load = *s;
        load.node.monitors[c] = Monitor {
            data: stored.data,
            events: stored.events,
            provided: 0,
            durable_below: 0,
            close_notice: false,
            completed: 0,
        };
        self.apply(&mut load, c, update);
        let Monitor { mut data, mut events, .. } = load.node.monitors[c];
        if !self.protocol.replay_pushes() {
            data.next_event_id = stored.data.next_event_id;
            events = stored.events;
        }
        Snapshot { data, events }
    }

    /// A write that is tracked: the node learns when it has landed.
    pub(super) fn start_write(&self, s: &mut State, c: usize, write: Write) {
        if self.scenario.is_async(c) {
            let slot = usize::from(s.disk.writes_len[c]);
            s.disk.writes[c][slot] = write;
            s.disk.writes_len[c] += 1;
        } else {
            s.disk.monitors[c] = write.snapshot;
            self.report(s, c, &write);
        }
    }

    pub(super) fn can_complete(&self, s: &State, c: usize) -> bool {
        is_watching(s) && s.disk.writes_len[c] > 0
    }

    pub(super) fn complete(&self, s: &mut State, c: usize) {
        let write = s.disk.writes[c][0];
        s.disk.writes[c].rotate_left(1);
        *s.disk.writes[c].last_mut().expect("there are slots") = Write::NONE;
        s.disk.writes_len[c] -= 1;
        s.disk.monitors[c] = write.snapshot;
        let listed = s.node.manager.in_flight_len(c);
        self.report(s, c, &write);
        let is_last = match self.scenario.has(Flag::Notices) {
            true => s.node.monitors[c].completed > 0 && s.disk.writes_len[c] == 0,
            false => listed > 0 && s.node.manager.in_flight_len(c) == 0,
        };
        if is_last {
            self.number_notice(s, c);
        }
    }

    /// The node learns that a write landed: its events may be released, its updates are complete.
    fn report(&self, s: &mut State, c: usize, write: &Write) {
        let monitor = &mut s.node.monitors[c];
        monitor.durable_below = monitor.durable_below.max(write.covers_events_below);
        if !self.scenario.has(Flag::Notices) || !self.scenario.is_async(c) {
            self.complete_up_to(s, c, write.covers_update);
        } else if s.node.resumed[c] && covered(s, c, write.covers_update) > 0 {
            // Before the background step nothing is reported that was not in the loaded version.
            s.node.monitors[c].completed = write.covers_update;
        }
    }

    /// The manager takes in `Completed`.
    pub(super) fn notice_completion(&self, s: &mut State, c: usize) {
        let update_id = std::mem::take(&mut s.node.monitors[c].completed);
        self.complete_up_to(s, c, update_id);
    }

    /// Drops the updates in flight up to an id, and lets what waited for them go on.
    pub(super) fn complete_up_to(&self, s: &mut State, c: usize, update_id: u8) {
        let covered = covered(s, c, update_id);
        let manager = &mut s.node.manager;
        let listed = manager.in_flight_len(c);
        if covered > 0 {
            let complete = manager.in_flight[c];
            manager.drop_oldest_in_flight(c, self.protocol.completed(covered, listed));
            for update in &complete[..covered] {
                self.send_offer(s, *update);
            }
            self.tell_if_complete(s);
            self.tell_claims(s);
            self.fail_holding_cell(s, false);
        }
        self.release_forward_acks(s);
    }

    /// A full write that no update asks for is useful while memory differs from what was handed
    /// to the store, or while an event waits for a report that no write in flight will bring.
    pub(super) fn can_write_fully(&self, s: &State, c: usize) -> bool {
        let monitor = &s.node.monitors[c];
        let tracked = self.protocol.tracks_full_writes();
        let next_id = monitor.data.next_event_id;
        let covered = s.disk.writes(c).iter().any(|w| w.covers_events_below == next_id);
        let differs = self.snapshot_of(monitor) != *s.disk.newest(c);
        is_watching(s)
            && (differs || (tracked && monitor.holds_back() && !covered))
            && (!self.scenario.is_async(c) || s.disk.writes_len[c] < self.scenario.writes)
    }

    pub(super) fn write_fully(&self, s: &mut State, c: usize) {
        if self.protocol.tracks_full_writes() {
            self.start_write(s, c, self.full(s, c));
        } else {
            self.land_untracked(s, c);
        }
    }

    /// A full write that lands at once and that nobody reports. It contains what is in flight, so
    /// from now on every crash brings back at least this version.
    pub(super) fn land_untracked(&self, s: &mut State, c: usize) {
        let snapshot = self.snapshot_of(&s.node.monitors[c]);
        s.disk.monitors[c] = snapshot;
        let len = usize::from(s.disk.writes_len[c]);
        for write in &mut s.disk.writes[c][..len] {
            write.snapshot = snapshot;
        }
    }

    /// What a manager write that starts now copies. RST-3 is broken here: the close of a load that
    /// is not listed has no id yet either, while other updates were generated before the crash.
    fn manager_copy(&self, s: &State) -> Manager {
        let mut copy = s.node.manager;
        if s.node.monitors[OUTBOUND].data.mode == Mode::Off && !self.protocol.writes_off_ids() {
            copy.actions = [NO_ID; HTLCS];
        }
        for c in self.scenario.channels().filter(|c| !s.node.resumed[*c]) {
            let Some(first) = copy.in_flight(c).first().copied() else { continue };
            if !self.protocol.keeps_in_flight(first.kind) {
                copy.in_flight[c].fill(Update::NONE);
                copy.update_id[c] -= u8::from(first.kind == UpdateKind::Close);
            }
        }
        copy
    }

    pub(super) fn can_write_manager(&self, s: &State) -> bool {
        !s.disk.manager_writing && (self.manager_copy(s) != s.disk.manager || self.has_due_ack(s))
    }

    pub(super) fn write_manager(&self, s: &mut State) {
        let copy = self.manager_copy(s);
        self.cover_due_acks(s);
        if self.scenario.has(Flag::AsyncManager) {
            s.disk.manager_write = copy;
            s.disk.manager_writing = true;
        } else {
            s.disk.manager = copy;
            self.perform_covered_acks(s);
        }
    }

    pub(super) fn land_manager(&self, s: &mut State) {
        s.disk.manager = s.disk.manager_write;
        s.disk.manager_write = Manager::EMPTY;
        s.disk.manager_writing = false;
        self.perform_covered_acks(s);
    }
}

/// How many of the updates in flight have ids up to this one.
pub(super) fn covered(s: &State, c: usize, update_id: u8) -> usize {
    let manager = &s.node.manager;
    let newer = usize::from(manager.update_id[c].saturating_sub(update_id));
    manager.in_flight_len(c).saturating_sub(newer)
}
