//! The chain, and what is true of HTLCs whatever the node knows.

use reference::{
    ChannelId, ChannelMonitorUpdateStep, CommitmentOwner, Event, Fact, HTLCPreviousHopData,
    HTLCSource, HtlcId, Outcome, PaymentId, RemovalStage,
};

use super::{World, hop, preimage};

impl World {
    pub fn is_open_on_chain(&self, channel: ChannelId) -> bool {
        self.chain.get(&channel).is_some_and(Vec::is_empty)
    }

    pub(super) fn append(&mut self, channel: ChannelId, fact: Fact) {
        self.chain.get_mut(&channel).expect("a channel").push(fact);
    }

    pub(super) fn next_block(&self, channel: ChannelId) -> Option<(u32, Fact)> {
        let seen = self.node.monitor(channel)?.best_block();
        let fact = self.chain.get(&channel)?.get(seen as usize)?;
        Some((seen + 1, fact.clone()))
    }

    /// Whether any part of the node holds the revocation of the last commitment with the HTLC.
    fn holds_revocation(&self, channel: ChannelId, htlc: HtlcId) -> bool {
        let monitor = self.node.monitor(channel);
        monitor.is_some_and(|m| m.has_removed(htlc))
            || self.node.manager().is_revoking(channel, htlc)
    }

    /// What comes in is in the commitments when it is durable: until then none confirms.
    fn is_arriving(&self, channel: ChannelId) -> bool {
        let known = self.node.manager().channels().get(channel);
        known.is_some_and(|known| {
            let mut listed = known.in_flight_monitor_updates.iter();
            listed.any(|update| matches!(update.step, ChannelMonitorUpdateStep::ReceiveHTLC(_)))
        })
    }

    pub(super) fn peer_closes(&mut self, channel: ChannelId, newer: bool) -> bool {
        let Some(durable) = self.disk.durable(channel) else { return false };
        if !self.is_open_on_chain(channel) || self.is_arriving(channel) {
            return false;
        }
        let outputs = durable.htlcs().iter().filter(|(id, entry)| {
            let was_offered = self.outbound.contains_key(&(channel, id.id));
            let is_signed = matches!(entry.stage, RemovalStage::Signed(_));
            entry.is_listed()
                && !self.holds_revocation(channel, **id)
                && (!id.is_outbound() || was_offered && !(newer && is_signed))
        });
        let outputs = outputs.map(|(id, _)| *id).collect();
        let owner = CommitmentOwner::Counterparty;
        self.append(channel, Fact::CommitmentConfirmed { owner, outputs });
        true
    }

    /// Our commitment has what the peer has signed: nothing that it was not offered.
    pub(super) fn confirm_ours(&mut self, channel: ChannelId) -> bool {
        if !self.is_open_on_chain(channel) || self.is_arriving(channel) {
            return false;
        }
        let Some(mut outputs) = self.broadcast.remove(&channel) else { return false };
        outputs.retain(|id| !id.is_outbound() || self.outbound.contains_key(&(channel, id.id)));
        self.append(channel, Fact::CommitmentConfirmed { owner: CommitmentOwner::Holder, outputs });
        true
    }

    fn has_unspent(&self, channel: ChannelId, htlc: HtlcId) -> bool {
        self.chain.get(&channel).is_some_and(|chain| {
            let has = |fact: &Fact| match fact {
                Fact::CommitmentConfirmed { outputs, .. } => outputs.contains(&htlc),
                _ => false,
            };
            chain.iter().any(has) && self.spent(channel, htlc).is_none()
        })
    }

    /// How the output of an HTLC was spent.
    pub fn spent(&self, channel: ChannelId, htlc: HtlcId) -> Option<Outcome> {
        self.chain.get(&channel)?.iter().find_map(|fact| match fact {
            Fact::PreimageSpend { htlc: spent, .. } if *spent == htlc => Some(Outcome::Claim),
            Fact::TimeoutSpend { htlc: spent } if *spent == htlc => Some(Outcome::Fail),
            _ => None,
        })
    }

    pub(super) fn spend(&mut self, channel: ChannelId, htlc: HtlcId, outcome: Outcome) -> bool {
        let came_in = hop(channel, htlc.id);
        let out = self.outbound.get(&(channel, htlc.id)).filter(|_| htlc.is_outbound());
        let possible = match (out, outcome) {
            (Some(_), Outcome::Claim) => true,
            (Some(out), Outcome::Fail) => out.promise() != Some(Outcome::Claim),
            (None, Outcome::Claim) => self.claims.contains(&came_in),
            (None, Outcome::Fail) => self.removed.get(&came_in) != Some(&Outcome::Claim),
        };
        if !possible || !self.has_unspent(channel, htlc) {
            return false;
        }
        let payment_preimage = match out {
            Some(out) => out.preimage,
            None => preimage(self.inbound[&came_in]),
        };
        self.append(
            channel,
            match outcome {
                Outcome::Claim => Fact::PreimageSpend { htlc, payment_preimage },
                Outcome::Fail => Fact::TimeoutSpend { htlc },
            },
        );
        true
    }

    /// Whether the chain has the last word on all HTLCs of the channel.
    pub(super) fn is_settled_on_chain(&self, channel: ChannelId) -> bool {
        let Some(chain) = self.chain.get(&channel) else { return false };
        let Some(Fact::CommitmentConfirmed { outputs, .. }) = chain.first() else { return false };
        chain.contains(&Fact::CommitmentFinal)
            && outputs.iter().all(|htlc| self.spent(channel, *htlc).is_some())
    }

