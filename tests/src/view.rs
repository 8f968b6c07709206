//! What both sides say about a state, in the same words: the abstraction functions.
//!
//! Both sides are taken apart without `..`, so that a new field has to be placed here. The model
//! knows more than the reference where it keeps history (how an HTLC was removed): the view keeps
//! what the reference has.

use crate::driver::{Driver, Store, channel};
use model::scenario::Scenario;
use model::state::{
    AckStage, Boot, Manager, Monitor, MonitorData, NO_HTLC, NO_ID, Node, Snapshot, Source, Stage,
    State, Status, Update, UpdateKind, Write,
};
use model::state::{Disk, Entry, EventList};
use reference::event::{ChannelId, Event, EventCompletionAction, HTLCEvent, Outcome};
use reference::manager::{ChannelManager, ForwardState, HtlcState, PaymentState};
use reference::monitor::{ChannelMonitor, RemovalStage};
use reference::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

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

/// The view of a model state.
pub fn of_model(scenario: &Scenario, state: &State) -> View {
    // World, history and budget are the environment's.
    let State { world: _, disk, node, ledger: _, budget: _ } = state;
    let Node { boot, resumed, monitors, manager, forward_acks, acks, handling } = node;
    // `writes`, `writes_len` and the manager's write are read through the disk's own methods.
    let Disk {
        monitors: durable,
        writes: _,
        writes_len: _,
        manager: on_disk,
        manager_write,
        manager_writing,
    } = disk;
    let ids = |stage: AckStage| {
        let mut ids: Vec<u64> =
            acks.iter().filter(|a| a.stage == stage).map(|a| a.source.id.into()).collect();
        ids.sort_unstable();
        ids
    };
    let channels = || scenario.channels();
    let mut waiting: Vec<u64> = forward_acks
        .iter()
        .filter(|s| s.id != NO_ID)
        .map(|Source { id, .. }| (*id).into())
        .collect();
    waiting.sort_unstable();
    View {
        watching: *boot == Boot::Watching,
        background: channels().filter(|c| !resumed[*c]).collect(),
        monitors: channels().map(|c| monitor_of_model(scenario, c, &monitors[c])).collect(),
        manager: manager_of_model(scenario, manager),
        handling: (*handling != NO_HTLC).then_some((*handling).into()),
        forward_acks: waiting,
        due_acks: ids(AckStage::Due),
        covered_acks: ids(AckStage::Covered),
        durable: channels().map(|c| snapshot_of_model(scenario, c, &durable[c])).collect(),
        writes: channels()
            .map(|c| {
                let writes = disk.writes(c).iter();
                writes
                    .map(|Write { snapshot, .. }| snapshot_of_model(scenario, c, snapshot))
                    .collect()
            })
            .collect(),
        durable_manager: manager_of_model(scenario, on_disk),
        manager_write: manager_writing.then(|| manager_of_model(scenario, manager_write)),
    }
}

/// The HTLCs that lie on a channel: all on the outbound one, forwards on the inbound one.
fn htlcs_on(scenario: &Scenario, c: usize) -> impl Iterator<Item = usize> + '_ {
    let lies_here = move |h: &usize| {
        c == model::state::OUTBOUND || scenario.htlcs[*h] == model::scenario::Role::Forward
    };
    scenario.htlcs().filter(lies_here)
}

fn event_of_model(entry: &Entry) -> EventView {
    let Entry { id, htlc, outcome } = *entry;
    (id.into(), htlc.into(), outcome == model::state::Outcome::Claim)
}

fn snapshot_of_model(scenario: &Scenario, c: usize, snapshot: &Snapshot) -> SnapshotView {
    let Snapshot { data, events } = snapshot;
    written_of_model(scenario, c, data, events)
}

