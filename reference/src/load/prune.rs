//! What a load may forget.

use std::sync::Arc;

use crate::event::EventKey;
use crate::manager::{ChannelManager, InboundHtlcState, PartState, Telling};
use crate::monitor::ChannelMonitor;
use crate::node::{Node, NotNow, StepError};
use crate::persist::Persist;
use crate::types::{Origin, PartId};

impl<P: Persist> Node<P> {
    /// Forgets payments and forwards that are over, between [`Node::load`] and
    /// [`Node::start_watch`]: settled, told and handled, and of no HTLC that a Monitor lists or has
    /// an event of. Only a load can tell that: what it has read is what is stored, and no later
    /// version goes back behind it (`STO-10`). So nobody will ever bring the HTLC up again, and
    /// `RST-8` and `RST-13` have nothing to say of it.
    ///
    /// # Errors
    /// The Monitors are in the Watch.
    pub fn prune(&mut self) -> Result<usize, StepError> {
        if self.is_watching() {
            return Err(NotNow::AlreadyWatched.into());
        }
        let monitors: Vec<&ChannelMonitor> = self.unwatched.values().collect();
        let pruned = self.manager.prune(&monitors);
        let manager = &self.manager;
        for monitor in self.unwatched.values_mut() {
            monitor.prune(|source| manager.waits_for(source.origin()));
        }
        Ok(pruned)
    }
}

impl ChannelManager {
    fn prune(&mut self, monitors: &[&ChannelMonitor]) -> usize {
        let is_needed = |origin: Origin, manager: &ChannelManager| {
            manager.pending_events.contains_key(&EventKey::Outbound(origin))
                || monitors.iter().any(|monitor| monitor.knows_origin(origin))
                || manager.is_offered_in_flight(origin)
        };
        let payments = self.payments.iter().filter(|(id, payment)| {
            let settled = payment.parts.values().all(|p| matches!(p.state, PartState::Settled(_)));
            let needed = |part: PartId| is_needed(Origin::Payment(part), self);
            settled && !payment.part_ids(**id).any(needed)
        });
        let payments: Vec<_> = payments.map(|(id, _)| *id).collect();
        let is_gone = |hop: &_| {
            let state = self.inbound_htlc(*hop).map(|htlc| htlc.state);
            let monitor = monitors.iter().find(|monitor| monitor.channel_id() == hop.channel_id);
            let is_listed = monitor.is_some_and(|monitor| monitor.lists(hop.htlc()));
            let is_revoking = self.is_revoking(hop.channel_id, hop.htlc());
            state == Some(InboundHtlcState::Resolved) && !is_listed && !is_revoking
        };
        let forwards = self.forwards.iter().filter(|(first, forward)| {
            forward.prev_htlcs.iter().all(is_gone) && !is_needed(Origin::Forward(**first), self)
        });
        let forwards: Vec<_> = forwards.map(|(first, _)| *first).collect();
        let received = self.received.iter().filter(|(hash, payment)| {
            let keys = [EventKey::Claimable(**hash), EventKey::Claimed(**hash)];
            payment.telling == Telling::Queued
                && payment.parts.iter().all(is_gone)
                && !keys.iter().any(|key| self.pending_events.contains_key(key))
        });
        let received: Vec<_> = received.map(|(payment_hash, _)| *payment_hash).collect();
        let pruned = payments.len() + forwards.len() + received.len();
        for id in payments {
            Arc::make_mut(&mut self.payments).remove(&id);
        }
        let forwards =
            forwards.iter().filter_map(|first| Arc::make_mut(&mut self.forwards).remove(first));
        let mut hops: Vec<_> = forwards.flat_map(|forward| forward.prev_htlcs).collect();
        let received =
            received.iter().filter_map(|hash| Arc::make_mut(&mut self.received).remove(hash));
        hops.extend(received.flat_map(|payment| payment.parts));
        for hop in hops {
            if let Some(channel) = self.channels.get_mut(hop.channel_id) {
                channel.inbound_htlcs.remove(&hop.htlc_id);
            }
        }
        pruned
    }

    /// Whether somebody waits for the outcome, or to hear of it.
    fn waits_for(&self, origin: Origin) -> bool {
        let waits = match origin {
            Origin::Payment(part) => self.awaits_part(part),
            Origin::Forward(first) => self.awaits_outcome(first),
        };
        waits || self.pending_events.contains_key(&EventKey::Outbound(origin))
    }

    /// Whether an update that offers the HTLC is listed, which a background step will submit.
    fn is_offered_in_flight(&self, origin: Origin) -> bool {
        use crate::update::ChannelMonitorUpdateStep::OfferHTLC;
        let offers = |step: &_| matches!(step, OfferHTLC(_, source) if source.origin() == origin);
        self.channels.values().any(|channel| channel.lists(offers))
    }
}
