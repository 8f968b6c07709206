//! The report for people: plain tables that fit 80 columns. Nothing in it but times depends on the
//! machine or on the number of threads.

use crate::breach::Breach;
use crate::check::{Report, Violation};
use crate::coverage::Coverage;
use crate::finding::{FINDINGS, Finding};
use crate::mechanism;
use crate::profile::{PROFILES, Profile};
use crate::property::Property;
use crate::reduction::Reductions;
use crate::suite::{self, Checked, Trial};
use anstyle::AnsiColor;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use std::fmt::Write;

/// What the tables that follow mean.
pub const PREAMBLE: &str = "\
Profile spec: every reachable state of each scenario within its bounds, and in
each state every guarantee. 'holds' means that, and no more.
";

const PROFILES_LEGEND: &str = "\
'violated, N': the pinned run found a trace of N steps again; 'not checked': no
pinned run. 'check --profile NAME' searches a profile exhaustively.
";

/// What the tables of another profile mean.
pub fn profile_preamble(profile: &Profile) -> String {
    let mut text = if profile.set.is_empty() {
        textwrap::fill(&format!("Profile {}: {}", profile.name, profile.outline.story), 80)
    } else {
        textwrap::fill(&format!("Profile {}", profile.title()), 80)
    };
    text.push_str("\n\nIt departs from SPEC.md in this:\n");
    for departure in profile.departures {
        let rules: Vec<&str> = departure.from.iter().map(|rule| rule.id()).collect();
        let rules = if rules.is_empty() { "no rule".to_owned() } else { rules.join(" ") };
        item(&format!("{} ({rules}): {}", departure.name, departure.story), &mut text);
        if let Some(setting) = mechanism::of_departure(departure) {
            let instead = setting.mechanism.values[0].name;
            let _ = writeln!(text, "  ({setting}; SPEC.md: {instead})");
        }
    }
    text.push_str("\nWhat the core cannot say of it:\n");
    profile.outline.unsaid.iter().for_each(|line| item(line, &mut text));
    text.push_str("\nA violation below is one of the model of this design, and expected.\n");
    text
}

fn item(line: &str, text: &mut String) {
    let options = textwrap::Options::new(80).initial_indent("- ").subsequent_indent("  ");
    text.push_str(&textwrap::fill(line, options));
    text.push('\n');
}

