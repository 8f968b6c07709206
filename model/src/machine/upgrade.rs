//! Upgrade and downgrade: which build loads what, and how a monitor's mode changes. SPEC.md
//! section 7.

use super::Machine;
use super::monitor::tells;
use crate::action::{Build, Kept};
use crate::protocol::Protocol;
use crate::state::{
    Entry, EventList, Manager, Mode, NO_ID, Node, OUTBOUND, Outcome, Stage, State, Status, Told,
    World,
};

impl<P: Protocol + ?Sized> Machine<P> {
    /// Whether the build can read what the crash leaves. If not it refuses, and writes nothing:
    /// the node is where it was, until another build is started.
    pub(super) fn is_readable(&self, s: &State, kept: Kept) -> bool {
        let is_known = |c: usize| {
            let landed = s.disk.recoverable(c).nth(kept.writes[c].into());
            s.disk.is_archived(c) || landed.is_some_and(|m| m.data.mode == Mode::Off)
        };
        kept.build != Build::Old
            || self.scenario.channels().all(is_known)
            || self.protocol.loads_unknown_mode()
    }

    /// An old build knows neither ids nor their counter: it numbers what is listed anew. One that
    /// should have refused knows neither the mode nor the list that comes with it.
    pub(super) fn read_as_old(&self, s: &mut State, build: Build) {
        for c in self.scenario.channels() {
            if build != Build::Old || s.disk.is_archived(c) {
                continue;
            }
            let monitor = &mut s.node.monitors[c];
            let mut events = EventList::EMPTY;
            let known = monitor.events.entries().iter().filter(|_| monitor.data.mode == Mode::Off);
            for (id, entry) in known.enumerate() {
                events.push(Entry { id: id as u8, ..*entry });
            }
            monitor.data.mode = Mode::Off;
            monitor.data.next_event_id = events.entries().len() as u8;
            monitor.durable_below = monitor.data.next_event_id;
            monitor.events = events;
        }
    }

    /// What a queued user event would ack, where a design compares it with what the monitor lists.
    pub(super) fn keep_event_ids(&self, s: &mut State) {
        let Node { monitors, manager, .. } = &mut s.node;
        for h in self.scenario.htlcs() {
            let is_meant = |e: &Entry| (e.id, usize::from(e.htlc)) == (manager.actions[h], h);
            let listed = monitors[OUTBOUND].events.entries().iter().any(is_meant);
            if !self.protocol.keeps_event_id(listed) {
                manager.actions[h] = NO_ID;
            }
        }
    }

    /// Pushes an event for each HTLC whose outcome the state of a monitor that kept none tells and
    /// the manager is owed: as it was written, before it is compared with the monitors.
    /// Whether an event was pushed before nobody knows: what was released was not written.
    pub(super) fn push_owed(&self, s: &mut State, build: Build, compared: bool) {
        let switches = build == Build::On && self.protocol.switches_mode();
        let is_off = s.node.monitors[OUTBOUND].data.mode == Mode::Off;
        if !is_off || !self.protocol.pushes_owed(switches, compared) {
            return;
        }
        let world = s.world;
        for h in self.scenario.htlcs().filter(|h| world.leaves_as(*h) == *h) {
            let monitor = &s.node.monitors[OUTBOUND];
            let needed = !monitor.events.names(h) && is_owed(&world, &s.node.manager, h);
            let outcome = tells(&world.chains[OUTBOUND], &monitor.data, h);
            if let Some(outcome) = outcome.filter(|_| needed) {
                self.list(s, h, outcome);
            }
        }
    }

    /// The end of step 1 of a load: the modes become what the build is set to, where that may be.
    pub(super) fn switch_modes(&self, s: &mut State, build: Build) {
        for c in self.scenario.channels() {
            if !s.disk.is_archived(c) && self.protocol.switches_mode() {
                self.switch_mode(s, c, build);
            }
        }
    }

    fn switch_mode(&self, s: &mut State, c: usize, build: Build) {
        let monitor = &mut s.node.monitors[c];
        let listed = !monitor.events.entries().is_empty();
        monitor.data.mode = match (monitor.data.mode, build) {
            (Mode::Off, Build::On) => Mode::On,
            (Mode::On, Build::Off) if self.protocol.switches_off(listed) => Mode::Off,
            _ => return,
        };
        // The load goes on when this write has landed; nothing else happens before.
        if self.protocol.writes_switch() {
            monitor.durable_below = monitor.data.next_event_id;
            s.disk.monitors[c] = self.snapshot_of(&s.node.monitors[c]);
        }
    }

    /// Whether the peer's revocation may reach a monitor, which then drops the HTLC. With the
    /// mode off a claimed one is all that a load has to go by.
    pub(super) fn may_drop(&self, s: &State, h: usize) -> bool {
        let monitor = &s.node.monitors[OUTBOUND];
        let is_evidence =
            monitor.data.mode == Mode::Off && monitor.data.stages[h] == Stage::SignedClaim;
        !is_evidence || self.protocol.may_drop_claim(monitor.events.names(h))
    }
}

/// Whether a version of the manager waits for the outcome of an HTLC, or has yet to tell the user,
/// or the user to handle it; or knows nothing of it, and would wait if it did.
pub fn is_owed(world: &World, manager: &Manager, h: usize) -> bool {
    let claimed = manager.statuses[h].outcome() == Some(Outcome::Claim);
    let untold = claimed && manager.told[h] == Told::NotYet;
    let mut statuses = world.previous_hops(h).map(|hop| manager.statuses[hop]);
    untold
        || statuses.any(|status| status.waits() || status.is_queued() || status == Status::Unmade)
}
