//! `docs/mechanisms.md` says what is so. `UPDATE_MECHANISMS=1` makes the whole survey and writes
//! the page's tables anew; otherwise every violation in them is searched again in the scenario
//! named.

use conformance::mechanisms::{PAGE, block, blocks, mechanisms, read_row, row, with_blocks};
use conformance::{read, root};
use model::check::{self, Settings, Verdict};
use model::departure::{Departure, monitor};
use model::machine::Machine;
use model::mechanism::{self, MECHANISMS, Setting, departures};
use model::pins::Pins;
use model::profile::{self, PROFILES};
use model::protocol::{Protocol, Settled, Spec, Telling};
use model::rule::Rule;
use model::scenario;
use model::state::{Entry, Htlc, Outcome, Told};
use model::survey::{Judged, Surveyor, design, lesser, violated};
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
        let found = violated(design, place, &Settings::default());
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
fn every_departure_of_a_profile_is_a_value() {
    for profile in PROFILES.iter() {
        for departure in profile.departures {
            assert!(mechanism::of_departure(departure).is_some(), "{}", departure.name);
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
        let departs =
            |setting: Setting| setting.value.departure.is_some_and(|d| d.from.contains(rule));
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
        ("watch_takes_over=written", "payment_closing_async_faulty"),
        ("watch_takes_over=written", "forward_archived_in"),
        ("forward_queue=rebuilt", "forward_offchain_async"),
        ("forward_queue=rebuilt", "forward_unsent"),
        ("mode_changes=never", "payment_builds"),
    ];
    let pins = Pins::load();
    for (name, place) in places {
        let setting = mechanism::parse(name).expect("it is a setting");
        assert!(setting.value.departure.is_some_and(|d| d.from.is_empty()), "{name}");
        let design = Box::leak(Box::new(design(&[setting])));
        let scenario = scenario::find(place).expect("it is a scenario");
        let report =
            check::check(&Machine::<dyn Protocol>::new(scenario, design), &Settings::default());
        assert_eq!(report.verdict, Verdict::Holds, "{name} in {place}");
        assert_ne!(report.unique, pins.scenarios[place].unique, "{name} in {place}");
    }
}

/// In which question of the few that are not answered by yes or no two departures differ from
/// SPEC.md and from each other: only there can they contradict each other.
fn contradiction(one: &Departure, other: &Departure) -> Option<&'static str> {
    fn differ<T: PartialEq>(
        protocols: [&dyn Protocol; 3],
        ask: impl Fn(&dyn Protocol) -> T,
    ) -> bool {
        let [spec, one, other] = protocols.map(ask);
        one != spec && other != spec && one != other
    }
    let all: [&dyn Protocol; 3] = [&Spec, one.protocol, other.protocol];
    let few = || (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
    let same_event = [false, true].map(|same_event| Settled::Queued { same_event });
    let settled = [Settled::QueuedWithout, Settled::Done].into_iter().chain(same_event);
    let told = [Told::Never, Told::NotYet, Told::Promised, Told::Queued, Told::Handled];
    let telling = [Telling::Applied, Telling::Repeated, Telling::Completed];
    let news = || telling.into_iter().flat_map(|when| told.map(|told| (when, told)));
    let entries = || few().map(|(id, h)| Entry::new(id as u8, Htlc::at(h), Outcome::Claim));
    let acks = || entries().flat_map(|entry| entries().map(move |named| (entry, named)));
    let questions = [
        ("acked", acks().any(|(a, b)| differ(all, |p| p.acked(a, b)))),
        ("completed", few().any(|(a, b)| differ(all, |p| p.completed(a, b)))),
        ("repeats", settled.clone().any(|a| differ(all, |p| p.repeats(a)))),
        ("tells_forward", news().any(|(a, b)| differ(all, |p| p.tells_forward(a, b)))),
        ("forward_queue", differ(all, |p| p.forward_queue())),
    ];
    questions.into_iter().find(|(_, differs)| *differs).map(|(question, _)| question)
}

/// Whatever is set together never contradicts itself: it has one value of each mechanism.
#[test]
fn settings_do_not_contradict_each_other() {
    for one in departures() {
        for other in departures().filter(|other| other.mechanism.name != one.mechanism.name) {
            let (Some(first), Some(second)) = (one.value.departure, other.value.departure) else {
                panic!("{one} or {other} is no departure");
            };
            assert_eq!(contradiction(first, second), None, "{one} and {other}");
        }
    }
    let [content, swaps] = [&monitor::ACK_BY_CONTENT, &monitor::ACK_SWAPS];
    assert_eq!(contradiction(content, swaps), Some("acked"));
}

/// Ids that are written, and change at every load, break acks, and break none where a load
/// compares them.
#[test]
fn compared_ids_are_never_stale() {
    let place = scenario::find("two_payments_closing").expect("it is a scenario");
    let holds = |names: &[&str]| {
        let set: Vec<Setting> =
            names.iter().map(|name| mechanism::parse(name).expect("a setting")).collect();
        let design = Box::leak(Box::new(design(&set)));
        violated(design, place, &Settings::default()).is_none()
    };
    assert!(!holds(&["event_ids=manager"]));
    assert!(holds(&["event_ids=manager", "queued_ids=same_htlc"]));
}

/// Set back to SPEC.md, every profile is SPEC.md; set to what it does already, it is itself.
#[test]
fn settings_go_on_top_of_a_profile() {
    for profile in PROFILES.iter() {
        let own: Vec<Setting> =
            profile.departures.iter().filter_map(|d| mechanism::of_departure(d)).collect();
        let back = |one: &Setting| Setting { value: &one.mechanism.values[0], ..*one };
        let back: Vec<Setting> = own.iter().map(back).collect();
        assert!(profile.with(&back).expect("each is set once").is_spec(), "{}", profile.name);
        assert_eq!(profile.with(&own).expect("each is set once").title(), profile.name);
    }
}
