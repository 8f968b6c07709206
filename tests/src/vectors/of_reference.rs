//! What a test vector shows of the reference: its memory, and what a load makes of the bytes that
//! it wrote. The chains are the model's, as they are for the whole judge.
//!
//! What the reference has forgotten it cannot show: of a removed HTLC often no outcome.

use super::shown::{
    ByHtlc, Data, DueAck, Event, EventId, InFlight, InMemory, ManagedChannel, ManagerVersion,
    Shown, Stored, UserEvent, Version, Write,
};
use super::words;
use crate::driver::Driver;
use crate::history::Told;
use crate::names::{Name, channel, channel_number};
use crate::view::of_reference::{of_key, since, telling};
use crate::world::world_allows;
use model::action::{Action, ActionKind, Args};
use model::machine::Machine;
use model::state::{self, Channel, Htlc, State};
use reference::monitor::{MonitorHtlc, Spend};
use reference::{
    ChannelId, ChannelManager, ChannelMonitor, ChannelMonitorUpdateStep, CommitmentOwner,
    EventCompletionAction, HTLCEvent, InboundHtlcState, MonitorEventSource, Outcome, PartState,
    QueuedEvent, RemovalStage, Telling,
};

/// What a vector shows of the reference, in the world of this state.
///
/// # Errors
/// Says which of the reference's bytes it cannot read.
pub fn shown(machine: &Machine, s: &State, driver: &Driver) -> Result<Shown, String> {
    let t = &machine.topology;
    let channels = || t.channels().map(|c| (c, c.to_string()));
    let node = &driver.node;
    let live = node.manager();
    let stored = channels().map(|(c, name)| Ok((name, stored(machine, driver, c)?)));
    let writing = driver.store.manager_write.as_ref();
    Ok(Shown {
        monitors: channels().map(|(c, name)| (name, in_memory(machine, s, driver, c))).collect(),
        stored_monitors: stored.collect::<Result<_, String>>()?,
        manager: manager(machine, driver, live),
        forward_acks: forward_acks(driver),
        due_acks: due_acks(driver),
        stored_manager: stored_manager(machine, driver, &driver.store.manager)?,
        manager_write: writing.map(|b| stored_manager(machine, driver, b)).transpose()?,
        watching: node.is_watching(),
        background_step_done: channels()
            .map(|(c, name)| (name, !live.background_pending().contains(&channel(c))))
            .collect(),
        handling: live.handling().and_then(|key| of_key(driver, key)).map(|h| h.to_string()),
        record: record(driver),
        chains: channels().map(|(c, name)| (name, words::blocks(&s.world.chains[c]))).collect(),
    })
}

/// In the order of the HTLCs that the entries name.
fn record(driver: &Driver) -> Vec<String> {
    let all = driver
        .names
        .all()
        .flat_map(|(h, _)| [Told::Sent(h), Told::Failed(h), Told::Forwarded(h), Told::Claimed(h)]);
    all.filter(|told| driver.record.contains(told)).map(|told| told.to_string()).collect()
}

fn name_of(id: ChannelId) -> String {
    Channel::at(channel_number(id) as usize).to_string()
}

fn event_id(source: &MonitorEventSource) -> EventId {
    EventId { channel: name_of(source.channel_id), id: source.event_id.0 as u8 }
}

fn forward_acks(driver: &Driver) -> ByHtlc<EventId> {
    let waiting = driver.node.manager().pending_forward_monitor_event_acks().iter();
    let named = waiting
        .map(|(source, outcome)| (named(driver.names.of_hop(outcome.first)), event_id(source)));
    named.collect()
}

fn due_acks(driver: &Driver) -> Vec<DueAck> {
    let live = driver.node.manager();
    let htlc = |source: &MonitorEventSource| {
        let events = driver.node.monitor(source.channel_id)?.events();
        let mut same = events.filter(|(id, _)| *id == source.event_id);
        same.next().and_then(|(_, event)| driver.names.of_event(event))
    };
    let due = |source: &MonitorEventSource, covered| DueAck {
        event: event_id(source),
        htlc: named(htlc(source)),
        covered,
    };
    let covered = live.write_in_flight().into_iter().flatten().map(|source| due(source, true));
    let uncovered = live.due_acks().iter().map(|source| due(source, false));
    let mut all: Vec<DueAck> = covered.chain(uncovered).collect();
    all.sort_by(|a, b| a.htlc.cmp(&b.htlc));
    all
}

fn named(h: Option<Htlc>) -> String {
    h.map_or_else(|| "unknown".into(), |h| h.to_string())
}

