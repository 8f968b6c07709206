//! The pages of test vectors: an index of all, and for each a table with a row for each step.

use super::shown::{
    Data, Event, EventId, InMemory, ManagerVersion, Shown, Stored, UserEvent, Version, Write,
};
use super::{Step, Vector, words};
use crate::tables::replaced;
use std::fmt::Write as _;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The page with its generated blocks as these vectors make them.
///
/// # Errors
/// Names the marker that is missing.
pub fn with_vectors(page: &str, vectors: &[Vector]) -> Result<String, String> {
    let page = replaced(page, "words", &words::table())?;
    replaced(&page, "vectors", &index(vectors))
}

/// A row for each vector.
fn index(vectors: &[Vector]) -> String {
    let mut text = "| vector | steps | rules |\n|---|---|---|\n".to_owned();
    for Vector { name, steps, rules, .. } in vectors {
        let (steps, rules) = (steps.len(), rules.join(", "));
        let _ = writeln!(text, "| [{name}](vectors/{name}.md) | {steps} | {rules} |");
    }
    text
}

/// The action words that a page's legend explains: the first cells of its table "Actions".
pub fn legend(page: &str) -> Vec<&str> {
    let part = page.split("\n## Actions\n").nth(1).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    let words = part.lines().filter_map(|line| line.strip_prefix("| `")?.split(['`', ' ']).next());
    words.collect()
}

/// The page of one vector.
pub fn page(vector: &Vector) -> String {
    let (shows, situation) = (filled(&vector.shows), filled(&situation(vector)));
    let name = &vector.name;
    let mut text = format!("# {name}\n\n{shows}\n\n{situation}\n\n");
    let _ = writeln!(text, "As [JSON](../../vectors/{name}.json).");
    let _ = writeln!(text, "[How to read it](../vectors.md#what-is-shown).\n");
    let channels: Vec<&String> = vector.setup.channels.keys().collect();
    let named = |what: &str| channels.iter().map(|c| format!("{what} {c}")).collect::<Vec<_>>();
    let heads = [
        vec!["#".into(), "action".into(), "effects".into()],
        named("Monitor"),
        named("stored Monitor"),
        vec!["Manager".into(), "stored Manager".into()],
    ]
    .concat();
    let _ = writeln!(text, "| {} |", heads.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(heads.len()));
    let mut above = cells(&vector.initial);
    let _ = writeln!(text, "| 0 | | | {} |", above.join(" | "));
    for (index, Step { action, effects, state, .. }) in vector.steps.iter().enumerate() {
        let now = cells(state);
        let changed =
            now.iter().zip(&above).map(|(now, above)| if now == above { "" } else { now });
        let (changed, effects) = (changed.collect::<Vec<_>>().join(" | "), effects.join("; "));
        let _ = writeln!(text, "| {} | `{action}` | {effects} | {changed} |", index + 1);
        above = now;
    }
    text
}

/// Text in lines; ids of rules stay whole.
fn filled(text: &str) -> String {
    let options = Options::new(100).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options.word_separator(WordSeparator::AsciiSpace))
}

/// What there is, in a sentence for each HTLC and each channel.
fn situation(vector: &Vector) -> String {
    let htlc = |(name, htlc): (&String, &super::HtlcSetup)| {
        let inbound = htlc.inbound.iter().map(|c| format!("came in on {c}"));
        let outbound = htlc.outbound.iter().map(|c| format!("leaves by {c}"));
        let with = htlc.leaves_as.iter().map(|other| format!("leaves as {other}"));
        let part = htlc.payment.iter().filter(|first| *first != name);
        let part = part.map(|first| format!("part of payment {first}"));
        let retry = htlc.retry_of.iter().map(|part| format!("retry of {part}"));
        let state = vector.initial.manager.htlcs[name];
        let facts = inbound.chain(outbound).chain(with).chain(part).chain(retry);
        let facts: Vec<String> = facts.chain([state.to_owned()]).collect();
        format!("{name}: {}; {}.", htlc.kind, facts.join(", "))
    };
    let channel = |(name, channel): (&String, &super::ChannelSetup)| {
        let update = if channel.update_writes == "full" { "" } else { ", updates as deltas" };
        let later = if channel.completed == "later" { ", `Completed` later" } else { "" };
        format!("{name} {}{update}{later}", channel.writes)
    };
    let htlcs: Vec<String> = vector.setup.htlcs.iter().map(htlc).collect();
    let channels: Vec<String> = vector.setup.channels.iter().map(channel).collect();
    let manager = vector.setup.manager_writes;
    let told = " The User asks for `PaymentForwarded`.";
    let told = if vector.setup.tell_forwards { told } else { "" };
    format!(
        "{} Writes of Monitors: {}; of the Manager: {manager}.{told}",
        htlcs.join(" "),
        channels.join("; ")
    )
}

