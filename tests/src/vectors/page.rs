//! The page of test vectors: a table for each, with a row for each step.

use super::shown::{Data, Event, ManagerVersion, Shown, Stored};
use super::{Step, Vector};
use crate::tables::replaced;
use std::fmt::Write as _;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The page with its generated block as these vectors make it.
///
/// # Errors
/// Names the marker that is missing.
pub fn with_vectors(page: &str, vectors: &[Vector]) -> Result<String, String> {
    let sections: Vec<String> = vectors.iter().map(section).collect();
    replaced(page, "vectors", &sections.join("\n"))
}

/// The action words that a page's legend explains: the first cells of its table "Actions".
pub fn legend(page: &str) -> Vec<&str> {
    let part = page.split("\n## Actions\n").nth(1).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    let words = part.lines().filter_map(|line| line.strip_prefix("| `")?.split(['`', ' ']).next());
    words.collect()
}

fn section(vector: &Vector) -> String {
    let (shows, situation) = (filled(&vector.shows), filled(&situation(vector)));
    let mut text = format!("### {}\n\n{shows}\n\n{situation}\n\n", vector.name);
    let channels: Vec<&String> = vector.setup.channels.keys().collect();
    let named = |what: &str| channels.iter().map(|c| format!("{what} {c}")).collect::<Vec<_>>();
    let heads = [
        vec!["#".into(), "action".into(), "the outside sees".into()],
        named("Monitor"),
        named("stored Monitor"),
        vec!["Manager".into(), "stored Manager".into()],
    ]
    .concat();
    let _ = writeln!(text, "| {} |", heads.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(heads.len()));
    let mut above = cells(&vector.initial);
    let _ = writeln!(text, "| 0 | | | {} |", above.join(" | "));
    let mut before = &vector.initial;
    for (index, step) in vector.steps.iter().enumerate() {
        let now = cells(&step.state);
        let changed =
            now.iter().zip(&above).map(|(now, above)| if now == above { "" } else { now });
        let changed: Vec<&str> = changed.collect();
        let (action, seen) = (&step.action, seen(before, step));
        let _ = writeln!(text, "| {} | `{action}` | {seen} | {} |", index + 1, changed.join(" | "));
        (above, before) = (now, &step.state);
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
        let inbound = htlc.inbound.iter().map(|c| format!(", came in on {c}"));
        let outbound = htlc.outbound.iter().map(|c| format!(", leaves by {c}"));
        let way: String = inbound.chain(outbound).collect();
        format!("{name}: {}{way}.", htlc.kind)
    };
    let channel = |(name, channel): (&String, &super::ChannelSetup)| {
        let update = if channel.update_writes == "full" { "" } else { " deltas" };
        format!("{name} {}{update}", channel.writes)
    };
    let htlcs: Vec<String> = vector.setup.htlcs.iter().map(htlc).collect();
    let channels: Vec<String> = vector.setup.channels.iter().map(channel).collect();
    let manager = vector.setup.manager_writes;
    format!(
        "{} Writes of Monitors: {}; of the Manager: {manager}.",
        htlcs.join(" "),
        channels.join(", ")
    )
}

/// What the outside sees of a step: its effects, and what comes to a chain.
fn seen(before: &Shown, step: &Step) -> String {
    let new = |(c, blocks): (&String, &Vec<String>)| {
        let known = before.chains[c].len();
        let new = blocks.iter().enumerate().skip(known);
        new.map(|(index, fact)| format!("block{index} of {c}: {fact}")).collect::<Vec<_>>()
    };
    let blocks = step.state.chains.iter().flat_map(new);
    step.effects.iter().cloned().chain(blocks).collect::<Vec<_>>().join(", ")
}

/// The cells of a state: Monitors, stored Monitors, Manager, stored Manager.
fn cells(state: &Shown) -> Vec<String> {
    let monitors = state.monitors.values().map(|m| {
        let (provided, pending) = (events(&m.provided), events(&m.pending));
        let may = if m.may_release { " (may be released)" } else { "" };
        let notice = if m.close_notice { "; notice of the close waits" } else { "" };
        format!("{}; provided {provided}; pending {pending}{may}{notice}", data(&m.data))
    });
    let stored = state.stored_monitors.values().map(stored);
    monitors.chain(stored).chain([manager(state), stored_manager(state)]).collect()
}

fn data(data: &Data) -> String {
    let htlcs = data.htlcs.iter().map(|(h, stage)| format!("{h} {stage}"));
    let mut parts: Vec<String> =
        [format!("u{}", data.update_id)].into_iter().chain(htlcs).collect();
    parts.extend(data.spent.iter().map(|h| format!("{h} spent")));
    if data.blocks > 0 {
        parts.push(format!("blocks {}", data.blocks));
    }
    if data.locked_down {
        parts.push("locked down".into());
    }
    parts.join(", ")
}

fn events(events: &[Event]) -> String {
    let id = |event: &Event| event.id.map_or(String::new(), |id| format!("#{id} "));
    or_dash(events.iter().map(|e| format!("{}{} {}", id(e), e.htlc, e.outcome)).collect())
}

fn or_dash(items: Vec<String>) -> String {
    if items.is_empty() { "-".into() } else { items.join(", ") }
}

fn stored(stored: &Stored) -> String {
    let version =
        |v: &super::shown::Version| format!("{}; events {}", data(&v.data), events(&v.events));
    let durable = stored.durable.as_ref().map_or("archived".into(), version);
    let write = |w: &super::shown::Write| {
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
        let acks = queued.acks.map_or(String::new(), |id| format!(" (acks #{id})"));
        format!("{} {}{acks}", queued.event, queued.htlc)
    });
    parts.push(format!("queue {}", or_dash(queued.collect())));
    parts.extend(manager.told.iter().map(|event| format!("told {event}")));
    parts.join("; ")
}

fn manager(state: &Shown) -> String {
    let mut parts = vec![version(&state.manager)];
    parts.extend(state.handling.iter().map(|h| format!("User handles {h}")));
    let forward = state.forward_acks.values().map(|id| format!("forward ack #{id}"));
    parts.extend(forward);
    let due = state
        .due_acks
        .iter()
        .map(|ack| format!("#{}{}", ack.id, if ack.covered { " (covered)" } else { "" }));
    parts.push(format!("due {}", or_dash(due.collect())));
    parts.join("; ")
}

fn stored_manager(state: &Shown) -> String {
    let write = state.manager_write.as_ref().map(version);
    let write = write.map_or(String::new(), |write| format!("; **in flight** {write}"));
    version(&state.stored_manager) + &write
}
