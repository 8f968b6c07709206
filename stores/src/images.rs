//! What a node finds after a crash on a [simulated disk](crate::disk), and whether SPEC.md allows
//! it.
//!
//! A node runs in the surroundings of the reference's own tests: peers, a chain for each channel, a
//! user with a record. What it writes goes to the disk one operation at a time, several objects at
//! a time. At every moment a crash may come, and of each image that it can leave
//!
//! - each object is one of the versions that SPEC.md's storage model lists (`STO-9`, `STO-10`): not
//!   older than the newest that was reported, not newer than the newest that was started, whole;
//! - a node loads it, and once all that is fair has happened, nothing is lost, contradicted or left
//!   (`GUA-1`, `GUA-2`, `GUA-4` to `GUA-7`, `GUA-9`, `GUA-10`, as far as the outside sees them);
//! - what that node has written is what is read from the store then, whatever else the crash has
//!   left in it.

mod fuzz;
mod history;
mod jobs;
mod recovery;
mod rig;
mod run;
#[allow(dead_code, reason = "the tests of the reference use more of it")]
#[path = "../../reference/tests/node/common/mod.rs"]
mod surroundings;

pub use fuzz::{Checked, check, decoded};
pub use history::History;
pub use recovery::{Counts, Damage, Failure};
pub use run::{Schedule, damages, every_image, sampled};

/// How a node writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Asynchronous, every update as a full write.
    Full,
    /// Asynchronous, updates as such.
    Deltas,
    /// Synchronous, every update as a full write.
    FullAtOnce,
    /// Synchronous, updates as such.
    DeltasAtOnce,
}

impl Way {
    /// All of them, in the order in which the surroundings have them.
    pub const ALL: [Way; 4] = [Way::Full, Way::Deltas, Way::FullAtOnce, Way::DeltasAtOnce];
}
