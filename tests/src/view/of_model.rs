//! The model's side.

use super::{Listener, ManagerNames, MonitorNames, Word};
use crate::driver::outside::goes_on;
use arrayvec::ArrayVec;
use model::state::world::{RECORD_CLAIMED, RECORD_FAILED, RECORD_FORWARDED, RECORD_SENT};
use model::state::{
    Ack, AckStage, Archival, Boot, Chain, Channel, CloseKind, Disk, EventList, FactKind, HTLCS,
    Htlc, Inbound, Manager, Mode, Monitor, MonitorData, NO_HTLC, NO_ID, Node, Outcome, Stage,
    State, Status, Told, Update, UpdateKind, World, Write,
};
use model::topology::Topology;

/// The node in memory, and what the outside has seen of it.
pub fn memory<L: Listener>(topology: &Topology, state: &State, to: &mut L) {
    // The disk has a view of its own; the Watch knows of it which monitors are archived. History
    // and budgets are not in memory.
    let State { world, disk, node, ledger: _, budget: _ } = state;
    // Chain, outbound peer and what else blocks a channel are the environment's.
    let World { chains, peer: _, blocker: _, inbound, record } = world;
    let Node { boot, failed, resumed, monitors, manager, forward_acks, acks, handling, copy_acks } =
        node;
    // What SPEC.md's protocol has not, and some mutants have: a node that has failed, and a user
    // that handles a copy of the queue. No view of the reference says such a word.
    if *failed || *copy_acks {
        to.say("handling", Word::Promised);
    }
    to.flag("watching", *boot == Boot::Watching);
    topology.channels().for_each(|c| to.flag("background", !resumed[c]));
    for c in topology.channels() {
        to.flag("archived", disk.is_archived(c));
        if disk.is_archived(c) {
            to.say("monitor.update_id", Word::Archived);
            continue;
        }
        let Monitor { data, events, provided, covered_below, close_notice, completed } =
            &monitors[c];
        written(MonitorNames::MEMORY, topology, (c, &chains[c]), (data, events), to);
        to.number("monitor.provided", *provided);
        let held_back = events.entries().iter().filter(|e| e.id >= *covered_below);
        to.number("monitor.held_back", held_back.count());
        to.flag("monitor.close_notice", *close_notice);
        to.number("monitor.completed", *completed);
    }
    self::manager(ManagerNames::MEMORY, topology, manager, to);
    let handling = (*handling != NO_HTLC).then_some(Word::Number((*handling).into()));
    to.say("handling", handling.unwrap_or(Word::None));
    sources("forward_acks", topology, forward_acks.map(|source| source.id), to);
    let at =
        |stage| acks.map(|Ack { source, stage: s }| if s == stage { source.id } else { NO_ID });
    sources("due_acks", topology, at(AckStage::Due), to);
    sources("covered_acks", topology, at(AckStage::Covered), to);
    let is_started = *boot == Boot::Watching && topology.channels().all(|c| resumed[c]);
    for c in topology.channels() {
        let goes_on = is_started && goes_on(state, c);
        for h in topology.htlcs().filter(|h| topology.leaves_by(*h, c)) {
            // The peer was offered it; it has our answer to its removal.
            let stage = monitors[c].data.stages[h];
            let is_offering = manager.in_flight(c).contains(&Update::offer(h));
            let is_offered = stage == Stage::Committed && !is_offering;
            to.flag("messages", goes_on && is_offered);
            to.flag("messages", goes_on && stage.is_signed() && !signs(manager, c, h));
        }
        for h in topology.htlcs().filter(|h| topology.came_in_on(*h, c)) {
            let stage = monitors[c].data.stages[h];
            to.flag("messages", goes_on && stage.is_signed() && !signs(manager, c, h));
        }
    }
    for h in topology.htlcs() {
        to.flag("record", record[h] & RECORD_SENT != 0);
        to.flag("record", record[h] & RECORD_FAILED != 0);
        to.flag("record", record[h] & RECORD_FORWARDED != 0);
        to.flag("record", record[h] & RECORD_CLAIMED != 0);
        to.say(
            "resolved",
            match inbound[h] {
                Inbound::Held => Word::None,
                Inbound::Claimed => Word::Claimed(true),
                Inbound::Failed | Inbound::Expired => Word::Claimed(false),
            },
        );
    }
}

