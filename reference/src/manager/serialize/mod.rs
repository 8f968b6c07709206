//! The stored form of the Manager (SPEC section 4.1).

mod channel;
mod events;
mod payments;

use std::collections::BTreeSet;

use super::{ChannelManager, QueuedEvent};
use crate::codec::{DecodeError, Reader, Writer, record};

impl ChannelManager {
    /// All of the Manager that a full write holds. Forward acks, due acks, those that wait for the
    /// user and the handler under way are not in it.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::object();
        out.list(record::MANAGER_PAYMENTS, self.payments.iter(), |out, (id, payment)| {
            out.bytes(&id.0);
            out.prefixed(|out| payment.write_to(out));
        });
        out.list(record::MANAGER_RECEIVED, self.received.iter(), |out, (hash, payment)| {
            out.bytes(&hash.0);
            out.prefixed(|out| payment.write_to(out));
        });
        // A channel whose Monitor may not be stored yet is none, for a load.
        let channels: Vec<_> = self.channels.iter().filter(|(_, c)| !c.is_new).collect();
        out.list(record::MANAGER_CHANNELS, channels.into_iter(), |out, (id, channel)| {
            out.bytes(&id.0);
            out.prefixed(|out| channel.write_to(out));
        });
        out.list(record::MANAGER_FORWARDS, self.forwards.values(), |out, forward| {
            out.prefixed(|out| forward.write_to(out));
        });
        // `MGR-22`: "The Manager MUST NOT include in a write the id of an event." After a load the
        // event comes again, and its ack joins the user event then (`MGR-6`).
        out.list(record::MANAGER_EVENTS, self.pending_events.iter(), |out, (key, queued)| {
            events::write_key(out, key);
            out.prefixed(|out| events::write(out, &queued.event));
        });
        out.finish()
    }

    /// Reads what [`ChannelManager::write`] wrote. What is never written is empty.
    ///
    /// # Errors
    /// Says where the bytes are no Manager, and why.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut input = Reader::object(bytes)?;
        let payments = input.map(record::MANAGER_PAYMENTS, "payments", payments::read)?;
        let received =
            input.map(record::MANAGER_RECEIVED, "payments received", channel::received)?;
        let channels = input.map(record::MANAGER_CHANNELS, "channels", channel::read)?.into();
        let forwards = input.map(record::MANAGER_FORWARDS, "forwards", channel::forward)?;
        let pending_events = input.map(record::MANAGER_EVENTS, "user events", |input| {
            let key = events::read_key(input)?;
            let event = input.stream("user event", events::read)?;
            Ok((key, QueuedEvent { event, actions: BTreeSet::new() }))
        })?;
        let end = input.finish()?;
        let manager = ChannelManager {
            channels,
            payments: payments.into(),
            forwards: forwards.into(),
            received: received.into(),
            pending_events: pending_events.into(),
            ..ChannelManager::default()
        };
        match manager.contradiction() {
            Some((what, why)) => Err(end.inconsistent(what, why)),
            None => Ok(manager),
        }
    }

    /// What of its fields contradicts others, and how.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let channels = || self.channels.values();
        let knows = |id: &_| self.channels.contains(*id);
        let mut parts = self.payments.values().flat_map(|payment| payment.parts.values());
        let checks = [
            (
                !channels().all(|c| c.is_open || c.blocked_monitor_updates.is_empty()),
                "blocked",
                "closed",
            ),
            (!channels().all(super::Channel::is_in_order), "updates in flight", "not its last ids"),
            (!parts.all(|part| knows(&part.channel_id)), "payments", "of an unknown channel"),
            (
                !self.forwards.values().all(|f| knows(&f.next_channel_id)),
                "forwards",
                "unknown channel",
            ),
            (!self.hops_agree(), "forwards", "its previous hops are others"),
            (!self.parts_agree(), "payments received", "its parts are others"),
            (
                !self.pending_events.iter().all(|(k, q)| self.has_led_to(k, &q.event)),
                "user events",
                "not so",
            ),
        ];
        checks.into_iter().find_map(|(is_wrong, what, why)| is_wrong.then_some((what, why)))
    }
}
