//! The reference's side: its memory, what it reads from the bytes it wrote, and what it has asked
//! of the outside.

use super::{Listener, ManagerNames, MonitorNames, Word};
use crate::driver::Driver;
use crate::history::Told;
use crate::names::{Name, channel, channel_number};
use arrayvec::ArrayVec;
use model::state::{Channel, HTLCS, Htlc};
use model::topology::Topology;
use reference::manager::Channel as ManagerChannel;
use reference::monitor::{MonitorHtlc, Spend};
use reference::{
    ChannelId, ChannelManager, ChannelMonitor, ChannelMonitorUpdateStep, EventCompletionAction,
    EventKey, HTLCResolution, HtlcId, InboundHtlcState, Mode, MonitorEventSource, Origin, Outcome,
    PartState, RemovalStage, Telling, Watch,
};

/// The node in memory, and what it did to the outside.
pub fn memory<L: Listener>(topology: &Topology, driver: &Driver, to: &mut L) {
    let node = &driver.node;
    to.flag("watching", node.is_watching());
    let pending = node.manager().background_pending();
    topology.channels().for_each(|c| to.flag("background", pending.contains(&channel(c))));
    for id in topology.channels().map(channel) {
        to.flag("archived", node.chain_monitor().is_archived(id));
        let Some(monitor) = node.monitor(id) else {
            to.say("monitor.update_id", Word::Archived);
            continue;
        };
        written(MonitorNames::MEMORY, driver, monitor, to);
        to.number("monitor.provided", monitor.provided().len());
        let held_back = monitor.pending().iter().filter(|pending| pending.waits_for.is_some());
        to.number("monitor.held_back", held_back.count());
        to.flag("monitor.close_notice", monitor.has_close_notice());
        let watched = node.chain_monitor().monitor(id);
        let completed = watched.and_then(|w| w.completed());
        let completed = completed.map_or(0, |update_id| since(driver, id, update_id));
        to.number("monitor.completed", completed);
    }
    let live = node.manager();
    manager(ManagerNames::MEMORY, driver, live, to);
    let handling = live.handling().and_then(|key| of_key(driver, key));
    to.say("handling", handling.map_or(Word::None, |h| Word::Number(h.index() as u16)));
    let waiting = live.pending_forward_monitor_event_acks();
    to.number("forward_acks", waiting.len());
    waiting.keys().for_each(|source| self::source("forward_acks", source, to));
    to.number("due_acks", live.due_acks().len());
    live.due_acks().iter().for_each(|source| self::source("due_acks", source, to));
    let covered = live.write_in_flight();
    to.number("covered_acks", covered.map_or(0, |acks| acks.len()));
    covered.into_iter().flatten().for_each(|source| self::source("covered_acks", source, to));
    topology.channels().for_each(|c| messages(driver, c, to));
    for h in topology.htlcs() {
        to.flag("record", driver.record.contains(&Told::Sent(h)));
        to.flag("record", driver.record.contains(&Told::Failed(h)));
        to.flag("record", driver.record.contains(&Told::Forwarded(h)));
        to.flag("record", driver.record.contains(&Told::Claimed(h)));
        let resolved = driver.resolved.get(&h);
        let word = resolved.map_or(Word::None, |outcome| Word::Claimed(is_claim(*outcome)));
        to.say("resolved", word);
    }
}

/// What the peer of a channel has heard, and has not answered.
fn messages<L: Listener>(driver: &Driver, c: Channel, to: &mut L) {
    let (id, outside) = (channel(c), &driver.outside);
    for (h, _) in driver.names.all().filter(|(_, name)| name.outbound == Some(id)) {
        let leaves_as = driver.id_on(id, h);
        let is_offered = leaves_as.is_some_and(|htlc| outside.was_offered(id, htlc.id));
        to.flag("messages", is_offered);
        to.flag("messages", leaves_as.is_some_and(|htlc| outside.signed(id, htlc).is_some()));
    }
    for (_, name) in driver.names.all() {
        if let Some(hop) = name.hop.filter(|hop| hop.channel_id == id) {
            to.flag("messages", outside.signed(id, hop.htlc()).is_some());
        }
    }
}

/// How many updates there were since the scenario began.
pub fn since(driver: &Driver, id: ChannelId, update_id: u64) -> u64 {
    update_id.wrapping_sub(driver.begins.get(&id).copied().unwrap_or_default())
}

/// The HTLC whose event has a place in the queue.
pub fn of_key(driver: &Driver, key: EventKey) -> Option<Htlc> {
    driver.names.all().find(|(_, name)| name.key == Some(key)).map(|(h, _)| h)
}

/// An event to ack, with its channel.
fn source<L: Listener>(field: &'static str, source: &MonitorEventSource, to: &mut L) {
    to.number(field, channel_number(source.channel_id));
    to.number(field, source.event_id.0);
}