/// The cells of a state: Monitors, stored Monitors, Manager, stored Manager.
fn cells(state: &Shown) -> Vec<String> {
    let monitors = state.monitors.values().map(monitor);
    let stored = state.stored_monitors.values().map(stored);
    monitors.chain(stored).chain([manager(state), stored_manager(state)]).collect()
}

fn monitor(monitor: &Option<InMemory>) -> String {
    let Some(m) = monitor else { return "archived".into() };
    let (provided, pending) = (events(&m.provided), events(&m.pending));
    let said = |is_so, text: &str| if is_so { text.to_owned() } else { String::new() };
    let release = said(m.may_release, " (may be released)");
    let broadcast = said(m.may_broadcast, "; may broadcast");
    let notice = said(m.close_notice, "; close notice");
    let completed = m.completed.map_or(String::new(), |id| format!("; `Completed` u{id} waits"));
    let lists = format!("provided {provided}; pending {pending}{release}");
    format!("{}; {lists}{broadcast}{notice}{completed}", data(&m.data))
}

fn data(data: &Data) -> String {
    let htlcs = data.htlcs.iter().map(|(h, stage)| format!("{h} {stage}"));
    let mut parts: Vec<String> =
        [format!("u{}", data.update_id)].into_iter().chain(htlcs).collect();
    if data.lockdown {
        parts.push("lockdown".into());
    }
    if data.blocks > 0 {
        parts.push(format!("blocks {}", data.blocks));
    }
    parts.extend(data.commitment.iter().map(|what| format!("has seen {what}")));
    parts.extend(data.spent.iter().map(|(h, how)| format!("{h} spent by {how}")));
    if data.is_final {
        parts.push("final".into());
    }
    parts.join("; ")
}

fn events(events: &[Event]) -> String {
    let id = |event: &Event| event.id.map_or(String::new(), |id| format!("#{id} "));
    or_dash(events.iter().map(|e| format!("{}{} {}", id(e), e.htlc, e.outcome)).collect())
}

fn or_dash(items: Vec<String>) -> String {
    if items.is_empty() { "-".into() } else { items.join(", ") }
}

fn stored(stored: &Stored) -> String {
    let version = |v: &Version| format!("{}; events {}", data(&v.data), events(&v.events));
    let durable = stored.durable.as_ref().map_or("archived".into(), version);
    let write = |w: &Write| {
        format!("; **in flight** {} (reports u{})", version(&w.holds), w.reports_update)
    };
    let writes: String = stored.in_flight.iter().map(write).collect();
    durable + &writes
}

fn version(manager: &ManagerVersion) -> String {
    let htlcs = manager.htlcs.iter().map(|(h, status)| format!("{h} {status}"));
    let mut parts: Vec<String> = htlcs.collect();
    for (name, channel) in &manager.channels {
        let closed = if channel.open { "" } else { " closed" };
        let listed =
            channel.in_flight.iter().map(|u| format!(", in flight u{} {}", u.id, u.update));
        let listed: String = listed.collect();
        let blocked: String = channel.blocked.iter().map(|u| format!(", blocked {u}")).collect();
        parts.push(format!("{name}{closed} u{}{listed}{blocked}", channel.update_id));
    }
    let queued = manager.user_events.iter().map(|queued| {
        let UserEvent { event, of, part, acks } = queued;
        let part = if part == of { String::new() } else { format!(" by {part}") };
        let acks = acks.as_ref().map_or(String::new(), |id| format!(" (acks {})", source(id)));
        format!("{event} {of}{part}{acks}")
    });
    parts.push(format!("queue {}", or_dash(queued.collect())));
    parts.extend(manager.told.iter().map(|event| format!("told {event}")));
    parts.join("; ")
}

fn source(event: &EventId) -> String {
    format!("{} #{}", event.channel, event.id)
}

fn manager(state: &Shown) -> String {
    let mut parts = vec![version(&state.manager)];
    parts.extend(state.handling.iter().map(|part| format!("User handles {part}")));
    let forward = state.forward_acks.values().map(|id| format!("forward ack {}", source(id)));
    parts.extend(forward);
    let due = state.due_acks.iter().map(|ack| {
        let covered = if ack.covered { " (covered)" } else { "" };
        format!("{}{covered}", source(&ack.event))
    });
    parts.push(format!("due {}", or_dash(due.collect())));
    parts.join("; ")
}

fn stored_manager(state: &Shown) -> String {
    let write = state.manager_write.as_ref().map(version);
    let write = write.map_or(String::new(), |write| format!("; **in flight** {write}"));
    version(&state.stored_manager) + &write
}
