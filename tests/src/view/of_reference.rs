//! The reference's side: its memory, and what it reads from the bytes it wrote.

use super::{Listener, ManagerNames, MonitorNames, Word};
use crate::driver::Driver;
use crate::names::channel;
use crate::store::Store;
use model::scenario::Scenario;
use reference::config::Mode;
use reference::event::{
    Event, EventCompletionAction, HTLCEvent, HtlcId, MonitorEventSource, Outcome,
};
use reference::manager::{
    ChannelManager, ForwardState, HtlcState, PaymentState, ReceivedState, Telling,
};
use reference::monitor::{ChannelMonitor, MonitorHtlc, RemovalStage};
use reference::update::ChannelMonitorUpdateStep;
use reference::watch::Watch;

/// The node in memory, and what it did to the outside.
pub fn memory<L: Listener>(scenario: &Scenario, driver: &Driver, to: &mut L) {
    let node = &driver.node;
    to.flag("watching", node.is_watching());
    let pending = node.background_pending();
    scenario.channels().for_each(|c| to.flag("background", pending.contains(&channel(c))));
    for id in scenario.channels().map(channel) {
        to.flag("archived", node.chain_monitor().is_archived(id));
        let Some(monitor) = node.monitor(id) else {
            to.say("monitor.update_id", Word::Archived);
            continue;
        };
        written(MonitorNames::MEMORY, monitor, to);
        to.number("monitor.provided", monitor.provided().len());
        let held_back = monitor.pending().iter().filter(|pending| pending.waits_for.is_some());
        to.number("monitor.held_back", held_back.count());
        to.flag("monitor.close_notice", monitor.has_close_notice());
        let watched = node.chain_monitor().monitor(id);
        to.number("monitor.completed", watched.and_then(|w| w.completed()).unwrap_or(0));
    }
    let live = node.manager();
    manager(ManagerNames::MEMORY, live, to);
    let handling = live.handling();
    to.say("handling", handling.map_or(Word::None, |htlc| Word::Number(htlc.0 as u16)));
    let waiting = live.pending_forward_monitor_event_acks();
    to.number("forward_acks", waiting.len());
    waiting.keys().for_each(|source| self::source("forward_acks", source, to));
    to.number("due_acks", live.due_acks().len());
    live.due_acks().iter().for_each(|source| self::source("due_acks", source, to));
    let covered = live.write_in_flight();
    to.number("covered_acks", covered.map_or(0, |acks| acks.len()));
    covered.into_iter().flatten().for_each(|source| self::source("covered_acks", source, to));
    for htlc in scenario.htlcs().map(|h| HtlcId(h as u64)) {
        to.flag("record", driver.record.contains(&Event::PaymentSent { htlc }));
        to.flag("record", driver.record.contains(&Event::PaymentFailed { htlc }));
        to.flag("record", driver.record.contains(&Event::PaymentForwarded { htlc }));
        to.flag("record", driver.record.contains(&Event::PaymentClaimed { htlc }));
        let resolved = driver.resolved.get(&htlc);
        let word = resolved.map_or(Word::None, |outcome| Word::Claimed(is_claim(*outcome)));
        to.say("resolved", word);
    }
}

/// An event to ack, with its channel.
fn source<L: Listener>(field: &'static str, source: &MonitorEventSource, to: &mut L) {
    to.number(field, source.channel_id.0);
    to.number(field, source.event_id.0);
}

/// The disk.
pub fn disk<L: Listener>(scenario: &Scenario, store: &Store, to: &mut L) {
    let Store { monitors, writes, archived, manager, manager_write } = store;
    for id in scenario.channels().map(channel) {
        to.flag("durable_archived", archived.contains(&id));
        let Some(stored) = monitors.get(&id) else {
            to.say("durable", Word::Archived);
            continue;
        };
        to.read("durable", &stored.loads_as, tell_monitor);
        to.number("writes", writes[&id].len());
        writes[&id].iter().for_each(|stored| to.read("writes", &stored.loads_as, tell_monitor));
    }
    to.read("durable_manager", manager, tell_manager);
    to.flag("manager_write", manager_write.is_some());
    manager_write.iter().for_each(|bytes| to.read("manager_write", bytes, tell_manager));
}

fn tell_monitor<L: Listener>(name: &'static str, bytes: &[u8], to: &mut L) {
    match ChannelMonitor::read(bytes) {
        Ok(monitor) => written(MonitorNames::all(name), &monitor, to),
        Err(_) => to.say(name, Word::Unreadable),
    }
}

fn tell_manager<L: Listener>(name: &'static str, bytes: &[u8], to: &mut L) {
    match ChannelManager::read(bytes) {
        Ok(read) => manager(ManagerNames::all(name), &read, to),
        Err(_) => to.say(name, Word::Unreadable),
    }
}

/// Why something on the reference's disk cannot be read, if something cannot.
pub fn unreadable(driver: &Driver) -> Option<String> {
    let Store { monitors, writes, archived: _, manager, manager_write } = &driver.store;
    let mut versions = monitors.values().chain(writes.values().flatten());
    let monitor = versions.find_map(|stored| ChannelMonitor::read_stored(&stored.parts).err());
    let mut managers = std::iter::once(manager).chain(manager_write);
    let manager = managers.find_map(|bytes| ChannelManager::read(bytes).err());
    let monitor = monitor.map(|error| format!("a monitor on disk is unreadable: {error}\n"));
    monitor.or_else(|| manager.map(|e| format!("a manager on disk is unreadable: {e}\n")))
}

