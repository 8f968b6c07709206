//! What a test vector shows of a state: all that SPEC.md speaks of, in its words.
//!
//! It is read off the model's state, which the product compares with the reference's after every
//! step. Ids of events are shown in memory only, for they are nowhere else (MGR-22).

use super::words;
use model::action::{Action, ActionKind, Args};
use model::machine::Machine;
use model::state::{
    AckStage, Boot, Channel, Entry, Fact, FactKind, Htlc, Manager, NO_HTLC, NO_ID, Snapshot,
    Source, State, Status, Told, Update,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Something of each channel, by its name.
pub type ByChannel<T> = BTreeMap<String, T>;
/// Something of each HTLC, by its name.
pub type ByHtlc<T> = BTreeMap<String, T>;

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The Monitors in memory; none if it is archived.
    pub monitors: ByChannel<Option<InMemory>>,
    /// The durable version of each Monitor, and its writes in flight.
    pub stored_monitors: ByChannel<Stored>,
    /// The Manager in memory.
    pub manager: ManagerVersion,
    /// The sources of forwards' events before their ack points, by HTLC (`forward acks`).
    pub forward_acks: ByHtlc<EventId>,
    /// Acks that are due, in the order of their HTLCs.
    pub due_acks: Vec<DueAck>,
    /// The durable version of the Manager.
    pub stored_manager: ManagerVersion,
    /// The Manager's write in flight.
    pub manager_write: Option<ManagerVersion>,
    /// Whether the Monitors are in the Watch (LOAD-3).
    pub watching: bool,
    /// Whether the channel's background step (LOAD-4) has run.
    pub background_step_done: ByChannel<bool>,
    /// The part of the user event that the User handles.
    pub handling: Option<String>,
    /// The User's own durable record, in the order of what its entries name.
    pub record: Vec<String>,
    /// The blocks of each channel's chain, oldest first.
    pub chains: ByChannel<Vec<String>>,
}

/// A Monitor in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InMemory {
    /// What a full write copies, the events left out.
    #[serde(flatten)]
    pub data: Data,
    /// Released events that are not acked, oldest first.
    pub provided: Vec<Event>,
    /// Events that were not released since the last load, oldest first.
    pub pending: Vec<Event>,
    /// Whether ACT-6 is possible now: the oldest pending event may be released.
    pub may_release: bool,
    /// Whether ACT-9 is possible now: our newest commitment may be broadcast.
    pub may_broadcast: bool,
    /// Whether a close notice waits for the Manager.
    pub close_notice: bool,
    /// The update up to which a `Completed` waits for the Manager.
    pub completed: Option<u8>,
}

/// What a Monitor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Data {
    /// The id of the last update applied.
    pub update_id: u8,
    /// How many blocks of its channel's chain it has processed: its best block.
    pub blocks: u8,
    /// Whether it is in lockdown.
    pub lockdown: bool,
    /// The confirmed commitment, if it has processed its block.
    pub commitment: Option<String>,
    /// Whether it has processed the block in which that is final.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Where each HTLC of the channel stands.
    pub htlcs: ByHtlc<&'static str>,
    /// How HTLC outputs were spent, by its record.
    pub spent: ByHtlc<&'static str>,
}

/// An HTLC event in a Monitor's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Its id; none in what is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u8>,
    /// The HTLC it names.
    pub htlc: String,
    /// How that HTLC ended.
    pub outcome: &'static str,
}

/// An event as an ack names it: a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventId {
    /// The channel of its Monitor.
    pub channel: String,
    /// Its id there.
    pub id: u8,
}

/// What the Store has of a Monitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// What a load makes of what is durable; none if the Monitor is archived.
    pub durable: Option<Version>,
    /// Writes in flight, oldest first.
    pub in_flight: Vec<Write>,
}

/// A version of a Monitor, as a load makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// All but the events.
    #[serde(flatten)]
    pub data: Data,
    /// Its events, oldest first.
    pub events: Vec<Event>,
}

/// A write of a Monitor in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Write {
    /// What a load makes of what is durable once it has landed.
    pub holds: Version,
    /// Its report covers the updates up to this one.
    pub reports_update: u8,
}

