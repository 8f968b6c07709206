//! One step of everything: which parts each action touches, and in what order.
//!
//! This is the only file in which the whole state is changed; all others change the parts that
//! they are given. A step has three beats:
//!
//! 1. somebody acts, on its own part of the state;
//! 2. what the Manager has called on others is done, in order: an update is applied and handed to
//!    the Store, an ack reaches its Monitor, an offer its peer;
//! 3. a synchronous write has landed; the node takes in its completion, whereupon the Manager may
//!    call again.

use super::manager::{Desk, acks, covered};
use super::monitor::At;
use super::world::peers;
use super::{Machine, store, watch};
use crate::action::Kept;
use crate::call::{Call, Calls};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{
    Boot, Channel, Disk, Fact, Htlc, Inbound, Node, Outcome, PeerSigned, Status, Update, World,
    Write,
};
use arrayvec::ArrayVec;

/// A state taken apart, its history left out, and what is under way in the step.
pub struct Step<'a, P: Protocol + ?Sized + 'static, const C: usize, const H: usize> {
    machine: &'a Machine<P, C, H>,
    world: &'a mut World<C, H>,
    disk: &'a mut Disk<C, H>,
    node: &'a mut Node<C, H>,
    calls: &'a mut Calls,
    /// How many of the calls are done.
    done: usize,
    /// Writes that have landed, and whose report the node has not taken in.
    landed: ArrayVec<Landed, 4>,
}

/// A write that has landed: what its report covers.
#[derive(Clone, Copy)]
struct Landed {
    channel: Channel,
    events_below: u8,
    update: u8,
}

impl Landed {
    fn new<const H: usize>(channel: Channel, write: &Write<H>) -> Landed {
        let Write { covers_events_below: events_below, covers_update: update, .. } = *write;
        Landed { channel, events_below, update }
    }
}

