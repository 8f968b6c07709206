//! The reference's side: its memory, and what it reads from the bytes it wrote.

use super::{HtlcView, ManagerView, MonitorView, SnapshotView, StageView, UpdateView, View};
use crate::driver::{Driver, Store, channel};
use model::scenario::Scenario;
use reference::event::{ChannelId, Event, EventCompletionAction, HTLCEvent, HtlcId, Outcome};
use reference::manager::{ChannelManager, ForwardState, HtlcState, PaymentState};
use reference::monitor::{ChannelMonitor, MonitorHtlc, RemovalStage};
use reference::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};

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
        stages: monitor
            .htlcs()
            .values()
            .map(|MonitorHtlc { direction: _, stage: removal }| stage(*removal))
            .collect(),
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

fn htlc_of_reference(manager: &ChannelManager, id: HtlcId, htlc: &HtlcState) -> HtlcView {
    if let Some(queued) = manager.pending_events().get(&id) {
        let claimed = matches!(queued.event, Event::PaymentSent { .. });
        let acked =
            queued.actions.iter().map(|EventCompletionAction::AckMonitorEvent(s)| s.event_id.0);
        return HtlcView::Queued(claimed, acked.max().unwrap_or(u64::MAX));
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