/// A version of the Manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManagerVersion {
    /// What it knows of each channel.
    pub channels: ByChannel<ManagedChannel>,
    /// What it knows of each HTLC.
    pub htlcs: ByHtlc<&'static str>,
    /// The queue of user events, in the order of their parts; the User may take any of it.
    pub user_events: Vec<UserEvent>,
    /// Forwards and payments received that are *told*.
    pub told: Vec<String>,
}

/// A channel as the Manager knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManagedChannel {
    /// Whether it takes the channel for open.
    pub open: bool,
    /// The id of the last update that it generated.
    pub update_id: u8,
    /// Updates in flight, oldest first.
    pub in_flight: Vec<InFlight>,
    /// Blocked updates, oldest first.
    pub blocked: Vec<String>,
}

/// An update in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InFlight {
    /// Its id.
    pub id: u8,
    /// What it does.
    pub update: String,
}

/// A queued user event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserEvent {
    /// Its kind.
    pub event: &'static str,
    /// The payment, by its first part, or the forward.
    pub of: String,
    /// The HTLC whose outcome led to it.
    pub part: String,
    /// The event that is acked once it is handled; none while none has come.
    pub acks: Option<EventId>,
}

/// An ack that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueAck {
    /// The event.
    #[serde(flatten)]
    pub event: EventId,
    /// The HTLC that it names.
    pub htlc: String,
    /// Whether a Manager write that started later is in flight.
    pub covered: bool,
}

/// What a vector shows of a state of this machine.
pub fn shown(machine: &Machine, s: &State) -> Shown {
    let t = &machine.topology;
    let channels = || t.channels().map(|c| (c, c.to_string()));
    let htlcs = || t.htlcs().map(|h| (h, h.to_string()));
    let due = |(h, name): (Htlc, String)| {
        let ack = s.node.acks[h];
        let covered = ack.stage == AckStage::Covered;
        let event = || event_id(machine, h, ack.source.id);
        (ack.stage != AckStage::None).then(|| DueAck { event: event(), htlc: name, covered })
    };
    let waits = |(h, name): (Htlc, String)| {
        let source = s.node.forward_acks[h];
        (source != Source::NONE).then(|| (name, event_id(machine, h, source.id)))
    };
    let handling = s.node.handling;
    Shown {
        monitors: channels().map(|(c, name)| (name, in_memory(machine, s, c))).collect(),
        stored_monitors: channels().map(|(c, name)| (name, stored(machine, s, c))).collect(),
        manager: manager(machine, &s.node.manager),
        forward_acks: htlcs().filter_map(waits).collect(),
        due_acks: htlcs().filter_map(due).collect(),
        stored_manager: manager(machine, &s.disk.manager),
        manager_write: s.disk.manager_writing.then(|| manager(machine, &s.disk.manager_write)),
        watching: s.node.boot == Boot::Watching,
        background_step_done: channels().map(|(c, name)| (name, s.node.resumed[c])).collect(),
        handling: (handling != NO_HTLC).then(|| Htlc::at(handling.into()).to_string()),
        record: htlcs().flat_map(|(h, name)| words::record(s.world.record[h], &name)).collect(),
        chains: channels().map(|(c, name)| (name, words::blocks(&s.world.chains[c]))).collect(),
    }
}

/// An event of an HTLC is one of the Monitor of the channel that the HTLC leaves by.
fn event_id(machine: &Machine, h: Htlc, id: u8) -> EventId {
    EventId { channel: machine.topology.outbound(h).to_string(), id }
}

fn in_memory(machine: &Machine, s: &State, c: Channel) -> Option<InMemory> {
    let monitor = &s.node.monitors[c];
    let events = |entries: &[Entry]| entries.iter().map(|e| event(e, Some(e.id))).collect();
    let is_enabled = |kind| machine.is_enabled(s, Action { kind, args: Args::Channel(c) });
    let version = Snapshot { data: monitor.data, events: monitor.events };
    (!s.disk.is_archived(c)).then(|| InMemory {
        data: data(machine, s, c, &version),
        provided: events(monitor.provided()),
        pending: events(monitor.pending()),
        may_release: is_enabled(ActionKind::Release),
        may_broadcast: is_enabled(ActionKind::Broadcast),
        close_notice: monitor.close_notice,
        completed: Some(monitor.completed).filter(|id| *id > 0),
    })
}

