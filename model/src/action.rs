//! The alphabet: every step a run may take, and its one-line text form (the script language).
//!
//! Each action is something a real node, store, peer, chain or user does. The text form is what
//! traces print and `.scn` scripts contain: the name, then its arguments.

use crate::state::{INBOUND, OUTBOUND};
use std::fmt;
use std::str::FromStr;
use strum::{EnumDiscriminants, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumDiscriminants)]
#[strum_discriminants(
    name(ActionKind),
    doc = "An action without its arguments: the unit of coverage.",
    derive(Hash, PartialOrd, Ord, EnumIter, EnumString, IntoStaticStr),
    strum(serialize_all = "snake_case"),
    allow(missing_docs)
)]
pub enum Action {
    /// The user makes a payment (`send_payment`): it waits in the holding cell.
    Pay(usize),
    /// The manager frees the holding cell: the update that offers the HTLC.
    Offer(usize),
    /// The outbound peer's claim reaches the manager by message; nothing is signed yet.
    PeerFulfil(usize),
    /// The outbound peer fulfils and signs: holder-commitment update. Again, if we forgot it.
    PeerClaim(usize),
    /// The outbound peer fails and signs: holder-commitment update. Again, if we forgot it.
    PeerFail(usize),
    /// The peer of a channel revokes the last commitment that had the HTLC.
    PeerRevoke(usize, usize),
    /// The peer's latest commitment confirms.
    CloseByPeer(usize),
    /// Our node force-closes by choice; where that is no update, its commitment confirms.
    CloseByUs(usize),
    /// The outbound peer spends the HTLC output by preimage.
    ClaimOnChain(usize),
    /// Our timeout spend of the outbound HTLC output is final.
    TimeoutOnChain(usize),
    /// The outbound commitment is final.
    Bury,
    /// The commitment that a locked-down monitor broadcasts confirms.
    Broadcast(usize),
    /// Our node spends the inbound HTLC output by preimage.
    ClaimInbound(usize),
    /// The payer takes the inbound HTLC output back after its expiry.
    ExpireInbound(usize),
    /// The chain shows a fact of the outbound channel to its monitor again.
    Rescan(usize),
    /// The oldest write of a monitor lands and is reported; unless notices take a step of their
    /// own, `Completed` reaches the manager.
    Complete(usize),
    /// A full write of a monitor that no update asks for.
    FullWrite(usize),
    /// A monitor processes the next block; its full write lands.
    Block(usize),
    /// A monitor processes the next block; its full write never lands.
    BlockSkipped(usize),
    /// A manager write starts; where it is synchronous, it also lands.
    WriteManager,
    /// The manager write in flight lands and is reported.
    LandManager,
    /// During the start, a monitor processes the next block it has missed.
    Replay(usize),
    /// The monitors move into the Watch.
    StartWatch,
    /// A channel's background step after a start: completions, then re-submissions in order.
    Resume(usize),
    /// The manager learns that a channel is closed: its commitment confirmed, or its monitor closed
    /// it.
    CloseNotice(usize),
    /// `Completed` reaches the manager, where it does not with the report.
    CompletionNotice(usize),
    /// An HTLC's deadline has come; the monitor closes the channel.
    Deadline(usize),
    /// The Watch archives the monitor of a resolved channel.
    Archive(usize),
    /// The Watch releases the oldest pending event of the outbound monitor; it is dispatched.
    Release,
    /// The forward queue's fail is sent to the inbound channel.
    ForwardFail(usize),
    /// What blocked the inbound channel's revocations is done.
    Unblock,
    /// The manager hands the oldest blocked update to the Watch.
    SubmitBlocked,
    /// The user claims a payment received (`claim_funds`).
    ClaimFunds(usize),
    /// The user starts to handle the queued event of a payment.
    Begin(usize),
    /// The user's handler succeeds: it has recorded the event.
    Handle(usize),
    /// The user's handler refuses: it has recorded nothing.
    Refuse(usize),
    /// The node stops and loads what the store kept.
    Crash(Kept),
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
    /// How many of the outbound and inbound monitor's writes in flight landed.
    pub writes: [u8; 2],
    /// Whether the manager write in flight landed.
    pub manager: bool,
    /// Whether the handler under way had recorded the event.
    pub record: bool,
    /// The build that is started.
    pub build: Build,
}