/// Whether the update that signs the removal of an HTLC is in flight.
fn signs(manager: &Manager, c: Channel, h: Htlc) -> bool {
    let signed = |update: &Update| update.kind() == UpdateKind::Commit && update.htlc() == h;
    manager.in_flight(c).iter().any(signed)
}

/// The disk.
pub fn disk<L: Listener>(topology: &Topology, state: &State, to: &mut L) {
    let (disk, chains) = (&state.disk, &state.world.chains);
    // `writes`, `writes_len` and the manager's write are read through the disk's own methods.
    let Disk {
        monitors,
        writes: _,
        writes_len: _,
        archival,
        manager,
        manager_write,
        manager_writing,
    } = disk;
    for c in topology.channels() {
        to.flag("durable_archived", archival[c] == Archival::Done);
        if archival[c] == Archival::Done {
            to.say("durable", Word::Archived);
            continue;
        }
        let snapshot = &monitors[c];
        let names = MonitorNames::all("durable");
        written(names, topology, (c, &chains[c]), (&snapshot.data, &snapshot.events), to);
        to.number("writes", disk.writes(c).len());
        for Write { snapshot, .. } in disk.writes(c) {
            let names = MonitorNames::all("writes");
            written(names, topology, (c, &chains[c]), (&snapshot.data, &snapshot.events), to);
        }
    }
    self::manager(ManagerNames::all("durable_manager"), topology, manager, to);
    to.flag("manager_write", *manager_writing);
    if *manager_writing {
        self::manager(ManagerNames::all("manager_write"), topology, manager_write, to);
    }
}

/// The events that ids of HTLCs name, each with its channel, in ascending order.
fn sources<L: Listener>(field: &'static str, topology: &Topology, ids: [u8; HTLCS], to: &mut L) {
    let named = topology.htlcs().filter(|h| ids[*h] != NO_ID);
    let source = |h: Htlc| (topology.outbound(h).index(), ids[h]);
    let mut sources: ArrayVec<(usize, u8), HTLCS> = named.map(source).collect();
    sources.sort_unstable();
    to.number(field, sources.len());
    for (channel, id) in sources {
        to.number(field, channel);
        to.number(field, id);
    }
}

/// What a full write of a monitor holds.
fn written<L: Listener>(
    names: MonitorNames,
    topology: &Topology,
    (c, chain): (Channel, &Chain),
    (data, events): (&MonitorData, &EventList),
    to: &mut L,
) {
    let MonitorData {
        update_id,
        best_block,
        lockdown,
        mode,
        next_event_id,
        archival_clock,
        stages,
        spends,
    } = data;
    to.number(names.update_id, *update_id);
    to.number(names.best_block, *best_block);
    to.flag(names.lockdown, *lockdown);
    to.flag(names.mode, *mode == Mode::On);
    to.number(names.next_event_id, *next_event_id);
    to.flag(names.archival_clock, *archival_clock);
    // Forwards lie on both channels; another previous hop of one, and what is received, on the
    // inbound channel alone.
    let lies_here = |h: &Htlc| {
        topology.came_in_on(*h, c) || (topology.leaves_by(*h, c) && stages[*h] != Stage::Unoffered)
    };
    to.number(names.stages, topology.htlcs().filter(lies_here).count());
    for h in topology.htlcs().filter(lies_here) {
        to.number(names.stages, h.index());
        to.say(
            names.stages,
            match stages[h] {
                Stage::Committed | Stage::Unoffered => Word::Held,
                Stage::SignedClaim => Word::Signed(true),
                Stage::SignedFail => Word::Signed(false),
                Stage::RevokedClaim | Stage::RevokedFail => Word::Removed,
            },
        );
    }
    let facts = chain.seen(*best_block);
    for h in topology.htlcs().filter(lies_here) {
        let kind = facts.iter().find_map(|fact| match fact.kind() {
            FactKind::Spend(spent, outcome) if spent == h => Some(outcome == Outcome::Claim),
            _ => None,
        });
        let recorded = kind.filter(|_| spends[h]);
        to.say(names.spends, recorded.map_or(Word::None, Word::Claimed));
    }
    seen(names.commitment, chain, topology, *best_block, to);
    to.number(names.events, events.entries().len());
    for entry in events.entries() {
        to.number(names.events, entry.id);
        to.number(names.events, entry.htlc().index());
        to.say(names.events, Word::Claimed(entry.outcome() == Outcome::Claim));
    }
}

