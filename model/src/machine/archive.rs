//! Archival: the Watch lets go of a monitor whose channel is resolved. SPEC.md section 5.2.

use super::{Machine, is_watching};
use crate::property::is_settled_on_chain;
use crate::protocol::Protocol;
use crate::state::{Archival, MonitorData, OUTBOUND, Snapshot, Stage, State, Write};

impl<P: Protocol + ?Sized> Machine<P> {
    /// The channel is resolved: its chain is final, its monitor has seen all of it, the manager
    /// knows of the close. The rest is what the rules ask, of both steps.
    pub(super) fn can_archive(&self, s: &State, c: usize) -> bool {
        let at_once = self.archives_at_once(s, c);
        let watched = is_watching(s) && s.disk.archival[c] == Archival::NotYet;
        watched && (at_once || self.is_done_with(s, c))
    }

    fn is_done_with(&self, s: &State, c: usize) -> bool {
        let monitor = &s.node.monitors[c];
        let (pending, provided) = (!monitor.pending().is_empty(), !monitor.provided().is_empty());
        s.node.resumed[c]
            && is_settled_on_chain(s, c)
            && monitor.data.best_block == s.world.chains[c].tip
            && self.has_spends_on_record(s, c)
            && !monitor.close_notice
            && self.protocol.archives_with_events(pending, provided)
            && self.protocol.archives_while_writing(s.disk.writes_len[c] > 0, monitor.completed > 0)
    }

    /// A closed channel that was never used: where a design has a shorter way for it, its monitor
    /// is archived at once, and nothing else is asked.
    fn archives_at_once(&self, s: &State, c: usize) -> bool {
        let MonitorData { update_id, best_block, lockdown, stages, .. } = s.node.monitors[c].data;
        lockdown
            && best_block == 0
            && update_id <= 1
            && self.scenario.htlcs().all(|h| stages[h] == Stage::Unoffered)
            && self.protocol.archives_unused()
    }

    /// Whether the monitor itself knows that the outputs it watches are spent (MON-12). Inbound
    /// ones it spends itself, or the payer does.
    fn has_spends_on_record(&self, s: &State, c: usize) -> bool {
        let (spends, outputs) = (s.node.monitors[c].data.spends, s.world.chains[c].contains);
        c != OUTBOUND || self.scenario.htlcs().all(|h| spends[h] || !outputs[h])
    }

    /// The first time the clock starts. The second time, which stands for some time after the
    /// delay, the monitor is removed from memory and from the store; the removal is behind all
    /// writes of it that were started, so that none of those is reported any more.
    pub(super) fn archive(&self, s: &mut State, c: usize) {
        let at_once = self.archives_at_once(s, c);
        let clock = &mut s.node.monitors[c].data.archival_clock;
        if !*clock && !at_once {
            *clock = true;
            return;
        }
        let mut nothing = Snapshot::archived(s.world.chains[c].tip);
        // For properties alone: whether there was an event to come.
        let stages = s.node.monitors[c].data.stages;
        for h in self.scenario.htlcs().filter(|h| stages[*h] == Stage::Unoffered) {
            nothing.data.stages[h] = Stage::Unoffered;
        }
        s.disk.archival[c] = Archival::Done;
        s.disk.monitors[c] = nothing;
        s.disk.writes[c].fill(Write::NONE);
        s.disk.writes_len[c] = 0;
        s.node.monitors[c] = self.loaded(&nothing);
    }
}
