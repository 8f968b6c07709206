//! The model's chain, for the reference; and its names for what the reference tells of it.

use super::Driver;
use crate::names::channel;
use model::state::{self, Chain, Channel, CloseKind, FactKind, Htlc, HtlcSet, Inbound, State};
use reference::{ChannelId, CommitmentOwner, Direction, Fact, HTLCPreviousHopData, HtlcId};
use std::collections::BTreeSet;

impl Driver {
    /// The next block for a monitor: one fact a block.
    pub(super) fn next_fact(&self, before: &State, c: Channel) -> Option<(u32, Fact)> {
        let seen = self.node.monitor(channel(c))?.best_block();
        Some((seen + 1, self.fact(&before.world.chains[c], c, seen as usize)?))
    }

    /// A block of a model chain, for the reference.
    pub(super) fn fact(&self, chain: &Chain, c: Channel, index: usize) -> Option<Fact> {
        let fact = chain.facts().get(index)?;
        let id = |h: Htlc| self.id_on(channel(c), h);
        Some(match fact.kind() {
            FactKind::Spend(h, state::Outcome::Claim) => {
                Fact::PreimageSpend { htlc: id(h)?, payment_preimage: self.names.at(h).preimage }
            }
            FactKind::Spend(h, state::Outcome::Fail) => Fact::TimeoutSpend { htlc: id(h)? },
            FactKind::Buried => Fact::CommitmentFinal,
            FactKind::Commitment | FactKind::None => {
                let owner = match chain.closed {
                    CloseKind::Holder => CommitmentOwner::Holder,
                    CloseKind::Open | CloseKind::Counterparty => CommitmentOwner::Counterparty,
                };
                let with_output = chain.contains.iter().enumerate().filter(|(_, has)| **has);
                let outputs = with_output.filter_map(|(h, _)| id(Htlc::at(h))).collect();
                Fact::CommitmentConfirmed { owner, outputs }
            }
        })
    }

    /// The id of an HTLC on a channel: the last that it was offered under, or came in under.
    pub fn id_on(&self, channel: ChannelId, h: Htlc) -> Option<HtlcId> {
        let name = self.names.at(h);
        match name.hop {
            Some(hop) if hop.channel_id == channel => Some(HtlcId::inbound(hop.htlc_id)),
            _ => {
                let mut offered = self.offered.iter().rev();
                let found = offered.find(|((id, _), offered)| *id == channel && **offered == h);
                found.map(|((_, id), _)| HtlcId::outbound(*id))
            }
        }
    }

    /// The model's name for an HTLC of a channel.
    pub fn named(&self, id: ChannelId, htlc: HtlcId) -> Option<Htlc> {
        match htlc.direction {
            Direction::Outbound => self.offered.get(&(id, htlc.id)).copied(),
            Direction::Inbound => {
                self.names.of_hop(HTLCPreviousHopData { channel_id: id, htlc_id: htlc.id })
            }
        }
    }

    /// The model's names for the outputs of our commitment. Whether the peer ever got an HTLC of
    /// ours, and whether the payer has revoked one of its own, is the world's.
    pub(super) fn outputs(
        &self,
        before: &State,
        c: Channel,
        outputs: &BTreeSet<HtlcId>,
    ) -> HtlcSet {
        let is_there = |htlc: &HtlcId, h: Htlc| match htlc.direction {
            Direction::Outbound => before.world.is_offered(h),
            Direction::Inbound => before.world.inbound[h] == Inbound::Held,
        };
        let named = outputs.iter().filter_map(|id| Some((id, self.named(channel(c), *id)?)));
        named.filter(|(id, h)| is_there(id, *h)).map(|(_, h)| h).collect()
    }
}