impl Action {
    /// Its coverage class.
    pub fn kind(&self) -> ActionKind {
        self.into()
    }
}

impl ActionKind {
    /// All kinds, in the order of [`Action`].
    pub fn all() -> impl Iterator<Item = ActionKind> {
        ActionKind::iter()
    }

    /// Its name in scripts.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

fn channel_name(channel: usize) -> &'static str {
    if channel == OUTBOUND { "out" } else { "in" }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.kind().name();
        match *self {
            Action::Pay(h)
            | Action::Offer(h)
            | Action::PeerFulfil(h)
            | Action::PeerClaim(h)
            | Action::PeerFail(h)
            | Action::ClaimOnChain(h)
            | Action::TimeoutOnChain(h)
            | Action::ClaimInbound(h)
            | Action::ExpireInbound(h)
            | Action::ForwardFail(h)
            | Action::ClaimFunds(h)
            | Action::Begin(h)
            | Action::Handle(h)
            | Action::Refuse(h) => write!(f, "{name} h{h}"),
            Action::CloseByPeer(c)
            | Action::CloseByUs(c)
            | Action::Broadcast(c)
            | Action::Complete(c)
            | Action::FullWrite(c)
            | Action::Block(c)
            | Action::BlockSkipped(c)
            | Action::Replay(c)
            | Action::Resume(c)
            | Action::CloseNotice(c)
            | Action::CompletionNotice(c)
            | Action::Deadline(c)
            | Action::Archive(c) => write!(f, "{name} {}", channel_name(c)),
            Action::PeerRevoke(c, h) => write!(f, "{name} {} h{h}", channel_name(c)),
            Action::Rescan(fact) => write!(f, "{name} block{fact}"),
            Action::Bury
            | Action::WriteManager
            | Action::LandManager
            | Action::StartWatch
            | Action::Release
            | Action::Unblock
            | Action::SubmitBlocked => write!(f, "{name}"),
            Action::Crash(Kept { writes: [out, inbound], manager, record, build }) => write!(
                f,
                "{name} out={out} in={inbound} manager={} record={}{}",
                if manager { "new" } else { "old" },
                if record { "yes" } else { "no" },
                match build {
                    Build::Old => " build=old",
                    Build::Off => " build=off",
                    Build::On => "",
                },
            ),
        }
    }
}

/// Why a line is no action: what was expected in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseActionError(pub String);

impl fmt::Display for ParseActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseActionError {}

impl FromStr for Action {
    type Err = ParseActionError;

    fn from_str(line: &str) -> Result<Action, ParseActionError> {
        let mut words = Words { rest: line.split_whitespace() };
        let name = words.next("an action")?;
        let kind = name.parse::<ActionKind>().map_err(|_| {
            let names: Vec<&str> = ActionKind::all().map(ActionKind::name).collect();
            expected(&format!("an action ({})", names.join(", ")), name)
        })?;
        let action = words.arguments(kind)?;
        match words.rest.next() {
            None => Ok(action),
            Some(word) => Err(expected("the end of the line", word)),
        }
    }
}

fn expected(what: &str, found: &str) -> ParseActionError {
    ParseActionError(format!("expected {what}, found '{found}'"))
}

/// The build of a crash; without the word it is the one that keeps events.
const BUILDS: [(&str, Build); 3] =
    [("build=old", Build::Old), ("build=off", Build::Off), ("build=on", Build::On)];

