//! What both sides say about a state, in the same words: the abstraction functions.
//!
//! Both sides are taken apart without `..`, so that a new field has to be placed here. The model
//! knows more than the reference where it keeps history (how an HTLC was removed): the view keeps
//! what the reference has. Views are small, because every step of every engine compares two.

mod of_model;
mod of_reference;

pub use of_model::of_model;
pub use of_reference::{of_reference, unreadable};

use arrayvec::ArrayVec;
use model::state::manager::UPDATES;
use model::state::monitor::EVENTS;
use model::state::store::WRITES;
use model::state::{CHANNELS, HTLCS};
use std::fmt::Debug;

/// One for each channel.
pub type PerChannel<T> = ArrayVec<T, CHANNELS>;

/// One for each HTLC.
pub type PerHtlc<T> = ArrayVec<T, HTLCS>;

/// The first `MOST` of a list. The model never has so many, so that a reference that has more than
/// the model differs.
pub fn few<T, const MOST: usize>(items: impl IntoIterator<Item = T>) -> ArrayVec<T, MOST> {
    items.into_iter().take(MOST).collect()
}

/// A number of the reference. The model's are below 256: whatever is above is the same difference.
pub fn small(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

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
pub type EventView = (u16, u16, bool);

/// What a monitor write holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotView {
    update_id: u16,
    best_block: u16,
    lockdown: bool,
    next_event_id: u16,
    stages: PerHtlc<StageView>,
    events: ArrayVec<EventView, { EVENTS + 1 }>,
}

/// A monitor in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorView {
    written: SnapshotView,
    provided: u16,
    held_back: u16,
    close_notice: bool,
}

/// An HTLC in the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HtlcView {
    /// The outcome is unknown.
    Waiting,
    /// A user event with this outcome is queued; handling it acks this one id, or not just one.
    Queued(bool, Option<u16>),
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
    open: PerChannel<bool>,
    update_id: PerChannel<u16>,
    in_flight: PerChannel<ArrayVec<UpdateView, { UPDATES + 1 }>>,
    htlcs: PerHtlc<HtlcView>,
}

/// An update in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateView {
    /// A removal is signed: HTLC, claimed or not.
    Sign(u16, bool),
    /// The counterparty revoked.
    Revoke(u16),
    /// Force-close.
    Close,
}

/// A stored version: what its bytes hold, or none if they cannot be read.
pub type Stored<T> = Option<T>;

/// Ids of events, each for another HTLC.
pub type Ids = ArrayVec<u16, { HTLCS + 1 }>;

/// Everything that both sides must agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    watching: bool,
    background: PerChannel<u16>,
    monitors: PerChannel<MonitorView>,
    manager: ManagerView,
    handling: Option<u16>,
    forward_acks: Ids,
    due_acks: Ids,
    covered_acks: Ids,
    durable: PerChannel<Stored<SnapshotView>>,
    writes: PerChannel<ArrayVec<Stored<SnapshotView>, { WRITES + 1 }>>,
    durable_manager: Stored<ManagerView>,
    manager_write: Option<Stored<ManagerView>>,
    record: PerHtlc<(bool, bool)>,
    resolved: PerHtlc<Option<bool>>,
}

impl View {
    /// Its fields by name, those of the monitors and of the manager in memory one by one.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let View {
            watching,
            background,
            monitors,
            manager: ManagerView { open, update_id, in_flight, htlcs },
            handling,
            forward_acks,
            due_acks,
            covered_acks,
            durable,
            writes,
            durable_manager,
            manager_write,
            record,
            resolved,
        } = self;
        let text = |value: &dyn Debug| format!("{value:?}");
        let mut fields = vec![("watching", text(watching)), ("background", text(background))];
        fields.extend(monitor_fields(monitors));
        fields.extend([
            ("manager.open", text(open)),
            ("manager.update_id", text(update_id)),
            ("manager.in_flight", text(in_flight)),
            ("manager.htlcs", text(htlcs)),
            ("handling", text(handling)),
            ("forward_acks", text(forward_acks)),
            ("due_acks", text(due_acks)),
            ("covered_acks", text(covered_acks)),
            ("durable", text(durable)),
            ("writes", text(writes)),
            ("durable_manager", text(durable_manager)),
            ("manager_write", text(manager_write)),
            ("record", text(record)),
            ("resolved", text(resolved)),
        ]);
        fields
    }

    /// The names of the fields in which this view and another one differ.
    pub fn differing(&self, other: &View) -> Vec<&'static str> {
        let fields = self.fields().into_iter().zip(other.fields());
        fields.filter(|((_, a), (_, b))| a != b).map(|((name, _), _)| name).collect()
    }

    /// The fields in which the model's view and the reference's differ, for people.
    pub fn differences(&self, reference: &View) -> String {
        let fields = self.fields().into_iter().zip(reference.fields());
        fields
            .filter(|((_, a), (_, b))| a != b)
            .map(|((name, a), (_, b))| format!("{name}\n  model     {a}\n  reference {b}\n"))
            .collect()
    }
}

/// The fields of the monitors in memory, each for all channels.
fn monitor_fields(monitors: &[MonitorView]) -> [(&'static str, String); 9] {
    fn each<T: Debug>(monitors: &[MonitorView], field: impl Fn(&MonitorView) -> T) -> String {
        format!("{:?}", monitors.iter().map(field).collect::<Vec<_>>())
    }
    [
        ("monitor.update_id", each(monitors, |m| m.written.update_id)),
        ("monitor.best_block", each(monitors, |m| m.written.best_block)),
        ("monitor.lockdown", each(monitors, |m| m.written.lockdown)),
        ("monitor.next_event_id", each(monitors, |m| m.written.next_event_id)),
        ("monitor.stages", each(monitors, |m| m.written.stages.clone())),
        ("monitor.events", each(monitors, |m| m.written.events.clone())),
        ("monitor.provided", each(monitors, |m| m.provided)),
        ("monitor.held_back", each(monitors, |m| m.held_back)),
        ("monitor.close_notice", each(monitors, |m| m.close_notice)),
    ]
}
