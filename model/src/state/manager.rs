//! The `ChannelManager`: channels, what each HTLC waits for, monitor updates in flight.

use super::{CHANNELS, Channel, HTLCS, Htlc, NO_ID, Outcome, Renaming};
use std::fmt;
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// The most monitor updates in flight on one channel.
pub const UPDATES: usize = 2;

/// What a `ChannelMonitorUpdate` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum UpdateKind {
    /// An unused slot.
    None,
    /// A commitment with the HTLC, which is offered to the peer once the update is complete.
    Offer,
    /// A commitment without the HTLC is signed; a claim carries the preimage.
    Commit,
    /// The counterparty revoked the commitment that had the HTLC.
    Revoke,
    /// The channel is force-closed.
    Close,
}

/// A `ChannelMonitorUpdate`: what it does, to which HTLC and, where a commitment is signed, how it
/// ends. One byte, because there are many.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(transparent)]
pub struct Update(u8);

impl Update {
    /// An unused slot.
    pub const NONE: Update = Update::new(UpdateKind::None, Htlc::at(0), Outcome::Claim);
    /// The force-close update.
    pub const CLOSE: Update = Update::new(UpdateKind::Close, Htlc::at(0), Outcome::Claim);

    const fn new(kind: UpdateKind, htlc: Htlc, outcome: Outcome) -> Update {
        Update((kind as u8) << 5 | (htlc.index() as u8) << 1 | outcome as u8)
    }

    /// A commitment with the HTLC.
    pub const fn offer(htlc: Htlc) -> Update {
        Update::new(UpdateKind::Offer, htlc, Outcome::Claim)
    }

    /// A commitment without the HTLC.
    pub const fn commit(htlc: Htlc, outcome: Outcome) -> Update {
        Update::new(UpdateKind::Commit, htlc, outcome)
    }

    /// The revocation of the commitment that had the HTLC.
    pub const fn revoke(htlc: Htlc) -> Update {
        Update::new(UpdateKind::Revoke, htlc, Outcome::Claim)
    }

    /// What it does.
    pub const fn kind(self) -> UpdateKind {
        const KINDS: [UpdateKind; 5] = [
            UpdateKind::None,
            UpdateKind::Offer,
            UpdateKind::Commit,
            UpdateKind::Revoke,
            UpdateKind::Close,
        ];
        KINDS[(self.0 >> 5) as usize]
    }

    /// The HTLC it is about; the first for a close.
    pub const fn htlc(self) -> Htlc {
        Htlc::at((self.0 >> 1 & 0xf) as usize)
    }

    /// How the HTLC ends, where it is a commitment; [`Outcome::Claim`] otherwise.
    pub const fn outcome(self) -> Outcome {
        if self.0 & 1 == Outcome::Claim as u8 { Outcome::Claim } else { Outcome::Fail }
    }

    /// Whether it moves an HTLC on; a close does not.
    fn names_htlc(self) -> bool {
        matches!(self.kind(), UpdateKind::Offer | UpdateKind::Commit | UpdateKind::Revoke)
    }

    /// Whether it moves this HTLC on.
    pub fn is_about(self, htlc: Htlc) -> bool {
        self.names_htlc() && self.htlc() == htlc
    }
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {:?}", self.kind(), self.htlc(), self.outcome())
    }
}

/// What the manager knows of one HTLC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Status {
    /// No such HTLC in this scenario.
    Unused,
    /// Own payment, or the retry of one, that the manager knows nothing of: it was not made, or the
    /// manager is older.
    Unmade,
    /// Own payment in the holding cell: no update has offered it.
    Unsent,
    /// Own payment, outcome unknown.
    Waiting,
    /// Own payment, `PaymentSent` is in the user-event queue, with its ack action if an event came.
    QueuedClaim,
    /// Own payment, `PaymentFailed` is in the user-event queue, with its ack action if an event
    /// came.
    QueuedFail,
    /// Own payment, claimed: the user handled `PaymentSent`, or another part tells it.
    DoneClaim,
    /// Own payment, failed: the user handled `PaymentFailed`, or another part has the last word.
    DoneFail,
    /// Forward, held on the inbound channel, in the outbound one's holding cell.
    UnsentForward,
    /// Forward, held on the inbound channel, outcome unknown.
    Held,
    /// Forward, its fail waits in the forward queue (`HTLCForwardInfo::Fail*`).
    FailQueued,
    /// Forward, or part of a payment received: the claim went to the inbound monitor and peer.
    SignedClaim,
    /// Forward, the fail went to the inbound monitor and peer.
    SignedFail,
    /// Forward, or part of a payment received: irrevocably removed from the inbound channel after
    /// a claim.
    GoneClaim,
    /// Forward, failed, and nothing is left to do on the inbound channel.
    GoneFail,
    /// Part of a payment received, which the user may claim.
    Claimable,
}

