//! Peers and chains: what they may do, and what they have done.

use std::collections::BTreeSet;

use super::{BlockWrite, World};
use reference::monitor::{Direction, Spend};
use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdateStep, CommitmentOwner, Fact, HTLCEvent, HtlcId,
    HtlcRole, NodeConfig, Outcome, RemovalStage, StoredMonitor, Submission,
};

impl World {
    pub(super) fn revoke(&mut self, c: ChannelId, h: HtlcId, submission: Submission) -> bool {
        let stage = self.node.monitor(c).and_then(|m| m.htlcs().get(&h)).map(|e| e.stage);
        let happened =
            self.chain[&c].is_empty() && self.node.peer_revokes(c, h, submission).is_ok();
        let came_in = self.config.htlcs[&h].inbound() == Some(c);
        if let (true, true, Some(RemovalStage::Signed(outcome))) = (happened, came_in, stage) {
            let before = self.removed_upstream.insert(h, outcome);
            assert!(before.is_none_or(|b| b == outcome), "removed twice, in different ways");
        }
        happened
    }

    /// Whether any part of the node holds the revocation of the last commitment with the HTLC.
    pub(super) fn holds_revocation(&self, c: ChannelId, h: HtlcId) -> bool {
        let removed = |m: &ChannelMonitor| {
            m.htlcs().get(&h).is_some_and(|entry| entry.stage == RemovalStage::Removed)
        };
        let stored = self.in_flight[&c].iter().chain(self.durable.get(&c));
        let step = ChannelMonitorUpdateStep::Revocation { htlc: h };
        self.node.monitor(c).is_some_and(removed)
            || stored
                .map(|stored| ChannelMonitor::read_stored(stored).unwrap())
                .any(|m| removed(&m))
            || self.node.manager().channels()[&c]
                .in_flight_monitor_updates
                .iter()
                .any(|update| update.step == step)
    }

    pub(super) fn peer_closes(&mut self, c: ChannelId, with_signed: bool) -> bool {
        // We sign the peer's commitment without the HTLC once our own update is durable.
        let Some(stored) = self.durable.get(&c) else { return false };
        let stored = ChannelMonitor::read_stored(stored).unwrap();
        let outputs = stored.htlcs().iter().filter(|(id, entry)| {
            let leaves = entry.direction == Direction::Outbound;
            let may_lack = leaves && entry.stage != RemovalStage::Held;
            !self.holds_revocation(c, **id) && (with_signed || !may_lack)
        });
        let outputs = outputs.map(|(id, _)| *id).collect();
        self.append(c, Fact::CommitmentConfirmed { owner: CommitmentOwner::Counterparty, outputs })
    }

    pub(super) fn confirm_ours(&mut self, c: ChannelId) -> bool {
        let Some(monitor) = self.node.monitor(c) else { return false };
        let outputs = monitor.holder_commitment();
        self.append(c, Fact::CommitmentConfirmed { owner: CommitmentOwner::Holder, outputs })
    }

    pub(super) fn spend(&mut self, c: ChannelId, h: HtlcId, spend: Spend) -> bool {
        let leaves = self.config.htlcs[&h].outbound() == Some(c);
        let possible = match spend {
            Spend::Preimage if leaves => true,
            Spend::Timeout if leaves => self.signed.get(&h) != Some(&Outcome::Claim),
            Spend::Preimage => self.node.would_claim_on_chain(c, h),
            Spend::Timeout => false,
        };
        let fact = match spend {
            Spend::Preimage => Fact::PreimageSpend { htlc: h },
            Spend::Timeout => Fact::TimeoutSpend { htlc: h },
        };
        possible && self.append(c, fact)
    }

    /// Extends a chain by a fact that can follow it.
    pub(super) fn append(&mut self, c: ChannelId, fact: Fact) -> bool {
        let mut observer = self.observer(c);
        let possible = observer.process_block(&fact).is_ok();
        if possible {
            self.chain.get_mut(&c).unwrap().push(fact);
        }
        possible
    }

    /// A Monitor that has seen the channel's chain, and has every HTLC that ever could be there.
    fn observer(&self, c: ChannelId) -> ChannelMonitor {
        let mut config = NodeConfig::clone(&self.config);
        for role in config.htlcs.values_mut() {
            if let Some(outbound) = role.leaves_later_by() {
                *role = match *role {
                    HtlcRole::Forward { inbound, .. } => {
                        HtlcRole::Forward { inbound, outbound, held: false }
                    }
                    _ => HtlcRole::Payment { outbound, held: false },
                };
            }
        }
        let mut observer = ChannelMonitor::new(c, &config);
        for shown in &self.chain[&c] {
            observer.process_block(shown).unwrap();
        }
        observer
    }