fn in_memory(machine: &Machine, s: &State, driver: &Driver, c: Channel) -> Option<InMemory> {
    let id = channel(c);
    let monitor = driver.node.monitor(id)?;
    // Whether a step is possible the reference says by taking it.
    let is_possible = |kind| {
        let action = Action { kind, args: Args::Channel(c) };
        world_allows(machine, s, action) && driver.clone().accepts(s, action)
    };
    let event = |id: reference::EventId, event| of_event(driver, Some(id.0 as u8), event);
    let completed = driver.node.chain_monitor().monitor(id).and_then(|watched| watched.completed());
    Some(InMemory {
        data: data(machine, driver, monitor),
        provided: monitor.provided().iter().map(|e| event(e.event_id, &e.event)).collect(),
        pending: monitor.pending().iter().map(|e| event(e.event_id, &e.event)).collect(),
        may_release: is_possible(ActionKind::Release),
        may_broadcast: is_possible(ActionKind::Broadcast),
        close_notice: monitor.has_close_notice(),
        completed: completed.map(|update_id| since(driver, id, update_id) as u8),
    })
}

fn of_event(driver: &Driver, id: Option<u8>, event: &HTLCEvent) -> Event {
    let outcome = words::outcome(ended(event.resolution.outcome()));
    Event { id, htlc: named(driver.names.of_event(event)), outcome }
}

fn ended(outcome: Outcome) -> state::Outcome {
    match outcome {
        Outcome::Claim => state::Outcome::Claim,
        Outcome::Fail => state::Outcome::Fail,
    }
}

fn data(machine: &Machine, driver: &Driver, monitor: &ChannelMonitor) -> Data {
    let (t, id, chain) = (&machine.topology, monitor.channel_id(), monitor.chain());
    let c = Channel::at(channel_number(id) as usize);
    let of_channel = || t.htlcs().filter(|h| t.leaves_by(*h, c) || t.came_in_on(*h, c));
    let stage = |h: Htlc| {
        let Some(htlc) = driver.id_on(id, h).filter(|htlc| monitor.has_had(*htlc)) else {
            return "not offered";
        };
        stage(monitor.htlcs().get(&htlc), t.came_in_on(h, c))
    };
    let spent = |h: Htlc| {
        let outcome = match chain.spend(driver.id_on(id, h)?)? {
            Spend::Timeout => state::Outcome::Fail,
            _ => state::Outcome::Claim,
        };
        Some((h.to_string(), words::spend(outcome)))
    };
    let commitment = chain.commitment().map(|confirmed| {
        let outputs = confirmed.outputs.iter().filter_map(|htlc| driver.named(id, *htlc));
        let mut outputs: Vec<Htlc> = outputs.collect();
        outputs.sort_unstable();
        words::commitment_with(confirmed.owner == CommitmentOwner::Holder, outputs.into_iter())
    });
    Data {
        update_id: since(driver, id, monitor.update_id()) as u8,
        blocks: monitor.best_block() as u8,
        lockdown: monitor.is_locked_down(),
        commitment,
        is_final: chain.is_final(),
        htlcs: of_channel().map(|h| (h.to_string(), stage(h))).collect(),
        spent: of_channel().filter_map(spent).collect(),
    }
}

fn stage(htlc: Option<&MonitorHtlc>, is_inbound: bool) -> &'static str {
    match htlc.map(|htlc| htlc.stage) {
        // It is pruned.
        None => "removed",
        Some(RemovalStage::Held) => words::stage(state::Stage::Committed, is_inbound),
        Some(RemovalStage::Signed(resolution)) => {
            words::stage(state::Stage::signed(ended(resolution.outcome())), is_inbound)
        }
        Some(RemovalStage::Removed) => {
            words::stage(state::Stage::revoked(state::Outcome::Fail), is_inbound)
        }
    }
}

/// What a load makes of a Monitor's bytes.
///
/// # Errors
/// Says what is wrong with the bytes.
pub fn version(machine: &Machine, driver: &Driver, bytes: &[u8]) -> Result<Version, String> {
    let monitor = ChannelMonitor::read(bytes).map_err(|error| error.to_string())?;
    let events = monitor.events().map(|(_, event)| of_event(driver, None, event)).collect();
    Ok(Version { data: data(machine, driver, &monitor), events })
}

fn stored(machine: &Machine, driver: &Driver, c: Channel) -> Result<Stored, String> {
    let (id, store) = (channel(c), &driver.store);
    let read = |stored: &crate::store::Stored| version(machine, driver, &stored.loads_as);
    // Each update starts one write, and they land in order.
    let reported = driver.node.monitor(id).map_or(0, |monitor| monitor.reported());
    let first = since(driver, id, reported) as u8 + 1;
    let writes = (first..).zip(store.writes.get(&id).into_iter().flatten());
    let writes = writes.map(|(update, w)| Ok(Write { holds: read(w)?, reports_update: update }));
    Ok(Stored {
        durable: store.monitors.get(&id).map(read).transpose()?,
        in_flight: writes.collect::<Result<_, String>>()?,
    })
}

/// What a load makes of the Manager's bytes.
///
/// # Errors
/// Says what is wrong with the bytes.
pub fn stored_manager(
    machine: &Machine,
    driver: &Driver,
    bytes: &[u8],
) -> Result<ManagerVersion, String> {
    let read = ChannelManager::read(bytes).map_err(|error| error.to_string())?;
    Ok(manager(machine, driver, &read))
}

