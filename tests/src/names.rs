//! What the model calls channels, HTLCs and events, and what the reference does.
//!
//! A model's HTLC has one name wherever it goes. The reference's has an id on each channel, a hash,
//! a preimage, amounts, and for whoever waits for it another name: all of that is made up here,
//! once for each scenario, and recognised again.

use crate::history::Told;
use arrayvec::ArrayVec;
use model::scenario::{Role, Scenario};
use model::state::{Channel, HTLCS, Htlc};
use model::topology::Topology;
use reference::{
    ChannelId, Event, EventKey, HTLCEvent, HTLCPreviousHopData, HTLCResolution, HTLCSource, HtlcId,
    NewPart, Origin, Outcome, PartId, PaymentHash, PaymentId, PaymentPreimage,
};

/// A model channel's name in the reference.
pub fn channel(channel: Channel) -> ChannelId {
    ChannelId([channel.index() as u8 + 1; 32])
}

/// The number of a channel in the model.
pub fn channel_number(id: ChannelId) -> u64 {
    u64::from(id.0[0]).wrapping_sub(1)
}

/// What a forward costs, in thousandths of a satoshi.
pub const FEE_MSAT: u64 = 1_000;

/// What the reference knows of one HTLC of the model.
#[derive(Clone, Debug)]
pub struct Name {
    /// What the HTLC is to the node.
    pub role: Role,
    /// On the channel that it came in on, if it did.
    pub hop: Option<HTLCPreviousHopData>,
    /// What it is sent for, or received for.
    pub preimage: PaymentPreimage,
    /// Its hash.
    pub payment_hash: PaymentHash,
    /// The amount that comes in, or goes out for an own payment.
    pub amount_msat: u64,
    /// Who waits for it, if it leaves under its own name.
    pub origin: Option<Origin>,
    /// The channel by which it leaves, if it does.
    pub outbound: Option<ChannelId>,
    /// The place of its user event in the queue, if the user hears of it.
    pub key: Option<EventKey>,
    /// The events that tell the user of it, as they have to be.
    events: ArrayVec<(Told, Event), 2>,
}

/// The names of a scenario's HTLCs.
#[derive(Clone, Debug)]
pub struct Names(pub ArrayVec<Name, HTLCS>);

impl Names {
    /// Those of a scenario.
    pub fn of(scenario: &Scenario) -> Names {
        let topology = Topology::of(scenario);
        let mut names: Names = Names(ArrayVec::new());
        for (index, role) in scenario.htlcs.iter().enumerate() {
            let h = Htlc::at(index);
            let hop = role.inbound().map(|c| HTLCPreviousHopData {
                channel_id: channel(c),
                htlc_id: names.came_in_on(channel(c)) as u64,
            });
            // All HTLCs of one payment, or of one forward, have one preimage.
            let first =
                if role.is_further_hop() { topology.leaves_as(h) } else { topology.payment(h) };
            let preimage = PaymentPreimage([first.index() as u8 + 0x40; 32]);
            // A retry moves what the part moved that it replaces.
            let moved = if *role == Role::Retry { topology.payment(h) } else { h };
            names.0.push(Name {
                role: *role,
                hop,
                preimage,
                payment_hash: preimage.payment_hash(),
                amount_msat: 100_000 * (moved.index() as u64 + 1),
                origin: None,
                outbound: role.outbound().map(channel),
                key: None,
                events: ArrayVec::new(),
            });
        }
        for h in topology.htlcs() {
            let origin = names.origin_of(&topology, h);
            let (key, events) = names.events_of(&topology, h, origin);
            let name = &mut names.0[h.index()];
            (name.origin, name.key, name.events) = (origin, key, events);
        }
        names
    }

    fn came_in_on(&self, id: ChannelId) -> usize {
        self.0.iter().filter(|name| name.hop.is_some_and(|hop| hop.channel_id == id)).count()
    }

    fn origin_of(&self, topology: &Topology, h: Htlc) -> Option<Origin> {
        let role = self.0[h.index()].role;
        if role.is_own() {
            let payment = topology.payment(h);
            let is_retry = |part: &Htlc| self.0[part.index()].role == Role::Retry;
            let parts = topology.parts(payment);
            // A retry is made behind the others.
            let before = parts.filter(|part| *part < h && (is_retry(&h) || !is_retry(part)));
            let part = before.count() as u32;
            return Some(Origin::Payment(PartId { payment_id: payment_id(payment), part }));
        }
        role.is_forward().then(|| self.0[h.index()].hop.map(Origin::Forward)).flatten()
    }