fn data(machine: &Machine, s: &State, c: Channel, version: &Snapshot) -> Data {
    let (t, data, chain) = (&machine.topology, &version.data, &s.world.chains[c]);
    let of_channel = || t.htlcs().filter(|h| t.leaves_by(*h, c) || t.came_in_on(*h, c));
    let seen = chain.seen(data.best_block);
    let spent = |fact: &Fact| match fact.kind() {
        FactKind::Spend(h, outcome) if data.spends[h] => {
            Some((h.to_string(), words::spend(outcome)))
        }
        _ => None,
    };
    let stage = |h: Htlc| words::stage(data.stages[h], t.came_in_on(h, c));
    Data {
        update_id: data.update_id,
        blocks: data.best_block,
        lockdown: data.lockdown,
        commitment: seen.contains(&Fact::COMMITMENT).then(|| words::commitment(chain)),
        is_final: seen.contains(&Fact::BURIED),
        htlcs: of_channel().map(|h| (h.to_string(), stage(h))).collect(),
        spent: seen.iter().filter_map(spent).collect(),
    }
}

fn event(entry: &Entry, id: Option<u8>) -> Event {
    Event { id, htlc: entry.htlc().to_string(), outcome: words::outcome(entry.outcome()) }
}

fn stored(machine: &Machine, s: &State, c: Channel) -> Stored {
    let version = |snapshot: &Snapshot| Version {
        data: data(machine, s, c, snapshot),
        events: snapshot.events.entries().iter().map(|e| event(e, None)).collect(),
    };
    let writes = s.disk.writes(c).iter();
    Stored {
        durable: (!s.disk.is_archived(c)).then(|| version(&s.disk.monitors[c])),
        in_flight: writes
            .map(|w| Write { holds: version(&w.snapshot), reports_update: w.covers_update })
            .collect(),
    }
}

fn manager(machine: &Machine, manager: &Manager) -> ManagerVersion {
    let t = &machine.topology;
    let channel = |c: Channel| {
        let updates = manager.in_flight(c);
        let first = manager.update_id[c] + 1 - updates.len() as u8;
        let word = |u: &Update| words::update(*u, t.came_in_on(u.htlc(), c));
        let listed = (first..).zip(updates).map(|(id, u)| InFlight { id, update: word(u) });
        ManagedChannel {
            open: manager.open[c],
            update_id: manager.update_id[c],
            in_flight: listed.collect(),
            blocked: manager.blocked(c).iter().map(word).collect(),
        }
    };
    let queued = |h: Htlc| {
        let event = match (manager.statuses[h], manager.told[h]) {
            (_, Told::Queued) if t.is_received(h) => "PaymentClaimed",
            (_, Told::Queued) => "PaymentForwarded",
            (Status::QueuedClaim, _) => "PaymentSent",
            (Status::QueuedFail, _) => "PaymentFailed",
            _ => return None,
        };
        let acks = Some(manager.actions[h]).filter(|id| *id != NO_ID);
        let acks = acks.map(|id| event_id(machine, h, id));
        Some(UserEvent { event, of: t.payment(h).to_string(), part: h.to_string(), acks })
    };
    let told = |h: Htlc| {
        let event = if t.is_received(h) { "PaymentClaimed" } else { "PaymentForwarded" };
        (manager.told[h] == Told::Handled).then(|| format!("{event} {h}"))
    };
    ManagerVersion {
        channels: t.channels().map(|c| (c.to_string(), channel(c))).collect(),
        htlcs: t.htlcs().map(|h| (h.to_string(), words::status(manager.statuses[h]))).collect(),
        user_events: t.htlcs().filter_map(queued).collect(),
        told: t.htlcs().filter_map(told).collect(),
    }
}
