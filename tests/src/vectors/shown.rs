//! What a test vector shows of a state: all that SPEC.md speaks of, in its words.
//!
//! It is read off the model's state, which the product compares with the reference's after every
//! step. Ids of events are shown in memory only, for they are nowhere else (MGR-22).

use model::action::{Action, ActionKind, Args};
use model::machine::Machine;
use model::state::{
    AckStage, Boot, Chain, Channel, CloseKind, Entry, FactKind, Htlc, Manager, NO_HTLC, NO_ID,
    Outcome, Snapshot, Source, Stage, State, Status, Told, Update, UpdateKind,
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
    /// The Monitors in memory.
    pub monitors: ByChannel<InMemory>,
    /// The durable version of each Monitor, and its writes in flight.
    pub stored_monitors: ByChannel<Stored>,
    /// The Manager in memory.
    pub manager: ManagerVersion,
    /// Acks of forwards' events that are not due yet, by HTLC (`forward acks`).
    pub forward_acks: ByHtlc<u8>,
    /// Acks that are due.
    pub due_acks: Vec<DueAck>,
    /// The durable version of the Manager.
    pub stored_manager: ManagerVersion,
    /// The Manager's write in flight.
    pub manager_write: Option<ManagerVersion>,
    /// Whether the Monitors are in the Watch (step 3 of a load).
    pub watching: bool,
    /// Whether the channel's background step (step 4 of a load) has run.
    pub background_step_done: ByChannel<bool>,
    /// The HTLC whose user event the User handles.
    pub handling: Option<String>,
    /// The User's own durable record.
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
    /// Released events that are not acked.
    pub provided: Vec<Event>,
    /// Events that were not released since the last load.
    pub pending: Vec<Event>,
    /// Whether the Watch may release the oldest pending event now.
    pub may_release: bool,
    /// Whether the notice of a close waits for the Manager.
    pub close_notice: bool,
}

/// What a Monitor knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Data {
    /// The id of the last update applied.
    pub update_id: u8,
    /// How many blocks of its channel's chain it has processed.
    pub blocks: u8,
    /// Whether it is locked down.
    pub locked_down: bool,
    /// Where each HTLC of the channel stands.
    pub htlcs: ByHtlc<&'static str>,
    /// The HTLCs of whose output it has a spend on record.
    pub spent: Vec<String>,
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
    /// What becomes durable when it lands.
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
    /// The user-event queue; the User may take any of it.
    pub user_events: Vec<UserEvent>,
    /// `PaymentForwarded` and `PaymentClaimed` that the User has handled; that of an own payment is
    /// one that is settled and not in the queue.
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
    /// Its HTLC, or its payment by the first part.
    pub htlc: String,
    /// The id of the event that is acked once it is handled; none while none has come.
    pub acks: Option<u8>,
}

/// An ack that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DueAck {
    /// The event's id.
    pub id: u8,
    /// The HTLC that the event names.
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
        (ack.stage != AckStage::None).then_some(DueAck { id: ack.source.id, htlc: name, covered })
    };
    let waits = |(h, name): (Htlc, String)| {
        let source = s.node.forward_acks[h];
        (source != Source::NONE).then_some((name, source.id))
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
        record: htlcs().flat_map(|(h, name)| record(s.world.record[h], &name)).collect(),
        chains: channels().map(|(c, name)| (name, chain(machine, &s.world.chains[c]))).collect(),
    }
}

fn in_memory(machine: &Machine, s: &State, c: Channel) -> InMemory {
    let monitor = &s.node.monitors[c];
    let events = |entries: &[Entry]| entries.iter().map(|e| event(e, Some(e.id))).collect();
    let release = Action { kind: ActionKind::Release, args: Args::Channel(c) };
    InMemory {
        data: data(machine, c, &Snapshot { data: monitor.data, events: monitor.events }),
        provided: events(monitor.provided()),
        pending: events(monitor.pending()),
        may_release: machine.is_enabled(s, release),
        close_notice: monitor.close_notice,
    }
}

