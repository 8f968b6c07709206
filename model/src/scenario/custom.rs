//! Scenarios that a script describes instead of naming one: what lies beyond the exhaustive runs.
//!
//! ```text
//! scenario: custom
//! htlcs: forward own
//! flags: async_out close_out
//! bounds: crashes=6 writes=2 skips=1
//! ```
//!
//! `flags` and `bounds` may be missing: no flag is on, one write is in flight, and the adversary
//! has no budget.

use super::{
    Class, Count, FORWARD, FORWARD_AND_PAYMENT, FORWARD_AND_RECEIVED, FORWARD_AND_UNSENT, Flag,
    Flags, HOPS_ON_TWO_CHANNELS, NO_HTLCS, ONE_PAYMENT, ONE_UNMADE, ONE_UNSENT, ONE_UNSENT_FORWARD,
    PARTS_BY_TWO_CHANNELS, PAYMENT_AND_RETRY, PAYMENT_AND_UNMADE, PAYMENT_AND_UNSENT,
    PAYMENT_AND_UNSENT_FORWARD, RECEIVED, RECEIVED_IN_PARTS, RECEIVED_ON_TWO_CHANNELS,
    RETRY_BESIDE_PAYMENT, Role, Scenario, THREE_PAYMENTS, TRAMPOLINE, TWO_FORWARDS, TWO_PARTS,
    TWO_PAYMENTS,
};
use crate::state::{Budget, store::WRITES};
use std::fmt;

/// The name that stands for a described scenario.
pub const CUSTOM: &str = "custom";

/// The most of each budget: ids and counters of a state are one byte wide.
pub const BUDGET: u8 = 16;

/// The HTLCs that a described scenario can have, by their text.
pub const HTLCS: [(&str, &[Role]); 24] = [
    ("own", ONE_PAYMENT),
    ("forward", FORWARD),
    ("own own", TWO_PAYMENTS),
    ("own part", TWO_PARTS),
    ("forward own", FORWARD_AND_PAYMENT),
    ("forward forward", TWO_FORWARDS),
    ("unsent", ONE_UNSENT),
    ("own unsent", PAYMENT_AND_UNSENT),
    ("forward previous_hop", TRAMPOLINE),
    ("unsent_forward", ONE_UNSENT_FORWARD),
    ("own unsent_forward", PAYMENT_AND_UNSENT_FORWARD),
    ("forward unsent_forward", FORWARD_AND_UNSENT),
    ("received", RECEIVED),
    ("received received_part", RECEIVED_IN_PARTS),
    ("forward received", FORWARD_AND_RECEIVED),
    ("unmade", ONE_UNMADE),
    ("own unmade", PAYMENT_AND_UNMADE),
    ("own retry", PAYMENT_AND_RETRY),
    ("none", NO_HTLCS),
    ("own part_elsewhere", PARTS_BY_TWO_CHANNELS),
    ("forward hop_elsewhere", HOPS_ON_TWO_CHANNELS),
    ("received received_elsewhere", RECEIVED_ON_TWO_CHANNELS),
    ("own own own", THREE_PAYMENTS),
    ("own own retry", RETRY_BESIDE_PAYMENT),
];

/// The scenario that a script describes, before its lines are read.
pub const NOTHING: Scenario = Scenario {
    name: CUSTOM,
    class: Class::Long,
    htlcs: &[],
    flags: Flags::of(&[]),
    writes: 1,
    budget: Budget { crashes: 0, skips: 0, rescans: 0, refusals: 0 },
};

/// Reads one line of a description: what stands before the colon, and what behind it.
///
/// # Errors
/// Says what was expected.
pub fn set(scenario: &mut Scenario, key: &str, value: &str) -> Result<(), String> {
    match key {
        "htlcs" => scenario.htlcs = htlcs(value)?,
        "flags" => value.split_whitespace().try_for_each(|name| set_flag(scenario, name))?,
        _ => value.split_whitespace().try_for_each(|bound| set_bound(scenario, bound))?,
    }
    Ok(())
}

fn htlcs(value: &str) -> Result<&'static [Role], String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let text = words.join(" ");
    let found = HTLCS.iter().find(|(name, _)| *name == text);
    found.map(|(_, roles)| *roles).ok_or_else(|| {
        let names: Vec<String> = HTLCS.iter().map(|(name, _)| format!("'{name}'")).collect();
        format!("expected {}, found '{value}'", names.join(" or "))
    })
}

fn set_flag(scenario: &mut Scenario, name: &str) -> Result<(), String> {
    let flag: Flag = name.parse().map_err(|_| {
        let names = Flag::ALL.iter().map(|flag| flag.name());
        format!("expected {}, found '{name}'", one_of(names.collect()))
    })?;
    scenario.flags.set(flag, true);
    Ok(())
}

fn set_bound(scenario: &mut Scenario, text: &str) -> Result<(), String> {
    let expected = || format!("expected NAME=NUMBER, found '{text}'");
    let (name, number) = text.split_once('=').ok_or_else(expected)?;
    let count = name.parse::<Count>().ok();
    let Some((count, bound)) = count.and_then(|count| Some((count, count.value_mut(scenario)?)))
    else {
        let mut given = NOTHING;
        let counts = Count::ALL.iter().filter(|count| count.value_mut(&mut given).is_some());
        let names = one_of(counts.map(|count| count.name()).collect());
        return Err(format!("expected {names} before '=', found '{name}'"));
    };
    let least = count.least();
    let most = if count == Count::Writes { WRITES as u8 } else { BUDGET };
    let in_range = number.parse().ok().filter(|number| (least..=most).contains(number));
    *bound = in_range.ok_or_else(|| {
        format!("expected a number from {least} to {most} for {name}, found '{number}'")
    })?;
    Ok(())
}

/// A list for people: "a, b or c".
fn one_of(mut names: Vec<&str>) -> String {
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

/// The header lines that name a scenario, or describe it.
pub struct Described<'a>(pub &'a Scenario);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Described(scenario) = self;
        writeln!(f, "scenario: {}", scenario.name)?;
        if scenario.name != CUSTOM {
            return Ok(());
        }
        let roles = HTLCS.iter().find(|(_, roles)| *roles == scenario.htlcs);
        writeln!(f, "htlcs: {}", roles.map_or("", |(name, _)| name))?;
        let flags = scenario.switches();
        if !flags.is_empty() {
            writeln!(f, "flags: {}", flags.join(" "))?;
        }
        let given = scenario.bounds().into_iter().skip(2).filter(|(_, bound)| *bound > 0);
        let bounds: Vec<String> = given.map(|(name, bound)| format!("{name}={bound}")).collect();
        writeln!(f, "bounds: {}", bounds.join(" "))
    }
}
