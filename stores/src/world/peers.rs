//! What follows from the lines about peers and the chain.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Error;
use std::path::Path;

use reference::{CommitmentOwner, Fact, HtlcId};

use super::{Lines, WorldLine};
use crate::lab::preimage;

/// Peers and chain.
#[derive(Debug)]
pub struct World {
    lines: Lines<WorldLine>,
    channels: BTreeMap<u64, Channel>,
}

/// What a peer knows of a channel, and the chain.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// What it was offered.
    pub outbound: BTreeMap<u64, Outbound>,
    /// What it offers.
    pub inbound: BTreeMap<u64, Inbound>,
    /// The channel's blocks, from height 1 on: one fact in each.
    pub chain: Vec<Fact>,
}

/// An HTLC that a peer was offered.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// The payment.
    pub payment: u64,
    /// Whether the peer has shown the preimage by a message.
    pub is_fulfilled: bool,
    /// Whether it has signed the removal, as a claim or as a fail.
    pub signed: Option<bool>,
    /// Whether it has our revocation in answer.
    pub has_our_revocation: bool,
    /// Whether it has revoked.
    pub is_revoked: bool,
}

/// An HTLC that a peer offers.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The payment.
    pub payment: u64,
    /// Its amount, in thousandths of a satoshi.
    pub amount_msat: u64,
    /// Whether the peer has our removal, a claim or a fail.
    pub removal: Option<bool>,
    /// Whether it has revoked.
    pub is_revoked: bool,
}

impl World {
    /// Peers and chain as a file has them.
    ///
    /// # Errors
    /// As [`Lines::open`]'s.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (lines, read) = Lines::open(path)?;
        let mut world = World { lines, channels: BTreeMap::new() };
        read.iter().for_each(|line| world.take(line));
        Ok(world)
    }

    /// The channels that ever were.
    pub fn channels(&self) -> &BTreeMap<u64, Channel> {
        &self.channels
    }

    /// A number above those of all payments in the file.
    pub fn next_payment(&self) -> u64 {
        let offered = self.channels.values().flat_map(|channel| channel.outbound.values());
        let offers = self.channels.values().flat_map(|channel| channel.inbound.values());
        let payments = offered.map(|htlc| htlc.payment).chain(offers.map(|htlc| htlc.payment));
        payments.max().map_or(0, |last| last + 1)
    }

    /// Something happens.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&mut self, line: &WorldLine) -> Result<(), Error> {
        self.lines.append(line)?;
        self.take(line);
        Ok(())
    }

    fn take(&mut self, line: &WorldLine) {
        match line {
            WorldLine::Opened { channel } => drop(self.channels.entry(*channel).or_default()),
            WorldLine::Adds { channel, htlc, payment, amount_msat } => {
                let (payment, amount_msat) = (*payment, *amount_msat);
                let added = Inbound { payment, amount_msat, removal: None, is_revoked: false };
                self.channel(*channel).inbound.insert(*htlc, added);
            }
            WorldLine::Offered { channel, htlc, payment } => {
                let offered = Outbound {
                    payment: *payment,
                    is_fulfilled: false,
                    signed: None,
                    has_our_revocation: false,
                    is_revoked: false,
                };
                self.channel(*channel).outbound.insert(*htlc, offered);
            }
            WorldLine::Fulfils { channel, htlc } => {
                self.outbound(*channel, *htlc, |htlc| htlc.is_fulfilled = true);
            }
            WorldLine::Signs { channel, htlc, claims } => {
                self.outbound(*channel, *htlc, |htlc| htlc.signed = Some(*claims));
            }
            WorldLine::HearsRevocation { channel, htlc } => {
                self.outbound(*channel, *htlc, |htlc| htlc.has_our_revocation = true);
            }
            WorldLine::Revokes { channel, outbound: true, htlc } => {
                self.outbound(*channel, *htlc, |htlc| htlc.is_revoked = true);
            }
            WorldLine::Revokes { channel, outbound: false, htlc } => {
                self.inbound(*channel, *htlc, |htlc| htlc.is_revoked = true);
            }
            WorldLine::HearsRemoval { channel, htlc, claims } => {
                self.inbound(*channel, *htlc, |htlc| htlc.removal = Some(*claims));
            }
            WorldLine::Confirms { channel, ours, outputs } => {
                let owner = match ours {
                    true => CommitmentOwner::Holder,
                    false => CommitmentOwner::Counterparty,
                };
                let outputs = outputs.iter().map(|(outbound, id)| htlc_id(*outbound, *id));
                let fact = Fact::CommitmentConfirmed { owner, outputs: outputs.collect() };
                self.channel(*channel).chain.push(fact);
            }
            WorldLine::Spends { channel, outbound, htlc: id, with_preimage } => {
                let htlc = htlc_id(*outbound, *id);
                let channel = self.channel(*channel);
                let payment = channel.payment(htlc).unwrap_or_default();
                channel.chain.push(match with_preimage {
                    true => Fact::PreimageSpend { htlc, payment_preimage: preimage(payment) },
                    false => Fact::TimeoutSpend { htlc },
                });
            }
            WorldLine::Final { channel } => {
                self.channel(*channel).chain.push(Fact::CommitmentFinal);
            }
        }
    }

    fn channel(&mut self, channel: u64) -> &mut Channel {
        self.channels.entry(channel).or_default()
    }

    fn outbound(&mut self, channel: u64, htlc: u64, change: impl FnOnce(&mut Outbound)) {
        self.channel(channel).outbound.get_mut(&htlc).map(change);
    }

    fn inbound(&mut self, channel: u64, htlc: u64, change: impl FnOnce(&mut Inbound)) {
        self.channel(channel).inbound.get_mut(&htlc).map(change);
    }
}

