//! The blocks of docs/bounds.md, from the model's scenarios and pins.

use model::bounds::{Bound, values};
use model::mutant::MUTANTS;
use model::pins::{Death, Pins};
use model::scenario::{Class, Count, Flag, Role, Scenario};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Every name that `Scenario::flag_names` can give, in its order.
pub fn flags() -> Vec<&'static str> {
    let features = Count::ALL.iter().filter_map(|count| count.feature());
    Flag::ALL.iter().map(|flag| flag.name()).chain(features).collect()
}

fn roles(scenario: &Scenario) -> String {
    let name = |role: &Role| match role {
        Role::Own => "own",
        Role::Unsent => "unsent",
        Role::Part => "part",
        Role::Unmade => "unmade",
        Role::Retry => "retry",
        Role::Forward => "forward",
        Role::UnsentForward => "unsent_forward",
        Role::PreviousHop => "previous_hop",
        Role::Received => "received",
        Role::ReceivedPart => "received_part",
        Role::PartElsewhere => "part_elsewhere",
        Role::HopElsewhere => "hop_elsewhere",
        Role::ReceivedElsewhere => "received_elsewhere",
    };
    scenario.htlcs.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The cheapest class with a scenario of some kind; a dash if there is none.
fn cheapest(scenarios: &[Scenario], is_kind: impl Fn(&Scenario) -> bool) -> &'static str {
    let classes = scenarios.iter().filter(|s| is_kind(s)).map(|s| s.class);
    classes.min().map_or("-", Class::name)
}

fn scenario_table(scenarios: &[Scenario]) -> String {
    let mut text = "| scenario | class | HTLCs | flags | crashes | writes |\n".to_owned();
    text += "|---|---|---|---|---|---|\n";
    for s in scenarios {
        let (name, class, flags) = (s.name, s.class.name(), s.flag_names().join(", "));
        let (crashes, writes) = (s.budget.crashes, s.writes);
        let _ =
            writeln!(text, "| {name} | {class} | {} | {flags} | {crashes} | {writes} |", roles(s));
    }
    text
}

fn head(first: &str) -> String {
    let flags = flags();
    format!("| {first} | {} |\n|---|{}\n", flags.join(" | "), "---|".repeat(flags.len()))
}

/// Which flags are on together, and in which class.
pub fn pair_table(scenarios: &[Scenario]) -> String {
    let flags = flags();
    let on = |s: &Scenario, flag: &str| s.flag_names().contains(&flag);
    let mut text = head("");
    let (mut covered, mut missing) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for (i, a) in flags.iter().enumerate() {
        let entry = |(j, b): (usize, &&str)| match j {
            j if j > i => "",
            _ => cheapest(scenarios, |s| on(s, a) && on(s, b)),
        };
        let entries: Vec<&str> = flags.iter().enumerate().map(entry).collect();
        let _ = writeln!(text, "| {a} | {} |", entries.join(" | "));
        for (entry, b) in entries[..i].iter().zip(&flags) {
            *covered.entry(entry).or_default() += 1;
            if *entry == "-" {
                missing.push(format!("- {b} with {a}\n"));
            }
        }
    }
    let of = |class: &str| covered.get(class).copied().unwrap_or_default();
    let (quick, nightly, long) = (of("quick"), of("nightly"), of("long"));
    let pairs = flags.len() * (flags.len() - 1) / 2;
    let _ = write!(
        text,
        "\nOf {pairs} pairs {quick} are covered in a quick scenario, {nightly} only in a nightly \
         one, {long} only in a\nlong one, {} in none:\n\n{}",
        missing.len(),
        missing.concat()
    );
    text
}

fn htlc_table(scenarios: &[Scenario]) -> String {
    let mut kinds: Vec<String> = scenarios.iter().map(roles).collect();
    kinds.sort();
    kinds.dedup();
    let mut text = head("HTLCs");
    for kind in kinds {
        let entry = |flag: &&str| {
            cheapest(scenarios, |s| roles(s) == kind && s.flag_names().contains(flag))
        };
        let entries: Vec<&str> = flags().iter().map(entry).collect();
        let _ = writeln!(text, "| {kind} | {} |", entries.join(" | "));
    }
    text
}

