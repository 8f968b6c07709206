//! Crash and start: what the node rebuilds from what the Store kept. SPEC.md sections 4.4 and 5.4.
//!
//! Stopping, reading the Monitors and reading the Manager are one step: in between nothing but a
//! switched mode is written and nobody acts on memory, so neither a second crash nor the world can
//! tell.
//!
//! In LDK the counterpart is `from_channel_manager_data`, and behind it the first round of
//! background events. What the load decides is in no write until somebody writes the Manager, so a
//! crash in the middle begins again from the same versions: every step here has to come out the
//! same twice.

mod holding_cell;
mod modes;
mod reconcile;

use super::Machine;
use super::manager::{Desk, lacking};
use super::room::Uses;
use crate::action::{Build, Kept};
use crate::call::{Call, Calls};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{
    Ack, Boot, Channel, Disk, Htlc, Manager, Monitor, NO_HTLC, Node, Source, Update, UpdateKind,
    View, World,
};
use arrayvec::ArrayVec;

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Each object's writes in flight survive as a prefix, independently of the others; the build
    /// that is started can read the result.
    pub(super) fn can_crash(&self, s: View<C, H>, kept: Kept) -> bool {
        // A build that cannot read the result refuses and writes nothing; the state would be this
        // one.
        kept.writes.iter().zip(s.disk.writes_len).all(|(kept, in_flight)| *kept <= in_flight)
            && (!kept.manager || s.disk.manager_writing)
            && (!kept.record || s.node.handling != NO_HTLC)
            && self.is_readable(s.disk, kept)
    }

    /// The node as a build loads it. The order matters:
    ///
    /// - what the old hand-over forgot is asked for before anything is compared (UPG-3);
    /// - a channel is reconciled before its HTLCs are, since that may close it;
    /// - a payment is adopted before its holding cell is emptied, and both before anything is
    ///   recreated, since each asks what the one before has left waiting;
    /// - modes are switched and written last, when the lists are complete.
    pub(super) fn load(
        &self,
        world: &World<C, H>,
        disk: &mut Disk<C, H>,
        build: Build,
        calls: &mut Calls,
    ) -> Node<C, H> {
        let mut node = Node {
            boot: Boot::Loading,
            failed: false,
            resumed: std::array::from_fn(|index| {
                let c = Channel::at(index);
                !self.topology.has(c) || disk.is_archived(c)
            }),
            // Deltas are applied by now: what the Store holds for one is what a load makes of it.
            monitors: disk.monitors.map(|snapshot| self.loaded(&snapshot)),
            manager: disk.manager,
            // Not written: what is lost here costs a repeat of the event, no more (MGR-8).
            forward_acks: [Source::NONE; H],
            acks: [Ack::NONE; H],
            handling: NO_HTLC,
            copy_acks: false,
        };
        let Node { monitors, manager, forward_acks, acks, failed, .. } = &mut node;
        self.read_as_old(monitors, disk, build);
        self.keep_event_ids(monitors, manager);
        self.push_owed(world, monitors, manager, build, false);
        self.drop_forward_queue(monitors, manager);
        // Taken before `reconcile`, which lifts the update id of a stale channel to its Monitor's.
        let stale: [bool; C] = std::array::from_fn(|index| {
            let c = Channel::at(index);
            monitors[c].data.update_id > manager.update_id[c]
        });
        for c in self.topology.channels() {
            // GUA-7 looks at `failed`; the load goes on, as nobody looks at the rest of a failed
            // node.
            *failed |= self.reconcile(monitors, manager, disk, c).is_err();
        }
        let archived = disk.archived();
        let mut desk = Desk { manager, forward_acks, acks, archived, calls };
        self.adopt_payments(monitors, &mut desk);
        self.fail_unlisted(monitors, &mut desk, &stale);
        self.empty_holding_cell(monitors, &mut desk, &stale);
        self.recreate_payments(monitors, &mut desk);
        self.resume_claims(monitors, &mut desk);
        // Behind all that fails an HTLC: what was just queued for a closed channel goes, too.
        self.give_up_inbound_fails(desk.manager);
        self.restore_edges(&mut desk);
        self.push_owed(world, monitors, manager, build, true);
        self.switch_modes(monitors, disk, build);
        node
    }

    /// During the start there is a block that the Monitor has missed.
    ///
    /// The Manager has no best block of its own here, so a load in which the two stand at different
    /// tips is left out (docs/bounds.md).
    pub(super) fn can_replay(&self, s: View<C, H>, c: Channel) -> bool {
        self.can_process_block(s, c)
    }

    /// Every Monitor has seen its chain to the tip.
    ///
    /// Blocks go before the updates in flight, as in LDK. While the node ran it may have been the
    /// other way round, so that another push site comes first now (finding 004): each has to look
    /// at the lists.
    pub(super) fn can_start_watch(&self, s: View<C, H>) -> bool {
        !self.topology.channels().any(|c| self.can_replay(s, c))
    }

    /// The background step has not run.
    pub(super) fn can_resume(&self, s: View<C, H>, c: Channel) -> bool {
        !s.node.resumed[c]
    }

    /// What the background step hands to the Store.
    pub(super) fn resume_uses(&self, s: View<C, H>, c: Channel) -> Uses {
        // What it submits is deferred again (STO-11).
        if self.scenario.has(Flag::Deferred) {
            return Uses::NOTHING;
        }
        let missing = lacking(&s.node.manager, c, s.node.monitors[c].data.update_id);
        Uses::writes(c, missing)
    }

    /// The background step: updates that the Monitor has are complete, and let others go on; the
    /// rest is submitted again, and stays listed until it is reported.
    pub(super) fn resume(&self, d: &mut Desk<C, H>, m: &Monitor<H>, c: Channel) {
        let missing = lacking(d.manager, c, m.data.update_id);
        let listed = d.manager.in_flight_len(c);
        let updates = d.manager.in_flight[c];
        let (complete, lacking) = updates[..listed].split_at(listed - missing);
        d.manager.drop_oldest_in_flight(c, complete.len());
        // One that completes just now is named twice; the peer takes it once (`Call::Offer`).
        let offers: ArrayVec<Htlc, H> = self.offers_to_repeat(d.manager, m, c).collect();
        // `MonitorUpdatesComplete`: their report was lost in the crash, and nobody else brings it.
        self.go_on_after(d, c, complete);
        d.calls.extend(offers.into_iter().map(Call::Offer));
        // RST-2: again, in order.
        if self.protocol.resubmits() {
            // `MonitorUpdateRegeneratedOnStartup`. They stay listed until they are reported
            // (RST-3); a hole or a repeat in the ids would stop the node (H24).
            let numbered = lacking.iter().zip(m.data.update_id + 1..);
            let again = numbered.map(|(u, id)| Call::Update { channel: c, id, update: *u });
            d.calls.extend(again);
            self.release_forward_acks(d);
        } else {
            d.manager.drop_oldest_in_flight(c, missing);
        }
    }

    /// What a Manager write that starts now copies. RST-3 is broken here: the close of a load that
    /// is not listed has no id yet either, while other updates were generated before the crash.
    pub(super) fn manager_copy(&self, node: &Node<C, H>) -> Manager<C, H> {
        // Neither forward acks nor due acks are in it (SPEC.md section 4.1).
        let mut copy = node.manager;
        self.leave_out_ids(&mut copy, &node.monitors);
        // Only before the background step: behind it the list is what reports leave of it.
        for c in self.topology.channels().filter(|c| !node.resumed[*c]) {
            let Some(first) = copy.in_flight(c).first().copied() else { continue };
            // RST-3: what is listed stays listed.
            if !self.protocol.keeps_in_flight(first.kind()) {
                copy.in_flight[c].fill(Update::NONE);
                copy.update_id[c] -= u8::from(first.kind() == UpdateKind::Close);
            }
        }
        copy
    }

    /// The Manager in memory is not the durable one, or an ack waits for a write.
    pub(super) fn can_write_manager(&self, s: View<C, H>) -> bool {
        self.needs_write_for_acks(&s.node.acks) || self.manager_copy(s.node) != s.disk.manager
    }
}
