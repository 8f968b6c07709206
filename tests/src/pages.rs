//! What the pages of docs/findings/ and their index say of a finding, from the model's list.

use crate::tables::replaced;
use model::finding::Page;
use model::finding::facts::{Evidence, Severity};
use std::fmt::Write as _;

/// What a page says that the maintainers of LDK have to hear of first.
pub const PRIVATE: &str = "to be reported to LDK privately before this page is published";

fn facts_table(page: &Page) -> String {
    let facts = page.facts;
    let (severity, who): (&str, &str) = (facts.severity.into(), facts.who.into());
    let (flag, evidence): (&str, &str) = (facts.flag.into(), facts.evidence.into());
    let mut text = format!("| in LDK's words | {} |\n|---|---|\n", facts.title);
    let (needs, test) = (facts.needs(), facts.test());
    let rows = [
        ("severity", severity),
        ("who has it", who),
        ("needs", &needs),
        ("`persistent_monitor_events`", flag),
        ("evidence", evidence),
        ("test", &test),
    ];
    let lacks = page.lacks.map(|lacks| format!("not in it yet: it has no {lacks}"));
    let model = lacks.as_deref().map(|lacks| ("the model", lacks));
    let private = facts.private.then_some(("before publication", PRIVATE));
    for (name, value) in rows.into_iter().chain(model).chain(private) {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text
}

/// A page with the box as it should be, right below the title; a page without one gets it.
///
/// # Errors
/// Says what is missing.
pub fn with_box(text: &str, page: &Page) -> Result<String, String> {
    let (title, rest) = text.split_once("\n\n").ok_or("no title")?;
    let begin = "<!-- box: begin -->\n";
    let text = match rest.starts_with(begin) {
        true => text.to_owned(),
        false => format!("{title}\n\n{begin}<!-- box: end -->\n\n{rest}"),
    };
    replaced(&text, "box", &facts_table(page))
}

/// The index with its table as it should be: a row for each page.
///
/// # Errors
/// Names the marker that is missing.
pub fn with_index(text: &str, pages: &[Page]) -> Result<String, String> {
    let mut table = "| finding | in LDK's words | severity | who has it | needs | flag | evidence \
                     | test | model | private first |\n|---|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for page in pages {
        let Page { id, name, facts, lacks } = *page;
        let (severity, who): (&str, &str) = (facts.severity.into(), facts.who.into());
        let (flag, evidence): (&str, &str) = (facts.flag.into(), facts.evidence.into());
        let private = if facts.private { "yes" } else { "-" };
        let model = if lacks.is_some() { "not yet" } else { "trace" };
        let cells = [
            format!("[{id}]({id}-{name}.md)"),
            facts.title.to_owned(),
            severity.to_owned(),
            who.to_owned(),
            facts.needs(),
            flag.to_owned(),
            evidence.to_owned(),
            facts.test(),
            model.to_owned(),
            private.to_owned(),
        ];
        let _ = writeln!(table, "| {} |", cells.join(" | "));
    }
    replaced(text, "index", &table)
}

/// Where the facts do not go with what is written on the page, or with each other. What is written
/// in the box itself counts for nothing. What people run and is not private is a guarantee that LDK
/// leaves out on purpose: a repeat that users can tell.
pub fn fact_defects(text: &str, page: &Page) -> Vec<&'static str> {
    let facts = page.facts;
    let text = text.split_once("<!-- box: end -->").map_or(text, |(_, text)| text);
    let was_run = facts.evidence != Evidence::Code;
    let names_all = facts.tests.iter().all(|test| text.contains(test));
    let own = ["GUA-", "MGR-", "`june`", "`march`", "`spec`"];
    let wrong = [
        (text.contains("[run]") != was_run, "the page says otherwise whether it was run"),
        (!was_run && !facts.tests.is_empty(), "it has a test, and was not run"),
        (text.contains("docs/directed/") == facts.tests.is_empty(), "the page has other tests"),
        (!names_all, "the page does not name its test"),
        (facts.private && !facts.who.is_run(), "nobody runs it, and it is kept private"),
        (
            facts.who.is_run() && !facts.private && facts.severity != Severity::Duplicate,
            "people run it, and it is not kept private",
        ),
        (
            text.contains("-- show ") == page.lacks.is_some(),
            "the page says otherwise whether it has a trace",
        ),
        (facts.title.len() > 110, "its title is not short"),
        (own.iter().any(|word| facts.title.contains(word)), "its title is not in LDK's words"),
    ];
    wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what).collect()
}