/// The largest value of a bound in the scenarios up to a class.
fn shipped(scenarios: &[Scenario], bound: Bound, class: Class) -> u8 {
    let values = scenarios.iter().filter(|s| s.class <= class).map(|s| bound.value(s));
    values.max().unwrap_or_default()
}

/// The largest value of a bound that a mutant needs, and the mutants that need it.
fn needed(pins: &Pins, bound: Bound) -> (u8, Vec<&str>) {
    let value = |death: &Death| death.smallest_bounds.get(bound.name()).copied();
    let most = pins.mutants.values().filter_map(value).max().unwrap_or_default();
    let there = pins.mutants.iter().filter(|(_, death)| value(death) == Some(most));
    (most, there.map(|(name, _)| name.as_str()).collect())
}

fn mutant_table(scenarios: &[Scenario], pins: &Pins) -> String {
    let mut text = "| bound | quick | nightly | mutants need | who needs it |\n".to_owned();
    text += "|---|---|---|---|---|\n";
    for bound in Bound::all() {
        let (most, names) = needed(pins, bound);
        let [quick, nightly] =
            [Class::Quick, Class::Nightly].map(|class| shipped(scenarios, bound, class));
        let who = match names.len() {
            _ if most == 0 => "none".into(),
            1..=3 => names.join(", "),
            n => format!("{n} mutants"),
        };
        let _ = writeln!(text, "| {} | {quick} | {nightly} | {most} | {who} |", bound.name());
    }
    text
}

/// Mutants whose smallest bounds are not within those of their own quick scenario.
pub fn bound_defects(scenarios: &[Scenario], pins: &Pins) -> Vec<String> {
    let mut defects = Vec::new();
    for (name, death) in &pins.mutants {
        let mutant = MUTANTS.iter().find(|mutant| mutant.departure.name == name);
        let scenario = mutant.and_then(|m| scenarios.iter().find(|s| s.name == m.scenario));
        let shipped = scenario.map(values).unwrap_or_default();
        let above = |(bound, least): &(&String, &u8)| shipped.get(*bound).unwrap_or(&0) < *least;
        let low = death.smallest_bounds.iter().filter(above);
        defects.extend(low.map(|(bound, least)| format!("{name}: needs {bound}={least}")));
    }
    defects
}

fn collision(pins: &Pins) -> String {
    let largest =
        pins.scenarios.iter().chain(&pins.reduced).max_by_key(|(_, counts)| counts.unique);
    let (name, counts) = largest.expect("a scenario is pinned");
    let n = counts.unique as f64;
    let chance = n * n / 2f64.powi(65);
    format!("The largest pinned run is {name}: n = {n}, a chance of {chance:.1e}.\n")
}

/// The text with another body between the markers of a block.
///
/// # Errors
/// Names the marker that is missing.
pub fn replaced(text: &str, block: &str, body: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {block}: begin -->\n"), format!("<!-- {block}: end -->"));
    let (head, rest) = text.split_once(&begin).ok_or(format!("no line {begin}"))?;
    let (_, tail) = rest.split_once(&end).ok_or(format!("no line {end}"))?;
    Ok([head, &begin, "\n", body, "\n", &end, tail].concat())
}

/// A text with all blocks as they should be.
///
/// # Errors
/// Names the marker that is missing.
pub fn generated(text: &str, scenarios: &[Scenario], pins: &Pins) -> Result<String, String> {
    let text = replaced(text, "scenarios", &scenario_table(scenarios))?;
    let text = replaced(&text, "pairs", &pair_table(scenarios))?;
    let text = replaced(&text, "htlcs", &htlc_table(scenarios))?;
    let text = replaced(&text, "mutants", &mutant_table(scenarios, pins))?;
    replaced(&text, "collision", &collision(pins))
}
