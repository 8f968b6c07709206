//! The reference's side: its memory, and what it reads from the bytes it wrote.

use super::{HtlcView, Ids, ManagerView, MonitorView, SnapshotView, StageView, Stored};
use super::{UpdateView, View, few, small};
use crate::driver::{Driver, Store, channel};
use model::scenario::Scenario;
use reference::event::{ChannelId, Event, EventCompletionAction, HTLCEvent, HtlcId, Outcome};
use reference::manager::{ChannelManager, ForwardState, HtlcState, PaymentState};
use reference::monitor::{ChannelMonitor, MonitorHtlc, RemovalStage};
use reference::update::{ChannelMonitorUpdate, ChannelMonitorUpdateStep};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// What was read from bytes so far. Reading depends on the bytes alone, and the same few
    /// versions come again and again.
    static READ: RefCell<Memory> = RefCell::default();
}

#[derive(Default)]
struct Memory {
    monitors: HashMap<Vec<u8>, Stored<SnapshotView>, foldhash::fast::FixedState>,
    managers: HashMap<Vec<u8>, Stored<ManagerView>, foldhash::fast::FixedState>,
}

/// Beyond this many versions the memory starts anew.
const REMEMBERED: usize = 1 << 16;

fn remembered<T: Clone>(
    memory: &mut HashMap<Vec<u8>, T, foldhash::fast::FixedState>,
    bytes: &[u8],
    read: impl FnOnce(&[u8]) -> T,
) -> T {
    if let Some(known) = memory.get(bytes) {
        return known.clone();
    }
    if memory.len() == REMEMBERED {
        memory.clear();
    }
    let value = read(bytes);
    memory.insert(bytes.to_vec(), value.clone());
    value
}

fn read_monitor(bytes: &[u8]) -> Stored<SnapshotView> {
    READ.with_borrow_mut(|memory| {
        remembered(&mut memory.monitors, bytes, |bytes| {
            ChannelMonitor::read(bytes).ok().map(|monitor| written_of_reference(&monitor))
        })
    })
}

fn read_manager(bytes: &[u8]) -> Stored<ManagerView> {
    READ.with_borrow_mut(|memory| {
        remembered(&mut memory.managers, bytes, |bytes| {
            ChannelManager::read(bytes).ok().map(|manager| manager_of_reference(&manager))
        })
    })
}

/// The view of the reference, its disk, and what it did to the outside.
pub fn of_reference(scenario: &Scenario, driver: &Driver) -> View {
    let node = &driver.node;
    let Store { monitors, writes, manager, manager_write } = &driver.store;
    let live = node.manager();
    let channels = || scenario.channels().map(channel);
    let covered = live.write_in_flight().into_iter().flatten();
    let mut covered: Ids = few(covered.map(|source| small(source.event_id.0)));
    covered.sort_unstable();
    let has = |event: Event| driver.record.contains(&event);
    View {
        watching: node.is_watching(),
        background: few(node.background_pending().iter().map(|id| small(id.0))),
        monitors: few(channels().map(|id| monitor_of_reference(driver, id))),
        manager: manager_of_reference(live),
        handling: live.handling().map(|htlc| small(htlc.0)),
        forward_acks: few(live
            .pending_forward_monitor_event_acks()
            .keys()
            .map(|source| small(source.event_id.0))),
        due_acks: few(live.due_acks().iter().map(|source| small(source.event_id.0))),
        covered_acks: covered,
        durable: few(channels().map(|id| read_monitor(&monitors[&id]))),
        writes: few(channels().map(|id| few(writes[&id].iter().map(|bytes| read_monitor(bytes))))),
        durable_manager: read_manager(manager),
        manager_write: manager_write.as_ref().map(|bytes| read_manager(bytes)),
        record: few(htlcs(scenario)
            .map(|htlc| (has(Event::PaymentSent { htlc }), has(Event::PaymentFailed { htlc })))),
        resolved: few(htlcs(scenario)
            .map(|htlc| driver.resolved.get(&htlc).map(|outcome| is_claim(*outcome)))),
    }
}

