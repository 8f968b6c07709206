//! What the reference has asked of the outside, as far as that can still act on it: messages that
//! its peers have, commitments and claims for the chain, events in the user's hands.
//!
//! A crash takes none of that back, and yet the driver forgets it there: peers reconnect and wait
//! to hear again what the node knows to have sent, and so do the chain and the user.

use super::Driver;
use crate::names::Names;
use model::state::{Channel, Htlc, Inbound, Stage, State, Update, UpdateKind};
use model::topology::Topology;
use reference::{
    ChannelId, EventKey, HTLCPreviousHopData, HtlcId, Message, OnChain, Outcome, Output,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the reference has asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outside {
    /// Messages that a peer has not answered.
    pub messages: BTreeSet<(ChannelId, Message)>,
    /// Commitments to be broadcast: the HTLCs that have an output.
    pub commitments: BTreeMap<ChannelId, BTreeSet<HtlcId>>,
    /// Inbound HTLCs whose outputs are to be claimed.
    pub claims: BTreeSet<Htlc>,
    /// Events that the user was handed, and has not handled.
    pub delivered: BTreeSet<EventKey>,
}

impl Outside {
    /// Takes in an output that is no write.
    pub fn take(&mut self, names: &Names, output: Output) {
        match output {
            Output::Send { channel_id, message } => {
                self.messages.insert((channel_id, message));
            }
            Output::OnChain(OnChain::BroadcastHolderCommitment { channel_id, outputs }) => {
                self.commitments.insert(channel_id, outputs);
            }
            Output::OnChain(OnChain::ClaimHTLCOutput { channel_id, htlc_id, payment_preimage }) => {
                let hop = HTLCPreviousHopData { channel_id, htlc_id };
                let htlc = names.of_hop(hop);
                let is_right = |h: &Htlc| names.at(*h).preimage == payment_preimage;
                self.claims.extend(htlc.filter(is_right));
            }
            Output::Deliver { key, .. } => {
                self.delivered.insert(key);
            }
            _ => {}
        }
    }

    /// Whether the peer was offered an HTLC of ours.
    pub fn was_offered(&self, channel: ChannelId, htlc: u64) -> bool {
        self.messages.iter().any(|(id, message)| {
            *id == channel
                && matches!(message, Message::UpdateAddHTLC { htlc_id, .. } if *htlc_id == htlc)
        })
    }

    /// How a commitment was signed without an HTLC, as the peer knows it: for one of its own HTLCs
    /// how that ends, for one of ours that we have answered.
    pub fn signed(&self, channel: ChannelId, htlc: HtlcId) -> Option<Outcome> {
        let on_channel = self.messages.iter().filter(|(id, _)| *id == channel);
        let mut outcomes = on_channel.filter_map(|(_, message)| match *message {
            Message::RevokeAndACK { htlc_id } if htlc == HtlcId::outbound(htlc_id) => {
                Some(Outcome::Fail)
            }
            Message::UpdateFulfillHTLC { htlc_id, .. } if htlc == HtlcId::inbound(htlc_id) => {
                Some(Outcome::Claim)
            }
            Message::UpdateFailHTLC { htlc_id } if htlc == HtlcId::inbound(htlc_id) => {
                Some(Outcome::Fail)
            }
            _ => None,
        });
        outcomes.next()
    }

    /// Whether the whole of it is empty.
    fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.commitments.is_empty() && self.claims.is_empty()
    }
}

impl Driver {
    /// Forgets what nobody can act on any more, in the world as it is now.
    pub(super) fn forget(&mut self, now: &State) {
        if self.outside.is_empty() {
            return;
        }
        let topology = &self.setting.topology;
        let channel_of = |id: ChannelId| Channel::at(crate::names::channel_number(id) as usize);
        let is_open = |(id, message): &(ChannelId, Message)| {
            let c = channel_of(*id);
            goes_on(now, c) && self.is_unanswered(now, (*id, c), message)
        };
        // An update that signs a newer one, and is not reported, takes a commitment back (MON-10).
        let stands = |id: &ChannelId| {
            let c = channel_of(*id);
            !now.world.chains[c].is_closed() && !has_unreported_signature(topology, now, c)
        };
        let is_there = |h: &Htlc| {
            let is_there = now.world.chains[topology.inbound(*h)].contains[*h];
            is_there && now.world.inbound[*h] == Inbound::Held
        };
        let Outside { messages, commitments, claims, delivered } = &*self.outside;
        if messages.iter().all(is_open)
            && commitments.keys().all(stands)
            && claims.iter().all(is_there)
        {
            return;
        }
        self.outside = Arc::new(Outside {
            messages: messages.iter().filter(|message| is_open(message)).copied().collect(),
            commitments: commitments
                .iter()
                .filter(|(id, _)| stands(id))
                .map(|(id, outputs)| (*id, outputs.clone()))
                .collect(),
            claims: claims.iter().filter(|h| is_there(h)).copied().collect(),
            delivered: delivered.clone(),
        });
    }

    fn is_unanswered(&self, now: &State, (id, c): (ChannelId, Channel), message: &Message) -> bool {
        let stage = |h: Option<Htlc>| h.map(|h| now.node.monitors[c].data.stages[h]);
        let ours = |htlc_id: u64| stage(self.offered.get(&(id, htlc_id)).copied());
        let theirs = |htlc_id: u64| {
            stage(self.names.of_hop(HTLCPreviousHopData { channel_id: id, htlc_id }))
        };
        match *message {
            Message::UpdateAddHTLC { htlc_id, .. } => ours(htlc_id) == Some(Stage::Committed),
            Message::RevokeAndACK { htlc_id } => ours(htlc_id).is_some_and(Stage::is_signed),
            Message::UpdateFulfillHTLC { htlc_id, .. } | Message::UpdateFailHTLC { htlc_id } => {
                theirs(htlc_id).is_some_and(Stage::is_signed)
            }
            _ => true,
        }
    }
}

/// Whether an update that signs a commitment of ours is in flight, and not reported.
fn has_unreported_signature(topology: &Topology, now: &State, c: Channel) -> bool {
    let (manager, completed) = (&now.node.manager, now.node.monitors[c].completed);
    let in_flight = manager.in_flight(c);
    let first = (usize::from(manager.update_id[c]) + 1).saturating_sub(in_flight.len());
    // What is deferred is in no commitment of the Monitor.
    let applied = usize::from(now.node.monitors[c].data.update_id);
    let unreported = usize::from(completed) + 1..=applied;
    let unreported = in_flight.iter().zip(first..).filter(|(_, id)| unreported.contains(id));
    let signs = |update: &Update| {
        update.kind() == UpdateKind::Commit && topology.leaves_by(update.htlc(), c)
    };
    // Before the background step all that the Monitor has counts as reported.
    now.node.resumed[c] && unreported.map(|(update, _)| update).any(signs)
}

/// Whether a channel goes on, so that its peer answers (SPEC.md, ENV-4).
pub fn goes_on(now: &State, c: Channel) -> bool {
    let monitor = &now.node.monitors[c].data;
    now.node.manager.open[c] && !now.world.chains[c].is_closed() && !monitor.lockdown
}
