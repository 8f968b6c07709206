//! A load compares the Manager that was read with each Monitor that was read.
//!
//! Three cases. The Monitor lacks what the Manager has generated: it is in flight, or the node must
//! not start. Both have the same: go on. The Monitor has more: the Manager is stale, and closes the
//! channel (`OutdatedChannelManager`). A close is no fault; to lose an outcome by it would be one.

use crate::machine::Machine;
use crate::machine::manager::Desk;
use crate::protocol::{ForwardQueue, Protocol, Unlisted};
use crate::state::{
    Channel, Disk, Htlc, Manager, Monitor, MonitorData, Outcome, Stage, Status, Told, Update,
    UpdateKind,
};

/// The node refuses to start (GUA-7).
///
/// LDK says `DangerousValue` or `InvalidValue`. What refuses once refuses at every start, so no
/// crash may lead here.
pub(super) struct Refusal;

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Where the forward queue is not read, its fails have not happened yet.
    pub(super) fn drop_forward_queue(
        &self,
        monitors: &[Monitor<H>; C],
        manager: &mut Manager<C, H>,
    ) {
        for h in self.topology.htlcs().filter(|h| self.topology.shape(*h).inbound.is_some()) {
            if manager.statuses[h] != Status::FailQueued {
                continue;
            }
            let outbound = &monitors[self.topology.outbound(h)];
            // An HTLC that no Monitor saw has no event to come back by (finding 029), only the
            // cell.
            let offered = outbound.data.stages[self.topology.leaves_as(h)] != Stage::Unoffered;
            // Not a rule: SPEC.md has the queue written with the Manager, and reads it.
            manager.statuses[h] = match self.protocol.forward_queue() {
                ForwardQueue::Read => continue,
                ForwardQueue::Rebuilt if !offered => Status::UnsentForward,
                ForwardQueue::Rebuilt | ForwardQueue::LeftToEvents => Status::Held,
            };
        }
    }

    /// Compares the Manager's view of a channel with its Monitor, if that is not archived.
    pub(super) fn reconcile(
        &self,
        monitors: &[Monitor<H>; C],
        manager: &mut Manager<C, H>,
        disk: &Disk<C, H>,
        c: Channel,
    ) -> Result<(), Refusal> {
        if disk.is_archived(c) {
            return self.reconcile_archived(manager, c);
        }
        // First the blocked updates that were submitted after this Manager was written: a Monitor
        // that is ahead by them alone has nothing that the Manager did not generate.
        let monitor = &monitors[c];
        self.list_submitted(&monitor.data, manager, c);
        let listed = manager.in_flight_len(c) as u8;
        // Neither in the Monitor nor listed: nobody has it any more. RST-3 keeps crashes off here.
        if monitor.data.update_id + listed < manager.update_id[c] {
            return Err(Refusal);
        }
        // RST-1: the channel of an older Manager cannot go on.
        if monitor.data.update_id > manager.update_id[c] && self.protocol.closes_stale() {
            // Its HTLCs with it: what the Manager knows of them is as old as the Manager is.
            close_stale(manager, monitor, c);
            self.adopt_inbound(monitors, manager, c);
        }
        // RST-5: what the chain has closed is closed.
        // The notice is not written, and the block behind it is not replayed: the Monitor has it.
        // No close update is given, which hides one by which others turn stale (docs/bounds.md).
        if monitor.data.best_block > 0 && self.protocol.rederives_close() {
            manager.close(c);
        }
        Ok(())
    }

    /// A blocked update may have been submitted and be durable, while the Manager that was written
    /// before lists it as blocked. It may also have been overtaken: then the Monitor is at the id
    /// that it would have, and has another.
    fn list_submitted(&self, monitor: &MonitorData<H>, manager: &mut Manager<C, H>, c: Channel) {
        while monitor.update_id > manager.update_id[c] {
            let Some(oldest) = manager.blocked(c).first().copied() else { return };
            // RST-10: only what the Monitor has applied.
            // By what it says, never by its id: a claim that overtook has that id (finding 023).
            if !self.protocol.lists_blocked(has_applied(monitor, oldest)) {
                return;
            }
            manager.take_blocked(c);
            // There is room: nothing but one claim can have overtaken it.
            // In flight and not complete: the background step is to find it in the Monitor.
            manager.list_update(c, oldest);
        }
    }

    /// The channel's Monitor is archived: all that was left to do on the channel is done.
    fn reconcile_archived(&self, manager: &mut Manager<C, H>, c: Channel) -> Result<(), Refusal> {
        manager.close(c);
        // RST-7: nothing is in flight.
        if self.protocol.drops_orphans() {
            manager.in_flight[c].fill(Update::NONE);
        // A Manager older than the report may list them; to refuse is to refuse for good (finding
        // 014).
        } else if manager.in_flight_len(c) > 0 {
            return Err(Refusal);
        }
        Ok(())
    }

    /// The closed channel's Monitor knows better than the Manager how far its HTLCs have come.
    fn adopt_inbound(&self, monitors: &[Monitor<H>; C], manager: &mut Manager<C, H>, c: Channel) {
        for h in self.topology.htlcs().filter(|h| self.topology.came_in_on(*h, c)) {
            let stage = monitors[c].data.stages[h];
            let Some(outcome) = stage.outcome() else { continue };
            let outbound = self.topology.shape(self.topology.leaves_as(h)).outbound;
            let has_event =
                outbound.is_some_and(|out| monitors[out].events.names(self.topology.leaves_as(h)));
            // RST-6: it is taken from there.
            // Else the next event has the preimage given a second time (finding 005), or an event
            // is waited for that was acked when this Monitor's write was durable.
            if !self.protocol.adopts_inbound(outcome, has_event) {
                continue;
            }
            manager.statuses[h] = adopted(stage);
            // It was not removed before the user was told.
            let told = &mut manager.told[self.topology.payment(h)];
            // MGR-20 blocks the revocation until the user knows; so a revoked claim says that it
            // does.
            if self.topology.is_received(h) && stage.is_revoked() && *told == Told::NotYet {
                *told = Told::Handled;
            }
        }
    }

    /// What RST-4 forbids: "the Monitor no longer lists it, so it failed".
    pub(super) fn fail_unlisted(
        &self,
        monitors: &[Monitor<H>; C],
        d: &mut Desk<C, H>,
        stale: &[bool; C],
    ) {
        for h in self.topology.htlcs() {
            let (status, outbound) = (d.manager.statuses[h], self.topology.leaves_as(h));
            let Some(c) = self.topology.shape(outbound).outbound else { continue };
            if !status.waits() || !monitors[c].data.stages[outbound].is_revoked() {
                continue;
            }
            let forward = !self.topology.is_own(h);
            // Designs ask this to tell the two apart; after the ack it tells nothing (GUA-2).
            let has_event = monitors[c].events.names(outbound);
            // RST-4: it does not follow.
            if self.protocol.fails_unlisted(Unlisted { forward, stale: stale[c], has_event }) {
                if forward {
                    d.manager.statuses[h] = Status::FailQueued;
                } else {
                    self.settle_part(d, h, Outcome::Fail);
                }
            }
        }
    }

    /// A load finds the preimage of a payment in a Monitor: all parts of it are claimed. The update
    /// that is in the Monitor and not listed is complete.
    pub(super) fn resume_claims(&self, monitors: &[Monitor<H>; C], d: &mut Desk<C, H>) {
        for h in self.topology.payments_received() {
            let has_preimage = |part| {
                let c = self.topology.inbound(part);
                !d.archived[c] && monitors[c].data.stages[part] == Stage::SignedClaim
            };
            // Any one Monitor will do, as one preimage is the proof for all parts, and the payer
            // may have seen it. An archived Monitor has none, and needs none (RST-7).
            let is_known = self.topology.parts(h).any(has_preimage);
            if is_known || self.is_claiming(d.manager, h) {
                self.resolve_archived(d, h);
            }
            if !is_known {
                continue;
            }
            self.list_missing_claims(d, h);
            // Not a rule: the Manager of SPEC.md remembers that it has told (finding 031).
            if self.protocol.tells_claim_again() {
                d.manager.told[h] = Told::Queued;
            }
        }
        // For claims whose report the crash took: found in a Monitor they are complete (MGR-19).
        self.tell_claims(d);
    }

    /// A part whose Monitor is archived has nothing left to be done for it.
    fn resolve_archived(&self, d: &mut Desk<C, H>, h: Htlc) {
        for part in self.topology.parts(h) {
            let archived = d.archived[self.topology.inbound(part)];
            // As where the User claims it while the node runs (MGR-10).
            if d.manager.statuses[part] == Status::Claimable && self.counts_as_resolved(archived) {
                d.manager.statuses[part] = Status::GoneClaim;
            }
        }
    }

    /// Lists the update of each part that is not claimed. An open channel's Manager knows of all
    /// claims of that channel; but the one that is known of may be on another, whose Monitor is
    /// newer.
    fn list_missing_claims(&self, d: &mut Desk<C, H>, h: Htlc) {
        for part in self.topology.parts(h) {
            let c = self.topology.inbound(part);
            let unclaimed = d.manager.statuses[part] == Status::Claimable;
            // RST-12: every part, on whatever channel.
            if unclaimed && self.protocol.claims_other_parts(d.manager.open[c]) {
                d.manager.statuses[part] = Status::SignedClaim;
                // Listed, not called: the background step submits it, behind a close if there is
                // one.
                d.manager.list_update(c, Update::commit(part, Outcome::Claim));
            }
        }
    }
}