    /// Whether the peer has the money of an HTLC that it was offered.
    pub fn is_claimed(&self, channel: ChannelId, id: u64) -> bool {
        self.outbound[&(channel, id)].signed == Some(Outcome::Claim)
            || self.spent(channel, HtlcId::outbound(id)) == Some(Outcome::Claim)
    }

    /// Whether the peer has shown the preimage.
    fn is_revealed(&self, channel: ChannelId, id: u64) -> bool {
        self.outbound[&(channel, id)].fulfilled || self.is_claimed(channel, id)
    }

    /// The HTLCs that have left for somebody.
    pub(super) fn left_for(
        &self,
        is_it: impl Fn(&HTLCSource) -> bool,
    ) -> impl Iterator<Item = (ChannelId, u64)> {
        let found = self.outbound.iter().filter(move |(_, out)| is_it(&out.source));
        found.map(|(id, _)| *id)
    }

    pub(super) fn left_for_payment(&self, id: PaymentId) -> impl Iterator<Item = (ChannelId, u64)> {
        self.left_for(move |source| {
            matches!(source, HTLCSource::OutboundRoute { part, .. } if part.payment_id == id)
        })
    }

    pub(super) fn left_for_hop(
        &self,
        hop: HTLCPreviousHopData,
    ) -> impl Iterator<Item = (ChannelId, u64)> {
        self.left_for(move |source| source.previous_hops().any(|other| other == hop))
    }

    /// Whether we have the money of an HTLC that came in, and whether the payer has.
    pub fn upstream(&self, hop: HTLCPreviousHopData) -> (bool, bool) {
        let spent = self.spent(hop.channel_id, hop.htlc());
        let is = |outcome| self.removed.get(&hop) == Some(&outcome) || spent == Some(outcome);
        (is(Outcome::Claim), is(Outcome::Fail))
    }

    /// The HTLCs that brought payment `n`.
    pub(super) fn parts_of(&self, n: u8) -> Vec<HTLCPreviousHopData> {
        let parts = self.inbound.iter().filter(|(_, of)| **of == n);
        parts.map(|(hop, _)| *hop).collect()
    }

    /// The user claims what the payer has not taken back.
    pub(super) fn may_claim(&self, n: u8) -> bool {
        let received = self.node.manager().received().get(&preimage(n).payment_hash());
        received.is_some_and(|received| received.parts.iter().all(|part| !self.upstream(*part).1))
    }

    pub(super) fn is_claimed_on_chain(&self, n: u8) -> bool {
        let claimed = |hop: &HTLCPreviousHopData| {
            self.spent(hop.channel_id, hop.htlc()) == Some(Outcome::Claim)
        };
        self.parts_of(n).iter().any(claimed)
    }

    /// Whether the user has heard of the end of a payment.
    pub fn has_ended(&self, id: PaymentId) -> bool {
        self.record.iter().any(|event| match event {
            Event::PaymentSent { payment_id, .. } | Event::PaymentFailed { payment_id, .. } => {
                *payment_id == id
            }
            _ => false,
        })
    }

    /// `GUA-2`: what the user is told is so.
    pub(super) fn check_told(&self, event: &Event) {
        let trace = || format!("{event:?}: {:#?}", self.taken);
        match event {
            Event::PaymentSent { payment_id, payment_hash, payment_preimage } => {
                assert_eq!(payment_preimage.payment_hash(), *payment_hash, "{}", trace());
                let mut parts = self.left_for_payment(*payment_id);
                assert!(parts.any(|(c, id)| self.is_revealed(c, id)), "{}", trace());
                let (payment_id, payment_hash) = (*payment_id, *payment_hash);
                let failed = Event::PaymentFailed { payment_id, payment_hash };
                assert!(!self.record.contains(&failed), "{}", trace());
            }
            Event::PaymentFailed { payment_id, .. } => {
                let mut parts = self.left_for_payment(*payment_id);
                assert!(!parts.any(|(c, id)| self.is_revealed(c, id)), "{}", trace());
                let sent = |event: &Event| match event {
                    Event::PaymentSent { payment_id: id, .. } => id == payment_id,
                    _ => false,
                };
                assert!(!self.record.iter().any(sent), "{}", trace());
            }
            Event::PaymentForwarded { prev_htlcs, .. } => {
                for hop in prev_htlcs {
                    let mut left = self.left_for_hop(*hop);
                    assert!(left.any(|(c, id)| self.is_revealed(c, id)), "{}", trace());
                }
            }
            _ => {}
        }
    }

    /// What has to be so in every state.
    pub fn check(&self) {
        for watched in self.node.chain_monitor().monitors().values() {
            let monitor = watched.monitor();
            let named: std::collections::BTreeSet<u64> =
                monitor.events().map(|(_, event)| event.htlc_id).collect();
            assert_eq!(named.len(), monitor.events().count(), "GUA-4: {:#?}", self.taken);
        }
        for (hop, n) in &self.inbound {
            let claimed = self.left_for_hop(*hop).any(|(c, id)| self.is_claimed(c, id));
            assert!(!(claimed && self.upstream(*hop).1), "GUA-9: {n}: {:#?}", self.taken);
        }
    }
}
