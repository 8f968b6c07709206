//! The Watch: releases events, starts writes of Monitors and takes in their reports, archives
//! Monitors. SPEC.md section 5.2.
//!
//! It stands between memory and disk: no outcome may leave it that a crash can undo (finding 008 is
//! what happens then), and no Monitor may go that somebody still needs (findings 013, 016 and 032).
//! LDK's counterpart is the `ChainMonitor`.

use super::Machine;
use super::manager::lacking;
use super::monitor::At;
use super::room::Uses;
use crate::protocol::Protocol;
use crate::state::{
    Archival, Channel, Disk, Htlc, Monitor, MonitorData, Outcome, Snapshot, Stage, Update, View,
    Write,
};
use crate::truth::is_settled_on_chain;

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// First in, first out; an event that waits holds up those behind it, which are newer. A
    /// forward's event waits for the background step of the channels it came in on.
    pub(super) fn can_release(&self, s: View<C, H>, c: Channel) -> bool {
        let monitor = &s.node.monitors[c];
        let Some(entry) = monitor.pending().first() else { return false };
        // Upstream's June design holds back a channel while any update of it is in flight. SPEC.md
        // asks for those that were there before the event, and so a busy channel starves none
        // (H16).
        let writing = s.disk.writes_len[c] > 0;
        // WCH-1: the updates before it are reported. What a block says need not be durable: the
        // chain says it again.
        self.protocol.may_release(entry.id < monitor.covered_below, writing)
            && self.can_resolve_upstream(s, entry.htlc())
    }

    /// The updates that the dispatch of the oldest pending event makes.
    pub(super) fn release_uses(&self, s: View<C, H>, c: Channel) -> Uses {
        match s.node.monitors[c].pending().first() {
            Some(entry) if entry.outcome() == Outcome::Claim => self.claim_uses(s, entry.htlc()),
            _ => Uses::NOTHING,
        }
    }

    /// There is a deferred update, and the durable Manager holds it.
    pub(super) fn can_flush(&self, s: View<C, H>, c: Channel) -> bool {
        let newest = s.node.monitors[c].data.update_id;
        // Behind the background step a Monitor lacks nothing but what is deferred.
        s.node.resumed[c]
            && lacking(&s.node.manager, c, newest) > 0
            && s.disk.manager.update_id[c] > newest
    }

    /// A full write of a Monitor as it is now.
    pub(super) fn full(&self, m: &Monitor<H>) -> Write<H> {
        Write {
            snapshot: self.snapshot_of(m),
            covers_events_below: m.data.next_event_id,
            covers_update: m.data.update_id,
        }
    }

    /// The delta of an update that was just applied. It stands here as what a load makes of it:
    /// the newest version handed to the Store, with the update applied to it.
    pub(super) fn delta(
        &self,
        m: &Monitor<H>,
        at: At<H>,
        stored: &Snapshot<H>,
        update: Update,
    ) -> Write<H> {
        // LDK's `MonitorUpdatingPersister` stores the update alone; that one of several deltas is
        // lost is left out (docs/bounds.md).
        Write {
            snapshot: self.replayed(stored, at, update),
            covers_events_below: m.data.next_event_id,
            covers_update: m.data.update_id,
        }
    }

    /// A full write that no update asks for is useful while memory differs from what was handed
    /// to the Store.
    pub(super) fn can_write_fully(&self, s: View<C, H>, c: Channel) -> bool {
        let (monitor, newest) = (&s.node.monitors[c], s.disk.newest(c));
        let acked = newest.events.entries().iter().any(|e| !monitor.events.names(e.htlc()));
        // WCH-6: an event that was acked leaves the disk, too; the next start would find it again.
        self.snapshot_of(monitor) != *newest && self.protocol.writes_monitor(acked)
    }

    /// There is a block that the Monitor has not seen.
    pub(super) fn can_process_block(&self, s: View<C, H>, c: Channel) -> bool {
        s.node.monitors[c].data.best_block < s.world.chains[c].tip
    }

    /// The channel is resolved: its chain is final, its Monitor has seen all of it, the Manager
    /// knows of the close. The rest is what the rules ask, of both steps.
    pub(super) fn can_archive(&self, s: View<C, H>, c: Channel) -> bool {
        let m = &s.node.monitors[c];
        // Both steps ask it all: in the delay a block that is shown again may push an event.
        s.disk.archival[c] == Archival::NotYet
            && (self.archives_at_once(m, c) || (s.node.resumed[c] && self.is_done_with(s, c)))
    }

    fn is_done_with(&self, s: View<C, H>, c: Channel) -> bool {
        // LDK asks `pending_monitor_events` alone: an event that the user is just handling goes
        // with the Monitor, and after a crash an older Manager waits for it (finding 013).
        let (monitor, chain) = (&s.node.monitors[c], &s.world.chains[c]);
        let (pending, provided) = (!monitor.pending().is_empty(), !monitor.provided().is_empty());
        chain.is_closed()
            && is_settled_on_chain(&self.topology, s.world, c)
            && monitor.data.best_block == chain.tip
            && self.has_spends_on_record(monitor, c, &chain.contains)
            // Nobody else would tell the Manager; it would take the channel for open.
            && !monitor.close_notice
            // WCH-4: nothing in the lists.
            && self.protocol.archives_with_events(pending, provided)
            // WCH-5: no update deferred, no write in flight, no `Completed` that waits.
            && self.protocol.archives_while_writing(
                lacking(&s.node.manager, c, monitor.data.update_id) > 0,
                s.disk.writes_len[c] > 0,
                monitor.completed > 0,
            )
    }

    /// A closed channel that was never used: where a design has a shorter way for it, its Monitor
    /// is archived at once, and nothing else is asked.
    fn archives_at_once(&self, m: &Monitor<H>, c: Channel) -> bool {
        let MonitorData { update_id, best_block, lockdown, stages, .. } = m.data;
        self.protocol.archives_unused()
            && lockdown
            && best_block == 0
            && update_id <= 1
            && self.topology.htlcs().all(|h| stages[h] == Stage::Unoffered || !self.lies_on(h, c))
    }

    fn lies_on(&self, h: Htlc, c: Channel) -> bool {
        self.topology.leaves_by(h, c) || self.topology.came_in_on(h, c)
    }

    /// Whether the Monitor itself knows that the outputs it watches are spent (MON-12). Inbound
    /// ones it spends itself, or the payer does.
    fn has_spends_on_record(&self, m: &Monitor<H>, c: Channel, outputs: &[bool; H]) -> bool {
        // Where the duplicate scan skips the record, this is never so (finding 017).
        self.topology.leaving_by(c).all(|h| m.data.spends[h] || !outputs[h])
    }

    /// The first time the clock starts. The second time, which stands for some time after the
    /// delay, the Monitor is to be removed from memory and from the Store; gives what stands in its
    /// place.
    pub(super) fn archive(&self, m: &mut Monitor<H>, c: Channel, tip: u8) -> Option<Snapshot<H>> {
        if !m.data.archival_clock && !self.archives_at_once(m, c) {
            // In memory alone; the next full write has it. MON-13 stops it when an event is pushed.
            m.data.archival_clock = true;
            return None;
        }
        let mut nothing = Snapshot::archived(tip);
        // For properties alone: whether there was an event to come.
        for h in self.topology.htlcs().filter(|h| m.data.stages[*h] == Stage::Unoffered) {
            nothing.data.stages[h] = Stage::Unoffered;
        }
        // Memory and Store lose it in one step; a removal that is half done is left out.
        *m = self.loaded(&nothing);
        Some(nothing)
    }

    /// A load is over: where a design writes the Monitors that the Watch takes over, it does so.
    pub(super) fn rewrites(&self, disk: &Disk<C, H>, c: Channel) -> bool {
        !disk.is_archived(c) && self.protocol.writes_at_watch()
    }
}

/// Events that were pushed just now wait for the newest write in flight: its report says that all
/// updates before them are durable. Where none is in flight they wait for nothing.
pub(super) fn cover_pushed<const H: usize>(m: &mut Monitor<H>, newest: Option<&mut Write<H>>) {
    // The writes in flight are those of updates: the others land at once, or never.
    match newest {
        Some(write) => write.covers_events_below = m.data.next_event_id,
        None => m.covered_below = m.data.next_event_id,
    }
    // States that differ in a watermark alone would be explored twice.
    if !m.holds_back() {
        m.covered_below = m.data.next_event_id;
    }
}