/// The Monitor has updates that this Manager never generated: the channel cannot go on. A close
/// update follows the Monitor's last one, unless the channel is closed already.
fn close_stale<const C: usize, const H: usize>(
    manager: &mut Manager<C, H>,
    monitor: &Monitor<H>,
    c: Channel,
) {
    manager.close(c);
    // From here on the ids are the Monitor's: what this Manager has in flight under some of them
    // the Monitor has, or has another in its place.
    manager.update_id[c] = monitor.data.update_id;
    manager.in_flight[c].fill(Update::NONE);
    // One that is locked down broadcasts by itself; one that has seen a commitment need not.
    if !monitor.data.lockdown && monitor.data.best_block == 0 {
        manager.list_update(c, Update::CLOSE);
    }
}

/// Whether a Monitor has a blocked update: that of a removal, or of its revocation.
fn has_applied<const H: usize>(monitor: &MonitorData<H>, update: Update) -> bool {
    let stage = monitor.stages[update.htlc()];
    match update.kind() {
        UpdateKind::Revoke => stage.is_revoked(),
        _ => stage != Stage::Committed,
    }
}

/// What an inbound Monitor's view of an HTLC means to the Manager of the closed channel.
fn adopted(stage: Stage) -> Status {
    match stage {
        Stage::Committed | Stage::Unoffered => Status::Held,
        Stage::SignedClaim => Status::SignedClaim,
        Stage::RevokedClaim => Status::GoneClaim,
        // No removal will come any more on a closed channel: a signed fail is given up at once.
        Stage::SignedFail | Stage::RevokedFail => Status::GoneFail,
    }
}
