//! What each lane remembers, as named facts.

use super::facts::Facts;
use super::lane::Lane;
use super::words::{self, joined};
use crate::scenario::{Flag, Role, Scenario};
use crate::state::{Boot, Budget, Manager, Mode, NO_HTLC, NO_ID, OUTBOUND, Source, State, Status};

/// What a lane remembers.
pub fn facts(lane: Lane, scenario: &Scenario, s: &State) -> Facts {
    match lane {
        Lane::World => world(scenario, s),
        Lane::Monitors => monitors(scenario, s),
        Lane::Disk => disk(scenario, s),
        Lane::Manager => manager(scenario, s),
        Lane::User => user(scenario, s),
    }
}

/// The same for a reader who sees the other lanes too: of the durable manager only what differs
/// from the one in memory.
pub fn described(lane: Lane, scenario: &Scenario, s: &State) -> Facts {
    if lane != Lane::Disk {
        return facts(lane, scenario, s);
    }
    let mut facts = Facts::default();
    push_monitor_files(&mut facts, scenario, s);
    let memory = manager_facts(scenario, &s.node.manager);
    let differing = manager_facts(scenario, &s.disk.manager).since(&memory);
    facts.push_if(differing.is_empty(), "manager", "as in memory");
    facts.push_all("manager", differing);
    push_manager_write(&mut facts, scenario, s);
    facts
}

/// Forwards lie on both channels; another previous hop of one, and what is received, on the inbound
/// channel alone.
fn lies_on(scenario: &Scenario, htlc: usize, channel: usize) -> bool {
    match scenario.htlcs[htlc] {
        Role::Own | Role::Unsent | Role::Part | Role::Unmade | Role::Retry => channel == OUTBOUND,
        Role::Forward | Role::UnsentForward => true,
        Role::PreviousHop | Role::Received | Role::ReceivedPart => channel != OUTBOUND,
    }
}

fn world(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    for h in scenario.htlcs().filter(|h| lies_on(scenario, *h, OUTBOUND)) {
        facts.push(format!("peer h{h}"), words::peer(s.world.peer[h]));
    }
    for c in scenario.channels() {
        let chain = &s.world.chains[c];
        for (block, fact) in chain.facts().iter().enumerate() {
            let value = words::fact(*fact, chain, scenario.htlcs());
            facts.push(format!("{} block{block}", words::channel(c)), value);
        }
    }
    for h in scenario.htlcs().filter(|h| scenario.htlcs[*h].is_inbound()) {
        facts.push(format!("inbound h{h}"), words::inbound(s.world.inbound[h]));
    }
    facts.push("in", if s.world.blocker { "blocked" } else { "" });
    facts
}

fn monitors(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    let watching = s.node.boot == Boot::Watching;
    facts.push("watch", if watching { "on" } else { "not started" });
    for c in scenario.channels() {
        push_monitor(&mut facts, scenario, s, c);
    }
    let monitor = &s.node.monitors[OUTBOUND];
    facts.push("pending", words::entries(monitor.pending()));
    facts.push("provided", words::entries(monitor.provided()));
    let held_back = monitor.events.entries().iter().filter(|e| e.id >= monitor.durable_below);
    facts.push("held back", joined(held_back.map(|e| format!("#{}", e.id))));
    facts.push("next id", format!("#{}", monitor.data.next_event_id));
    facts
}

/// What one monitor knows of its channel.
fn push_monitor(facts: &mut Facts, scenario: &Scenario, s: &State, c: usize) {
    let monitor = &s.node.monitors[c];
    let name = words::channel(c);
    if s.disk.is_archived(c) {
        return facts.push(name, "archived");
    }
    facts.push(format!("{name} update"), format!("u{}", monitor.data.update_id));
    for h in scenario.htlcs().filter(|h| lies_on(scenario, *h, c)) {
        facts.push(format!("{name} h{h}"), words::stage(monitor.data.stages[h]));
    }
    if let Some(block) = monitor.data.best_block.checked_sub(1) {
        facts.push(format!("{name} seen"), format!("block{block}"));
    }
    facts.push_if(monitor.data.lockdown, name, "locked down");
    let mode = if monitor.data.mode == Mode::On { "on" } else { "off" };
    facts.push_if(scenario.has(Flag::Builds), format!("{name} mode"), mode);
    facts.push_if(monitor.data.archival_clock, format!("{name} archival"), "clock runs");
    facts.push_if(monitor.close_notice, format!("{name} close notice"), "waits");
    let completed = format!("waits, u{}", monitor.completed);
    facts.push_if(monitor.completed > 0, format!("{name} Completed"), completed);
}

