//! Archival: the Watch lets go of a monitor whose channel is resolved. SPEC.md section 5.2.

use super::{Machine, is_watching};
use crate::property::is_settled_on_chain;
use crate::protocol::Protocol;
use crate::state::{Archival, Snapshot, State, Write};

impl<P: Protocol + ?Sized> Machine<P> {
    /// The channel is resolved: its chain is final, its monitor has seen all of it, the manager
    /// knows of the close. The rest is what the rules ask.
    pub(super) fn can_archive(&self, s: &State, c: usize) -> bool {
        let monitor = &s.node.monitors[c];
        let (pending, provided) = (!monitor.pending().is_empty(), !monitor.provided().is_empty());
        is_watching(s)
            && s.node.resumed[c]
            && s.disk.archival[c] == Archival::NotYet
            && is_settled_on_chain(s, c)
            && monitor.data.best_block == s.world.chains[c].tip
            && !monitor.close_notice
            && self.protocol.archives_with_events(pending, provided)
            && self.protocol.archives_while_writing(s.disk.writes_len[c] > 0)
    }

    /// The monitor is removed from memory and from the store. The removal is behind all writes of
    /// it that were started, so that none of those is reported any more.
    pub(super) fn archive(&self, s: &mut State, c: usize) {
        let nothing = Snapshot::archived(s.world.chains[c].tip);
        s.disk.archival[c] = Archival::Done;
        s.disk.monitors[c] = nothing;
        s.disk.writes[c].fill(Write::NONE);
        s.disk.writes_len[c] = 0;
        s.node.monitors[c] = self.loaded(&nothing);
    }
}
