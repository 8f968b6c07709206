//! What a maintainer of LDK asks of a finding first: how bad, who has it, what it takes, how sure.
//!
//! The box at the top of each page and the index of `docs/findings/` are written from this. Whether
//! LDK's code does say so is for people to check; the pages have the places.

mod list;

pub use list::FACTS;

use strum::IntoStaticStr;

/// The facts of one finding.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The number of the finding.
    pub id: &'static str,
    /// What happens, in one line and in LDK's words.
    pub title: &'static str,
    /// What it costs.
    pub severity: Severity,
    /// In which code it is.
    pub who: Who,
    /// Which writes of monitors it takes.
    pub writing: Writing,
    /// Whether it is there with deferred writes, too.
    pub deferred: Deferred,
    /// The value of `persistent_monitor_events` that it takes.
    pub flag: Flag,
    /// What it rests on, as the page says.
    pub evidence: Evidence,
    /// The tests for LDK that are kept, in `docs/directed/`.
    pub tests: &'static [&'static str],
    /// Whether the maintainers of LDK have to hear of it before anybody else does.
    pub private: bool,
}

/// The worst that comes of a finding's cause, by its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Money is lost, or the means to punish for it.
    Funds,
    /// A payment, a forward or a node never gets on.
    Stuck,
    /// An outcome that was told turns out otherwise.
    Contradiction,
    /// Something is told or done twice.
    Duplicate,
    /// Something stays for good that nobody needs.
    Leak,
    /// A rule is broken, and no damage is known to follow from that alone.
    #[strum(serialize = "no damage known")]
    Unknown,
}

/// In which code a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
pub enum Who {
    /// What people run.
    #[strum(serialize = "released LDK and main")]
    Released,
    /// What will be released, as it was in August 2026.
    #[strum(serialize = "main and 0.3.0-beta1, not 0.2")]
    Main,
    /// The pull requests of spring 2026 up to #4638, which were closed.
    #[strum(serialize = "only the unmerged stack (#4491 to #4638)")]
    Stack,
    /// The stack, where the flags of manager and monitor, or others, are in a state to which no
    /// build takes a node.
    #[strum(serialize = "only the unmerged stack, with flags set as no build does")]
    Refused,
    /// The sketch on top of the stack.
    #[strum(serialize = "only the sketch #4640, unmerged")]
    Sketch,
    /// The stack as it was first proposed, made again from reviews.
    #[strum(serialize = "only the first version of the stack (March 2026), reconstructed")]
    March,
    /// LDK's older hand-over without what LDK does beside it.
    #[strum(serialize = "nobody: LDK's older hand-over without what protects it")]
    Nobody,
}

/// Which writes of monitors a finding takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
pub enum Writing {
    /// No write of a monitor has to take time.
    #[strum(serialize = "sync or async")]
    Any,
    /// A write of a monitor is in flight for a while.
    #[strum(serialize = "async")]
    Async,
    /// As before, and updates are stored as deltas.
    #[strum(serialize = "async, deltas")]
    AsyncDeltas,
    /// A write of a monitor is in flight for a while, and the persister is LDK's own.
    #[strum(serialize = "async, LDK's `MonitorUpdatingPersisterAsync`")]
    Shipped,
    /// A write of a monitor is in flight for a while, and the persister is LDK's own, with deltas.
    #[strum(serialize = "async, deltas of LDK's `MonitorUpdatingPersisterAsync`")]
    ShippedDeltas,
}

/// Whether a finding is there with deferred writes, in which updates reach a monitor only after a
/// write of the manager that has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
pub enum Deferred {
    /// The page says so, of LDK.
    #[strum(serialize = "deferred too")]
    Too,
    /// The model with its causes alone gets there.
    #[strum(serialize = "deferred too, in the model")]
    Reached,
    /// The model with its causes alone does not get there, in the scenario of its trace.
    #[strum(serialize = "deferred: not in the model")]
    NotReached,
    /// It should be: what it takes goes round the queue.
    #[strum(serialize = "deferred: expected, not run")]
    Expected,
}

/// The value of `persistent_monitor_events` that a finding takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Flag {
    /// It takes the acks.
    On,
    /// The design has no acks.
    Off,
    /// The flag makes no difference to it.
    #[strum(serialize = "on or off")]
    Either,
    /// A node is switched over.
    #[strum(serialize = "off, then on")]
    Switched,
    /// Only the manager's is on.
    #[strum(serialize = "on in the manager, off in the monitor")]
    ManagerOnly,
    /// Only the monitor's is on.
    #[strum(serialize = "off in the manager, on in the monitor")]
    MonitorOnly,
}

/// What a finding rests on, beside the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
pub enum Evidence {
    /// A test of LDK showed it.
    #[strum(serialize = "[run]")]
    Run,
    /// A test of LDK showed a step of it, or the same by another way; the rest was read.
    #[strum(serialize = "[run] in part, [code]")]
    RunInPart,
    /// It was read in LDK's code, or in what was written of it.
    #[strum(serialize = "[code]")]
    Code,
}

impl Who {
    /// Whether people run it, or will.
    pub const fn is_run(self) -> bool {
        matches!(self, Who::Released | Who::Main)
    }
}

impl Facts {
    /// What has to be so for it: how monitors are written.
    pub fn needs(&self) -> String {
        let (writing, deferred): (&str, &str) = (self.writing.into(), self.deferred.into());
        format!("{writing}; {deferred}")
    }

    /// Where the test is that showed it, if one did.
    pub fn test(&self) -> String {
        match (self.evidence, self.tests) {
            (Evidence::Code, _) => "-".to_owned(),
            (_, []) => "run once, test not kept".to_owned(),
            (_, tests) => tests.join(", "),
        }
    }
}