/// The disk.
pub fn disk<L: Listener>(topology: &Topology, driver: &Driver, to: &mut L) {
    let crate::store::Store { monitors, writes, archived, manager, manager_write } = &*driver.store;
    for id in topology.channels().map(channel) {
        to.flag("durable_archived", archived.contains(&id));
        let Some(stored) = monitors.get(&id) else {
            to.say("durable", Word::Archived);
            continue;
        };
        to.read("durable", driver, &stored.loads_as, tell_monitor);
        to.number("writes", writes[&id].len());
        let each = |stored: &crate::store::Stored| {
            to.read("writes", driver, &stored.loads_as, tell_monitor);
        };
        writes[&id].iter().for_each(each);
    }
    to.read("durable_manager", driver, manager, tell_manager);
    to.flag("manager_write", manager_write.is_some());
    manager_write.iter().for_each(|b| to.read("manager_write", driver, b, tell_manager));
}

fn tell_monitor<L: Listener>(name: &'static str, driver: &Driver, bytes: &[u8], to: &mut L) {
    match ChannelMonitor::read(bytes) {
        Ok(monitor) => written(MonitorNames::all(name), driver, &monitor, to),
        Err(_) => to.say(name, Word::Unreadable),
    }
}

fn tell_manager<L: Listener>(name: &'static str, driver: &Driver, bytes: &[u8], to: &mut L) {
    match ChannelManager::read(bytes) {
        Ok(read) => manager(ManagerNames::all(name), driver, &read, to),
        Err(_) => to.say(name, Word::Unreadable),
    }
}

/// Why something on the reference's disk cannot be read, if something cannot.
pub fn unreadable(driver: &Driver) -> Option<String> {
    let crate::store::Store { monitors, writes, archived: _, manager, manager_write } =
        &*driver.store;
    let mut versions = monitors.values().chain(writes.values().flatten());
    let monitor = versions.find_map(|stored| ChannelMonitor::read_stored(&stored.parts()).err());
    let mut managers = std::iter::once(manager).chain(manager_write);
    let manager = managers.find_map(|bytes| ChannelManager::read(bytes).err());
    let monitor = monitor.map(|error| format!("a monitor on disk is unreadable: {error}\n"));
    monitor.or_else(|| manager.map(|e| format!("a manager on disk is unreadable: {e}\n")))
}

fn is_claim(outcome: Outcome) -> bool {
    outcome == Outcome::Claim
}

/// A number that no HTLC has: for one that the scenario does not know.
const UNKNOWN: u16 = 999;

fn number_of(h: Option<Htlc>) -> u16 {
    h.map_or(UNKNOWN, |h| h.index() as u16)
}

/// What a full write of a monitor holds.
fn written<L: Listener>(
    names: MonitorNames,
    driver: &Driver,
    monitor: &ChannelMonitor,
    to: &mut L,
) {
    let id = monitor.channel_id();
    to.number(names.update_id, since(driver, id, monitor.update_id()));
    to.number(names.best_block, monitor.best_block());
    to.flag(names.lockdown, monitor.is_locked_down());
    to.flag(names.mode, monitor.mode() == Mode::On);
    to.number(names.next_event_id, monitor.next_event_id().0);
    to.flag(names.archival_clock, monitor.archival_clock_runs());
    // What was removed is pruned; that it was there the counters say.
    let here: ArrayVec<(Htlc, HtlcId), HTLCS> = driver
        .names
        .all()
        .filter_map(|(h, _)| Some((h, driver.id_on(id, h)?)))
        .filter(|(_, htlc)| monitor.has_had(*htlc))
        .collect();
    to.number(names.stages, here.len());
    for (h, htlc) in &here {
        to.number(names.stages, h.index());
        let entry = monitor.htlcs().get(htlc);
        to.say(names.stages, entry.map_or(Word::Removed, |entry| stage(driver, *h, entry)));
    }
    for (_, htlc) in &here {
        let spend = monitor.chain().spend(*htlc).map(|spend| spend != Spend::Timeout);
        to.say(names.spends, spend.map_or(Word::None, Word::Claimed));
    }
    seen(names.commitment, driver, monitor, to);
    to.number(names.events, monitor.events().count());
    for (id, event) in monitor.events() {
        to.number(names.events, id.0);
        to.number(names.events, number_of(driver.names.of_event(event)));
        to.say(names.events, Word::Claimed(is_claim(event.resolution.outcome())));
    }
}

fn stage(driver: &Driver, h: Htlc, entry: &MonitorHtlc) -> Word {
    let name = driver.names.at(h);
    let amount =
        if entry.source.is_some() { driver.names.leaving_msat(h) } else { name.amount_msat };
    match entry.stage {
        _ if (entry.payment_hash, entry.amount_msat) != (name.payment_hash, amount) => {
            Word::Unreadable
        }
        RemovalStage::Held => Word::Held,
        RemovalStage::Signed(HTLCResolution::Claimed(preimage)) if preimage != name.preimage => {
            Word::Unreadable
        }
        RemovalStage::Signed(resolution) => Word::Signed(is_claim(resolution.outcome())),
        RemovalStage::Removed => Word::Removed,
    }
}

