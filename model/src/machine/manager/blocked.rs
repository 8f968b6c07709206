//! Updates that wait in the Manager until nothing blocks their channel.
//!
//! They are `blocked_monitor_updates`: written with the Manager, in no Monitor. At most one is
//! blocked at a time, which hides their order and the submission of several before a crash
//! (docs/bounds.md). An update gets its id when it is submitted. Given one earlier, a claim that
//! overtakes would take it, and an older Manager would find the id in the Monitor and drop the
//! wrong update (finding 023).

use super::Desk;
use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{Channel, Update, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Blocks an update: it waits in the Manager until nothing blocks the channel.
    pub(in crate::machine) fn block(&self, d: &mut Desk<C, H>, c: Channel, update: Update) {
        d.manager.block(c, update);
        // Not a rule: acks that travel with the update are lost when it is blocked (finding 024).
        if !self.protocol.keeps_blocked_acks() {
            self.forget_edge(d, update.htlc());
        }
    }

    /// Something is blocked, and nothing blocks it any more.
    pub(in crate::machine) fn can_submit_blocked(&self, s: View<C, H>, c: Channel) -> bool {
        !s.node.manager.blocked(c).is_empty()
            && !self.blocks(&s.node.manager, s.world.blocker, c)
            // MGR-13: then it is submitted.
            && self.protocol.submits_blocked()
    }

    /// Submits the oldest blocked update.
    pub(in crate::machine) fn submit_blocked(&self, d: &mut Desk<C, H>, c: Channel) {
        // Taken and listed in one step: no write of the Manager may have it on neither list, or the
        // next load would go on over a Monitor that lacks it (GUA-7).
        let update = d.manager.take_blocked(c);
        d.submit(c, update);
    }
}
