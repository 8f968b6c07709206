//! What a step is: its kind and its arguments.
//!
//! Each action is something a real node, store, peer, chain or user does. What belongs to a kind
//! (guard, effect, fairness, lane, arguments) is its row in [`crate::machine::rows`]; its text
//! form, which traces print and `.scn` scripts contain, is in [`crate::machine::words`].

use crate::state::{CHANNELS, Channel, Htlc};
use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// An action without its arguments: the unit of coverage. The numbers are part of the fuzz corpus
/// and stay what they are; a new kind takes the next one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, EnumString, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[repr(u8)]
pub enum ActionKind {
    /// The user makes a payment (`send_payment`): it waits in the holding cell.
    Pay = 0,
    /// The manager frees the holding cell: the update that offers the HTLC.
    Offer = 1,
    /// The outbound peer's claim reaches the manager by message; nothing is signed yet.
    PeerFulfil = 2,
    /// The outbound peer fulfils and signs: holder-commitment update. Again, if we forgot it.
    PeerClaim = 3,
    /// The outbound peer fails and signs: holder-commitment update. Again, if we forgot it.
    PeerFail = 4,
    /// The peer of a channel revokes the last commitment that had the HTLC.
    PeerRevoke = 5,
    /// The peer's latest commitment confirms.
    CloseByPeer = 6,
    /// Our node force-closes by choice; where that is no update, its commitment confirms.
    CloseByUs = 7,
    /// The outbound peer spends the HTLC output by preimage.
    ClaimOnChain = 8,
    /// Our timeout spend of the outbound HTLC output is final.
    TimeoutOnChain = 9,
    /// The outbound commitment is final.
    Bury = 10,
    /// The commitment that a locked-down monitor broadcasts confirms.
    Broadcast = 11,
    /// Our node spends the inbound HTLC output by preimage.
    ClaimInbound = 12,
    /// The payer takes the inbound HTLC output back after its expiry.
    ExpireInbound = 13,
    /// The chain shows a fact of the outbound channel to its monitor again.
    Rescan = 14,
    /// The oldest write of a monitor lands and is reported; unless notices take a step of their
    /// own, `Completed` reaches the manager.
    Complete = 15,
    /// A full write of a monitor that no update asks for.
    FullWrite = 16,
    /// A monitor processes the next block; its full write lands.
    Block = 17,
    /// A monitor processes the next block; its full write never lands.
    BlockSkipped = 18,
    /// A manager write starts; where it is synchronous, it also lands.
    WriteManager = 19,
    /// The manager write in flight lands and is reported.
    LandManager = 20,
    /// During the start, a monitor processes the next block it has missed.
    Replay = 21,
    /// The monitors move into the Watch.
    StartWatch = 22,
    /// A channel's background step after a start: completions, then re-submissions in order.
    Resume = 23,
    /// The manager learns that a channel is closed: its commitment confirmed, or its monitor closed
    /// it.
    CloseNotice = 24,
    /// `Completed` reaches the manager, where it does not with the report.
    CompletionNotice = 25,
    /// An HTLC's deadline has come; the monitor closes the channel.
    Deadline = 26,
    /// The Watch archives the monitor of a resolved channel.
    Archive = 27,
    /// The Watch releases the oldest pending event of the outbound monitor; it is dispatched.
    Release = 28,
    /// The forward queue's fail is sent to the inbound channel.
    ForwardFail = 29,
    /// What blocked the inbound channel's revocations is done.
    Unblock = 30,
    /// The manager hands the oldest blocked update to the Watch.
    SubmitBlocked = 31,
    /// The user claims a payment received (`claim_funds`).
    ClaimFunds = 32,
    /// The user starts to handle the queued event of a payment.
    Begin = 33,
    /// The user's handler succeeds: it has recorded the event.
    Handle = 34,
    /// The user's handler refuses: it has recorded nothing.
    Refuse = 35,
    /// The node stops and loads what the store kept.
    Crash = 36,
    /// The Watch applies a monitor's oldest deferred update, which the durable manager holds.
    Flush = 37,
}

impl ActionKind {
    /// All kinds, by number.
    pub fn all() -> impl Iterator<Item = ActionKind> {
        ActionKind::iter()
    }

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// One step. A kind takes the arguments that its row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    /// What is done.
    pub kind: ActionKind,
    /// To what.
    pub args: Args,
}

/// What an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Args {
    /// Nothing in particular.
    None,
    /// An HTLC.
    Htlc(Htlc),
    /// A channel.
    Channel(Channel),
    /// An HTLC on one of its channels.
    On(Channel, Htlc),
    /// A block of a channel's chain.
    Block(Channel, u8),
    /// What a crash keeps.
    Kept(Kept),
}

impl Action {
    /// An action about nothing in particular.
    pub const fn plain(kind: ActionKind) -> Action {
        Action { kind, args: Args::None }
    }

    /// An action about an HTLC.
    pub const fn htlc(kind: ActionKind, htlc: Htlc) -> Action {
        Action { kind, args: Args::Htlc(htlc) }
    }

    /// An action about a channel.
    pub const fn channel(kind: ActionKind, channel: Channel) -> Action {
        Action { kind, args: Args::Channel(channel) }
    }

    /// An action about an HTLC on a channel.
    pub const fn on(kind: ActionKind, channel: Channel, htlc: Htlc) -> Action {
        Action { kind, args: Args::On(channel, htlc) }
    }

    /// A crash.
    pub const fn crash(kept: Kept) -> Action {
        Action { kind: ActionKind::Crash, args: Args::Kept(kept) }
    }

    /// Its coverage class.
    pub fn kind(&self) -> ActionKind {
        self.kind
    }
}

/// Who starts the node after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Build {
    /// A build from before persistent events: it knows only monitors whose mode is off.
    Old,
    /// A build that knows both modes, set to keep no events.
    Off,
    /// A build that knows both modes, and keeps events.
    On,
}

impl Build {
    /// All of them, oldest first.
    pub const ALL: [Build; 3] = [Build::Old, Build::Off, Build::On];
}

/// What a crash kept of the writes and effects under way, and what is started after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kept {
    /// How many of each monitor's writes in flight landed.
    pub writes: [u8; CHANNELS],
    /// Whether the manager write in flight landed.
    pub manager: bool,
    /// Whether the handler under way had recorded the event.
    pub record: bool,
    /// The build that is started.
    pub build: Build,
}
