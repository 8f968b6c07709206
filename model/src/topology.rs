//! What there is in a scenario, beside the state: which HTLC passes which channels, which payment
//! it is a part of, what leaves as what. A run never changes it, so no state carries it.

use crate::scenario::{Role, Scenario};
use crate::state::{CHANNELS, Channel, HTLCS, Htlc, HtlcSet, Renaming};

/// One HTLC's place among channels, payments and forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The channel on which it comes in: a forward's, or that of a payment received.
    pub inbound: Option<Channel>,
    /// The channel on which it leaves under its own name.
    pub outbound: Option<Channel>,
    /// The HTLC that leaves for it: itself or, for another previous hop of a forward (trampoline),
    /// the forward's first.
    pub leaves_as: Htlc,
    /// The payment that it is a part of, by the first part.
    pub payment: Htlc,
    /// The part that is made when this one has failed.
    pub retry: Option<Htlc>,
    /// Whether it is, or may be made, a part of our own payment.
    pub own: bool,
    /// The inbound HTLCs that leave as this one does, itself included.
    hops: HtlcSet,
    /// The parts of its payment, itself included.
    parts: HtlcSet,
}

/// All HTLCs and channels of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topology {
    shapes: [Shape; HTLCS],
    htlcs: HtlcSet,
    /// The channels that there are: bit i for the one at place i.
    channels: u8,
}

impl Topology {
    /// The topology that a scenario's roles make.
    pub fn of(scenario: &Scenario) -> Topology {
        let role = |h: Htlc| scenario.htlcs.get(h.index()).copied();
        let htlcs = HtlcSet::first(scenario.htlcs.len());
        let first = Htlc::at(0);
        let leaves_as = |h| if role(h).is_some_and(Role::is_further_hop) { first } else { h };
        let payment = |h| if role(h).is_some_and(Role::is_further_part) { first } else { h };
        let shape = |h: Htlc| Shape {
            inbound: role(h).and_then(Role::inbound),
            outbound: role(h).and_then(Role::outbound),
            leaves_as: leaves_as(h),
            payment: payment(h),
            retry: HtlcSet::first(HTLCS)
                .find(|other| role(*other) == Some(Role::Retry) && payment(*other) == h),
            own: role(h).is_some_and(Role::is_own),
            hops: htlcs.filter(|other| leaves_as(*other) == leaves_as(h)).collect(),
            parts: htlcs.filter(|other| payment(*other) == payment(h)).collect(),
        };
        Topology {
            shapes: std::array::from_fn(|index| shape(Htlc::at(index))),
            htlcs,
            channels: scenario.channels().fold(0, |set, c| set | 1 << c.index()),
        }
    }

    /// All HTLCs.
    pub fn htlcs(&self) -> HtlcSet {
        self.htlcs
    }

    /// All channels.
    pub fn channels(&self) -> impl Iterator<Item = Channel> + Clone + use<> {
        let channels = self.channels;
        (0..CHANNELS).filter(move |index| channels & 1 << index != 0).map(Channel::at)
    }

    /// Whether the scenario has this channel.
    pub fn has(&self, c: Channel) -> bool {
        self.channels & 1 << c.index() != 0
    }

    /// How many channels and HTLCs a state has to have slots for.
    pub fn size(&self) -> (usize, usize) {
        ((u8::BITS - self.channels.leading_zeros()) as usize, self.htlcs.len())
    }

    /// An HTLC's shape.
    pub fn shape(&self, h: Htlc) -> &Shape {
        &self.shapes[h]
    }

    /// The HTLC that leaves for this one.
    pub fn leaves_as(&self, h: Htlc) -> Htlc {
        self.shapes[h].leaves_as
    }

    /// Whether it leaves under its own name.
    pub fn leaves(&self, h: Htlc) -> bool {
        self.shapes[h].outbound.is_some()
    }

    /// The channel that it leaves by, under its own name or as another; that is where its events
    /// are.
    ///
    /// # Panics
    /// If it does not leave.
    pub fn outbound(&self, h: Htlc) -> Channel {
        self.shapes[self.leaves_as(h)].outbound.expect("the HTLC leaves")
    }

    /// The channel that it came in on.
    ///
    /// # Panics
    /// If it did not come in.
    pub fn inbound(&self, h: Htlc) -> Channel {
        self.shapes[h].inbound.expect("the HTLC came in")
    }

    /// Whether it leaves by this channel under its own name.
    pub fn leaves_by(&self, h: Htlc, c: Channel) -> bool {
        self.shapes[h].outbound == Some(c)
    }

    /// Whether it came in on this channel.
    pub fn came_in_on(&self, h: Htlc, c: Channel) -> bool {
        self.shapes[h].inbound == Some(c)
    }

    /// The HTLCs that leave by a channel.
    pub fn leaving_by(&self, c: Channel) -> impl Iterator<Item = Htlc> + use<'_> {
        self.htlcs.filter(move |h| self.leaves_by(*h, c))
    }

    /// Whether an HTLC is a part of a payment received: it ends here.
    pub fn is_received(&self, h: Htlc) -> bool {
        let shape = &self.shapes[h];
        shape.inbound.is_some() && self.shapes[shape.leaves_as].outbound.is_none()
    }

    /// Whether an HTLC is, or may be made, a part of our own payment.
    pub fn is_own(&self, h: Htlc) -> bool {
        self.shapes[h].own
    }

    /// The inbound HTLCs that leave as this one does, itself included.
    pub fn previous_hops(&self, h: Htlc) -> HtlcSet {
        self.shapes[h].hops
    }

    /// The payment that an HTLC is a part of, by its first part.
    pub fn payment(&self, h: Htlc) -> Htlc {
        self.shapes[h].payment
    }

    /// The parts of the payment that an HTLC is a part of.
    pub fn parts(&self, h: Htlc) -> HtlcSet {
        self.shapes[h].parts
    }

    /// Whether some payment has several parts.
    pub fn has_parts(&self) -> bool {
        self.htlcs.into_iter().any(|h| self.parts(h).len() > 1)
    }

    /// The payments received, by their first part.
    pub fn payments_received(&self) -> impl Iterator<Item = Htlc> + use<'_> {
        self.htlcs.filter(|h| self.is_received(*h) && self.payment(*h) == *h)
    }

    /// The other names under which everything is the same: those that give each HTLC the name of
    /// one with the same place among channels, payments and forwards. That of what is alike the
    /// scenario has to say; a role is more than a shape.
    pub fn renamings(&self, alike: impl Fn(Htlc, Htlc) -> bool) -> Vec<Renaming> {
        let keeps = |new: &Renaming| {
            let same = |h: Htlc| self.shapes[new.of(h)] == self.shapes[h].renamed(new);
            self.htlcs.into_iter().all(|h| alike(h, new.of(h)) && same(h))
        };
        Renaming::of_first(self.htlcs.len()).filter(keeps).collect()
    }
}

impl Shape {
    fn renamed(&self, new: &Renaming) -> Shape {
        let set = |htlcs: HtlcSet| htlcs.map(|h| new.of(h)).collect();
        Shape {
            leaves_as: new.of(self.leaves_as),
            payment: new.of(self.payment),
            retry: self.retry.map(|h| new.of(h)),
            hops: set(self.hops),
            parts: set(self.parts),
            ..*self
        }
    }
}