fn is_claim(outcome: Outcome) -> bool {
    outcome == Outcome::Claim
}

/// What a full write of a monitor holds.
fn written<L: Listener>(names: MonitorNames, monitor: &ChannelMonitor, to: &mut L) {
    to.number(names.update_id, monitor.update_id());
    to.number(names.best_block, monitor.best_block());
    to.flag(names.lockdown, monitor.is_locked_down());
    to.flag(names.mode, monitor.mode() == Mode::On);
    to.number(names.next_event_id, monitor.next_event_id().0);
    to.flag(names.archival_clock, monitor.archival_clock_runs());
    to.number(names.stages, monitor.htlcs().len());
    for (id, MonitorHtlc { direction: _, stage }) in monitor.htlcs() {
        to.number(names.stages, id.0);
        to.say(
            names.stages,
            match stage {
                RemovalStage::Held => Word::Held,
                RemovalStage::Signed(outcome) => Word::Signed(is_claim(*outcome)),
                RemovalStage::Removed => Word::Removed,
            },
        );
    }
    for htlc in monitor.htlcs().keys() {
        to.flag(names.spends, monitor.chain().spend(*htlc).is_some());
    }
    to.number(names.events, monitor.events().count());
    for (id, HTLCEvent { htlc, outcome }) in monitor.events() {
        to.number(names.events, id.0);
        to.number(names.events, htlc.0);
        to.say(names.events, Word::Claimed(is_claim(outcome)));
    }
}

fn steps<'a, L: Listener>(
    field: &'static str,
    steps: impl ExactSizeIterator<Item = &'a ChannelMonitorUpdateStep>,
    to: &mut L,
) {
    to.number(field, steps.len());
    for step in steps {
        let (word, htlc) = match step {
            ChannelMonitorUpdateStep::SignRemoval { htlc, outcome } => {
                (Word::Signed(is_claim(*outcome)), Some(htlc))
            }
            ChannelMonitorUpdateStep::Revocation { htlc } => (Word::Revoked, Some(htlc)),
            ChannelMonitorUpdateStep::ChannelForceClosed => (Word::Close, None),
            ChannelMonitorUpdateStep::Offer { htlc } => (Word::Offer, Some(htlc)),
        };
        to.say(field, word);
        htlc.into_iter().for_each(|htlc| to.number(field, htlc.0));
    }
}

/// What a manager write holds.
fn manager<L: Listener>(names: ManagerNames, manager: &ChannelManager, to: &mut L) {
    for channel in manager.channels().values() {
        to.flag(names.open, channel.is_open);
        to.number(names.update_id, channel.latest_monitor_update_id);
        let in_flight = channel.in_flight_monitor_updates.iter().map(|update| &update.step);
        steps(names.in_flight, in_flight, to);
        steps(names.blocked, channel.blocked_monitor_updates.iter(), to);
    }
    for (id, htlc) in manager.htlcs() {
        let queued = manager.pending_events().get(id);
        match (htlc, queued) {
            (HtlcState::Payment { .. }, Some(queued)) => {
                to.say(names.htlcs, Word::Queued(is_claim(queued.event.outcome())));
                to.number(names.htlcs, queued.actions.len());
                for EventCompletionAction::AckMonitorEvent(source) in &queued.actions {
                    to.number(names.htlcs, source.event_id.0);
                }
            }
            _ => to.say(names.htlcs, state(htlc)),
        }
        to.say(names.told, told(htlc, queued.is_some()));
    }
}

fn told(htlc: &HtlcState, queued: bool) -> Word {
    match htlc {
        HtlcState::Payment { .. } => Word::None,
        HtlcState::Forward { telling, .. } | HtlcState::Received { telling, .. } => match telling {
            Telling::Never => Word::None,
            Telling::NotYet => Word::Waiting,
            Telling::Queued if queued => Word::Queued(true),
            Telling::Queued => Word::Settled,
        },
    }
}

fn state(htlc: &HtlcState) -> Word {
    match htlc {
        HtlcState::Payment { payment: _, state } => match state {
            PaymentState::Unmade(_) => Word::Unmade,
            PaymentState::InHoldingCell(_) => Word::HoldingCell,
            PaymentState::Waiting => Word::Waiting,
            PaymentState::Settled(outcome) => Word::Claimed(is_claim(*outcome)),
        },
        HtlcState::Forward { inbound: _, leaves_as: _, state, telling: _ } => match state {
            ForwardState::InHoldingCell(_) => Word::HoldingCell,
            ForwardState::Waiting => Word::Waiting,
            ForwardState::FailQueued => Word::FailQueued,
            ForwardState::Signed(outcome) => Word::Signed(is_claim(*outcome)),
            ForwardState::Resolved => Word::Resolved,
        },
        HtlcState::Received { inbound: _, payment: _, state, telling: _ } => match state {
            ReceivedState::Claimable => Word::Waiting,
            ReceivedState::Claimed => Word::Signed(true),
            ReceivedState::Resolved => Word::Resolved,
        },
    }
}