/// What a monitor with that best block knows of the chain.
fn seen<L: Listener>(field: &'static str, chain: &Chain, t: &Topology, best: u8, to: &mut L) {
    if best == 0 {
        return to.say(field, Word::None);
    }
    to.say(field, Word::Commitment(chain.closed == CloseKind::Holder));
    t.htlcs().filter(|h| chain.contains[*h]).for_each(|h| to.number(field, h.index()));
    let facts = chain.seen(best);
    to.flag(field, facts.iter().any(|fact| fact.kind() == FactKind::Buried));
}

fn updates<L: Listener>(field: &'static str, updates: &[Update], to: &mut L) {
    to.number(field, updates.len());
    for update in updates {
        let word = match update.kind() {
            UpdateKind::Offer => Word::Offer,
            UpdateKind::Commit => Word::Signed(update.outcome() == Outcome::Claim),
            UpdateKind::Revoke => Word::Revoked,
            UpdateKind::None | UpdateKind::Close => Word::Close,
        };
        to.say(field, word);
        if word != Word::Close {
            to.number(field, update.htlc().index());
        }
    }
}

/// What a manager write holds.
fn manager<L: Listener>(names: ManagerNames, topology: &Topology, manager: &Manager, to: &mut L) {
    let Manager { open, update_id, in_flight: _, blocked: _, statuses, actions, told } = manager;
    for c in topology.channels() {
        to.flag(names.open, open[c]);
        to.number(names.update_id, update_id[c]);
        updates(names.in_flight, manager.in_flight(c), to);
        updates(names.blocked, manager.blocked(c), to);
    }
    for h in topology.htlcs() {
        let word = match statuses[h] {
            Status::Unmade => Word::Unmade,
            Status::Unsent | Status::UnsentForward => Word::HoldingCell,
            Status::Unused | Status::Waiting | Status::Held | Status::Claimable => Word::Waiting,
            Status::QueuedClaim => Word::Queued(true),
            Status::QueuedFail => Word::Queued(false),
            Status::DoneClaim => Word::Claimed(true),
            Status::DoneFail => Word::Claimed(false),
            Status::FailQueued => Word::FailQueued,
            Status::SignedClaim => Word::Signed(true),
            Status::SignedFail => Word::Signed(false),
            Status::GoneClaim | Status::GoneFail => Word::Resolved,
        };
        to.say(names.htlcs, word);
        if statuses[h].is_queued() {
            // A queued event acks one monitor event, or none if no monitor knew the HTLC.
            let acked = (actions[h] != NO_ID).then_some(actions[h]);
            to.number(names.htlcs, acked.iter().len());
            acked.into_iter().for_each(|id| to.number(names.htlcs, id));
        }
        to.say(
            names.told,
            match told[h] {
                Told::Never => Word::None,
                Told::NotYet => Word::Waiting,
                Told::Promised => Word::Promised,
                Told::Queued => Word::Queued(true),
                Told::Handled => Word::Settled,
            },
        );
    }
}
