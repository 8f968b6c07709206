//! docs/events.md is what the model says. `UPDATE_EVENTS=1` looks at every state anew and writes
//! the tables (some minutes); without it the soonest cells are looked for again.

use conformance::events::{Cell, STORES, cells, tables};
use conformance::{read, root};
use model::check::Settings;
use model::fate::{self, FATES};
use model::profile::{self, PROFILES};
use model::scenario;

const PAGE: &str = "docs/events.md";
const BEGIN: &str = "<!-- events: begin -->\n\n";
const END: &str = "<!-- events: end -->";

/// Cells up to this many steps are looked for again.
const SOON: usize = 9;
/// How many cells that are.
const LOOKED_AT: usize = 34;

#[test]
fn the_soonest_cells_are_as_the_page_says() {
    if std::env::var_os("UPDATE_EVENTS").is_some() {
        let page = read(PAGE);
        let (head, rest) = page.split_once(BEGIN).expect("the tables have a beginning");
        let (_, tail) = rest.split_once(END).expect("the tables have an end");
        let page = format!("{head}{BEGIN}{}{END}{tail}", tables());
        return std::fs::write(root().join(PAGE), page).expect("it can be written");
    }
    let cells = cells(&read(PAGE)).expect("the tables are in order");
    assert_eq!(cells.len(), STORES.len() * FATES.len() * PROFILES.len());
    let mut looked_at = 0;
    for (index, name, cell) in &cells {
        let Cell::After(steps, place) = cell else { continue };
        let scenario = scenario::find(place).unwrap_or_else(|| panic!("no scenario {place}"));
        if *steps > SOON {
            continue;
        }
        let profile = profile::find(name).expect("the cells are by profile");
        let fates = fate::explore(profile, scenario, Some(*index), &Settings::default());
        let found = fates.paths[*index].as_ref().map(Vec::len);
        let fate = &FATES[*index];
        assert_eq!(found, Some(*steps), "{name}: {} {} in {place}", fate.news, fate.fate);
        looked_at += 1;
    }
    println!("{looked_at} cells looked for again");
    assert_eq!(looked_at, LOOKED_AT, "the page has other cells up to {SOON} steps");
}

/// What SPEC.md promises (GUA-1, GUA-2, GUA-5, GUA-9) is what its column says.
#[test]
fn the_column_of_spec_keeps_the_guarantees() {
    for (index, name, cell) in cells(&read(PAGE)).expect("the tables are in order") {
        let fate = &FATES[index];
        let told_again = fate.fate == "again" && fate.news.starts_with("Payment");
        let kept = matches!(cell, Cell::Never | Cell::NotThere);
        assert!(name != "spec" || told_again || kept, "{}: {cell:?}", fate.news);
    }
}

#[test]
fn a_damaged_table_is_noticed() {
    let row = "| PaymentSent | lost | never | never | never |";
    assert!(cells(row).is_err(), "a cell is missing");
    assert!(cells("| PaymentSent | lost | never | never | 7 | never |").is_err(), "no scenario");
    assert!(cells("| PaymentSent | lost | never | never | x, y | never |").is_err(), "no steps");
    assert_eq!(cells("| other | row |"), Ok(vec![]));
}