impl<'a, P: Protocol + ?Sized, const C: usize, const H: usize> Step<'a, P, C, H> {
    /// Takes a state apart.
    pub(super) fn new(
        machine: &'a Machine<P, C, H>,
        world: &'a mut World<C, H>,
        disk: &'a mut Disk<C, H>,
        node: &'a mut Node<C, H>,
        calls: &'a mut Calls,
    ) -> Step<'a, P, C, H> {
        Step { machine, world, disk, node, calls, done: 0, landed: ArrayVec::new() }
    }

    /// Does what is still to be done.
    pub(super) fn finish(mut self) {
        self.follow_up();
        for c in self.machine.topology.channels() {
            let newest = self.disk.newest_write(c);
            watch::cover_pushed(&mut self.node.monitors[c], newest);
        }
    }

    /// The second and the third beat, until nothing is left.
    fn follow_up(&mut self) {
        loop {
            if let Some(call) = self.calls.get(self.done).copied() {
                self.done += 1;
                self.answer(call);
            // Calls first: what was called in one go is all applied before a report is taken in.
            } else if let Some(landed) = self.landed.pop_at(0) {
                self.report(landed);
            } else {
                return;
            }
        }
    }

    fn answer(&mut self, call: Call) {
        match call {
            Call::Update { channel, id, update } => self.update_channel(channel, id, update),
            Call::Ack { htlc, source } => {
                let c = self.machine.topology.outbound(htlc);
                self.machine.ack(&mut self.node.monitors[c], htlc, source);
            }
            // What waited for the update goes out to the peer of an open channel.
            Call::Offer(h) => {
                let c = self.machine.topology.outbound(h);
                let open = peers::is_open(self.node, self.world, c);
                if open && !self.world.is_offered(h) {
                    self.world.peer[h] = PeerSigned::Nothing;
                }
            }
            Call::Apply(_) => {}
        }
    }

    /// `update_channel`.
    fn update_channel(&mut self, c: Channel, id: u8, update: Update) {
        // STO-11: it is listed, and waits for the Manager's write.
        if !self.machine.scenario.has(Flag::Deferred) {
            self.apply_next(c, id, update);
        }
    }

    pub(super) fn flush(&mut self, c: Channel) {
        let newest = self.node.monitors[c].data.update_id;
        let deferred = covered(&self.node.manager, c, newest);
        self.apply_next(c, newest + 1, self.node.manager.in_flight(c)[deferred]);
    }

    /// Applies an update and hands it to the Store, as a delta or with a full write; both at once
    /// are left out. One that has no place or no Monitor to go to is the end of the node.
    fn apply_next(&mut self, c: Channel, id: u8, update: Update) {
        if self.disk.is_archived(c) || id != self.node.monitors[c].data.update_id + 1 {
            self.node.failed = true;
            return;
        }
        let (m, at) = (self.machine, At { channel: c, chain: &self.world.chains[c] });
        let monitor = &mut self.node.monitors[c];
        m.apply(monitor, at, update);
        let write = if m.scenario.stores_deltas(c) {
            m.delta(monitor, at, self.disk.newest(c), update)
        } else {
            m.full(monitor)
        };
        self.start_write(c, write);
    }

    /// A write that is tracked: the node learns when it has landed, in this step where it is
    /// synchronous.
    fn start_write(&mut self, c: Channel, write: Write<H>) {
        if self.machine.scenario.is_async(c) {
            store::start(self.disk, c, write);
        } else {
            self.disk.monitors[c] = write.snapshot;
            self.landed.push(Landed::new(c, &write));
        }
    }

    /// The node learns that a write landed: its events may be released, its updates are complete.
    fn report(&mut self, landed: Landed) {
        let Landed { channel: c, events_below, update } = landed;
        let (m, monitor) = (self.machine, &mut self.node.monitors[c]);
        monitor.covered_below = monitor.covered_below.max(events_below);
        if !m.scenario.has(Flag::Notices) || !m.scenario.is_async(c) {
            m.complete_up_to(&mut self.desk(), c, update);
        } else if self.node.resumed[c] && covered(&self.node.manager, c, update) > 0 {
            // Before the background step nothing is reported that was not in the loaded version.
            self.node.monitors[c].completed = update;
        }
    }

    fn desk(&mut self) -> Desk<'_, C, H> {
        Desk {
            manager: &mut self.node.manager,
            forward_acks: &mut self.node.forward_acks,
            acks: &mut self.node.acks,
            archived: self.disk.archived(),
            calls: self.calls,
        }
    }

    // Peers and chain.

    pub(super) fn peer_fulfil(&mut self, h: Htlc) {
        peers::send_claim(self.world, h);
        self.machine.learn_claim(&mut self.desk(), h);
    }

    pub(super) fn peer_sign(&mut self, h: Htlc, outcome: Outcome) {
        peers::sign(self.world, h, outcome);
        let c = self.machine.topology.outbound(h);
        self.desk().submit(c, Update::commit(h, outcome));
    }

    pub(super) fn peer_revoke(&mut self, c: Channel, h: Htlc) {
        let m = self.machine;
        let update = Update::revoke(h);
        if m.topology.leaves_by(h, c) {
            return self.desk().submit(c, update);
        }
        let outcome = m.revoke_inbound(self.world, &self.node.monitors[c], h);
        self.node.manager.statuses[h] = Status::gone(outcome);
        if m.blocks(&self.node.manager, self.world.blocker, c) {
            m.block(&mut self.desk(), c, update);
        } else {
            self.desk().submit(c, update);
        }
    }

    pub(super) fn close_by_peer(&mut self, c: Channel) {
        let Node { manager, monitors, .. } = &*self.node;
        self.machine.close_by_peer(self.world, manager, &monitors[c], c);
    }

    /// The Monitor is told by an update, and broadcasts, or our commitment confirms at once.
    pub(super) fn close_by_us(&mut self, c: Channel) {
        if self.machine.scenario.has(Flag::Notices) {
            self.machine.close_channel(&mut self.desk(), c, false);
        } else {
            self.broadcast(c);
        }
    }

    pub(super) fn broadcast(&mut self, c: Channel) {
        self.machine.confirm_ours(self.world, &self.node.monitors[c], c);
    }

    pub(super) fn claim_on_chain(&mut self, h: Htlc) {
        self.world.chains[self.machine.topology.outbound(h)].confirm(Fact::claim(h));
    }

    pub(super) fn time_out_on_chain(&mut self, h: Htlc) {
        self.world.chains[self.machine.topology.outbound(h)].confirm(Fact::timeout(h));
    }

    pub(super) fn bury(&mut self, c: Channel) {
        self.world.chains[c].confirm(Fact::BURIED);
    }

    pub(super) fn claim_inbound(&mut self, h: Htlc) {
        self.world.inbound[h] = Inbound::Claimed;
    }

    pub(super) fn expire_inbound(&mut self, h: Htlc) {
        self.world.inbound[h] = Inbound::Expired;
    }

    pub(super) fn unblock(&mut self) {
        self.world.blocker = false;
    }

    // Monitors, Watch and Store.

    pub(super) fn rescan(&mut self, c: Channel, fact: u8) {
        let chain = &self.world.chains[c];
        let fact = chain.facts()[usize::from(fact)];
        self.machine.process_fact(&mut self.node.monitors[c], At { channel: c, chain }, fact);
    }

    pub(super) fn replay(&mut self, c: Channel) {
        let at = At { channel: c, chain: &self.world.chains[c] };
        self.machine.process_next_fact(&mut self.node.monitors[c], at);
    }

    /// A block changes the Monitor in memory. The write that it causes lands at once or never.
    pub(super) fn process_block(&mut self, c: Channel, lands: bool) {
        self.replay(c);
        if lands {
            self.land_untracked(c);
        }
    }

    fn land_untracked(&mut self, c: Channel) {
        // No report: nobody waits for it.
        let snapshot = self.machine.snapshot_of(&self.node.monitors[c]);
        store::land_untracked(self.disk, c, snapshot);
    }

    pub(super) fn complete(&mut self, c: Channel) {
        let write = store::land(self.disk, c);
        let listed = self.node.manager.in_flight_len(c);
        self.report(Landed::new(c, &write));
        self.follow_up();
        let is_last = if self.machine.scenario.has(Flag::Notices) {
            self.node.monitors[c].completed > 0 && self.disk.writes_len[c] == 0
        } else {
            listed > 0 && self.node.manager.in_flight_len(c) == 0
        };
        if is_last {
            self.machine.number_notice(&mut self.node.monitors[c], c);
        }
    }

    pub(super) fn write_fully(&mut self, c: Channel) {
        self.land_untracked(c);
    }

    pub(super) fn reach_deadline(&mut self, c: Channel) {
        self.machine.reach_deadline(&mut self.node.monitors[c], c);
    }

    pub(super) fn archive(&mut self, c: Channel) {
        let tip = self.world.chains[c].tip;
        let removed = self.machine.archive(&mut self.node.monitors[c], c, tip);
        if let Some(in_its_place) = removed {
            store::remove(self.disk, c, in_its_place);
        }
    }

    pub(super) fn write_manager(&mut self) {
        // Copied and covered in one step: what comes due later waits for the next write (MGR-8).
        let copy = self.machine.manager_copy(self.node);
        acks::cover_due_acks(&mut self.desk());
        store::start_manager(self.disk, copy);
        if !self.machine.scenario.has(Flag::AsyncManager) {
            self.land_manager();
        }
    }

    pub(super) fn land_manager(&mut self) {
        store::land_manager(self.disk);
        self.machine.call_covered_acks(&mut self.desk());
    }

    // Start.

    pub(super) fn crash(&mut self, kept: Kept) {
        let m = self.machine;
        if kept.record {
            let h = Htlc::at(self.node.handling.into());
            m.record(self.world, &self.node.manager, h);
        }
        // After the record, which is of the old node; before the load, which reads what is kept.
        store::keep(self.disk, kept);
        *self.node = m.load(self.world, self.disk, kept.build, self.calls);
    }

    pub(super) fn start_watch(&mut self) {
        self.node.boot = Boot::Watching;
        for c in self.machine.topology.channels() {
            if self.machine.rewrites(self.disk, c) {
                self.start_write(c, self.machine.full(&self.node.monitors[c]));
            }
        }
    }

    pub(super) fn resume(&mut self, c: Channel) {
        self.node.resumed[c] = true;
        let monitor = self.node.monitors[c];
        self.machine.resume(&mut self.desk(), &monitor, c);
    }

    // Manager and user.

    pub(super) fn pay(&mut self, h: Htlc) {
        self.node.manager.statuses[h] = Status::Unsent;
    }

    pub(super) fn offer(&mut self, h: Htlc) {
        self.machine.offer(&mut self.desk(), h);
    }

    pub(super) fn release(&mut self, c: Channel) {
        let entry = self.machine.release_event(&mut self.node.monitors[c]);
        self.machine.dispatch(&mut self.desk(), entry);
    }

    pub(super) fn notice_close(&mut self, c: Channel) {
        let monitor = &mut self.node.monitors[c];
        monitor.close_notice = false;
        let on_chain = monitor.data.best_block > 0;
        self.machine.close_channel(&mut self.desk(), c, on_chain);
    }

    pub(super) fn notice_completion(&mut self, c: Channel) {
        let update_id = std::mem::take(&mut self.node.monitors[c].completed);
        self.machine.complete_up_to(&mut self.desk(), c, update_id);
    }

    pub(super) fn forward_fail(&mut self, h: Htlc) {
        self.machine.forward_fail(&mut self.desk(), h);
    }

    pub(super) fn submit_blocked(&mut self, c: Channel) {
        self.machine.submit_blocked(&mut self.desk(), c);
    }

    pub(super) fn claim_funds(&mut self, h: Htlc) {
        self.machine.claim_funds(&mut self.desk(), h);
    }

    pub(super) fn begin(&mut self, h: Htlc) {
        self.machine.begin(self.node, h);
    }

    pub(super) fn handle(&mut self, h: Htlc) {
        let (m, copy_acks) = (self.machine, self.node.copy_acks);
        m.record(self.world, &self.node.manager, h);
        // Recorded before it leaves the queue: the event's ack asks for the record (GUA-3).
        m.end_handling(self.node);
        m.handled(&mut self.desk(), h, copy_acks);
    }

    pub(super) fn refuse(&mut self, _: Htlc) {
        self.machine.end_handling(self.node);
    }
}
