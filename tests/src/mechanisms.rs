//! `docs/mechanisms.md`: what a survey of the mechanisms found, as the blocks of that page.

use model::mechanism::{self, MECHANISMS, Setting};
use model::survey::{Departures, Judged, Survey, Violated};
use std::fmt::Write;

/// The page.
pub const PAGE: &str = "docs/mechanisms.md";

/// The generated blocks, by name: a block stands between `<!-- NAME -->` and the next end.
pub fn blocks(survey: &Survey) -> Vec<(&'static str, String)> {
    vec![
        ("mechanisms", mechanisms()),
        ("singles", singles(survey)),
        ("sets", sets(survey)),
        ("pairs", pairs(survey)),
    ]
}

/// Every mechanism with SPEC.md's value.
pub fn mechanisms() -> String {
    let mut text = "| mechanism | decides | SPEC.md |\n|---|---|---|\n".to_owned();
    for one in MECHANISMS {
        let spec = one.values[0].name;
        writeln!(text, "| `{}` | {} | `{spec}` |", one.name, one.decides).expect("a string");
    }
    text
}

fn singles(survey: &Survey) -> String {
    let mut text =
        "| switch | departs from | violates | in | steps |\n|---|---|---|---|---|\n".to_owned();
    for (setting, judged) in &survey.singles {
        text.push_str(&row(*setting, judged, survey.idle.contains(setting)));
        text.push('\n');
    }
    text
}

/// One line of the table of single switches. An idle one decides nothing otherwise.
pub fn row(setting: Setting, judged: &Judged, idle: bool) -> String {
    let rules = setting.value.departure.map_or(&[][..], |departure| departure.from);
    let rules: Vec<&str> = rules.iter().map(|rule| rule.id()).collect();
    let rules = if rules.is_empty() { "-".into() } else { rules.join(", ") };
    let (violates, place, steps) = match judged {
        Judged::Holds if idle => ("holds".into(), "never comes into play".into(), "-".into()),
        Judged::Holds => ("holds".into(), "all quick scenarios".into(), "-".into()),
        Judged::Violates(Violated { guarantees, scenario, steps }) => {
            (guarantees.join(", "), format!("`{scenario}`"), steps.to_string())
        }
    };
    format!("| `{setting}` | {rules} | {violates} | {place} | {steps} |")
}

fn sets(survey: &Survey) -> String {
    let mut text = format!(
        "Designs judged: {}. Of them {} keep all guarantees over all quick scenarios, SPEC.md \
         among them; {} of these are minimal. This is what each minimal design does instead of \
         SPEC.md; it keeps every other mechanism:",
        survey.judged,
        survey.keeping.len(),
        survey.minimal.len()
    );
    text = textwrap::fill(&text, 100) + "\n\n";
    text + &list(&survey.minimal)
}

fn pairs(survey: &Survey) -> String {
    let text = format!(
        "Pairs judged: {}. Of them {} keep all guarantees.",
        survey.pairs,
        survey.repaired.len()
    );
    let list = list(&survey.repaired);
    if list.is_empty() { text + "\n" } else { format!("{text}\n\n{list}") }
}

fn list(designs: &[Departures]) -> String {
    let line = |design: &Departures| {
        let names: Vec<String> = design.iter().map(|setting| format!("`{setting}`")).collect();
        let options = textwrap::Options::new(100).initial_indent("- ").subsequent_indent("  ");
        textwrap::fill(&names.join(", "), options) + "\n"
    };
    designs.iter().map(line).collect()
}

/// The page with its blocks replaced.
///
/// # Panics
/// If the page has no such block.
pub fn with_blocks(page: &str, blocks: &[(&str, String)]) -> String {
    let mut page = page.to_owned();
    for (name, text) in blocks {
        let (before, after) = split(&page, name);
        page = format!("{before}\n{text}{after}");
    }
    page
}

/// A block of the page.
///
/// # Panics
/// If the page has no such block.
pub fn block<'a>(page: &'a str, name: &str) -> &'a str {
    let (before, after) = split(page, name);
    page[before.len()..page.len() - after.len()].trim_matches('\n')
}

fn split<'a>(page: &'a str, name: &str) -> (&'a str, &'a str) {
    let head = format!("<!-- {name} -->");
    let start = page.find(&head).unwrap_or_else(|| panic!("no block {name}")) + head.len();
    let end = start + page[start..].find("\n<!-- end -->").expect("a block ends");
    (&page[..start], &page[end..])
}

/// A line of the table of single switches, read again: whether an idle switch holds is a matter of
/// the whole survey.
///
/// # Panics
/// If it is no such line.
pub fn read_row(line: &str) -> (Setting, Judged) {
    let cells: Vec<&str> = line.split(" | ").collect();
    let [switch, _, violates, place, steps] = cells[..] else { panic!("no row: {line}") };
    let bare = |cell: &str| cell.trim_matches(['|', ' ', '`']).to_owned();
    let setting = mechanism::parse(&bare(switch)).unwrap_or_else(|error| panic!("{error}"));
    if violates == "holds" {
        return (setting, Judged::Holds);
    }
    let known = |id: &str| model::property::PROPERTIES.iter().find(|p| p.id == id);
    let guarantees = violates.split(", ").map(|id| known(id).expect("a guarantee").id).collect();
    let scenario = model::scenario::find(&bare(place)).expect("a scenario").name;
    let steps = bare(steps).parse().expect("a number");
    (setting, Judged::Violates(Violated { guarantees, scenario, steps }))
}