fn written_of_model(
    scenario: &Scenario,
    c: usize,
    data: &MonitorData,
    events: &EventList,
) -> SnapshotView {
    let MonitorData { update_id, best_block, lockdown, next_event_id, stages } = data;
    let stage = |h: usize| match stages[h] {
        Stage::Committed => StageView::Held,
        Stage::SignedClaim => StageView::Signed(true),
        Stage::SignedFail => StageView::Signed(false),
        Stage::RevokedClaim | Stage::RevokedFail => StageView::Removed,
    };
    SnapshotView {
        update_id: (*update_id).into(),
        best_block: (*best_block).into(),
        lockdown: *lockdown,
        next_event_id: (*next_event_id).into(),
        stages: htlcs_on(scenario, c).map(stage).collect(),
        events: events.entries().iter().map(event_of_model).collect(),
    }
}

fn monitor_of_model(scenario: &Scenario, c: usize, monitor: &Monitor) -> MonitorView {
    let Monitor { data, events, provided, durable_below, close_notice } = monitor;
    MonitorView {
        written: written_of_model(scenario, c, data, events),
        provided: (*provided).into(),
        held_back: events.entries().iter().filter(|e| e.id >= *durable_below).count(),
        close_notice: *close_notice,
    }
}

fn manager_of_model(scenario: &Scenario, manager: &Manager) -> ManagerView {
    // `effects` is history.
    let Manager { open, update_id, in_flight: _, statuses, actions, effects: _ } = manager;
    let htlc = |h: usize| match statuses[h] {
        Status::Unused | Status::Waiting | Status::Held => HtlcView::Waiting,
        Status::QueuedClaim => HtlcView::Queued(true, actions[h].into()),
        Status::QueuedFail => HtlcView::Queued(false, actions[h].into()),
        Status::DoneClaim | Status::DoneFail => HtlcView::Settled,
        Status::FailQueued => HtlcView::FailQueued,
        Status::SignedClaim => HtlcView::Signed(true),
        Status::SignedFail => HtlcView::Signed(false),
        Status::GoneClaim | Status::GoneFail => HtlcView::Resolved,
    };
    let update = |Update { kind, htlc, outcome }: &Update| match kind {
        UpdateKind::Commit => {
            UpdateView::Sign((*htlc).into(), *outcome == model::state::Outcome::Claim)
        }
        UpdateKind::Revoke => UpdateView::Revoke((*htlc).into()),
        UpdateKind::None | UpdateKind::Close => UpdateView::Close,
    };
    let channels = || scenario.channels();
    ManagerView {
        open: channels().map(|c| open[c]).collect(),
        update_id: channels().map(|c| update_id[c].into()).collect(),
        in_flight: channels().map(|c| manager.in_flight(c).iter().map(update).collect()).collect(),
        htlcs: scenario.htlcs().map(htlc).collect(),
    }
}

/// The view of the reference and its disk.
///
/// # Panics
/// If the reference cannot read what it wrote.
pub fn of_reference(scenario: &Scenario, driver: &Driver) -> View {
    let node = &driver.node;
    let Store { monitors, writes, manager, manager_write } = &driver.store;
    let read = |bytes: &Vec<u8>| {
        written_of_reference(&ChannelMonitor::read(bytes).expect("the reference reads its writes"))
    };
    let read_manager = |bytes: &Vec<u8>| {
        manager_of_reference(&ChannelManager::read(bytes).expect("the reference reads its writes"))
    };
    let live = node.manager();
    let channels = || scenario.channels().map(channel);
    let mut covered: Vec<u64> =
        live.write_in_flight().into_iter().flatten().map(|source| source.event_id.0).collect();
    covered.sort_unstable();
    View {
        watching: node.is_watching(),
        background: node.background_pending().iter().map(|id| id.0 as usize).collect(),
        monitors: channels().map(|id| monitor_of_reference(driver, id)).collect(),
        manager: manager_of_reference(live),
        handling: live.handling().map(|htlc| htlc.0),
        forward_acks: live
            .pending_forward_monitor_event_acks()
            .keys()
            .map(|s| s.event_id.0)
            .collect(),
        due_acks: live.due_acks().iter().map(|source| source.event_id.0).collect(),
        covered_acks: covered,
        durable: channels().map(|id| read(&monitors[&id])).collect(),
        writes: channels().map(|id| writes[&id].iter().map(read).collect()).collect(),
        durable_manager: read_manager(manager),
        manager_write: manager_write.as_ref().map(read_manager),
    }
}

