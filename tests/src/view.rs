//! What both sides say about a state, in the same words: the abstraction functions.
//!
//! Both sides are taken apart without `..`, so that a new field has to be placed here. The model
//! knows more than the reference where it keeps history (how an HTLC was removed): the view keeps
//! what the reference has.

mod of_model;
mod of_reference;

pub use of_model::of_model;
pub use of_reference::of_reference;

/// A monitor's removal stage: which HTLC signed how, or gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageView {
    /// In both commitments.
    Held,
    /// A removal is signed.
    Signed(bool),
    /// Irrevocably removed.
    Removed,
}

/// An event: id, HTLC, claimed or not.
pub type EventView = (u64, u64, bool);

/// What a monitor write holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotView {
    update_id: u64,
    best_block: u64,
    lockdown: bool,
    next_event_id: u64,
    stages: Vec<StageView>,
    events: Vec<EventView>,
}

/// A monitor in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorView {
    written: SnapshotView,
    provided: usize,
    held_back: usize,
    close_notice: bool,
}

/// An HTLC in the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtlcView {
    /// The outcome is unknown.
    Waiting,
    /// A user event with this outcome is queued; handling it acks this id.
    Queued(bool, u64),
    /// The user has handled it.
    Settled,
    /// A fail is in the forward queue.
    FailQueued,
    /// A removal is signed on the inbound channel.
    Signed(bool),
    /// Nothing is left to do on the inbound channel.
    Resolved,
}

/// What a manager write holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerView {
    open: Vec<bool>,
    update_id: Vec<u64>,
    in_flight: Vec<Vec<UpdateView>>,
    htlcs: Vec<HtlcView>,
}

/// An update in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateView {
    /// A removal is signed: HTLC, claimed or not.
    Sign(u64, bool),
    /// The counterparty revoked.
    Revoke(u64),
    /// Force-close.
    Close,
}

/// Everything that both sides must agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    watching: bool,
    background: Vec<usize>,
    monitors: Vec<MonitorView>,
    manager: ManagerView,
    handling: Option<u64>,
    forward_acks: Vec<u64>,
    due_acks: Vec<u64>,
    covered_acks: Vec<u64>,
    durable: Vec<SnapshotView>,
    writes: Vec<Vec<SnapshotView>>,
    durable_manager: ManagerView,
    manager_write: Option<ManagerView>,
}

impl View {
    /// The fields in which the model's view and the reference's differ, for people.
    pub fn differences(&self, reference: &View) -> String {
        let (left, right) = (self.fields(), reference.fields());
        let fields = left.iter().zip(&right).filter(|((_, a), (_, b))| a != b);
        fields
            .map(|((name, a), (_, b))| format!("{name}\n  model     {a}\n  reference {b}\n"))
            .collect()
    }

    fn fields(&self) -> [(&'static str, String); 12] {
        let View {
            watching,
            background,
            monitors,
            manager,
            handling,
            forward_acks,
            due_acks,
            covered_acks,
            durable,
            writes,
            durable_manager,
            manager_write,
        } = self;
        [
            ("watching", format!("{watching:?}")),
            ("background", format!("{background:?}")),
            ("monitors", format!("{monitors:?}")),
            ("manager", format!("{manager:?}")),
            ("handling", format!("{handling:?}")),
            ("forward_acks", format!("{forward_acks:?}")),
            ("due_acks", format!("{due_acks:?}")),
            ("covered_acks", format!("{covered_acks:?}")),
            ("durable", format!("{durable:?}")),
            ("writes", format!("{writes:?}")),
            ("durable_manager", format!("{durable_manager:?}")),
            ("manager_write", format!("{manager_write:?}")),
        ]
    }
}
