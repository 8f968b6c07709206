//! `scenarios`: what can be checked and shown, by name.

use super::{Out, Result};
use crate::finding;
use crate::report::text::{table, trimmed};
use crate::scenario::SCENARIOS;
use crate::suite::Status;
use crate::witness::WITNESSES;
use comfy_table::ContentArrangement;

pub(super) fn run(out: &mut Out) -> Result {
    let mut rows = table(&["scenario", "class", "htlc", "chan", "crash", "write", "flags"], &[]);
    rows.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
    for scenario in SCENARIOS {
        let bounds = scenario.bounds();
        let (sizes, budgets) = bounds.split_at(4);
        let budgets = budgets.iter().filter(|(_, n)| *n > 0);
        let budgets = budgets.map(|(name, n)| format!("{name}={n}"));
        let flags = scenario.switches().into_iter().map(str::to_owned).chain(budgets);
        let mut row = vec![scenario.name.to_owned(), scenario.class.name().to_owned()];
        row.extend(sizes.iter().map(|(_, n)| n.to_string()));
        row.push(flags.collect::<Vec<_>>().join(" "));
        rows.add_row(row);
    }
    out.line(format_args!("'check NAME' explores one.\n\n{}\n", trimmed(&rows)));
    out.line("'show ID' draws a finding:\n");
    for page in finding::pages() {
        wrapped(page.id, page.facts.title, out);
    }
    out.line("\n'show NAME' draws a way to a witness:\n");
    for witness in WITNESSES {
        wrapped(witness.name, witness.story, out);
    }
    Ok(Status::Pass)
}

fn wrapped(name: &str, text: &str, out: &mut Out) {
    let options = textwrap::Options::new(80).subsequent_indent("  ");
    out.line(textwrap::fill(&format!("{name}: {text}"), options));
}
