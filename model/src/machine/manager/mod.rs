//! The Manager: dispatch of events, and when each one is acked. SPEC.md section 5.3.
//!
//! A transition has a [`Desk`]: the Manager, and a list of what it calls on others. Nothing that it
//! calls happens before it is done.

pub(super) mod acks;
pub(super) mod blocked;
pub(super) mod close;
pub(super) mod dispatch;
pub(super) mod forwards;
pub(super) mod holding_cell;
pub(super) mod payments;
pub(super) mod received;

use super::Machine;
use crate::call::{Call, Calls};
use crate::protocol::Protocol;
use crate::state::{Ack, Channel, Manager, Source, Update, UpdateKind};

/// The Manager in a step: what its transitions may touch, and whom they call.
pub(super) struct Desk<'a, const C: usize, const H: usize> {
    /// What a write of it holds.
    pub manager: &'a mut Manager<C, H>,
    /// Sources before their ack point.
    pub forward_acks: &'a mut [Source; H],
    /// Acks that are due.
    pub acks: &'a mut [Ack; H],
    /// The channels whose Monitors the Watch has archived.
    pub archived: [bool; C],
    /// What it has called so far.
    pub calls: &'a mut Calls,
}

impl<const C: usize, const H: usize> Desk<'_, C, H> {
    /// Generates an update: it is listed, and handed to the Watch.
    pub fn submit(&mut self, c: Channel, update: Update) {
        // Id and list go together: a Manager that is written with the id but not the update has to
        // refuse to start where the Monitor lacks it (GUA-7).
        self.manager.list_update(c, update);
        let id = self.manager.update_id[c];
        self.calls.push(Call::Update { channel: c, id, update });
    }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// Takes in `Completed`: drops the updates in flight up to an id, and lets what waited for them
    /// go on.
    pub(super) fn complete_up_to(&self, d: &mut Desk<C, H>, c: Channel, update_id: u8) {
        // `channel_monitor_updated`. A report may be older than the list: it may name updates that
        // are gone, and must not touch those behind them.
        let covered = covered(d.manager, c, update_id);
        if covered > 0 {
            // Copied before the list is cut, as what goes on depends on what has completed.
            let complete = d.manager.in_flight[c];
            let listed = d.manager.in_flight_len(c);
            // MGR-9: exactly those that it covers.
            d.manager.drop_oldest_in_flight(c, self.protocol.completed(covered, listed));
            self.go_on_after(d, c, &complete[..covered]);
        }
        // Also where nothing was covered: what the list says of an inbound HTLC is all that the ack
        // point asks for.
        self.release_forward_acks(d);
    }

    /// What waited for a channel's updates to be complete.
    ///
    /// They stand for the `MonitorUpdateCompletionAction`s of LDK. Here they are no stored list:
    /// each is found anew from the state, so that a load, which may find updates complete without a
    /// report, runs none too few.
    pub(super) fn go_on_after(&self, d: &mut Desk<C, H>, c: Channel, complete: &[Update]) {
        // An HTLC goes out to its peer now and not before: a peer could claim one that a crash
        // makes the node forget.
        let offers = complete.iter().filter(|update| update.kind() == UpdateKind::Offer);
        d.calls.extend(offers.map(|update| Call::Offer(update.htlc())));
        self.tell_promised(d);
        self.tell_claims(d);
        self.fail_holding_cell(d, c, false);
    }
}

/// How many of a channel's updates in flight a Monitor lacks that has those up to this one.
pub(super) fn lacking<const C: usize, const H: usize>(
    manager: &Manager<C, H>,
    c: Channel,
    update_id: u8,
) -> usize {
    manager.in_flight_len(c) - covered(manager, c, update_id)
}

/// How many of a channel's updates in flight have ids up to this one.
pub(super) fn covered<const C: usize, const H: usize>(
    manager: &Manager<C, H>,
    c: Channel,
    update_id: u8,
) -> usize {
    // Ids are consecutive, the list ends at the newest one; so a count does instead of ids.
    let newer = usize::from(manager.update_id[c].saturating_sub(update_id));
    manager.in_flight_len(c).saturating_sub(newer)
}
