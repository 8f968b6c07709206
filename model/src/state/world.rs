//! What no crash of our node touches: the chain, the peers, the user's own record.

use super::{CHANNELS, HTLCS, Htlc, Outcome, Renaming};
use std::fmt;
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// The most facts on one channel's chain: the commitment, a spend of each HTLC, its burial.
pub const FACTS: usize = HTLCS + 2;

/// Whose commitment transaction confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum CloseKind {
    /// None: the channel is open on chain.
    Open,
    /// Our node's.
    Holder,
    /// The peer's.
    Counterparty,
}

/// A fact on chain, each in a block of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(transparent)]
pub struct Fact(u8);

/// What a [`Fact`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// An unused slot.
    None,
    /// A commitment transaction confirmed.
    Commitment,
    /// The commitment is final: HTLCs without an output in it are gone.
    Buried,
    /// An HTLC's output was spent: with the preimage or, where that is final, by timeout.
    Spend(Htlc, Outcome),
}

impl Fact {
    /// An unused slot.
    pub const NONE: Fact = Fact(0);
    /// A commitment transaction confirmed.
    pub const COMMITMENT: Fact = Fact(1);
    /// The commitment is final: HTLCs without an output in it are gone.
    pub const BURIED: Fact = Fact(2);
    const CLAIM: u8 = 0x10;
    const TIMEOUT: u8 = 0x20;

    /// The preimage spend of an HTLC's output.
    pub const fn claim(htlc: Htlc) -> Fact {
        Fact(Fact::CLAIM | htlc.index() as u8)
    }

    /// The final timeout spend of an HTLC's output.
    pub const fn timeout(htlc: Htlc) -> Fact {
        Fact(Fact::TIMEOUT | htlc.index() as u8)
    }

    /// What it says.
    pub const fn kind(self) -> FactKind {
        let htlc = Htlc::at((self.0 & 0xf) as usize);
        match self.0 & 0xf0 {
            Fact::CLAIM => FactKind::Spend(htlc, Outcome::Claim),
            Fact::TIMEOUT => FactKind::Spend(htlc, Outcome::Fail),
            _ if self.0 == Fact::COMMITMENT.0 => FactKind::Commitment,
            _ if self.0 == Fact::BURIED.0 => FactKind::Buried,
            _ => FactKind::None,
        }
    }

    fn renamed(self, new: &Renaming) -> Fact {
        match self.kind() {
            FactKind::Spend(h, Outcome::Claim) => Fact::claim(new.of(h)),
            FactKind::Spend(h, Outcome::Fail) => Fact::timeout(new.of(h)),
            _ => self,
        }
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind().fmt(f)
    }
}

/// One channel's part of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Chain<const H: usize = HTLCS> {
    /// Whose commitment confirmed.
    pub closed: CloseKind,
    /// Whether the confirmed commitment has an output for the HTLC.
    pub contains: [bool; H],
    /// How many facts there are: the tip.
    pub tip: u8,
    facts: [Fact; FACTS],
}

impl<const H: usize> Chain<H> {
    /// A channel that is open on chain.
    pub const OPEN: Chain<H> =
        Chain { closed: CloseKind::Open, contains: [false; H], tip: 0, facts: [Fact::NONE; FACTS] };

    /// The facts so far, oldest first.
    pub fn facts(&self) -> &[Fact] {
        &self.facts[..usize::from(self.tip)]
    }

    /// The facts in its first blocks: what a monitor with that best block has seen.
    pub fn seen(&self, best_block: u8) -> &[Fact] {
        &self.facts[..usize::from(best_block)]
    }

    /// Adds a block with a fact.
    pub fn confirm(&mut self, fact: Fact) {
        self.facts[usize::from(self.tip)] = fact;
        self.tip += 1;
    }

    /// Forgets in which order the facts of the first blocks came.
    pub fn sort_seen(&mut self, best_block: u8) {
        self.facts[..usize::from(best_block)].sort_unstable();
    }

    /// Whether a fact is on chain.
    pub fn has(&self, fact: Fact) -> bool {
        self.facts().contains(&fact)
    }

    /// Whether a commitment confirmed.
    pub fn is_closed(&self) -> bool {
        self.closed != CloseKind::Open
    }

    /// Whether the HTLC has an output in the confirmed commitment that nobody has spent.
    pub fn is_unspent(&self, htlc: Htlc) -> bool {
        self.contains[htlc] && !self.has(Fact::claim(htlc)) && !self.has(Fact::timeout(htlc))
    }
}

/// What the outbound peer has sent and signed for an HTLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum PeerSigned {
    /// Nothing yet.
    Nothing,
    /// Nothing, but it has sent the preimage: it cannot want to fail it any more.
    Sent,
    /// A commitment in which it is claimed: it cannot fail it off chain any more.
    Claim,
    /// A commitment in which it is failed.
    Fail,
    /// It has not been offered the HTLC.
    Unoffered,
}

/// What became of an HTLC of the inbound channel, in the payer's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Inbound {
    /// Not resolved.
    Held,
    /// Removed off chain, or spent on chain, by preimage: we have the money.
    Claimed,
    /// Removed off chain without preimage: the payer has it back.
    Failed,
    /// Timed out on chain: the payer has it back.
    Expired,
}

/// The user's record holds `PaymentSent` for the HTLC.
pub const RECORD_SENT: u8 = 1;
/// The user's record holds `PaymentFailed` for the HTLC.
pub const RECORD_FAILED: u8 = 2;

/// The user's record holds `PaymentForwarded` for the HTLC.
pub const RECORD_FORWARDED: u8 = 4;
/// The user's record holds `PaymentClaimed` for the payment received.
pub const RECORD_CLAIMED: u8 = 8;

/// The mark an own payment's outcome leaves in the user's record.
pub fn record_mark(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Claim => RECORD_SENT,
        Outcome::Fail => RECORD_FAILED,
    }
}

/// Chain, peers and user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct World<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Each channel's part of the chain.
    pub chains: [Chain<H>; C],
    /// What the outbound peer has signed.
    pub peer: [PeerSigned; H],
    /// What became of the inbound HTLCs.
    pub inbound: [Inbound; H],
    /// Another payment received over the inbound channel is being claimed: until that is done, the
    /// node blocks the channel's revocations.
    pub blocker: bool,
    /// The user's own durable record: a set of [`RECORD_SENT`], [`RECORD_FAILED`],
    /// [`RECORD_FORWARDED`], [`RECORD_CLAIMED`] for each HTLC; that of a payment is at its first
    /// part.
    pub record: [u8; H],
}

impl<const C: usize, const H: usize> World<C, H> {
    /// Whether the outbound peer has been offered the HTLC.
    pub fn is_offered(&self, htlc: Htlc) -> bool {
        self.peer[htlc] != PeerSigned::Unoffered
    }

    /// Whether the outbound peer claims the HTLC: it has sent the preimage, or signed.
    pub fn is_peer_claiming(&self, htlc: Htlc) -> bool {
        matches!(self.peer[htlc], PeerSigned::Sent | PeerSigned::Claim)
    }

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        for chain in &mut self.chains {
            new.apply(&mut chain.contains);
            for fact in &mut chain.facts {
                *fact = fact.renamed(new);
            }
        }
        new.apply(&mut self.peer);
        new.apply(&mut self.inbound);
        new.apply(&mut self.record);
    }
}
