//! The fair schedule, and what has to be so at its end.

use super::{Action, IN, OUT, World};
use reference::monitor::Spend;
use reference::{BlockWrite, ChannelId, Event, Fact, HtlcId, Outcome};

impl World {
    /// All fair actions, in the order in which `settle` tries them.
    fn fair(&self) -> Vec<Action> {
        let mut all = Vec::new();
        for c in [OUT, IN] {
            all.extend([Action::Replay(c), Action::Background(c), Action::Report(c)]);
            all.extend([Action::Block(c, BlockWrite::Lands), Action::Notice(c)]);
            all.extend([Action::Release(c), Action::Broadcast(c), Action::FullWrite(c)]);
        }
        all.extend([Action::StartWatch, Action::ManagerReport, Action::StartManagerWrite]);
        all.push(Action::SubmitBlocked);
        for h in self.config.htlcs.keys().copied() {
            all.extend([Action::Begin(h), Action::EndOk(h), Action::ForwardFail(h)]);
            let outcome = self.signed.get(&h).copied().unwrap_or(Outcome::Fail);
            all.push(Action::Sign(h, outcome));
            all.extend([Action::Revoke(OUT, h), Action::Revoke(IN, h)]);
            let spend = if outcome == Outcome::Claim { Spend::Preimage } else { Spend::Timeout };
            all.extend([Action::Spend(OUT, h, spend), Action::Spend(IN, h, Spend::Preimage)]);
        }
        all.extend([Action::Final(OUT), Action::Final(IN)]);
        all.extend(self.config.htlcs.keys().map(|h| Action::PayerTakesBack(*h)));
        all
    }

    /// Takes fair steps until none is possible, then checks that nothing is lost or left.
    pub fn settle(&mut self) {
        for _ in 0..400 {
            if !self.fair().into_iter().any(|action| self.step(action)) {
                return self.check_quiescent();
            }
        }
        panic!("400 fair steps did not settle the node");
    }

    fn claimed_on_chain(&self, c: ChannelId, h: HtlcId) -> bool {
        self.chain[&c].contains(&Fact::PreimageSpend { htlc: h })
    }

    fn check_quiescent(&self) {
        let manager = self.node.manager();
        assert!(manager.pending_events().is_empty());
        assert!(manager.pending_forward_monitor_event_acks().is_empty());
        assert!(manager.due_acks().is_empty());
        for (id, channel) in manager.channels() {
            assert!(channel.in_flight_monitor_updates.is_empty(), "{id}");
            assert!(channel.blocked_monitor_updates.is_empty(), "{id}");
            let stored = reference::ChannelMonitor::read_stored(&self.durable[id]).unwrap();
            assert_eq!(stored.events().count(), 0, "{id}");
            assert_eq!(self.node.monitor(*id).unwrap().events().count(), 0, "{id}");
        }
        assert_eq!(manager.write(), self.manager);
        for (h, role) in &self.config.htlcs {
            let claimed =
                self.claimed_on_chain(OUT, *h) || self.signed.get(h) == Some(&Outcome::Claim);
            let sent = self.record.contains(&Event::PaymentSent { htlc: *h });
            let failed = self.record.contains(&Event::PaymentFailed { htlc: *h });
            match role.inbound() {
                None => assert_eq!((sent, failed), (claimed, !claimed), "{h}: {:#?}", self.taken),
                Some(_) => {
                    let upstream = self.removed_upstream.get(h) == Some(&Outcome::Claim)
                        || self.claimed_on_chain(IN, *h);
                    let back = self.removed_upstream.get(h) == Some(&Outcome::Fail)
                        || self.chain[&IN].contains(&Fact::TimeoutSpend { htlc: *h });
                    assert_eq!((upstream, back), (claimed, !claimed), "{h}: {:#?}", self.taken);
                }
            }
        }
    }
}