impl Status {
    /// Whether the slot holds an own payment.
    pub fn is_own(self) -> bool {
        (Status::Unmade..=Status::DoneFail).contains(&self)
    }

    /// Whether the slot holds an HTLC of the inbound channel: a forward, or a part of a payment
    /// received. Which of them, the world knows.
    pub fn is_inbound(self) -> bool {
        self >= Status::UnsentForward
    }

    /// Whether the manager still needs somebody to tell it the outcome.
    pub fn waits(self) -> bool {
        self.is_unsent() || matches!(self, Status::Waiting | Status::Held)
    }

    /// Whether it is in the holding cell of the outbound channel.
    pub fn is_unsent(self) -> bool {
        matches!(self, Status::Unsent | Status::UnsentForward)
    }

    /// What it becomes once an update offers it, or a monitor is found to know it.
    pub fn offered(self) -> Status {
        match self {
            Status::Unsent => Status::Waiting,
            Status::UnsentForward => Status::Held,
            other => other,
        }
    }

    /// Whether a user event is queued for it.
    pub fn is_queued(self) -> bool {
        matches!(self, Status::QueuedClaim | Status::QueuedFail)
    }

    /// The outcome it knows.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Status::Unused
            | Status::Unmade
            | Status::Unsent
            | Status::Waiting
            | Status::UnsentForward
            | Status::Held
            | Status::Claimable => None,
            Status::QueuedClaim | Status::DoneClaim | Status::SignedClaim | Status::GoneClaim => {
                Some(Outcome::Claim)
            }
            Status::QueuedFail
            | Status::DoneFail
            | Status::FailQueued
            | Status::SignedFail
            | Status::GoneFail => Some(Outcome::Fail),
        }
    }

    /// `PaymentSent` or `PaymentFailed` is queued.
    pub fn queued(outcome: Outcome) -> Status {
        match outcome {
            Outcome::Claim => Status::QueuedClaim,
            Outcome::Fail => Status::QueuedFail,
        }
    }

    /// The user handled the event.
    pub fn done(outcome: Outcome) -> Status {
        match outcome {
            Outcome::Claim => Status::DoneClaim,
            Outcome::Fail => Status::DoneFail,
        }
    }

    /// Irrevocably removed from the inbound channel.
    pub fn gone(outcome: Outcome) -> Status {
        match outcome {
            Outcome::Claim => Status::GoneClaim,
            Outcome::Fail => Status::GoneFail,
        }
    }
}

/// Whether the user is told of a forward that was claimed (`PaymentForwarded`), or of a payment
/// received that was (`PaymentClaimed`, at its first part).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Told {
    /// No: it is an own payment or a further part, or the scenario has no such events.
    Never,
    /// Not yet.
    NotYet,
    /// A completion action will queue the event. SPEC.md has no such promise.
    Promised,
    /// The event is in the user-event queue.
    Queued,
    /// The user handled it.
    Handled,
}

/// What a manager write holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Manager<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// Whether the channel is open in the manager's view.
    pub open: [bool; C],
    /// The id of the channel's last generated update.
    pub update_id: [u8; C],
    /// Updates handed to the Watch and not reported complete: the last ones up to `update_id`.
    pub in_flight: [[Update; UPDATES]; C],
    /// Updates of a channel that wait behind what blocks it, oldest first. They get their ids when
    /// they are handed to the Watch.
    pub blocked: [[Update; UPDATES]; C],
    /// What it knows of each HTLC.
    pub statuses: [Status; H],
    /// For a queued user event: the event id in its `EventCompletionAction`; else [`NO_ID`]. Where
    /// a design stores it (`forward_source=stored`), also that of a forward before its ack point.
    /// In memory: a write has no ids, unless a design writes them (`event_ids=all`).
    pub actions: [u8; H],
    /// Whether the user is told of a claimed forward, or a claimed payment.
    pub told: [Told; H],
}

