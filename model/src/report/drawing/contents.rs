//! What each lane remembers, as named facts.

use super::facts::Facts;
use super::lane::Lane;
use super::words::{self, joined};
use crate::scenario::{Flag, Scenario};
use crate::state::{
    Boot, Budget, Channel, Htlc, Manager, Mode, NO_HTLC, NO_ID, Source, State, Status,
};
use crate::topology::Topology;

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

/// What a lane remembers, for a reader who sees the other lanes too: of the durable manager only
/// what differs from the one in memory.
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

fn world(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    let t = Topology::of(scenario);
    for h in t.htlcs().filter(|h| t.leaves(*h)) {
        facts.push(format!("peer {h}"), words::peer(s.world.peer[h]));
    }
    for c in t.channels() {
        let chain = &s.world.chains[c];
        for (block, fact) in chain.facts().iter().enumerate() {
            let value = words::fact(*fact, chain, t.htlcs());
            facts.push(format!("{} block{block}", c.name()), value);
        }
    }
    for h in t.htlcs().filter(|h| t.shape(*h).inbound.is_some()) {
        facts.push(format!("inbound {h}"), words::inbound(s.world.inbound[h]));
    }
    facts.push("in", if s.world.blocker { "blocked" } else { "" });
    facts
}

fn monitors(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    let watching = s.node.boot == Boot::Watching;
    facts.push("watch", if watching { "on" } else { "not started" });
    let t = Topology::of(scenario);
    for c in t.channels() {
        push_monitor(&mut facts, scenario, s, c);
    }
    for c in t.channels().filter(|c| t.leaving_by(*c).next().is_some()) {
        push_lists(&mut facts, s, c);
    }
    facts
}

/// The lists of one monitor; which one goes without saying where most scenarios have their only.
fn push_lists(facts: &mut Facts, s: &State, c: Channel) {
    let monitor = &s.node.monitors[c];
    let name = |list: &str| if c == Channel::OUT { list.into() } else { format!("{c} {list}") };
    facts.push(name("pending"), words::entries(monitor.pending()));
    facts.push(name("provided"), words::entries(monitor.provided()));
    let held_back = monitor.events.entries().iter().filter(|e| e.id >= monitor.covered_below);
    facts.push(name("held back"), joined(held_back.map(|e| format!("#{}", e.id))));
    facts.push(name("next id"), format!("#{}", monitor.data.next_event_id));
}

/// What one monitor knows of its channel.
fn push_monitor(facts: &mut Facts, scenario: &Scenario, s: &State, c: Channel) {
    let t = Topology::of(scenario);
    let monitor = &s.node.monitors[c];
    let name = c.name();
    if s.disk.is_archived(c) {
        return facts.push(name, "archived");
    }
    facts.push(format!("{name} update"), format!("u{}", monitor.data.update_id));
    for h in t.htlcs().filter(|h| t.leaves_by(*h, c) || t.came_in_on(*h, c)) {
        facts.push(format!("{name} {h}"), words::stage(monitor.data.stages[h]));
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
    let t = Topology::of(scenario);
    for c in t.channels() {
        let name = c.name();
        if s.disk.is_archived(c) {
            facts.push(name, "archived");
            continue;
        }
        facts.push(name, words::snapshot(&s.disk.monitors[c], t.htlcs()));
        for (index, write) in s.disk.writes(c).iter().enumerate() {
            let value = words::write(write, t.htlcs());
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
    let (mut facts, t) = (Facts::default(), Topology::of(scenario));
    for h in t.htlcs() {
        facts.push(h.to_string(), status(&t, manager, h));
        facts.push(format!("{h} user"), words::told(manager.told[h]));
    }
    for c in t.channels() {
        let name = c.name();
        facts.push(name, if manager.open[c] { "open" } else { "closed" });
        facts.push(format!("{name} update"), format!("u{}", manager.update_id[c]));
        facts.push(format!("in flight {name}"), words::in_flight(manager, c));
    }
    for c in t.channels() {
        facts.push(format!("blocked {c}"), words::blocked(manager, c));
    }
    facts
}

fn status(t: &Topology, manager: &Manager, h: Htlc) -> String {
    // Of several parts one tells the user.
    let several = t.parts(h).len() > 1;
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
    let (mut facts, t) = (manager_facts(scenario, &s.node.manager), Topology::of(scenario));
    for c in t.channels() {
        let resumed = if s.node.resumed[c] { "yes" } else { "no" };
        facts.push(format!("{} resumed", c.name()), resumed);
    }
    for h in t.htlcs() {
        let event = s.node.forward_acks[h];
        let waits = event != Source::NONE;
        facts.push_if(waits, format!("{h} edge"), format!("ack #{} waits", event.id));
        facts.push(format!("{h} ack"), words::ack(s.node.acks[h]));
    }
    facts
}

fn user(scenario: &Scenario, s: &State) -> Facts {
    let mut facts = Facts::default();
    let handles = s.node.handling != NO_HTLC;
    facts.push_if(handles, "handling", format!("h{}", s.node.handling));
    for h in Topology::of(scenario).htlcs() {
        facts.push(format!("record {h}"), words::record(s.world.record[h]));
    }
    facts
}

/// What only properties read.
pub fn history(scenario: &Scenario, s: &State) -> Facts {
    let (mut facts, t) = (Facts::default(), Topology::of(scenario));
    for h in t.htlcs() {
        let told = t.is_own(h) || scenario.has(Flag::TellForwards);
        if !told || t.payment(h) != h {
            continue;
        }
        let may = if s.ledger.may_deliver[h] { "yes" } else { "no" };
        facts.push(format!("{h} may be delivered"), may);
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
