//! The lanes as columns: how wide each one is, and where it starts.

pub use crate::machine::row::Lane;

use crate::action::Action;
use crate::machine::Machine;
use crate::protocol::Spec;

/// All lanes, from left to right.
pub const ALL: [Lane; 5] = [Lane::World, Lane::Monitors, Lane::Disk, Lane::Manager, Lane::User];

/// A lane's place, from the left.
pub fn index(lane: Lane) -> usize {
    ALL.iter().position(|other| *other == lane).expect("all lanes are listed")
}

/// A lane's title.
pub fn name(lane: Lane) -> &'static str {
    match lane {
        Lane::World => "world",
        Lane::Monitors => "monitors",
        Lane::Disk => "disk",
        Lane::Manager => "manager",
        Lane::User => "user",
    }
}

/// A lane's width; with the four edges between them, the lanes fill 80 columns.
pub fn width(lane: Lane) -> usize {
    match lane {
        Lane::World => 13,
        Lane::Monitors => 16,
        Lane::Disk => 19,
        Lane::Manager => 16,
        Lane::User => 12,
    }
}

/// The column a lane starts in.
pub fn start(lane: Lane) -> usize {
    ALL[..index(lane)].iter().map(|other| width(*other) + 1).sum()
}

/// The lane that acts.
pub fn acting(action: Action) -> Lane {
    Machine::<Spec>::row(action.kind).lane
}