/// An HTLC by its number.
pub fn htlc_id(outbound: bool, id: u64) -> HtlcId {
    match outbound {
        true => HtlcId::outbound(id),
        false => HtlcId::inbound(id),
    }
}

impl Channel {
    /// Whether no commitment has confirmed.
    pub fn is_open(&self) -> bool {
        self.chain.is_empty()
    }

    /// The HTLCs with an output in the commitment that confirmed.
    pub fn outputs(&self) -> BTreeSet<HtlcId> {
        match self.chain.first() {
            Some(Fact::CommitmentConfirmed { outputs, .. }) => outputs.clone(),
            _ => BTreeSet::new(),
        }
    }

    /// Whether the output of an HTLC was spent with its preimage (`true`) or by timeout.
    pub fn spent(&self, htlc: HtlcId) -> Option<bool> {
        self.chain.iter().find_map(|fact| match fact {
            Fact::PreimageSpend { htlc: spent, .. } if *spent == htlc => Some(true),
            Fact::TimeoutSpend { htlc: spent } if *spent == htlc => Some(false),
            _ => None,
        })
    }

    /// Whether the chain has the last word on all HTLCs.
    pub fn is_settled_on_chain(&self) -> bool {
        let is_spent = |htlc| self.spent(htlc).is_some();
        self.chain.contains(&Fact::CommitmentFinal) && self.outputs().into_iter().all(is_spent)
    }

    /// Whether the peer has the money of an HTLC that it was offered.
    pub fn is_claimed(&self, id: u64) -> bool {
        let has_signed = self.outbound.get(&id).is_some_and(|htlc| htlc.signed == Some(true));
        has_signed || self.spent(HtlcId::outbound(id)) == Some(true)
    }

    /// How an HTLC that the peer offers has ended: for us (`true`) or for the payer.
    pub fn ended_upstream(&self, id: u64) -> Option<bool> {
        let htlc = self.inbound.get(&id)?;
        let removed = htlc.removal.filter(|_| htlc.is_revoked);
        removed.or_else(|| self.spent(HtlcId::inbound(id)))
    }

    fn payment(&self, htlc: HtlcId) -> Option<u64> {
        match htlc.is_outbound() {
            true => Some(self.outbound.get(&htlc.id)?.payment),
            false => Some(self.inbound.get(&htlc.id)?.payment),
        }
    }
}