/// What the monitor knows of the chain.
fn seen<L: Listener>(field: &'static str, driver: &Driver, monitor: &ChannelMonitor, to: &mut L) {
    let chain = monitor.chain();
    let Some(commitment) = chain.commitment() else { return to.say(field, Word::None) };
    to.say(field, Word::Commitment(commitment.owner == reference::CommitmentOwner::Holder));
    let name = |htlc: &HtlcId| driver.named(monitor.channel_id(), *htlc);
    let mut outputs: ArrayVec<_, 8> = commitment.outputs.iter().map(name).take(8).collect();
    outputs.sort_unstable();
    outputs.into_iter().for_each(|h| to.number(field, number_of(h)));
    to.flag(field, chain.is_final());
}

fn steps<'a, L: Listener>(
    field: &'static str,
    (driver, id): (&Driver, ChannelId),
    steps: impl ExactSizeIterator<Item = &'a ChannelMonitorUpdateStep>,
    to: &mut L,
) {
    to.number(field, steps.len());
    for step in steps {
        let word = match step {
            ChannelMonitorUpdateStep::SignRemoval { resolution, .. } => {
                Word::Signed(is_claim(resolution.outcome()))
            }
            ChannelMonitorUpdateStep::Revocation { .. } => Word::Revoked,
            ChannelMonitorUpdateStep::ChannelForceClosed => Word::Close,
            ChannelMonitorUpdateStep::OfferHTLC(..) => Word::Offer,
            // The scenario's HTLCs came before it began.
            ChannelMonitorUpdateStep::ReceiveHTLC(_) => Word::Unreadable,
        };
        to.say(field, word);
        let h = step.htlc().map(|htlc| driver.named(id, htlc));
        h.into_iter().for_each(|h| to.number(field, number_of(h)));
    }
}

/// What a manager write holds.
fn manager<L: Listener>(
    names: ManagerNames,
    driver: &Driver,
    manager: &ChannelManager,
    to: &mut L,
) {
    for (id, channel) in manager.channels().iter() {
        let ManagerChannel {
            is_open,
            latest_monitor_update_id,
            in_flight_monitor_updates,
            blocked_monitor_updates,
            inbound_htlcs: _,
            is_new: _,
        } = channel;
        to.flag(names.open, *is_open);
        to.number(names.update_id, since(driver, id, *latest_monitor_update_id));
        let in_flight = in_flight_monitor_updates.iter().map(|update| &update.step);
        steps(names.in_flight, (driver, id), in_flight, to);
        steps(names.blocked, (driver, id), blocked_monitor_updates.iter(), to);
    }
    for (_, name) in driver.names.all() {
        let queued = name.key.and_then(|key| manager.pending_events().get(&key));
        match queued {
            Some(queued) if name.role.is_own() => {
                let outcome = queued.event.outcome();
                to.say(names.htlcs, Word::Queued(outcome == Some(Outcome::Claim)));
                to.number(names.htlcs, queued.actions.len());
                for action in &queued.actions {
                    if let EventCompletionAction::AckMonitorEvent(source) = action {
                        to.number(names.htlcs, source.event_id.0);
                    }
                }
            }
            _ => to.say(names.htlcs, state(manager, name)),
        }
        to.say(names.told, told(manager, name, queued.is_some()));
    }
}

fn told(manager: &ChannelManager, name: &Name, queued: bool) -> Word {
    match telling(manager, name) {
        None | Some(Telling::Never) => Word::None,
        Some(Telling::NotYet) => Word::Waiting,
        Some(Telling::Queued) if queued => Word::Queued(true),
        Some(Telling::Queued) => Word::Settled,
    }
}

/// Whether the user is told of a forward or of a payment received.
pub fn telling(manager: &ChannelManager, name: &Name) -> Option<Telling> {
    match name.key? {
        EventKey::Outbound(Origin::Forward(first)) => {
            manager.forwards().get(&first).map(|forward| forward.telling)
        }
        EventKey::Claimed(hash) => manager.received().get(&hash).map(|p| p.telling),
        _ => None,
    }
}

fn state(manager: &ChannelManager, name: &Name) -> Word {
    if let Some(hop) = name.hop {
        let Some(htlc) = manager.inbound_htlc(hop) else { return Word::Unreadable };
        return match htlc.state {
            InboundHtlcState::Undecided => Word::Unreadable,
            InboundHtlcState::InHoldingCell => Word::HoldingCell,
            InboundHtlcState::Waiting | InboundHtlcState::Claimable => Word::Waiting,
            InboundHtlcState::FailQueued => Word::FailQueued,
            InboundHtlcState::Signed(outcome) => Word::Signed(is_claim(outcome)),
            InboundHtlcState::Resolved => Word::Resolved,
        };
    }
    let Some(Origin::Payment(id)) = name.origin else { return Word::Unreadable };
    let part = manager.payments().get(&id.payment_id).and_then(|p| p.parts.get(&id.part));
    match part.map(|part| part.state) {
        None => Word::Unmade,
        Some(PartState::InHoldingCell) => Word::HoldingCell,
        Some(PartState::Waiting) => Word::Waiting,
        Some(PartState::Settled(outcome)) => Word::Claimed(is_claim(outcome)),
    }
}