/// Why something on the reference's disk cannot be read, if something cannot.
pub fn unreadable(driver: &Driver) -> Option<String> {
    let Store { monitors, writes, manager, manager_write } = &driver.store;
    let mut versions = monitors.values().chain(writes.values().flatten());
    let monitor = versions.find_map(|bytes| ChannelMonitor::read(bytes).err());
    let mut managers = std::iter::once(manager).chain(manager_write);
    let manager = managers.find_map(|bytes| ChannelManager::read(bytes).err());
    let monitor = monitor.map(|error| format!("a monitor on disk is unreadable: {error}\n"));
    monitor.or_else(|| manager.map(|e| format!("a manager on disk is unreadable: {e}\n")))
}

fn htlcs(scenario: &Scenario) -> impl Iterator<Item = HtlcId> {
    scenario.htlcs().map(|h| HtlcId(h as u64))
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
        update_id: small(monitor.update_id()),
        best_block: small(monitor.best_block()),
        lockdown: monitor.is_locked_down(),
        next_event_id: small(monitor.next_event_id().0),
        stages: few(monitor
            .htlcs()
            .values()
            .map(|MonitorHtlc { direction: _, stage: removal }| stage(*removal))),
        events: few(monitor.events().map(|(id, HTLCEvent { htlc, outcome })| {
            (small(id.0), small(htlc.0), is_claim(*outcome))
        })),
    }
}

fn monitor_of_reference(driver: &Driver, id: ChannelId) -> MonitorView {
    let monitor = driver.node.monitor(id).expect("every channel has a monitor");
    // On its way to the Watch: what it was loaded from counts as reported.
    let loaded = || read_monitor(&driver.store.monitors[&id]).map_or(0, |m| m.next_event_id);
    let watched = driver.node.chain_monitor().monitor(id);
    let reported = watched.map_or_else(loaded, |watched| small(watched.reported().next_event_id.0));
    MonitorView {
        written: written_of_reference(monitor),
        provided: small(monitor.provided().len() as u64),
        held_back: monitor.events().filter(|(event, _)| small(event.0) >= reported).count() as u16,
        close_notice: monitor.has_close_notice(),
    }
}

fn manager_of_reference(manager: &ChannelManager) -> ManagerView {
    let channels = manager.channels();
    let update = |update: &ChannelMonitorUpdate| match update.step {
        ChannelMonitorUpdateStep::SignRemoval { htlc, outcome } => {
            UpdateView::Sign(small(htlc.0), is_claim(outcome))
        }
        ChannelMonitorUpdateStep::Revocation { htlc } => UpdateView::Revoke(small(htlc.0)),
        ChannelMonitorUpdateStep::ChannelForceClosed => UpdateView::Close,
    };
    ManagerView {
        open: few(channels.values().map(|channel| channel.is_open)),
        update_id: few(channels.values().map(|channel| small(channel.latest_monitor_update_id))),
        in_flight: few(channels
            .values()
            .map(|channel| few(channel.in_flight_monitor_updates.iter().map(update)))),
        htlcs: few(manager.htlcs().iter().map(|(id, htlc)| htlc_of_reference(manager, *id, htlc))),
    }
}

fn htlc_of_reference(manager: &ChannelManager, id: HtlcId, htlc: &HtlcState) -> HtlcView {
    if let Some(queued) = manager.pending_events().get(&id) {
        let claimed = matches!(queued.event, Event::PaymentSent { .. });
        let mut ids =
            queued.actions.iter().map(|EventCompletionAction::AckMonitorEvent(s)| s.event_id.0);
        let only = ids.next().filter(|_| ids.next().is_none()).map(small);
        return HtlcView::Queued(claimed, only);
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
