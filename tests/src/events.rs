//! The tables of docs/events.md: what can become of each kind of news, by profile and by how
//! monitors are stored.

use model::check::Settings;
use model::fate::{self, FATES};
use model::profile::PROFILES;
use model::scenario;
use std::fmt::Write as _;

/// A way to store monitors, and the scenarios that are looked at for it.
pub struct Stores {
    /// Its name, the head of its table.
    pub name: &'static str,
    /// Scenarios of the default run.
    pub scenarios: &'static [&'static str],
}

/// All ways to store monitors that the core has.
pub const STORES: &[Stores] = &[
    Stores {
        name: "Full writes, synchronous",
        scenarios: &["two_payments_closing", "forward_closing_both"],
    },
    Stores {
        name: "Full writes, asynchronous",
        scenarios: &[
            "payment_closing_async_faulty",
            "payment_slow_manager",
            "two_payments_two_writes",
            "forward_closing_out_async",
            "forward_closing_in_async",
            "forward_offchain_async",
            "forward_told",
            "received",
        ],
    },
    Stores {
        name: "Deltas, asynchronous",
        scenarios: &["payment_delta_closing", "two_payments_delta", "forward_delta_both"],
    },
];

/// A cell: never, or the steps of a shortest trace and its scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No scenario that was looked at has the event.
    NotThere,
    /// Not in any state.
    Never,
    /// After so many steps, in this scenario.
    After(usize, String),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Cell::NotThere => "-".into(),
            Cell::Never => "never".into(),
            Cell::After(steps, scenario) => format!("{steps}, {scenario}"),
        }
    }

    /// Reads what [`Cell::text`] wrote.
    ///
    /// # Errors
    /// It is no cell.
    pub fn parse(text: &str) -> Result<Cell, String> {
        let no_cell = || format!("expected 'never', '-' or 'STEPS, SCENARIO', found '{text}'");
        match text {
            "-" => return Ok(Cell::NotThere),
            "never" => return Ok(Cell::Never),
            _ => {}
        }
        let (steps, scenario) = text.split_once(", ").ok_or_else(no_cell)?;
        Ok(Cell::After(steps.parse().map_err(|_| no_cell())?, scenario.into()))
    }
}

/// One column of a table: a profile's cell for each of [`FATES`].
fn column(stores: &Stores, profile: &'static model::profile::Profile) -> Vec<Cell> {
    let mut cells = vec![Cell::NotThere; FATES.len()];
    for name in stores.scenarios {
        let scenario = scenario::find(name).unwrap_or_else(|| panic!("no scenario {name}"));
        let fates = fate::explore(profile, scenario, None, &Settings::default());
        assert!(fates.complete, "{name} under {}: the memory bound was hit", profile.name);
        for (index, (cell, path)) in cells.iter_mut().zip(fates.paths).enumerate() {
            if *cell == Cell::NotThere && (FATES[index].has_news)(scenario) {
                *cell = Cell::Never;
            }
            let Some(path) = path else { continue };
            if !matches!(cell, Cell::After(steps, _) if *steps <= path.len()) {
                *cell = Cell::After(path.len(), (*name).into());
            }
        }
    }
    cells
}

/// All tables, every state of every scenario looked at.
pub fn tables() -> String {
    let mut text = String::new();
    for stores in STORES {
        let columns: Vec<Vec<Cell>> = PROFILES.iter().map(|p| column(stores, p)).collect();
        let names: Vec<&str> = PROFILES.iter().map(|p| p.name).collect();
        let _ = writeln!(text, "### {}\n", stores.name);
        let _ = writeln!(text, "| news | becomes | {} |", names.join(" | "));
        let _ = writeln!(text, "|---|---|{}", "---|".repeat(names.len()));
        for (index, fate) in FATES.iter().enumerate() {
            let cells: Vec<String> = columns.iter().map(|cells| cells[index].text()).collect();
            let _ = writeln!(text, "| {} | {} | {} |", fate.news, fate.fate, cells.join(" | "));
        }
        let _ = writeln!(text, "\nLooked at:\n\n- {}\n", stores.scenarios.join("\n- "));
    }
    text
}

/// The cells of the tables in a text: index in [`FATES`], profile, cell.
///
/// # Errors
/// A row is not one of a table.
pub fn cells(text: &str) -> Result<Vec<(usize, &'static str, Cell)>, String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split('|').map(str::trim).collect();
        let is_row = |fate: &fate::Fate| words.len() > 3 && words[1..3] == [fate.news, fate.fate];
        let Some(index) = FATES.iter().position(is_row) else { continue };
        let cells = &words[3..words.len() - 1];
        if cells.len() != PROFILES.len() {
            return Err(format!("expected {} cells: {line}", PROFILES.len()));
        }
        for (profile, cell) in PROFILES.iter().zip(cells) {
            found.push((index, profile.name, Cell::parse(cell)?));
        }
    }
    Ok(found)
}
