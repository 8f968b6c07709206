//! What no crash of our node touches: the chain, the peers, the user's own record.

use super::{CHANNELS, HTLCS, Outcome};
use zerocopy::{Immutable, IntoBytes};

/// The most facts on one channel's chain: the commitment, two spends, its burial.
pub const FACTS: usize = 4;

/// Whose commitment transaction confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
#[repr(u8)]
pub enum Fact {
    /// An unused slot.
    None,
    /// A commitment transaction confirmed.
    Commitment,
    /// HTLC 0's output was spent with the preimage.
    Claim0,
    /// HTLC 1's output was spent with the preimage.
    Claim1,
    /// The timeout spend of HTLC 0's output is final.
    Timeout0,
    /// The timeout spend of HTLC 1's output is final.
    Timeout1,
    /// The commitment is final: HTLCs without an output in it are gone.
    Buried,
}

impl Fact {
    /// The preimage spend of an HTLC's output.
    pub fn claim(htlc: usize) -> Fact {
        [Fact::Claim0, Fact::Claim1][htlc]
    }

    /// The final timeout spend of an HTLC's output.
    pub fn timeout(htlc: usize) -> Fact {
        [Fact::Timeout0, Fact::Timeout1][htlc]
    }

    /// The HTLC and the outcome of a spend.
    pub fn spend(self) -> Option<(usize, Outcome)> {
        match self {
            Fact::Claim0 => Some((0, Outcome::Claim)),
            Fact::Claim1 => Some((1, Outcome::Claim)),
            Fact::Timeout0 => Some((0, Outcome::Fail)),
            Fact::Timeout1 => Some((1, Outcome::Fail)),
            Fact::None | Fact::Commitment | Fact::Buried => None,
        }
    }

    fn swapped(self) -> Fact {
        match self.spend() {
            Some((htlc, Outcome::Claim)) => Fact::claim(htlc ^ 1),
            Some((htlc, Outcome::Fail)) => Fact::timeout(htlc ^ 1),
            None => self,
        }
    }
}

/// One channel's part of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
#[repr(C)]
pub struct Chain {
    /// Whose commitment confirmed.
    pub closed: CloseKind,
    /// Whether the confirmed commitment has an output for the HTLC.
    pub contains: [bool; HTLCS],
    /// How many facts there are: the tip.
    pub tip: u8,
    facts: [Fact; FACTS],
}

impl Chain {
    /// A channel that is open on chain.
    pub const OPEN: Chain = Chain {
        closed: CloseKind::Open,
        contains: [false; HTLCS],
        tip: 0,
        facts: [Fact::None; FACTS],
    };

    /// The facts so far, oldest first.
    pub fn facts(&self) -> &[Fact] {
        &self.facts[..usize::from(self.tip)]
    }

    /// Adds a block with a fact.
    pub fn confirm(&mut self, fact: Fact) {
        self.facts[usize::from(self.tip)] = fact;
        self.tip += 1;
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
    pub fn is_unspent(&self, htlc: usize) -> bool {
        self.contains[htlc] && !self.has(Fact::claim(htlc)) && !self.has(Fact::timeout(htlc))
    }
}

/// What the outbound peer has sent and signed for an HTLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable)]
#[repr(C)]
pub struct World {
    /// Each channel's part of the chain.
    pub chains: [Chain; CHANNELS],
    /// What the outbound peer has signed.
    pub peer: [PeerSigned; HTLCS],
    /// What became of the inbound HTLCs.
    pub inbound: [Inbound; HTLCS],
    /// HTLC 1 is a previous hop of the forward that leaves as HTLC 0 (trampoline).
    pub trampoline: bool,
    /// HTLC 1 is another part of the payment that HTLC 0 is a part of (MPP).
    pub several_parts: bool,
    /// HTLC 1 is a retry: a part that is made when HTLC 0 has failed.
    pub retries: bool,
    /// The HTLC is a part of a payment received: it ends here, and does not leave.
    pub received: [bool; HTLCS],
    /// Another payment received over the inbound channel is being claimed: until that is done, the
    /// node blocks the channel's revocations.
    pub blocker: bool,
    /// The user's own durable record: a set of [`RECORD_SENT`], [`RECORD_FAILED`],
    /// [`RECORD_FORWARDED`], [`RECORD_CLAIMED`] for each HTLC; that of a payment is at its first
    /// part.
    pub record: [u8; HTLCS],
}

impl World {
    /// The outbound HTLC that an inbound one leaves as: its own or, for another previous hop of the
    /// same forward, that of the first.
    pub fn leaves_as(&self, htlc: usize) -> usize {
        if self.trampoline { 0 } else { htlc }
    }

    /// The inbound HTLCs that leave as this one does, itself included.
    pub fn previous_hops(&self, htlc: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (trampoline, leaves_as) = (self.trampoline, self.leaves_as(htlc));
        (0..HTLCS).filter(move |hop| trampoline || *hop == leaves_as)
    }

    /// Whether an HTLC lies on the outbound channel under its own name.
    pub fn leaves(&self, htlc: usize) -> bool {
        self.leaves_as(htlc) == htlc && !self.received[htlc]
    }

    /// The payment that an HTLC is a part of, by its first part.
    pub fn payment(&self, htlc: usize) -> usize {
        if self.several_parts { 0 } else { htlc }
    }

    /// The parts of the payment that an HTLC is a part of.
    pub fn parts(&self, htlc: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let several = self.several_parts;
        (0..HTLCS).filter(move |part| several || *part == htlc)
    }

    /// What the user has recorded of the payment that an HTLC is a part of.
    pub fn payment_record(&self, htlc: usize) -> u8 {
        self.record[self.payment(htlc)]
    }

    /// Whether the outbound peer has been offered the HTLC.
    pub fn is_offered(&self, htlc: usize) -> bool {
        self.peer[htlc] != PeerSigned::Unoffered
    }

    /// Whether the outbound peer claims the HTLC: it has sent the preimage, or signed.
    pub fn is_peer_claiming(&self, htlc: usize) -> bool {
        matches!(self.peer[htlc], PeerSigned::Sent | PeerSigned::Claim)
    }

    /// Whether the outbound peer has shown us the preimage: in a message, by a signed commitment,
    /// or by a spend.
    pub fn is_revealed(&self, htlc: usize) -> bool {
        let chain = &self.chains[super::OUTBOUND];
        self.is_peer_claiming(htlc) || chain.has(Fact::claim(htlc))
    }

    /// Exchanges the two HTLCs.
    pub fn swap_htlcs(&mut self) {
        for chain in &mut self.chains {
            chain.contains.swap(0, 1);
            for fact in &mut chain.facts {
                *fact = fact.swapped();
            }
        }
        self.peer.swap(0, 1);
        self.inbound.swap(0, 1);
        self.received.swap(0, 1);
        self.record.swap(0, 1);
    }
}