    fn events_of(
        &self,
        topology: &Topology,
        h: Htlc,
        origin: Option<Origin>,
    ) -> (Option<EventKey>, ArrayVec<(Told, Event), 2>) {
        let name = &self.0[h.index()];
        let (payment_hash, payment_preimage) = (name.payment_hash, name.preimage);
        let mut events = ArrayVec::new();
        if name.role.is_own() {
            let payment = topology.payment(h);
            let payment_id = payment_id(payment);
            let sent = Event::PaymentSent { payment_id, payment_hash, payment_preimage };
            let failed = Event::PaymentFailed { payment_id, payment_hash };
            events.push((Told::Sent(payment), sent));
            events.push((Told::Failed(payment), failed));
        } else if name.role.is_forward() {
            let event = Event::PaymentForwarded {
                prev_htlcs: self.hops(topology, h),
                next_channel_id: name.outbound.expect("a forward leaves"),
                total_fee_earned_msat: FEE_MSAT,
            };
            events.push((Told::Forwarded(h), event));
        } else if topology.payment(h) == h && name.role.is_received() {
            let parts = topology.parts(h);
            let amount_msat = parts.map(|part| self.0[part.index()].amount_msat).sum();
            events.push((Told::Claimed(h), Event::PaymentClaimed { payment_hash, amount_msat }));
            return (Some(EventKey::Claimed(payment_hash)), events);
        }
        (origin.map(EventKey::Outbound), events)
    }

    /// The inbound HTLCs of a forward.
    pub fn hops(&self, topology: &Topology, h: Htlc) -> Vec<HTLCPreviousHopData> {
        topology.previous_hops(h).filter_map(|hop| self.0[hop.index()].hop).collect()
    }

    /// What is known of an HTLC.
    pub fn at(&self, h: Htlc) -> &Name {
        &self.0[h.index()]
    }

    /// All of them, with their names in the model.
    pub fn all(&self) -> impl Iterator<Item = (Htlc, &Name)> {
        self.0.iter().enumerate().map(|(index, name)| (Htlc::at(index), name))
    }

    /// The HTLC that this one waits for.
    pub fn of_origin(&self, origin: Origin) -> Option<Htlc> {
        self.all().find(|(_, name)| name.origin == Some(origin)).map(|(h, _)| h)
    }

    /// The HTLC that came in so.
    pub fn of_hop(&self, hop: HTLCPreviousHopData) -> Option<Htlc> {
        self.all().find(|(_, name)| name.hop == Some(hop)).map(|(h, _)| h)
    }

    /// The HTLC that an event of a monitor is about, if all that it says of it is right.
    pub fn of_event(&self, event: &HTLCEvent) -> Option<Htlc> {
        let h = self.of_origin(event.source.origin())?;
        let name = self.at(h);
        let is_right = event.payment_hash == name.payment_hash
            && event.amount_msat == self.leaving_msat(h)
            && self.is_source(h, &event.source)
            && event.resolution.preimage().is_none_or(|preimage| preimage == name.preimage);
        is_right.then_some(h)
    }

    /// What a user event tells, if all that it says is right.
    pub fn told(&self, event: &Event) -> Option<Told> {
        let mut events = self.0.iter().flat_map(|name| &name.events);
        events.find(|(_, right)| right == event).map(|(told, _)| *told)
    }

    /// The amount that leaves.
    pub fn leaving_msat(&self, h: Htlc) -> u64 {
        let name = self.at(h);
        if !name.role.is_forward() {
            return name.amount_msat;
        }
        let hash = name.payment_hash;
        let hops = self.0.iter().filter(|hop| hop.hop.is_some() && hop.payment_hash == hash);
        hops.map(|hop| hop.amount_msat).sum::<u64>() - FEE_MSAT
    }

    fn is_source(&self, h: Htlc, source: &HTLCSource) -> bool {
        match source {
            HTLCSource::OutboundRoute { retry_of, .. } => {
                retry_of.is_some() == (self.at(h).role == Role::Retry)
            }
            _ => {
                let hash = self.at(h).payment_hash;
                let hops = self.0.iter().filter(|name| name.payment_hash == hash);
                hops.filter_map(|name| name.hop).eq(source.previous_hops())
            }
        }
    }

    /// The proof of an outcome.
    pub fn resolution(&self, h: Htlc, outcome: Outcome) -> HTLCResolution {
        match outcome {
            Outcome::Claim => HTLCResolution::Claimed(self.at(h).preimage),
            Outcome::Fail => HTLCResolution::Failed,
        }
    }

    /// What the user makes of an own payment: its parts but the retries.
    pub fn parts(&self, topology: &Topology, payment: Htlc) -> Vec<NewPart> {
        let parts = topology.parts(payment).filter(|part| self.at(*part).role != Role::Retry);
        let new = |part: Htlc| NewPart {
            channel_id: self.at(part).outbound.expect("a payment leaves"),
            amount_msat: self.at(part).amount_msat,
            retry_by: topology.shape(part).retry.and_then(|retry| self.at(retry).outbound),
        };
        parts.map(new).collect()
    }

    /// The HTLC's id on the channel that it came in on.
    pub fn inbound_id(&self, h: Htlc) -> Option<HtlcId> {
        self.at(h).hop.map(|hop| hop.htlc())
    }
}

/// The user's name for an own payment.
pub fn payment_id(first: Htlc) -> PaymentId {
    PaymentId([first.index() as u8 + 0x80; 32])
}