fn is_claim(outcome: Outcome) -> bool {
    outcome == Outcome::Claim
}

fn written_of_reference(monitor: &ChannelMonitor) -> SnapshotView {
    let stage = |stage: RemovalStage| match stage {
        RemovalStage::Held => StageView::Held,
        RemovalStage::Signed(outcome) => StageView::Signed(is_claim(outcome)),
        RemovalStage::Removed => StageView::Removed,
    };
    SnapshotView {
        update_id: monitor.update_id(),
        best_block: monitor.best_block(),
        lockdown: monitor.is_locked_down(),
        next_event_id: monitor.next_event_id().0,
        stages: monitor.htlcs().values().map(|htlc| stage(htlc.stage)).collect(),
        events: monitor
            .events()
            .map(|(id, HTLCEvent { htlc, outcome })| (id.0, htlc.0, is_claim(*outcome)))
            .collect(),
    }
}

fn monitor_of_reference(driver: &Driver, id: ChannelId) -> MonitorView {
    let monitor = driver.node.monitor(id).expect("every channel has a monitor");
    let reported = match driver.node.chain_monitor().monitor(id) {
        Some(watched) => watched.reported().next_event_id,
        // On its way to the Watch: what it was loaded from counts as reported.
        None => {
            let loaded = ChannelMonitor::read(&driver.store.monitors[&id]);
            loaded.expect("the reference reads its writes").next_event_id()
        }
    };
    MonitorView {
        written: written_of_reference(monitor),
        provided: monitor.provided().len(),
        held_back: monitor.events().filter(|(event, _)| *event >= reported).count(),
        close_notice: monitor.has_close_notice(),
    }
}

fn manager_of_reference(manager: &ChannelManager) -> ManagerView {
    let channels = manager.channels();
    let update = |update: &ChannelMonitorUpdate| match update.step {
        ChannelMonitorUpdateStep::SignRemoval { htlc, outcome } => {
            UpdateView::Sign(htlc.0, is_claim(outcome))
        }
        ChannelMonitorUpdateStep::Revocation { htlc } => UpdateView::Revoke(htlc.0),
        ChannelMonitorUpdateStep::ChannelForceClosed => UpdateView::Close,
    };
    ManagerView {
        open: channels.values().map(|channel| channel.is_open).collect(),
        update_id: channels.values().map(|channel| channel.latest_monitor_update_id).collect(),
        in_flight: channels
            .values()
            .map(|channel| channel.in_flight_monitor_updates.iter().map(update).collect())
            .collect(),
        htlcs: manager
            .htlcs()
            .iter()
            .map(|(id, htlc)| htlc_of_reference(manager, *id, htlc))
            .collect(),
    }
}

fn htlc_of_reference(
    manager: &ChannelManager,
    id: reference::event::HtlcId,
    htlc: &HtlcState,
) -> HtlcView {
    if let Some(queued) = manager.pending_events().get(&id) {
        let claimed = matches!(queued.event, Event::PaymentSent { .. });
        let acked =
            queued.actions.iter().map(|EventCompletionAction::AckMonitorEvent(s)| s.event_id.0);
        return HtlcView::Queued(claimed, acked.max().unwrap_or(u64::from(NO_ID)));
    }
    match htlc {
        HtlcState::Payment(PaymentState::Waiting) => HtlcView::Waiting,
        HtlcState::Payment(PaymentState::Settled) => HtlcView::Settled,
        HtlcState::Forward { inbound: _, state } => match state {
            ForwardState::Waiting => HtlcView::Waiting,
            ForwardState::FailQueued => HtlcView::FailQueued,
            ForwardState::Signed(outcome) => HtlcView::Signed(is_claim(*outcome)),
            ForwardState::Resolved => HtlcView::Resolved,
        },
    }
}
