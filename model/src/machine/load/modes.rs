//! Upgrade and downgrade: which build loads what, and how a Monitor's mode changes. SPEC.md
//! section 7.
//!
//! LDK has a flag in the Manager and one in each Monitor, both set once and never compared;
//! findings 019 and 020 are what becomes of two that differ. Here the Monitor alone has a mode, a
//! load may change it, and the Manager goes by it. A build is all or nothing in the model: no
//! bytes, and no old build that loses something by itself (docs/bounds.md).

use crate::action::{Build, Kept};
use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{Channel, Disk, Entry, EventList, Manager, Mode, Monitor, NO_ID, World};
use crate::truth::{is_owed, tells};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Whether the build can read what the crash leaves. If not it refuses, and writes nothing:
    /// the node is where it was, until another build is started.
    pub(super) fn is_readable(&self, disk: &Disk<C, H>, kept: Kept) -> bool {
        let is_known = |c: Channel| {
            // Asked of the version that this crash leaves, which may be older than the one in
            // memory.
            let landed = disk.recoverable(c).nth(kept.writes[c].into());
            disk.is_archived(c) || landed.is_some_and(|m| m.data.mode == Mode::Off)
        };
        // UPG-1: what it does not know it does not read.
        // Read all the same, the Monitor is written without the list that only the mode explains,
        // and what was released and not acked is lost (mutant `read_unknown_mode`).
        kept.build != Build::Old
            || self.topology.channels().all(is_known)
            || self.protocol.loads_unknown_mode()
    }

    /// An old build knows no ids that were written: it numbers what is listed anew. One that should
    /// have refused knows neither the mode nor the list that comes with it.
    pub(super) fn read_as_old(
        &self,
        monitors: &mut [Monitor<H>; C],
        disk: &Disk<C, H>,
        build: Build,
    ) {
        if build != Build::Old {
            return;
        }
        for c in self.topology.channels().filter(|c| !disk.is_archived(*c)) {
            let monitor = &mut monitors[c];
            let mut events = EventList::EMPTY;
            let known = monitor.events.entries().iter().filter(|_| monitor.data.mode == Mode::Off);
            for (id, entry) in known.enumerate() {
                events.push(Entry::new(id as u8, entry.htlc(), entry.outcome()));
            }
            monitor.data.mode = Mode::Off;
            monitor.data.next_event_id = events.entries().len() as u8;
            monitor.events = events;
        }
    }

    /// What a queued user event would ack, where a design compares it with what the Monitor lists.
    pub(super) fn keep_event_ids(&self, monitors: &[Monitor<H>; C], manager: &mut Manager<C, H>) {
        for h in self.topology.htlcs().filter(|h| self.topology.leaves(*h)) {
            let is_meant = |e: &Entry| (e.id, e.htlc()) == (manager.actions[h], h);
            let events = &monitors[self.topology.outbound(h)].events;
            // Not a rule: a design that writes ids may compare. Here none is written, and none is
            // found (MGR-22).
            if !self.protocol.keeps_event_id(events.entries().iter().any(is_meant)) {
                manager.actions[h] = NO_ID;
            }
        }
    }

    /// Pushes an event for each HTLC whose outcome the state of a Monitor that kept none tells and
    /// the Manager is owed: as it was written, before it is compared with the Monitors.
    /// Whether an event was pushed before nobody knows: what was released was not written.
    pub(super) fn push_owed(
        &self,
        world: &World<C, H>,
        monitors: &mut [Monitor<H>; C],
        manager: &Manager<C, H>,
        build: Build,
        compared: bool,
    ) {
        // The load that switches the mode on pushes for the last time. #4640 switches and does not
        // push, and so loses the fail that an old build had released (finding 030).
        // Not a rule: a design may decide a Monitor's mode when it is made, and never switch it.
        let switches = build == Build::On && self.protocol.switches_mode();
        for h in self.topology.htlcs() {
            let Some(c) = self.topology.shape(h).outbound else { continue };
            let monitor = &mut monitors[c];
            // UPG-3: before they are compared.
            if monitor.data.mode != Mode::Off || !self.protocol.pushes_owed(switches, compared) {
                continue;
            }
            // One that was not released is in the write with the mode off, too; it must not be
            // doubled.
            let needed = !monitor.events.names(h) && is_owed(&self.topology, manager, h);
            let outcome = tells(&world.chains[c], &monitor.data, h);
            if let Some(outcome) = outcome.filter(|_| needed) {
                self.list(monitor, h, outcome);
            }
        }
    }

    /// The end of step 1 of a load: the modes become what the build is set to, where that may be.
    pub(super) fn switch_modes(
        &self,
        monitors: &mut [Monitor<H>; C],
        disk: &mut Disk<C, H>,
        build: Build,
    ) {
        for c in self.topology.channels() {
            if !disk.is_archived(c) && self.protocol.switches_mode() {
                self.switch_mode(&mut monitors[c], disk, c, build);
            }
        }
    }

    /// Each start tries once to switch off; if something is listed, the mode stays on until a later
    /// one.
    fn switch_mode(&self, m: &mut Monitor<H>, disk: &mut Disk<C, H>, c: Channel, build: Build) {
        let listed = !m.events.entries().is_empty();
        m.data.mode = match (m.data.mode, build) {
            (Mode::Off, Build::On) => Mode::On,
            // UPG-4: not while something waits for its ack.
            (Mode::On, Build::Off) if self.protocol.switches_off(listed) => Mode::Off,
            _ => return,
        };
        // UPG-5: the load goes on when this write has landed; nothing else happens before.
        if self.protocol.writes_switch() {
            disk.monitors[c] = self.snapshot_of(m);
        }
    }

    /// Whether a Monitor whose mode is off may drop a claimed HTLC.
    ///
    /// LDK has `ReleaseRAAChannelMonitorUpdate` for it, which lets go when the user has handled the
    /// event. Until a Manager write has landed that is too early: an older one would take the claim
    /// for a fail.
    pub(in crate::machine) fn lets_go_of_claim(&self, listed: bool) -> bool {
        // UPG-2: not while its event is listed.
        self.protocol.may_drop_claim(listed)
    }
}
