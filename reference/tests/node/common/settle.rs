//! The fair schedule, and what has to be so at its end (SPEC sections 4.5 and 6).

use reference::{
    ChannelId, Event, EventKey, HTLCPreviousHopData, HtlcId, InboundHtlcState, Outcome,
};

use super::{Step, World, preimage};

impl World {
    /// Takes fair steps until none is possible, then checks that nothing is lost or left.
    pub fn settle(&mut self) {
        for _ in 0..4000 {
            if !self.fair_step() {
                return self.check_quiescent();
            }
        }
        panic!("the fair steps did not settle the node: {:#?}", self.taken);
    }

    fn fair_step(&mut self) -> bool {
        self.own_steps().into_iter().any(|step| self.step(step))
            || self.writes().into_iter().any(|step| self.step(step))
            || self.decisions().into_iter().any(|step| self.step(step))
            || self.peer_steps().into_iter().any(|step| self.step(step))
            || self.archival().into_iter().any(|step| self.step(step))
            || self.taking_back().into_iter().any(|step| self.step(step))
    }

    fn channels(&self) -> Vec<ChannelId> {
        self.chain.keys().copied().collect()
    }

    fn own_steps(&self) -> Vec<Step> {
        let mut all = Vec::new();
        for c in self.channels() {
            all.extend([Step::Land(Some(c)), Step::Replay(c)]);
        }
        all.extend([Step::Land(None), Step::StartWatch]);
        for c in self.channels() {
            all.extend([Step::Background(c), Step::Completed(c), Step::See(c, true)]);
            all.extend([Step::Notice(c), Step::Release(c), Step::Broadcast(c)]);
            if self.node.manager().blocks_revocations(c) {
                all.push(Step::Unblock(c));
            }
        }
        // That is possible always, and changes nothing the second time.
        all.retain(|step| !matches!(step, Step::Unblock(_)) || !self.is_unblocked(step));
        let manager = self.node.manager();
        all.extend(manager.pending_events().keys().map(|key| Step::EndOk(*key)));
        all.extend(manager.pending_events().keys().map(|key| Step::Begin(*key)));
        all.extend(self.claims.iter().map(|h| Step::Spend(h.channel_id, h.htlc(), Outcome::Claim)));
        for c in self.channels() {
            all.push(Step::SubmitBlocked(c));
            all.extend(manager.holding_cell(c).into_iter().map(Step::Offer));
        }
        all.extend(manager.forward_queue().into_iter().map(Step::ForwardFail));
        all
    }

    fn is_unblocked(&self, step: &Step) -> bool {
        let mut after = self.node.clone();
        if let Step::Unblock(c) = step {
            after.unblock_revocations(*c);
        }
        after == self.node
    }

    fn writes(&self) -> Vec<Step> {
        let mut all = vec![Step::PersistManager];
        for c in self.channels() {
            let newest = self.disk.newest(c).map(|monitor| monitor.write());
            if newest != self.node.monitor(c).map(|monitor| monitor.write()) {
                all.push(Step::PersistMonitor(c));
            }
        }
        all
    }

    /// What a user decides that has not decided yet: a claim that is on chain is made again, the
    /// rest is failed.
    fn decisions(&self) -> Vec<Step> {
        let manager = self.node.manager();
        let mut all = Vec::new();
        let undecided = |hop: &HTLCPreviousHopData| {
            let state = manager.inbound_htlc(*hop).map(|htlc| htlc.state);
            state == Some(InboundHtlcState::Undecided)
        };
        for (hop, n) in self.inbound.iter().filter(|(hop, _)| undecided(hop)) {
            if self.is_claimed_on_chain(*n) {
                let parts = self.parts_of(*n).into_iter().filter(undecided).collect();
                all.push(Step::Receive(parts));
            }
            if self.upstream(*hop) == (false, false) {
                all.push(Step::FailHtlc(*hop));
            }
        }
        for n in self.inbound.values().copied() {
            if manager.is_claimable(preimage(n).payment_hash()) {
                all.extend([Step::FailBack(n), Step::Claim(n)]);
            }
        }
        all
    }

    fn peer_steps(&self) -> Vec<Step> {
        let mut all = Vec::new();
        for ((c, id), out) in &self.outbound {
            let (htlc, outcome) = (HtlcId::outbound(*id), out.promise().unwrap_or(Outcome::Fail));
            all.extend([Step::Sign(*c, *id, outcome), Step::Revoke(*c, htlc)]);
            all.extend([Step::Spend(*c, htlc, outcome), Step::Spend(*c, htlc, Outcome::Fail)]);
        }
        all.extend(self.inbound.keys().map(|hop| Step::Revoke(hop.channel_id, hop.htlc())));
        all.extend(self.channels().into_iter().map(Step::Final));
        all
    }