fn disk(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    push_monitor_files(&mut facts, scenario, s);
    facts.push_all("manager", manager_facts(scenario, &s.disk.manager));
    push_manager_write(&mut facts, scenario, s);
    facts
}

/// The durable version of each monitor, and its writes in flight.
fn push_monitor_files(facts: &mut Facts, scenario: &Scenario, s: &State) {
    for c in scenario.channels() {
        let name = words::channel(c);
        if s.disk.is_archived(c) {
            facts.push(name, "archived");
            continue;
        }
        facts.push(name, words::snapshot(&s.disk.monitors[c], scenario.htlcs()));
        for (index, write) in s.disk.writes(c).iter().enumerate() {
            let value = words::write(write, scenario.htlcs());
            facts.push(format!("{name} write {}", index + 1), value);
        }
    }
}

/// The manager write in flight: what the durable version becomes when it lands.
fn push_manager_write(facts: &mut Facts, scenario: &Scenario, s: &State) {
    let durable = manager_facts(scenario, &s.disk.manager);
    let changes = manager_facts(scenario, &s.disk.manager_write).since(&durable).lines();
    let value = if changes.is_empty() { "as durable".into() } else { changes.join("; ") };
    facts.push_if(s.disk.manager_writing, "manager write", value);
}

/// What a version of the manager says, in memory or on disk.
fn manager_facts(scenario: &Scenario, manager: &Manager) -> Facts {
    let mut facts = Facts::default();
    for h in scenario.htlcs() {
        facts.push(format!("h{h}"), status(scenario, manager, h));
        facts.push(format!("h{h} user"), words::told(manager.told[h]));
        let told = u8::from(manager.statuses[h].outcome().is_some());
        let effects = manager.effects[h];
        facts.push_if(effects != told, format!("h{h} applied"), format!("{effects} times"));
    }
    for c in scenario.channels() {
        let name = words::channel(c);
        facts.push(name, if manager.open[c] { "open" } else { "closed" });
        facts.push(format!("{name} update"), format!("u{}", manager.update_id[c]));
        facts.push(format!("in flight {name}"), words::in_flight(manager, c));
    }
    facts.push("blocked in", words::blocked(manager));
    facts
}

fn status(scenario: &Scenario, manager: &Manager, h: usize) -> String {
    // Of several parts one tells the user.
    let several = scenario.htlcs.iter().any(|r| matches!(r, Role::Part | Role::Retry));
    let known = match manager.statuses[h] {
        Status::DoneClaim if several => "claim settled",
        Status::DoneFail if several => "fail settled",
        status => words::status(status),
    };
    match manager.actions[h] {
        NO_ID => known.into(),
        id => format!("{known}, ack #{id}"),
    }
}

fn manager(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = manager_facts(scenario, &s.node.manager);
    for c in scenario.channels() {
        let resumed = if s.node.resumed[c] { "yes" } else { "no" };
        facts.push(format!("{} resumed", words::channel(c)), resumed);
    }
    for h in scenario.htlcs() {
        let event = s.node.forward_acks[h];
        let waits = event != Source::NONE;
        facts.push_if(waits, format!("h{h} edge"), format!("ack #{} waits", event.id));
        facts.push(format!("h{h} ack"), words::ack(s.node.acks[h]));
    }
    facts
}

fn user(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    let handles = s.node.handling != NO_HTLC;
    facts.push_if(handles, "handling", format!("h{}", s.node.handling));
    for h in scenario.htlcs() {
        facts.push(format!("record h{h}"), words::record(s.world.record[h]));
    }
    facts
}

/// What only properties read.
pub fn history(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    for h in scenario.htlcs() {
        let told = scenario.htlcs[h].is_own() || scenario.has(Flag::TellForwards);
        if !told || s.world.payment(h) != h {
            continue;
        }
        let may = if s.ledger.may_deliver[h] { "yes" } else { "no" };
        facts.push(format!("h{h} may be delivered"), may);
    }
    facts
}

/// What the adversary has left.
pub fn budget(s: &State) -> Facts {
    let Budget { crashes, skips, rescans, refusals } = s.budget;
    let mut facts = Facts::default();
    let left =
        [("crashes", crashes), ("skips", skips), ("rescans", rescans), ("refusals", refusals)];
    for (name, count) in left {
        facts.push_if(count > 0, name, count.to_string());
    }
    facts
}
