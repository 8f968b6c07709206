//! Why a step does not happen.

use thiserror::Error;

use crate::event::EventKey;
use crate::monitor::FactError;
use crate::persist::StoredObject;
use crate::types::{ChannelId, HTLCPreviousHopData, HtlcId, Origin, PaymentHash, PaymentId};
use crate::update::UpdateError;

/// A step that did not happen. But for [`StepError::Update`], the node is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum StepError {
    /// The step is not possible in this state: try again when that has changed.
    #[error("not now: {0}")]
    NotNow(#[from] NotNow),
    /// The step will never be possible.
    #[error("refused: {0}")]
    Refused(#[from] Refused),
    /// The chain cannot show this to this Monitor.
    #[error("impossible block: {0}")]
    Fact(#[from] FactError),
    /// Manager, Monitor and Store disagree. The node must stop: write nothing more, and load it
    /// from what is stored.
    #[error("the node must stop: {0}")]
    Update(#[from] UpdateError),
}

/// What the node refuses, whatever its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Refused {
    /// The node has no such channel.
    #[error("unknown {0}")]
    UnknownChannel(ChannelId),
    /// The channel was opened before.
    #[error("{0} is not new")]
    KnownChannel(ChannelId),
    /// The channel has no such HTLC.
    #[error("{channel} has no {htlc}")]
    UnknownHtlc {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The peer has to count the HTLCs that it offers, from 0.
    #[error("the peer of {channel} has to offer its HTLC {expected} next")]
    OutOfTurn {
        /// The channel.
        channel: ChannelId,
        /// The number that would have been right.
        expected: u64,
    },
    /// The preimage does not hash to the HTLC's payment hash.
    #[error("wrong preimage for {htlc} of {channel}")]
    WrongPreimage {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The user has made this payment before: its end was told, or will be.
    #[error("payment {0} is known")]
    KnownPayment(PaymentId),
    /// A payment, or a forward, needs at least one HTLC, none twice, and as many as bring what
    /// leaves.
    #[error("no HTLC, one of them twice, or not enough of them")]
    NoPayment,
    /// An HTLC leaves by the channel it came in on.
    #[error("{0} leaves by the channel it came in on")]
    Loop(HTLCPreviousHopData),
    /// The HTLCs of one payment have one hash.
    #[error("{0} has another payment hash")]
    OtherHash(HTLCPreviousHopData),
}

/// Why a step is not possible in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum NotNow {
    /// The Monitors are not in the Watch yet.
    #[error("the monitors are not in the watch")]
    NotWatched,
    /// The Monitors are in the Watch already.
    #[error("the monitors are in the watch already")]
    AlreadyWatched,
    /// The write of a Monitor whose mode was switched is in flight.
    #[error("the mode of the monitor of {0} is not durable")]
    ModeInFlight(ChannelId),
    /// The Monitor of the channel is archived.
    #[error("the monitor of {0} is archived")]
    Archived(ChannelId),
    /// The Monitor of the channel is needed.
    #[error("the monitor of {0} is needed")]
    Needed(ChannelId),
    /// A background step has to come first.
    #[error("the background step of {0} has not run")]
    BackgroundPending(ChannelId),
    /// The background step is done.
    #[error("the background step of {0} has run")]
    BackgroundDone(ChannelId),
    /// The channel is new, and its Monitor not durable.
    #[error("the monitor of {0} is not durable yet")]
    New(ChannelId),
    /// The channel is closed, for the Manager or for the Monitor.
    #[error("{0} is closed")]
    Closed(ChannelId),
    /// The removal of the HTLC has not come so far, or has come further.
    #[error("the removal of {htlc} of {channel} is at another stage")]
    WrongStage {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// What we send the peer waits for the report of an update, and the peer for our message.
    #[error("the update of {channel} that brings or removes {htlc} is not reported durable")]
    NotDurable {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The Monitor's mode is off, and the revocation would drop a claim that the Manager needs.
    #[error("the claim of {htlc} of {channel} is not acked")]
    ClaimUnacked {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// No event is pending, or the first one is held back.
    #[error("{0} has nothing to release")]
    NothingToRelease(ChannelId),
    /// No update is deferred, or the durable Manager does not list it.
    #[error("{0} has nothing to flush")]
    NothingToFlush(ChannelId),
    /// No `Completed` waits.
    #[error("{0} has no completion")]
    NoCompletion(ChannelId),
    /// The channel is closed, or has no HTLC that its Monitor would have to close it for.
    #[error("{0} has no deadline")]
    NothingUrgent(ChannelId),
    /// No close notice waits.
    #[error("{0} has no close notice")]
    NoNotice(ChannelId),
    /// Nobody waits for such a report.
    #[error("no write of {0} is in flight")]
    NoWrite(StoredObject),
    /// One Manager write is in flight at a time.
    #[error("a write of the manager is in flight")]
    WriteInFlight,
    /// A write of the Manager would change nothing.
    #[error("no write of the manager is useful")]
    NothingToWrite,
    /// Nothing of that kind is in the queue of user events.
    #[error("no such event is queued")]
    NotQueued(EventKey),
    /// The fail of the HTLC is not in the forward queue.
    #[error("no fail is queued for {0}")]
    NoFailQueued(HTLCPreviousHopData),
    /// It was said before what becomes of the inbound HTLC, or it is not the node's yet.
    #[error("{0} cannot be decided about")]
    Decided(HTLCPreviousHopData),
    /// An update of the channel is blocked, and nothing is signed behind it.
    #[error("an update of {0} is blocked")]
    Blocked(ChannelId),
    /// No update of the channel is blocked.
    #[error("no update of {0} is blocked")]
    NotBlocked(ChannelId),
    /// The Manager knows the outcome.
    #[error("the outcome of {0} is known")]
    Settled(Origin),
    /// There is no such payment received, or it is claimed or failed already.
    #[error("{0} is no payment that can be claimed")]
    NotClaimable(PaymentHash),
    /// Another payment received with this hash is not over.
    #[error("a payment with hash {0} is there")]
    HashInUse(PaymentHash),
    /// The HTLC does not wait in a holding cell.
    #[error("{0} is in no holding cell")]
    NotHeld(Origin),
    /// The user handles one event at a time.
    #[error("the user is handling another event")]
    Handling(EventKey),
    /// The user is not handling this event.
    #[error("the user is not handling this event")]
    NotHandling(EventKey),
}