    /// Whether the chain has the last word on all HTLCs of the channel.
    pub(super) fn is_resolved(&self, c: ChannelId) -> bool {
        let observer = self.observer(c);
        let chain = observer.chain();
        let outputs = chain.commitment().map(|commitment| &commitment.outputs);
        outputs.is_some_and(|outputs| outputs.iter().all(|h| chain.spend(*h).is_some()))
            && (chain.is_final() || observer.htlcs().keys().all(|h| chain.has_output(*h)))
    }

    /// Whether the payer has taken back no part of a payment received.
    pub(super) fn may_claim(&self, payment: HtlcId) -> bool {
        self.received_parts(payment)
            .into_iter()
            .all(|(h, inbound)| !self.chain[&inbound].contains(&Fact::TimeoutSpend { htlc: h }))
    }

    /// The parts of a payment received, each with its channel.
    pub fn received_parts(&self, of: HtlcId) -> Vec<(HtlcId, ChannelId)> {
        let parts = self.config.htlcs.iter().filter_map(|(h, role)| match *role {
            HtlcRole::Received { inbound } if *h == of => Some((*h, inbound)),
            HtlcRole::ReceivedPart { inbound, payment } if payment == of => Some((*h, inbound)),
            _ => None,
        });
        parts.collect()
    }

    /// No part of a payment received is forgotten by any version of its Monitor before the durable
    /// Monitors of all others have the preimage (`MGR-20`).
    pub(super) fn check_preimages(&self) {
        for payment in self.config.htlcs.keys() {
            let parts = self.received_parts(*payment);
            let is_forgotten = parts.iter().any(|(h, c)| self.holds_revocation(*c, *h));
            for (h, c) in parts.iter().filter(|_| is_forgotten) {
                let Some(durable) = self.durable.get(c) else { continue };
                let stage = ChannelMonitor::read_stored(durable).unwrap().htlcs()[h].stage;
                assert!(stage != RemovalStage::Held, "{h} is not kept: {:#?}", self.taken);
            }
        }
    }

    pub(super) fn next_fact(&self, c: ChannelId) -> Option<Fact> {
        let height = self.node.monitor(c)?.best_block();
        self.chain[&c].get(height as usize).cloned()
    }

    pub(super) fn block(&mut self, c: ChannelId, write: BlockWrite) -> bool {
        let Some(fact) = self.next_fact(c) else { return false };
        let Ok(bytes) = self.node.block_connected(c, &fact) else { return false };
        if write == BlockWrite::Lands {
            self.land(c, bytes);
        }
        true
    }

    /// A full write that the Watch starts outside updates, if it would change anything.
    pub(super) fn full_write(&mut self, c: ChannelId) -> bool {
        let Ok(bytes) = self.node.start_full_write(c) else { return false };
        let is_useful = self.newest(c).write() != bytes;
        if is_useful {
            self.land(c, bytes);
        }
        is_useful
    }

    /// A full write that lands at once contains all that the writes in flight contain.
    fn land(&mut self, c: ChannelId, bytes: Vec<u8>) {
        let stored = StoredMonitor::of(bytes);
        for older in self.in_flight.get_mut(&c).unwrap() {
            older.clone_from(&stored);
        }
        self.durable.insert(c, stored);
    }

    /// What a load would make of all that was handed over for a channel that is not archived.
    fn newest(&self, c: ChannelId) -> ChannelMonitor {
        let stored = self.in_flight[&c].last().unwrap_or(&self.durable[&c]);
        ChannelMonitor::read_stored(stored).unwrap()
    }

    /// What the Monitors list.
    pub(super) fn listed(&self) -> Vec<(ChannelId, HTLCEvent)> {
        let monitors = self.config.channels.keys().filter_map(|c| self.node.monitor(*c));
        let of = |m: &ChannelMonitor| -> Vec<_> {
            m.events().map(|(_, event)| (m.channel_id(), event)).collect()
        };
        monitors.flat_map(of).collect()
    }

    /// A full write is asked for where an ack has dropped an event that is stored (`WCH-6`).
    pub(super) fn check_asked(
        &self,
        before: &[(ChannelId, HTLCEvent)],
        asked: &BTreeSet<ChannelId>,
    ) {
        let now = self.listed();
        for (c, event) in before.iter().filter(|listed| !now.contains(listed)) {
            let is_stored = self.newest(*c).events().any(|(_, stored)| stored == *event);
            assert!(!is_stored || asked.contains(c), "{c}: {:#?}", self.taken);
        }
    }
}
