//! Closing a channel: by choice, by a notice, and what becomes of what had not left.
//!
//! A close is learned from a notice (`CommitmentTxConfirmed`, `HolderForceClosed`), which is not
//! written. What the Manager does here a crash may take back, unless the chain or a durable close
//! update says it, too; RST-5 and MGR-21 are about that.

use super::Desk;
use crate::machine::Machine;
use crate::machine::room::Uses;
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{Channel, Manager, Status, Update, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// A notice of a close waits. Where the close is an update, it comes after the background step.
    pub(in crate::machine) fn can_notice_close(&self, s: View<C, H>, c: Channel) -> bool {
        let is_update = self.is_close_an_update(&s.node.manager, c);
        // Before the background step an update would get an id behind those that the step is still
        // to submit, reach the Monitor ahead of them, and so stop the node.
        s.node.monitors[c].close_notice && (!is_update || s.node.resumed[c])
    }

    /// The update that taking a channel for closed makes.
    pub(in crate::machine) fn close_uses(&self, s: View<C, H>, c: Channel) -> Uses {
        let is_update = self.is_close_an_update(&s.node.manager, c);
        if is_update { Uses::updates(c, 1) } else { Uses::NOTHING }
    }

    fn is_close_an_update(&self, m: &Manager<C, H>, c: Channel) -> bool {
        self.scenario.has(Flag::Notices) && m.open[c]
    }

    /// The Manager closes a channel, or learns that it is closed: on chain, or by its Monitor
    /// alone.
    pub(in crate::machine) fn close_channel(&self, d: &mut Desk<C, H>, c: Channel, on_chain: bool) {
        // Asked before the channel is closed: a second notice of one close makes no second update.
        let is_update = self.is_close_an_update(d.manager, c);
        d.manager.close(c);
        if is_update {
            d.submit(c, Update::CLOSE);
        }
        // Behind the update: MGR-21 looks whether the close is in flight.
        self.fail_holding_cell(d, c, on_chain);
        self.give_up_inbound_fails(d.manager);
        // MGR-4, MGR-5: with the close other ack points count, and may be reached already.
        self.release_forward_acks(d);
    }

    /// A fail that has not reached a closed inbound channel needs no more work: the payer takes the
    /// HTLC back on chain.
    pub(in crate::machine) fn give_up_inbound_fails(&self, m: &mut Manager<C, H>) {
        for h in self.topology.htlcs() {
            let is_queued = matches!(m.statuses[h], Status::FailQueued | Status::SignedFail);
            // A claim is not given up: its preimage still gets the money on chain (MGR-4).
            if is_queued && !m.open[self.topology.inbound(h)] {
                m.statuses[h] = Status::GoneFail;
            }
        }
    }
}
