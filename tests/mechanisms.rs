//! `docs/mechanisms.md` says what is so. `UPDATE_MECHANISMS=1` makes the whole survey and writes
//! the page's tables anew; otherwise every violation in them is searched again in the scenario
//! named.

use conformance::mechanisms::{PAGE, block, blocks, mechanisms, read_row, row, with_blocks};
use conformance::{read, root};
use model::check::{self, Settings, Verdict};
use model::machine::Machine;
use model::mechanism::survey::{Judged, Surveyor, design, lesser, violated};
use model::mechanism::{self, MECHANISMS, Setting, departures};
use model::pins::Pins;
use model::profile::{self, PROFILES};
use model::rule::Rule;
use model::scenario;
use std::time::Instant;

#[test]
fn the_page_is_up_to_date() {
    if std::env::var_os("UPDATE_MECHANISMS").is_some() {
        return update();
    }
    let page = read(PAGE);
    assert_eq!(block(&page, "mechanisms"), mechanisms().trim_end());
    let rows: Vec<&str> = block(&page, "singles").lines().skip(2).collect();
    let switches: Vec<Setting> = rows.iter().map(|line| read_row(line).0).collect();
    assert_eq!(switches, lesser().collect::<Vec<_>>(), "one row for each switch");
    for line in rows {
        let (setting, judged) = read_row(line);
        let possible = [false, true].map(|idle| row(setting, &judged, idle));
        assert!(possible.iter().any(|row| row == line), "{line}");
        // That nothing is violated takes the whole survey to say.
        let Judged::Violates(pinned) = judged else { continue };
        let place = scenario::find(pinned.scenario).expect("it was read from the list");
        let design = Box::leak(Box::new(design(&[setting])));
        let found = violated(design, place, false, &Settings::default());
        assert_eq!(found, Some(pinned), "{setting}");
    }
}

fn update() {
    let start = Instant::now();
    let told = |design: &[Setting], judged: &Judged| {
        eprintln!("{:8.1} s  {design:?}  {judged:?}", start.elapsed().as_secs_f64());
    };
    let survey = Surveyor::new(Settings::default(), &told).survey();
    let page = with_blocks(&read(PAGE), &blocks(&survey));
    std::fs::write(root().join(PAGE), page).expect("it can be written");
}

/// Every design that the page lists can be put together.
#[test]
fn every_listed_design_exists() {
    let page = read(PAGE);
    for name in ["sets", "pairs"] {
        for design in block(&page, name).split("\n- ").skip(1) {
            let names: Vec<&str> = design.split('`').skip(1).step_by(2).collect();
            let set: Vec<Setting> =
                names.iter().map(|n| mechanism::parse(n).expect("a switch")).collect();
            assert!(profile::spec().with(&set).is_ok_and(|profile| !profile.is_spec()), "{design}");
        }
    }
}

/// A departure that a profile makes is a value of a mechanism, and stands nowhere twice.
#[test]
fn every_difference_is_a_value() {
    for profile in PROFILES {
        for difference in profile.differences {
            assert!(mechanism::of_difference(difference).is_some(), "{}", difference.name);
        }
    }
    let names: Vec<&str> = departures().filter_map(|s| s.value.departure).map(|d| d.name).collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{name} is two values");
    }
}

/// Nothing that SPEC.md asks for escapes the question whether it is needed.
#[test]
fn every_rule_is_departed_from() {
    for rule in Rule::ALL {
        let departs = |setting: Setting| {
            setting.value.departure.is_some_and(|d| d.departs_from.contains(rule))
        };
        assert!(departures().any(departs), "no mechanism departs from {}", rule.id());
    }
}

#[test]
fn the_first_value_is_the_specification() {
    for one in MECHANISMS {
        assert!(one.values[0].departure.is_none(), "{}", one.name);
        assert!(one.values[1..].iter().all(|value| value.departure.is_some()), "{}", one.name);
    }
}

/// What no rule speaks of changes what can be reached, and alone it breaks nothing there.
#[test]
fn freedoms_come_into_play_and_break_nothing() {
    let places = [
        ("inbound_updates=all", "two_forwards_two_writes_in"),
        ("forward_source=stored", "forward_slow_manager"),
        ("watch_takes_over=written", "payment_closing_async_faulty"),
        ("watch_takes_over=written", "forward_archived_in"),
        ("forward_queue=rebuilt", "forward_offchain_async"),
        ("forward_queue=rebuilt", "forward_unsent"),
        ("mode_changes=never", "payment_builds"),
    ];
    let pins = Pins::load();
    for (name, place) in places {
        let setting = mechanism::parse(name).expect("it is a setting");
        assert!(setting.value.departure.is_some_and(|d| d.departs_from.is_empty()), "{name}");
        let design = Box::leak(Box::new(design(&[setting])));
        let scenario = scenario::find(place).expect("it is a scenario");
        let report = check::check(&Machine::new(scenario, design), &Settings::default());
        assert_eq!(report.verdict, Verdict::Holds, "{name} in {place}");
        assert_ne!(report.unique, pins.scenarios[place].unique, "{name} in {place}");
    }
}

/// Ids that change at every load break acks, and break none where a load compares them.
#[test]
fn compared_ids_are_never_stale() {
    let place = scenario::find("two_payments_two_writes").expect("it is a scenario");
    let holds = |names: &[&str]| {
        let set: Vec<Setting> =
            names.iter().map(|name| mechanism::parse(name).expect("a setting")).collect();
        let design = Box::leak(Box::new(design(&set)));
        violated(design, place, false, &Settings::default()).is_none()
    };
    assert!(!holds(&["event_ids=renumbered"]));
    assert!(holds(&["event_ids=renumbered", "queued_ids=same_htlc"]));
}

/// Set back to SPEC.md, every profile is SPEC.md; set to what it does already, it is itself.
#[test]
fn settings_go_on_top_of_a_profile() {
    for profile in PROFILES {
        let own: Vec<Setting> =
            profile.differences.iter().filter_map(|d| mechanism::of_difference(d)).collect();
        let back = |one: &Setting| Setting { value: &one.mechanism.values[0], ..*one };
        let back: Vec<Setting> = own.iter().map(back).collect();
        assert!(profile.with(&back).expect("each is set once").is_spec(), "{}", profile.name);
        assert_eq!(profile.with(&own).expect("each is set once").title(), profile.name);
    }
}