fn manager(machine: &Machine, driver: &Driver, manager: &ChannelManager) -> ManagerVersion {
    let t = &machine.topology;
    let word = |id: ChannelId, step: &ChannelMonitorUpdateStep| {
        let h = named(step.htlc().and_then(|htlc| driver.named(id, htlc)));
        update(step, &h, step.htlc().is_some_and(|htlc| !htlc.is_outbound()))
    };
    let channels = manager.channels().iter().map(|(id, channel)| {
        let in_flight = channel.in_flight_monitor_updates.iter().map(|update| InFlight {
            id: since(driver, id, update.update_id) as u8,
            update: word(id, &update.step),
        });
        let managed = ManagedChannel {
            open: channel.is_open,
            update_id: since(driver, id, channel.latest_monitor_update_id) as u8,
            in_flight: in_flight.collect(),
            blocked: channel.blocked_monitor_updates.iter().map(|step| word(id, step)).collect(),
        };
        (name_of(id), managed)
    });
    let queued = |name: &Name| name.key.and_then(|key| manager.pending_events().get(&key));
    let user_event = |(h, name): (Htlc, &Name)| Some(self::user_event(driver, h, queued(name)?));
    let told = |(h, name): (Htlc, &Name)| {
        let event = if t.is_received(h) { Told::Claimed(h) } else { Told::Forwarded(h) };
        let is_told = telling(manager, name) == Some(Telling::Queued) && queued(name).is_none();
        is_told.then(|| event.to_string())
    };
    let htlcs = driver.names.all().map(|(h, name)| (h.to_string(), status(manager, name)));
    ManagerVersion {
        channels: channels.collect(),
        htlcs: htlcs.collect(),
        user_events: driver.names.all().filter_map(user_event).collect(),
        told: driver.names.all().filter_map(told).collect(),
    }
}

fn user_event(driver: &Driver, h: Htlc, queued: &QueuedEvent) -> UserEvent {
    let (event, of) = match driver.names.told(&queued.event) {
        Some(Told::Sent(of)) => ("PaymentSent", Some(of)),
        Some(Told::Failed(of)) => ("PaymentFailed", Some(of)),
        Some(Told::Forwarded(of)) => ("PaymentForwarded", Some(of)),
        Some(Told::Claimed(of)) => ("PaymentClaimed", Some(of)),
        Some(Told::Wrong) | None => ("what is not so", None),
    };
    let acks = queued.actions.iter().find_map(|action| match action {
        EventCompletionAction::AckMonitorEvent(source) => Some(event_id(source)),
        _ => None,
    });
    UserEvent { event, of: named(of), part: h.to_string(), acks }
}

fn update(step: &ChannelMonitorUpdateStep, h: &str, is_inbound: bool) -> String {
    match step {
        ChannelMonitorUpdateStep::OfferHTLC(..) => format!("offer {h}"),
        ChannelMonitorUpdateStep::SignRemoval { resolution, .. } => {
            let sign = if is_inbound { "" } else { "sign " };
            format!("{sign}{} {h}", words::outcome(ended(resolution.outcome())))
        }
        ChannelMonitorUpdateStep::Revocation { .. } => format!("revocation {h}"),
        ChannelMonitorUpdateStep::ChannelForceClosed => "close".into(),
        // The HTLCs of a vector came before it began.
        ChannelMonitorUpdateStep::ReceiveHTLC(_) => format!("receive {h}"),
    }
}

fn status(manager: &ChannelManager, name: &Name) -> &'static str {
    use reference::Origin;
    if let Some(hop) = name.hop {
        return match manager.inbound_htlc(hop).map(|htlc| htlc.state) {
            None | Some(InboundHtlcState::Undecided) => "unknown",
            Some(InboundHtlcState::InHoldingCell) => "in the holding cell",
            Some(InboundHtlcState::Waiting) => "waits",
            Some(InboundHtlcState::Claimable) => "claimable",
            Some(InboundHtlcState::FailQueued) => "fail queued",
            Some(InboundHtlcState::Signed(Outcome::Claim)) => "claim signed",
            Some(InboundHtlcState::Signed(Outcome::Fail)) => "fail signed",
            Some(InboundHtlcState::Resolved) => "gone",
        };
    }
    let part = match name.origin {
        Some(Origin::Payment(id)) => {
            manager.payments().get(&id.payment_id).and_then(|p| p.parts.get(&id.part))
        }
        _ => None,
    };
    match part.map(|part| part.state) {
        None => "unknown",
        Some(PartState::InHoldingCell) => "in the holding cell",
        Some(PartState::Waiting) => "waits",
        Some(PartState::Settled(Outcome::Claim)) => "sent",
        Some(PartState::Settled(Outcome::Fail)) => "failed",
    }
}
