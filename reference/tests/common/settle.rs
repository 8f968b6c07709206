//! The fair schedule, and what has to be so at its end.

use super::{Action, BlockWrite, World};
use reference::monitor::Spend;
use reference::{ChannelId, ChannelMonitor, Event, Fact, HtlcId, HtlcRole, Outcome, ReceivedState};

impl World {
    /// All fair actions, in the order in which `settle` tries them.
    fn fair(&self) -> Vec<Action> {
        let mut all = Vec::new();
        let channels: Vec<ChannelId> = self.config.channels.keys().copied().collect();
        for c in channels.iter().copied() {
            all.extend([Action::Replay(c), Action::Background(c), Action::Report(c)]);
            all.extend([Action::Block(c, BlockWrite::Lands), Action::Notice(c)]);
            all.extend([Action::Release(c), Action::Broadcast(c), Action::FullWrite(c)]);
        }
        all.extend([Action::StartWatch, Action::ManagerReport, Action::StartManagerWrite]);
        all.extend(channels.iter().map(|c| Action::SubmitBlocked(*c)));
        for (h, role) in &self.config.htlcs {
            let h = *h;
            all.extend([Action::Begin(h), Action::EndOk(h), Action::ForwardFail(h)]);
            all.push(Action::Offer(h));
            let outcome = self.signed.get(&h).copied().unwrap_or(Outcome::Fail);
            all.push(Action::Sign(h, outcome));
            let spend = if outcome == Outcome::Claim { Spend::Preimage } else { Spend::Timeout };
            all.extend(role.outbound().map(|c| Action::Revoke(c, h)));
            all.extend(role.outbound().map(|c| Action::Spend(c, h, spend)));
            all.extend(role.inbound().map(|c| Action::Revoke(c, h)));
            all.extend(role.inbound().map(|c| Action::Spend(c, h, Spend::Preimage)));
            if self.received_parts(h).into_iter().any(|(part, c)| self.claimed_on_chain(c, part)) {
                all.push(Action::Claim(h));
            }
        }
        all.extend(channels.iter().map(|c| Action::Final(*c)));
        all.extend(self.config.htlcs.keys().map(|h| Action::PayerTakesBack(*h)));
        all
    }

    /// Takes fair steps until none is possible, then checks that nothing is lost or left.
    pub fn settle(&mut self) {
        for _ in 0..200 * self.config.channels.len() {
            if !self.fair().into_iter().any(|action| self.step(action)) {
                return self.check_quiescent();
            }
        }
        panic!("the fair steps did not settle the node");
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
            if self.archived.contains(id) {
                continue;
            }
            let stored = ChannelMonitor::read_stored(&self.durable[id]).unwrap();
            assert_eq!(stored.events().count(), 0, "{id}");
            assert_eq!(self.node.monitor(*id).unwrap().events().count(), 0, "{id}");
        }
        assert_eq!(manager.write(), self.manager);
        for h in self.config.htlcs.keys() {
            self.check_end(*h);
        }
    }

    /// Whether the peer that an HTLC was offered to has the money.
    fn is_paid(&self, h: HtlcId) -> bool {
        let outbound = self.config.htlcs[&h].outbound();
        let on_chain = outbound.is_some_and(|c| self.claimed_on_chain(c, h));
        on_chain || self.signed.get(&h) == Some(&Outcome::Claim)
    }

    /// The HTLC ended as the World has it, and whoever waits for it knows.
    fn check_end(&self, h: HtlcId) {
        match self.config.htlcs[&h] {
            HtlcRole::Payment { .. } => {
                let parts = self.config.htlcs.iter().filter(|(other, role)| match role {
                    HtlcRole::Part { payment, .. } | HtlcRole::Retry { payment, .. } => {
                        *payment == h
                    }
                    _ => **other == h,
                });
                let claimed = parts.into_iter().any(|(part, _)| self.is_paid(*part));
                let sent = self.record.contains(&Event::PaymentSent { htlc: h });
                let failed = self.record.contains(&Event::PaymentFailed { htlc: h });
                assert_eq!((sent, failed), (claimed, !claimed), "{h}: {:#?}", self.taken);
            }
            HtlcRole::Forward { inbound, .. } => {
                let claimed = self.is_paid(h);
                let told = self.record.contains(&Event::PaymentForwarded { htlc: h });
                assert_eq!(told, claimed, "{h}: {:#?}", self.taken);
                self.check_upstream(h, inbound, claimed);
            }
            HtlcRole::PreviousHop { inbound, leaves_as } => {
                self.check_upstream(h, inbound, self.is_paid(leaves_as));
            }
            HtlcRole::Received { .. } => self.check_received(h),
            HtlcRole::Part { .. }
            | HtlcRole::Retry { .. }
            | HtlcRole::ReceivedPart { .. }
            | HtlcRole::Unmade { .. } => {}
        }
    }

    fn check_upstream(&self, h: HtlcId, inbound: ChannelId, claimed: bool) {
        let back = self.removed_upstream.get(&h) == Some(&Outcome::Fail)
            || self.chain[&inbound].contains(&Fact::TimeoutSpend { htlc: h });
        assert_eq!((self.has(h, inbound), back), (claimed, !claimed), "{h}: {:#?}", self.taken);
    }

    /// Whether we have the money of an inbound HTLC.
    fn has(&self, h: HtlcId, inbound: ChannelId) -> bool {
        self.removed_upstream.get(&h) == Some(&Outcome::Claim) || self.claimed_on_chain(inbound, h)
    }

    /// All parts are claimed and the user knows, or none is, and nothing is under way.
    fn check_received(&self, payment: HtlcId) {
        let parts = self.received_parts(payment);
        let claimed = parts.iter().filter(|(h, inbound)| self.has(*h, *inbound)).count();
        let told = self.record.contains(&Event::PaymentClaimed { htlc: payment });
        let expected = if told { parts.len() } else { 0 };
        assert_eq!(claimed, expected, "{payment}: {:#?}", self.taken);
        for (h, inbound) in parts {
            assert!(!self.node.manager().has_claim_under_way(inbound));
            let reference::HtlcState::Received { state, .. } = self.node.manager().htlcs()[&h]
            else {
                panic!("{h} has another role")
            };
            assert_eq!(state != ReceivedState::Claimable, told, "{h}: {:#?}", self.taken);
        }
    }
}
