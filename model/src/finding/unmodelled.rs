//! What is wrong in LDK's code and cannot be said in the model yet: pages without a trace.
//!
//! Such a page has the next number and keeps it. Once the model can say it, the row here becomes
//! one of [`FINDINGS`](super::FINDINGS), with a script, and the page gets its trace and its cause.

use super::{Page, facts_of};

/// A page about LDK alone.
pub struct Unmodelled {
    /// Its number, three digits.
    pub id: &'static str,
    /// Its name: what happens.
    pub name: &'static str,
    /// What the model would have to have to say it.
    pub lacks: &'static str,
}

impl Unmodelled {
    /// Its page.
    ///
    /// # Panics
    /// If there are no facts of it; a test rules that out.
    pub fn page(&self) -> Page<'static> {
        Page { id: self.id, name: self.name, facts: facts_of(self.id), lacks: Some(self.lacks) }
    }
}

/// All that is not modelled yet, in the order of the numbers.
pub const UNMODELLED: &[Unmodelled] = &[
    Unmodelled {
        id: "036",
        name: "refused-update-never-complete",
        lacks: "updates that a monitor refuses",
    },
    Unmodelled {
        id: "037",
        name: "held-back-behind-refused-update",
        lacks: "updates that a monitor refuses",
    },
    Unmodelled {
        id: "038",
        name: "gap-in-the-deltas",
        lacks: "writes of one monitor that land in another order than they started",
    },
];
