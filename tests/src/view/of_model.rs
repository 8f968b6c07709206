//! The model's side.

use super::{EventView, HtlcView, Ids, ManagerView, MonitorView, SnapshotView, StageView};
use super::{UpdateView, View};
use model::scenario::{Role, Scenario};
use model::state::world::{RECORD_FAILED, RECORD_SENT};
use model::state::{
    AckStage, Boot, Disk, Entry, EventList, Inbound, Manager, Monitor, MonitorData, NO_HTLC, NO_ID,
    Node, OUTBOUND, Outcome, Snapshot, Source, Stage, State, Status, Update, UpdateKind, World,
    Write,
};

/// The view of a model state.
pub fn of_model(scenario: &Scenario, state: &State) -> View {
    // History and budget are the environment's, and so are the chain and the outbound peer.
    let State { world, disk, node, ledger: _, budget: _ } = state;
    let World { chains: _, peer: _, inbound, record } = world;
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
        let mut ids: Ids =
            acks.iter().filter(|a| a.stage == stage).map(|a| a.source.id.into()).collect();
        ids.sort_unstable();
        ids
    };
    let channels = || scenario.channels();
    let mut waiting: Ids = forward_acks
        .iter()
        .filter(|s| s.id != NO_ID)
        .map(|Source { id, .. }| (*id).into())
        .collect();
    waiting.sort_unstable();
    View {
        watching: *boot == Boot::Watching,
        background: channels().filter(|c| !resumed[*c]).map(|c| c as u16).collect(),
        monitors: channels().map(|c| monitor_of_model(scenario, c, &monitors[c])).collect(),
        manager: manager_of_model(scenario, manager),
        handling: (*handling != NO_HTLC).then_some((*handling).into()),
        forward_acks: waiting,
        due_acks: ids(AckStage::Due),
        covered_acks: ids(AckStage::Covered),
        durable: channels().map(|c| Some(snapshot_of_model(scenario, c, &durable[c]))).collect(),
        writes: channels()
            .map(|c| {
                let writes = disk.writes(c).iter();
                writes
                    .map(|Write { snapshot, .. }| Some(snapshot_of_model(scenario, c, snapshot)))
                    .collect()
            })
            .collect(),
        durable_manager: Some(manager_of_model(scenario, on_disk)),
        manager_write: manager_writing.then(|| Some(manager_of_model(scenario, manager_write))),
        record: scenario
            .htlcs()
            .map(|h| (record[h] & RECORD_SENT != 0, record[h] & RECORD_FAILED != 0))
            .collect(),
        resolved: scenario.htlcs().map(|h| resolved_of_model(inbound[h])).collect(),
    }
}

fn resolved_of_model(inbound: Inbound) -> Option<bool> {
    match inbound {
        Inbound::Held => None,
        Inbound::Claimed => Some(true),
        Inbound::Failed | Inbound::Expired => Some(false),
    }
}

/// The HTLCs that lie on a channel: all on the outbound one, forwards on the inbound one.
fn htlcs_on(scenario: &Scenario, c: usize) -> impl Iterator<Item = usize> + '_ {
    let lies_here = move |h: &usize| c == OUTBOUND || scenario.htlcs[*h] == Role::Forward;
    scenario.htlcs().filter(lies_here)
}

fn event_of_model(entry: &Entry) -> EventView {
    let Entry { id, htlc, outcome } = *entry;
    (id.into(), htlc.into(), outcome == Outcome::Claim)
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
        held_back: events.entries().iter().filter(|e| e.id >= *durable_below).count() as u16,
        close_notice: *close_notice,
    }
}

fn manager_of_model(scenario: &Scenario, manager: &Manager) -> ManagerView {
    // `effects` is history.
    let Manager { open, update_id, in_flight: _, statuses, actions, effects: _ } = manager;
    let htlc = |h: usize| match statuses[h] {
        Status::Unused | Status::Waiting | Status::Held => HtlcView::Waiting,
        Status::QueuedClaim => HtlcView::Queued(true, Some(actions[h].into())),
        Status::QueuedFail => HtlcView::Queued(false, Some(actions[h].into())),
        Status::DoneClaim | Status::DoneFail => HtlcView::Settled,
        Status::FailQueued => HtlcView::FailQueued,
        Status::SignedClaim => HtlcView::Signed(true),
        Status::SignedFail => HtlcView::Signed(false),
        Status::GoneClaim | Status::GoneFail => HtlcView::Resolved,
    };
    let update = |Update { kind, htlc, outcome }: &Update| match kind {
        UpdateKind::Commit => UpdateView::Sign((*htlc).into(), *outcome == Outcome::Claim),
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