/// A table without frames, as wide as its content.
pub fn table(header: &[&str], right_aligned: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    for index in right_aligned {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What was explored, and the bounds within which a verdict means anything.
pub fn scenarios(checked: &[Checked]) -> String {
    let header = ["scenario", "unique", "generated", "depth", "verdict", "time"];
    let mut counts = table(&header, &[1, 2, 3, 5]);
    for Checked { scenario, report, .. } in checked {
        counts.add_row([
            scenario.name.to_owned(),
            grouped(report.unique),
            grouped(report.generated),
            report.depth.to_string(),
            report.verdict.name().to_owned(),
            format!("{:.1} s", report.seconds),
        ]);
    }
    let header = ["within bounds", "htlc", "chan", "crash", "write", "flags"];
    let mut bounds = table(&header, &[1, 2, 3, 4]);
    bounds.set_content_arrangement(ContentArrangement::Dynamic).set_width(80);
    if let Some(names) = bounds.column_mut(0) {
        names.set_constraint(ColumnConstraint::ContentWidth);
    }
    for Checked { scenario, .. } in checked {
        let bounds_of = scenario.bounds();
        let (sizes, budgets) = bounds_of.split_at(header.len() - 2);
        let budgets = budgets.iter().filter(|(_, n)| *n > 0);
        let budgets = budgets.map(|(name, n)| format!("{name}={n}"));
        let plain = scenario.switches().into_iter();
        let flags: Vec<String> = plain.map(str::to_owned).chain(budgets).collect();
        let mut row = vec![scenario.name.to_owned()];
        row.extend(sizes.iter().map(|(_, n)| n.to_string()));
        row.push(flags.join(" "));
        bounds.add_row(row);
    }
    format!("{}\n\n{}\n", trimmed(&counts), trimmed(&bounds))
}

/// What became of a scenario, in a line.
pub fn row(scenario: &str, report: &Report) -> String {
    let steps = |v: &Violation| format!("{} in {} steps", v.property.id, v.path.len());
    let violated: Vec<String> = report.violations.iter().map(steps).collect();
    let (verdict, states) = (report.verdict.name(), grouped(report.unique));
    let what =
        if violated.is_empty() { String::new() } else { format!(" {}", violated.join(", ")) };
    format!("{scenario}: {verdict}{what}; {states} states, {:.1} s", report.seconds)
}

/// The chance that any two states of a scenario have the same fingerprint.
pub fn collisions(checked: &[Checked]) -> f64 {
    checked.iter().map(|c| (c.report.unique as f64).powi(2) / 2f64.powi(65)).sum()
}

/// The reductions that were on.
pub fn reduced(checked: &[Checked]) -> Reductions {
    checked.iter().map(|c| c.report.reductions).fold(Reductions::NONE, Reductions::union)
}

/// What the counts mean: which states count as one on purpose, and the chance that two others did.
pub fn counting(checked: &[Checked]) -> String {
    let chance = collisions(checked);
    let reductions = reduced(checked);
    let names: Vec<_> = reductions.names().collect();
    let counted = match names.as_slice() {
        [] => "every state counts".to_owned(),
        names => format!(
            "states count as one that nothing can tell apart ({}); all count with '--reduce none'",
            names.join(", ")
        ),
    };
    let text = format!(
        "{counted}; fingerprints have 64 bits: chance that any two states collided, {chance:.0e}"
    );
    textwrap::fill(&text, 80) + "\n"
}

/// The verdict on each guarantee.
pub fn guarantees(checked: &[Checked]) -> String {
    let mut table = table(&["guarantee", "spec", "claim"], &[]);
    for (property, verdict) in suite::guarantees(checked) {
        table.add_row([property.id, verdict.name(), property.claim]);
    }
    trimmed(&table) + "\n"
}

/// The verdict on each guarantee under each profile: what was searched exhaustively, and what the
/// pinned runs of the other profiles found again.
pub fn profiles(checked: &[Checked], breaches: &[Breach]) -> String {
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    let mut table = table(&[&["guarantee"], names.as_slice()].concat(), &[]);
    for (Property { id, .. }, verdict) in suite::guarantees(checked) {
        let mut row = vec![(*id).to_owned(), verdict.name().to_owned()];
        for profile in PROFILES.iter().filter(|profile| !profile.is_spec()) {
            let own = |b: &&Breach| b.profile.name == profile.name && b.guarantee == *id;
            let steps = breaches.iter().find(own).and_then(Breach::steps);
            row.push(steps.map_or("not checked".to_owned(), |steps| format!("violated, {steps}")));
        }
        table.add_row(row);
    }
    format!("{}\n\n{PROFILES_LEGEND}", trimmed(&table))
}

/// All findings.
pub fn findings() -> String {
    let mut table = table(&["finding", "profile", "violates", "steps", "what happens"], &[3]);
    for finding in FINDINGS {
        let steps = finding.steps().map_or("-".to_owned(), |steps| steps.to_string());
        let Finding { id, profile, guarantee, name, .. } = *finding;
        table.add_row([id, profile, guarantee, &steps, name]);
    }
    trimmed(&table) + "\n"
}

/// What was reached of what must be.
pub fn coverage(coverage: &Coverage) -> String {
    let [actions, rules, witnesses] = coverage.totals().map(|[n, of]| format!("{n}/{of}"));
    let mut text = format!(
        "actions fired {actions}, rules exercised {rules}, witnesses reached {witnesses}\n"
    );
    for missing in coverage.missing() {
        writeln!(text, "  missing: {missing}").expect("writing to a string");
    }
    text
}

/// What became of each mutant.
pub fn mutants(trials: &[Trial]) -> String {
    let mut table = table(&["mutant", "breaks", "killed by", "steps"], &[3]);
    for trial in trials {
        let breaks: Vec<&str> = trial.mutant.departure.from.iter().map(|rule| rule.id()).collect();
        let (killed, steps) = match trial.steps() {
            Some(steps) => (trial.mutant.killed_by.to_owned(), steps.to_string()),
            None => (format!("survives {}", trial.mutant.killed_by), "-".to_owned()),
        };
        table.add_row([trial.mutant.departure.name.to_owned(), breaks.join(" "), killed, steps]);
    }
    trimmed(&table) + "\n"
}

/// The rows of a table without trailing blanks.
pub fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// A text with color where a word decides: what passes green, what does not red. A stream that is
/// no terminal strips it again.
pub fn styled(text: &str) -> String {
    let good = AnsiColor::Green.on_default();
    let bad = AnsiColor::Red.on_default().bold();
    let line = |line: &str| {
        let first = line.split([':', ' ']).next().unwrap_or_default();
        let style = match first {
            "pass" | "answered" | "as" => good,
            "violated" | "missed" | "expectation" | "incomplete" | "!!" => bad,
            _ => return format!("{line}\n"),
        };
        format!("{style}{line}{style:#}\n")
    };
    text.lines().map(line).collect()
}
