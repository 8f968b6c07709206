//! The lanes: how wide each one is, and which action belongs where.

use crate::action::{Action, ActionKind};

/// A party with a memory of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Chain and peers.
    World,
    /// The monitors in memory, and the Watch that holds them.
    Monitors,
    /// What is durable, and the writes on their way.
    Disk,
    /// The manager in memory.
    Manager,
    /// The user's handler and its record.
    User,
}

impl Lane {
    /// All lanes, from left to right.
    pub const ALL: [Lane; 5] = [Lane::World, Lane::Monitors, Lane::Disk, Lane::Manager, Lane::User];

    /// Its title.
    pub fn name(self) -> &'static str {
        match self {
            Lane::World => "world",
            Lane::Monitors => "monitors",
            Lane::Disk => "disk",
            Lane::Manager => "manager",
            Lane::User => "user",
        }
    }

    /// Its width; with the four edges between them, the lanes fill 80 columns.
    pub fn width(self) -> usize {
        match self {
            Lane::World => 13,
            Lane::Monitors => 16,
            Lane::Disk => 19,
            Lane::Manager => 16,
            Lane::User => 12,
        }
    }

    /// The column it starts in.
    pub fn start(self) -> usize {
        let left = Lane::ALL.into_iter().take_while(|lane| *lane != self);
        left.map(|lane| lane.width() + 1).sum()
    }

    /// The lane that acts. A crash acts on all of them; it counts as the world's.
    pub fn acting(action: Action) -> Lane {
        match action.kind() {
            ActionKind::PeerClaim
            | ActionKind::PeerFail
            | ActionKind::PeerRevoke
            | ActionKind::CloseByPeer
            | ActionKind::CloseByUs
            | ActionKind::PeerFulfil
            | ActionKind::ClaimOnChain
            | ActionKind::TimeoutOnChain
            | ActionKind::Bury
            | ActionKind::Broadcast
            | ActionKind::ClaimInbound
            | ActionKind::ExpireInbound
            | ActionKind::Rescan
            | ActionKind::Unblock
            | ActionKind::Crash => Lane::World,
            ActionKind::Block
            | ActionKind::BlockSkipped
            | ActionKind::Replay
            | ActionKind::StartWatch
            | ActionKind::Deadline
            | ActionKind::Archive
            | ActionKind::Release => Lane::Monitors,
            ActionKind::Complete
            | ActionKind::FullWrite
            | ActionKind::WriteManager
            | ActionKind::LandManager => Lane::Disk,
            ActionKind::Offer
            | ActionKind::Resume
            | ActionKind::CloseNotice
            | ActionKind::CompletionNotice
            | ActionKind::ForwardFail
            | ActionKind::ClaimFunds
            | ActionKind::SubmitBlocked => Lane::Manager,
            ActionKind::Pay | ActionKind::Begin | ActionKind::Handle | ActionKind::Refuse => {
                Lane::User
            }
        }
    }
}
