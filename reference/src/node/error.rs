//! Why a step, or a load, does not happen.

use thiserror::Error;

use crate::event::{ChannelId, HtlcId};
use crate::monitor::FactError;
use crate::store::StoredObject;
use crate::update::UpdateError;

/// A step that did not happen. The node is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum StepError {
    /// The step is not possible in this state.
    #[error("not now: {0}")]
    NotNow(#[from] NotNow),
    /// The node has no such channel.
    #[error("unknown {0}")]
    UnknownChannel(ChannelId),
    /// The node has no such HTLC, or it has another role.
    #[error("unknown {0}")]
    UnknownHtlc(HtlcId),
    /// The chain cannot show this fact to this Monitor.
    #[error("impossible block: {0}")]
    Fact(#[from] FactError),
    /// Manager and Monitor disagree. The node must stop.
    #[error("the node must stop: {0}")]
    Update(#[from] UpdateError),
}

/// Why a step is not possible in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum NotNow {
    /// The Monitors are not in the Watch yet.
    #[error("the monitors are not in the watch")]
    NotWatched,
    /// The Monitors are in the Watch already.
    #[error("the monitors are in the watch already")]
    AlreadyWatched,
    /// The Monitor of the channel is archived.
    #[error("the monitor of {0} is archived")]
    Archived(ChannelId),
    /// The Monitor of the channel is needed.
    #[error("the monitor of {0} is needed")]
    Needed(ChannelId),
    /// A Monitor has not seen all blocks.
    #[error("{0} is not at the tip of its chain")]
    NotAtTip(ChannelId),
    /// A background step has to come first.
    #[error("the background step of {0} has not run")]
    BackgroundPending(ChannelId),
    /// The background step is done.
    #[error("the background step of {0} has run")]
    BackgroundDone(ChannelId),
    /// The channel is closed, for the Manager or for the Monitor.
    #[error("{0} is closed")]
    Closed(ChannelId),
    /// No further update may be in flight.
    #[error("{0} has too many updates in flight")]
    NoSlot(ChannelId),
    /// The removal of the HTLC has not come so far, or has come further.
    #[error("the removal of {htlc} on {channel} is at another stage")]
    WrongStage {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// What we send the peer waits for the report of an update, and the peer for our message.
    #[error("the update of {channel} that offers or removes {htlc} is not reported durable")]
    NotDurable {
        /// The channel.
        channel: ChannelId,
        /// The HTLC.
        htlc: HtlcId,
    },
    /// The Monitor's mode is off, and the revocation would drop a claim that the Manager needs.
    #[error("the claim of {0} is not acked")]
    ClaimUnacked(HtlcId),
    /// No event is pending, or the first one is held back.
    #[error("{0} has nothing to release")]
    NothingToRelease(ChannelId),
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
    /// The HTLC's event, or its fail, is not in the queue.
    #[error("nothing is queued for {0}")]
    NotQueued(HtlcId),
    /// An update of the channel is blocked, and nothing is signed behind it.
    #[error("an update of {0} is blocked")]
    Blocked(ChannelId),
    /// No update of the channel is blocked.
    #[error("no update of {0} is blocked")]
    NotBlocked(ChannelId),
    /// The Manager knows the outcome of the HTLC.
    #[error("the outcome of {0} is known")]
    Settled(HtlcId),
    /// The payment is made already, or is none that the user makes.
    #[error("{0} is no payment that can be made")]
    NotPayable(HtlcId),
    /// There is no such payment received, or it is claimed already.
    #[error("{0} is no payment that can be claimed")]
    NotClaimable(HtlcId),
    /// The HTLC does not wait in a holding cell.
    #[error("{0} is in no holding cell")]
    NotHeld(HtlcId),
    /// The user handles one event at a time.
    #[error("the user is handling the event of {0}")]
    Handling(HtlcId),
    /// The user is not handling this event.
    #[error("the user is not handling the event of {0}")]
    NotHandling(HtlcId),
}