    fn archival(&self) -> Vec<Step> {
        self.channels().into_iter().map(Step::Archive).collect()
    }

    fn taking_back(&self) -> Vec<Step> {
        let back = |h: &HTLCPreviousHopData| Step::Spend(h.channel_id, h.htlc(), Outcome::Fail);
        self.inbound.keys().map(back).collect()
    }

    fn check_quiescent(&self) {
        let manager = self.node.manager();
        let trace = || format!("{:#?}", self.taken);
        assert!(manager.pending_events().is_empty(), "{}", trace());
        assert!(manager.pending_forward_monitor_event_acks().is_empty(), "{}", trace());
        assert!(manager.due_acks().is_empty(), "{}", trace());
        assert!(manager.forward_queue().is_empty(), "{}", trace());
        assert_eq!(manager.write(), self.disk.stored.manager, "{}", trace());
        for (c, channel) in manager.channels().iter() {
            assert!(channel.in_flight_monitor_updates.is_empty(), "{c}: {}", trace());
            assert!(channel.blocked_monitor_updates.is_empty(), "{c}: {}", trace());
            assert!(!channel.is_new, "{c}: {}", trace());
            let Some(durable) = self.disk.durable(c) else { continue };
            assert!(durable.has_no_event(), "{c}: {}", trace());
            assert!(self.node.monitor(c).is_some_and(|m| m.has_no_event()), "{c}: {}", trace());
            assert!(!self.is_settled_on_chain(c), "{c} is not archived: {}", trace());
        }
        let payments = self.outbound.values().filter_map(|out| match out.source {
            reference::HTLCSource::OutboundRoute { part, .. } => Some(part.payment_id),
            _ => None,
        });
        for id in payments.chain(manager.payments().keys().copied()) {
            self.check_payment(id);
        }
        for hop in self.inbound.keys() {
            self.check_inbound(*hop);
        }
    }

    /// An own payment has ended once in the user's record, and as the world has it.
    fn check_payment(&self, id: reference::PaymentId) {
        let claimed = self.left_for_payment(id).any(|(c, htlc)| self.is_claimed(c, htlc));
        let told = |is_it: fn(&Event) -> bool| {
            let mut of_it = self.record.iter().filter(|event| match event {
                Event::PaymentSent { payment_id, .. } | Event::PaymentFailed { payment_id, .. } => {
                    *payment_id == id
                }
                _ => false,
            });
            of_it.any(is_it)
        };
        let sent = told(|event| matches!(event, Event::PaymentSent { .. }));
        let failed = told(|event| matches!(event, Event::PaymentFailed { .. }));
        let told = (sent, failed);
        assert_eq!(told, (claimed, !claimed), "GUA-1: {id}: {:#?}", self.taken);
    }

    /// An HTLC that came in has ended as what left for it has, or as the user was told.
    fn check_inbound(&self, hop: HTLCPreviousHopData) {
        let n = self.inbound[&hop];
        let claimed = self.left_for_hop(hop).any(|(c, id)| self.is_claimed(c, id));
        let told = self.record.iter().any(|event| match event {
            Event::PaymentForwarded { prev_htlcs, .. } => prev_htlcs.contains(&hop),
            _ => false,
        });
        if self.settings.tell_forwards {
            assert_eq!(told, claimed, "GUA-1: {hop} was forwarded: {:#?}", self.taken);
        }
        let (ours, theirs) = self.upstream(hop);
        assert_ne!(ours, theirs, "{hop}: {:#?}", self.taken);
        if self.left_for_hop(hop).next().is_some() {
            assert_eq!(ours, claimed, "{hop}: {:#?}", self.taken);
        } else if ours {
            let payment_hash = preimage(n).payment_hash();
            let is_told = |event: &Event| match event {
                Event::PaymentClaimed { payment_hash: hash, .. } => *hash == payment_hash,
                _ => false,
            };
            assert!(self.record.iter().any(is_told), "{hop}: {:#?}", self.taken);
        }
    }

    /// The user handles one event.
    pub fn handle(&mut self, key: EventKey) {
        self.all(&[Step::Begin(key), Step::EndOk(key)]);
    }
}