impl<const C: usize, const H: usize> Manager<C, H> {
    /// The canonical value of an unused slot.
    pub const EMPTY: Manager<C, H> = Manager {
        open: [true; C],
        update_id: [0; C],
        in_flight: [[Update::NONE; UPDATES]; C],
        blocked: [[Update::NONE; UPDATES]; C],
        statuses: [Status::Unused; H],
        actions: [NO_ID; H],
        told: [Told::Never; H],
    };

    /// Whether a user event is queued for the HTLC.
    pub fn has_queued_event(&self, htlc: Htlc) -> bool {
        self.statuses[htlc].is_queued() || self.told[htlc] == Told::Queued
    }

    /// Closes a channel, which drops its blocked updates.
    pub fn close(&mut self, channel: Channel) {
        self.open[channel] = false;
        self.blocked[channel].fill(Update::NONE);
    }

    /// The updates in flight on a channel, oldest first.
    pub fn in_flight(&self, channel: Channel) -> &[Update] {
        &self.in_flight[channel][..self.in_flight_len(channel)]
    }

    /// How many updates are in flight on a channel.
    pub fn in_flight_len(&self, channel: Channel) -> usize {
        self.in_flight[channel].iter().take_while(|u| **u != Update::NONE).count()
    }

    /// Lists an update behind the last one, under the next id.
    pub fn list_update(&mut self, channel: Channel, update: Update) {
        let slot = self.in_flight_len(channel);
        self.update_id[channel] += 1;
        self.in_flight[channel][slot] = update;
    }

    /// Drops the `count` oldest updates in flight.
    pub fn drop_oldest_in_flight(&mut self, channel: Channel, count: usize) {
        let list = &mut self.in_flight[channel];
        list.rotate_left(count);
        list[UPDATES - count..].fill(Update::NONE);
    }

    /// The blocked updates of a channel, oldest first.
    pub fn blocked(&self, channel: Channel) -> &[Update] {
        let list = &self.blocked[channel];
        &list[..list.iter().take_while(|u| **u != Update::NONE).count()]
    }

    /// Blocks an update of a channel.
    pub fn block(&mut self, channel: Channel, update: Update) {
        let slot = self.blocked(channel).len();
        self.blocked[channel][slot] = update;
    }

    /// Takes the oldest blocked update of a channel.
    pub fn take_blocked(&mut self, channel: Channel) -> Update {
        let list = &mut self.blocked[channel];
        let oldest = list[0];
        list.rotate_left(1);
        list[UPDATES - 1] = Update::NONE;
        oldest
    }

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        for update in self.in_flight.iter_mut().chain(&mut self.blocked).flatten() {
            if update.names_htlc() {
                *update = Update::new(update.kind(), new.of(update.htlc()), update.outcome());
            }
        }
        new.apply(&mut self.statuses);
        new.apply(&mut self.actions);
        new.apply(&mut self.told);
    }
}

/// How far an ack that is due has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum AckStage {
    /// No ack is due.
    None,
    /// Due; no manager write has started since.
    Due,
    /// A manager write that started later is in flight.
    Covered,
}

/// The event that an ack is for (`MonitorEventSource`; its channel is the one the HTLC leaves by).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Source {
    /// Its id, or [`NO_ID`].
    pub id: u8,
    /// The outcome of the event that was meant: history (GUA-8), unless acks name what an event
    /// says instead of its id (`ack_names=content`).
    pub outcome: Outcome,
}

impl Source {
    /// No event.
    pub const NONE: Source = Source { id: NO_ID, outcome: Outcome::Claim };
}

/// An ack that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Ack {
    /// The event to ack.
    pub source: Source,
    /// How far it has come.
    pub stage: AckStage,
}

impl Ack {
    /// No ack is due.
    pub const NONE: Ack = Ack { source: Source::NONE, stage: AckStage::None };
}
