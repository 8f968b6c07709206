//! Own payments: made, settled part by part, retried.
//!
//! The Manager forgets no payment that it has settled. LDK does after a while, and then RST-8,
//! RST-13 and UPG-3 need more than its memory; that is left out, as are `PaymentPathFailed` and
//! probes (docs/bounds.md).

use super::Desk;
use crate::call::Call;
use crate::machine::Machine;
use crate::protocol::Protocol;
use crate::state::{Htlc, Manager, Outcome, Status, View};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// The user makes a payment once; one of which the Manager knows nothing any more it may make
    /// again, unless the user was told of its end.
    pub(in crate::machine) fn can_pay(&self, s: View<C, H>, h: Htlc) -> bool {
        // The record, which no crash rolls back, keeps a payment that ended from being made anew.
        s.node.manager.open[self.topology.outbound(h)]
            && s.node.manager.statuses[h] == Status::Unmade
            && s.world.record[h] == 0
    }

    /// A part has ended so; gives whether the user is told of its payment by that.
    pub(in crate::machine) fn settle_part(
        &self,
        d: &mut Desk<C, H>,
        h: Htlc,
        outcome: Outcome,
    ) -> bool {
        d.calls.push(Call::Apply(h));
        // Settled before the other parts are counted, since it is one of them.
        d.manager.statuses[h] = Status::done(outcome);
        if let Some(retry) = self.retry_of(d.manager, h).filter(|_| outcome == Outcome::Fail) {
            // In the same step. LDK makes it later (`check_retry_payments`); one that is decided,
            // written and not made yet is left out. It leads to no user event, so the ack is due.
            d.manager.statuses[retry] = Status::Unsent;
            return false;
        }
        let is_news = self.is_news_of_payment(d.manager, h, outcome);
        // Queued under the part whose end is the news: the user's handling acks its event (MGR-1).
        if is_news {
            d.manager.statuses[h] = Status::queued(outcome);
        }
        is_news
    }

    /// The failed part's retry that was not made, and that could leave: for all that a crash cannot
    /// take back, its channel is open.
    ///
    /// A retry that is given up for a close which a crash takes back would be a payment that the
    /// user was told has failed, with a part of it still to come (MGR-21).
    fn retry_of(&self, m: &Manager<C, H>, h: Htlc) -> Option<Htlc> {
        let could_leave = |retry: &Htlc| {
            m.statuses[*retry] == Status::Unmade
                && !self.fails_holding_cell(m, self.topology.outbound(*retry), false)
        };
        self.topology.shape(h).retry.filter(could_leave)
    }

    /// Whether the user is told of the payment now that this part of it has ended so.
    fn is_news_of_payment(&self, m: &Manager<C, H>, h: Htlc, outcome: Outcome) -> bool {
        // A retry that was not made is no part: waiting for it, the payment would never fail.
        let parts = self.topology.parts(h).filter(|part| m.statuses[*part] != Status::Unmade);
        let ended = |with| parts.clone().filter(|p| m.statuses[*p].outcome() == Some(with)).count();
        let all = parts.clone().count();
        let c = self.topology.outbound(h);
        let has_failed = |part: &Htlc| m.statuses[*part].outcome() == Some(Outcome::Fail);
        match outcome {
            // MGR-16: with the first part that is claimed.
            Outcome::Claim => self.protocol.sends_payment(ended(Outcome::Claim), all),
            // MGR-17: with the last part that fails.
            Outcome::Fail => {
                let mut beside = parts.clone().filter(|p| self.topology.leaves_by(*p, c));
                let on_channel = beside.all(|part| has_failed(&part));
                self.protocol.fails_payment(ended(Outcome::Fail), all, on_channel)
            }
        }
    }
}