fn data(machine: &Machine, c: Channel, version: &Snapshot) -> Data {
    let t = &machine.topology;
    let data = &version.data;
    let of_channel = || t.htlcs().filter(|h| t.leaves_by(*h, c) || t.came_in_on(*h, c));
    Data {
        update_id: data.update_id,
        blocks: data.best_block,
        locked_down: data.lockdown,
        htlcs: of_channel().map(|h| (h.to_string(), stage(data.stages[h]))).collect(),
        spent: of_channel().filter(|h| data.spends[*h]).map(|h| h.to_string()).collect(),
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Unoffered => "not offered",
        Stage::Committed => "committed",
        Stage::SignedClaim => "signed claim",
        Stage::SignedFail => "signed fail",
        Stage::RevokedClaim => "revoked claim",
        Stage::RevokedFail => "revoked fail",
    }
}

fn event(entry: &Entry, id: Option<u8>) -> Event {
    Event { id, htlc: entry.htlc().to_string(), outcome: outcome(entry.outcome()) }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Claim => "claim",
        Outcome::Fail => "fail",
    }
}

fn stored(machine: &Machine, s: &State, c: Channel) -> Stored {
    let version = |snapshot: &Snapshot| Version {
        data: data(machine, c, snapshot),
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
        let listed = (first..).zip(updates).map(|(id, u)| InFlight { id, update: update(*u) });
        ManagedChannel {
            open: manager.open[c],
            update_id: manager.update_id[c],
            in_flight: listed.collect(),
            blocked: manager.blocked(c).iter().map(|u| update(*u)).collect(),
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
        Some(UserEvent { event, htlc: t.payment(h).to_string(), acks })
    };
    let told = |h: Htlc| {
        let event = if t.is_received(h) { "PaymentClaimed" } else { "PaymentForwarded" };
        (manager.told[h] == Told::Handled).then(|| format!("{event} {h}"))
    };
    ManagerVersion {
        channels: t.channels().map(|c| (c.to_string(), channel(c))).collect(),
        htlcs: t.htlcs().map(|h| (h.to_string(), status(manager.statuses[h]))).collect(),
        user_events: t.htlcs().filter_map(queued).collect(),
        told: t.htlcs().filter_map(told).collect(),
    }
}

fn update(update: Update) -> String {
    let h = update.htlc();
    match update.kind() {
        UpdateKind::None => String::new(),
        UpdateKind::Offer => format!("offer {h}"),
        UpdateKind::Commit => format!("sign {h} {}", outcome(update.outcome())),
        UpdateKind::Revoke => format!("revoke {h}"),
        UpdateKind::Close => "close".into(),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Unused | Status::Unmade => "not known",
        Status::Unsent | Status::UnsentForward => "holding cell",
        Status::Waiting | Status::Held => "waits",
        Status::QueuedClaim | Status::DoneClaim => "settled claim",
        Status::QueuedFail | Status::DoneFail => "settled fail",
        Status::FailQueued => "fail in the forward queue",
        Status::SignedClaim => "claim signed upstream",
        Status::SignedFail => "fail signed upstream",
        Status::GoneClaim => "claimed upstream",
        Status::GoneFail => "failed upstream",
        Status::Claimable => "claimable",
    }
}

fn record(marks: u8, htlc: &str) -> Vec<String> {
    use model::state::world::{RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT};
    let names = [
        (RECORD_SENT, "PaymentSent"),
        (RECORD_FAILED, "PaymentFailed"),
        (RECORD_FORWARDED, "PaymentForwarded"),
        (RECORD_CLAIMED, "PaymentClaimed"),
    ];
    let there = names.iter().filter(|(mark, _)| marks & mark != 0);
    there.map(|(_, name)| format!("{name} {htlc}")).collect()
}

fn chain(machine: &Machine, chain: &Chain) -> Vec<String> {
    let outputs = machine.topology.htlcs().filter(|h| chain.contains[*h]);
    let outputs: Vec<String> = outputs.map(|h| h.to_string()).collect();
    let with = if outputs.is_empty() { "no HTLC".into() } else { outputs.join(" and ") };
    let said = |kind| match kind {
        FactKind::None => String::new(),
        FactKind::Commitment if chain.closed == CloseKind::Holder => {
            format!("our commitment with {with}")
        }
        FactKind::Commitment => format!("the peer's commitment with {with}"),
        FactKind::Buried => "the commitment is final".into(),
        FactKind::Spend(h, Outcome::Claim) => format!("{h} spent with the preimage"),
        FactKind::Spend(h, Outcome::Fail) => format!("{h} taken back by timeout"),
    };
    chain.facts().iter().map(|fact| said(fact.kind())).collect()
}
