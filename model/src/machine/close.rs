//! Closing a channel: by choice, by a notice, and what becomes of what had not left. SPEC.md
//! section 5.3.

use super::{Machine, is_watching};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::{INBOUND, OUTBOUND, Outcome, State, Status, Update, UpdateKind};

impl<P: Protocol + ?Sized> Machine<P> {
    /// Where a close is an update, it needs room for that.
    pub(super) fn can_notice_close(&self, s: &State, c: usize) -> bool {
        is_watching(s)
            && s.node.monitors[c].close_notice
            && (!self.is_close_an_update(s, c) || (s.node.resumed[c] && self.has_room(s, c, 1)))
    }

    fn is_close_an_update(&self, s: &State, c: usize) -> bool {
        self.scenario.has(Flag::Notices) && s.node.manager.open[c]
    }

    pub(super) fn close_notice(&self, s: &mut State, c: usize) {
        s.node.monitors[c].close_notice = false;
        self.close_channel(s, c, s.node.monitors[c].data.best_block > 0);
    }

    /// The manager closes a channel, or learns that it is closed: on chain, or by its monitor
    /// alone.
    pub(super) fn close_channel(&self, s: &mut State, c: usize, on_chain: bool) {
        let is_update = self.is_close_an_update(s, c);
        s.node.manager.close(c);
        if is_update {
            self.submit(s, c, Update::CLOSE);
        }
        if c == OUTBOUND {
            self.fail_holding_cell(s, on_chain);
        }
        self.give_up_inbound_fails(s);
        self.release_forward_acks(s);
    }

    /// What waits in the holding cell of a closed channel is failed, once the close is known to
    /// survive a crash.
    pub(super) fn fail_holding_cell(&self, s: &mut State, on_chain: bool) {
        if !self.fails_holding_cell(s, on_chain) {
            return;
        }
        for h in self.scenario.htlcs() {
            let unsent = s.node.manager.statuses[h].is_unsent();
            if unsent && self.protocol.fails_unsent() {
                self.fail_unsent(s, h);
            }
        }
    }

    /// Whether what waits for the outbound channel has nothing to wait for.
    pub(super) fn fails_holding_cell(&self, s: &State, on_chain: bool) -> bool {
        let mut in_flight = s.node.manager.in_flight(OUTBOUND).iter();
        let durable = on_chain || in_flight.all(|update| update.kind != UpdateKind::Close);
        !s.node.manager.open[OUTBOUND] && self.protocol.fails_closing(durable)
    }

    /// No event will tell of an HTLC that no monitor knew: its user event acks nothing. A forward
    /// that is given up as never offered could as well be offered by another channel, of which the
    /// model has none: GUA-10.
    pub(super) fn fail_unsent(&self, s: &mut State, h: usize) {
        if s.node.manager.statuses[h].is_inbound() {
            s.ledger.offered_again |= s.world.is_offered(h);
            self.apply_to_hops(s, h, Outcome::Fail);
        } else {
            self.settle_part(s, h, Outcome::Fail);
        }
    }

    /// A fail that has not reached a closed inbound channel needs no more work: the payer takes the
    /// HTLC back on chain.
    pub(super) fn give_up_inbound_fails(&self, s: &mut State) {
        if s.node.manager.open[INBOUND] {
            return;
        }
        for status in &mut s.node.manager.statuses {
            if matches!(status, Status::FailQueued | Status::SignedFail) {
                *status = Status::GoneFail;
            }
        }
    }
}