struct Words<'a> {
    rest: std::str::SplitWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn next(&mut self, what: &str) -> Result<&'a str, ParseActionError> {
        self.rest
            .next()
            .ok_or_else(|| ParseActionError(format!("expected {what}, found the end of the line")))
    }

    /// One word out of a closed list; returns its value.
    fn choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Result<T, ParseActionError> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let what = names.join(" or ");
        let word = self.next(&what)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        found.map(|(_, value)| *value).ok_or_else(|| expected(&what, word))
    }

    /// The same for a last word; where there is none, it stands for `missing`.
    fn last_choice<T: Copy>(
        &mut self,
        missing: T,
        choices: &[(&str, T)],
    ) -> Result<T, ParseActionError> {
        if self.rest.clone().next().is_none() { Ok(missing) } else { self.choice(choices) }
    }

    fn htlc(&mut self) -> Result<usize, ParseActionError> {
        self.choice(&[("h0", 0), ("h1", 1)])
    }

    fn channel(&mut self) -> Result<usize, ParseActionError> {
        self.choice(&[("out", OUTBOUND), ("in", INBOUND)])
    }

    fn arguments(&mut self, kind: ActionKind) -> Result<Action, ParseActionError> {
        Ok(match kind {
            ActionKind::Pay => Action::Pay(self.htlc()?),
            ActionKind::Offer => Action::Offer(self.htlc()?),
            ActionKind::PeerFulfil => Action::PeerFulfil(self.htlc()?),
            ActionKind::PeerClaim => Action::PeerClaim(self.htlc()?),
            ActionKind::PeerFail => Action::PeerFail(self.htlc()?),
            ActionKind::PeerRevoke => Action::PeerRevoke(self.channel()?, self.htlc()?),
            ActionKind::CloseByPeer => Action::CloseByPeer(self.channel()?),
            ActionKind::CloseByUs => Action::CloseByUs(self.channel()?),
            ActionKind::ClaimOnChain => Action::ClaimOnChain(self.htlc()?),
            ActionKind::TimeoutOnChain => Action::TimeoutOnChain(self.htlc()?),
            ActionKind::Bury => Action::Bury,
            ActionKind::Broadcast => Action::Broadcast(self.channel()?),
            ActionKind::ClaimInbound => Action::ClaimInbound(self.htlc()?),
            ActionKind::ExpireInbound => Action::ExpireInbound(self.htlc()?),
            ActionKind::Rescan => Action::Rescan(self.choice(&[
                ("block0", 0),
                ("block1", 1),
                ("block2", 2),
                ("block3", 3),
            ])?),
            ActionKind::Complete => Action::Complete(self.channel()?),
            ActionKind::FullWrite => Action::FullWrite(self.channel()?),
            ActionKind::Block => Action::Block(self.channel()?),
            ActionKind::BlockSkipped => Action::BlockSkipped(self.channel()?),
            ActionKind::WriteManager => Action::WriteManager,
            ActionKind::LandManager => Action::LandManager,
            ActionKind::Replay => Action::Replay(self.channel()?),
            ActionKind::StartWatch => Action::StartWatch,
            ActionKind::Resume => Action::Resume(self.channel()?),
            ActionKind::CloseNotice => Action::CloseNotice(self.channel()?),
            ActionKind::CompletionNotice => Action::CompletionNotice(self.channel()?),
            ActionKind::Deadline => Action::Deadline(self.channel()?),
            ActionKind::Archive => Action::Archive(self.channel()?),
            ActionKind::Release => Action::Release,
            ActionKind::ForwardFail => Action::ForwardFail(self.htlc()?),
            ActionKind::Unblock => Action::Unblock,
            ActionKind::SubmitBlocked => Action::SubmitBlocked,
            ActionKind::ClaimFunds => Action::ClaimFunds(self.htlc()?),
            ActionKind::Begin => Action::Begin(self.htlc()?),
            ActionKind::Handle => Action::Handle(self.htlc()?),
            ActionKind::Refuse => Action::Refuse(self.htlc()?),
            ActionKind::Crash => Action::Crash(Kept {
                writes: [
                    self.choice(&[("out=0", 0), ("out=1", 1), ("out=2", 2)])?,
                    self.choice(&[("in=0", 0), ("in=1", 1), ("in=2", 2)])?,
                ],
                manager: self.choice(&[("manager=old", false), ("manager=new", true)])?,
                record: self.choice(&[("record=no", false), ("record=yes", true)])?,
                build: self.last_choice(Build::On, &BUILDS)?,
            }),
        })
    }
}
