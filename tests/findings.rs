//! Findings and profiles: every override names its source, every finding has a page, a script and
//! a pin, every page has a finding, and each is caused by what it says.
//!
//! `UPDATE_PINS=1` writes the drawn trace of each page anew.

use conformance::{model, read, root};
use model::action::{Action, ActionKind};
use model::departure::{Departure, manager, monitor, restart};
use model::design::Design;
use model::finding::{FINDINGS, Finding};
use model::machine::Machine;
use model::pins::Pins;
use model::profile::{self, Made, Outline, PROFILES};
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::state::Channel;
use model::trace::{Expectation, Script};
use stateright::Model;

fn leak(design: Design) -> &'static dyn Protocol {
    Box::leak(Box::new(design))
}

/// Whether a finding's script is a path of these decisions and violates its guarantee; where acks
/// wait for the manager, or a full write for its report, these may be what is missing at the end.
fn violates(finding: &Finding, protocol: &'static dyn Protocol) -> bool {
    let script = finding.trace();
    let Ok(states) = script.run_under(protocol) else { return false };
    let machine = Machine::new(&script.scenario, protocol);
    let mut last = states[states.len() - 1];
    let mut actions = Vec::new();
    for _ in 0..3 {
        actions.clear();
        machine.actions(&last, &mut actions);
        if machine.violated(&last, &actions).any(|i| PROPERTIES[i].id == finding.guarantee) {
            return true;
        }
        let mut missing = [
            Action::plain(ActionKind::WriteManager),
            Action::channel(ActionKind::Complete, Channel::OUT),
        ]
        .into_iter();
        let Some(action) = missing.find(|action| actions.contains(action)) else { return false };
        last = machine.after(&last, action);
    }
    false
}

/// What is wrong with what is written down of a design: a departure without evidence, evidence that
/// is no `file::function @commit`, a base that does not fit. Whether upstream's code does say so is
/// for people to check.
fn outline_defects(outline: &Outline) -> Vec<&'static str> {
    let Outline { commit, base, adds, drops, still, optional, unsaid, .. } = *outline;
    let own = outline.departures();
    let of_base = base.map(Outline::departures).unwrap_or_default();
    let is_in = |list: &[&Departure], one: &Departure| list.iter().any(|d| d.name == one.name);
    let added: Vec<&Departure> = adds.iter().map(|made| made.departure).collect();
    let sound = |made: &Made| made.evidence.iter().all(|e| e.contains(".rs::") && e.contains(" @"));
    let wrong = [
        (unsaid.is_empty(), "nothing is left unsaid"),
        (commit.is_none() && !own.is_empty(), "it was read nowhere"),
        (own.iter().any(|d| outline.evidence(d).is_empty()), "a departure has no evidence"),
        (![adds, still, optional].into_iter().flatten().all(sound), "no file::function @commit"),
        (drops.iter().any(|d| !is_in(&of_base, d)), "it drops what its base does not do"),
        (own.len() + drops.len() != of_base.len() + adds.len(), "it drops something twice"),
        ((1..own.len()).any(|i| is_in(&own[..i], own[i])), "it adds what it does already"),
        (still.iter().any(|m| !is_in(&own, m.departure)), "it still does what it does not"),
        (still.iter().any(|m| is_in(&added, m.departure)), "it still does what it adds"),
        (optional.iter().any(|m| is_in(&own, m.departure)), "it does what is optional"),
    ];
    wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what).collect()
}

#[test]
fn every_profile_says_what_it_does_and_where() {
    for profile in PROFILES.iter() {
        assert_eq!(outline_defects(profile.outline), Vec::<&str>::new(), "{}", profile.name);
    }
}

/// A later design than another, with which this was the same, that was given up, this is new.
#[test]
fn a_profile_can_start_from_another() {
    let june = profile::find("june").expect("it exists").outline;
    let later = Outline {
        name: "later",
        base: Some(june),
        commit: Some("0123abcde"),
        adds: &[Made {
            departure: &restart::QUEUE_LEFT_TO_EVENTS,
            evidence: &["ln/channelmanager.rs::read @0123abcde"],
        }],
        drops: &[&restart::UNKNOWN_STRANDED],
        still: &[Made {
            departure: &monitor::RECORD_SKIPPED,
            evidence: &["chain/channelmonitor.rs::process @0123abcde"],
        }],
        optional: &[],
        ..*june
    };
    assert_eq!(outline_defects(&later), Vec::<&str>::new());
    let names = |outline: &Outline| -> Vec<&str> {
        outline.departures().iter().map(|departure| departure.name).collect()
    };
    let mut expected = names(june);
    expected.retain(|name| *name != "unknown_stranded");
    expected.push("queue_left_to_events");
    assert_eq!(names(&later), expected);
    let of_june = june.evidence(&monitor::RECORD_SKIPPED);
    assert_ne!(later.evidence(&monitor::RECORD_SKIPPED), of_june);
    assert_eq!(
        later.evidence(&manager::ACK_UNORDERED),
        june.evidence(&manager::ACK_UNORDERED),
        "what nobody has looked up again was seen in the base"
    );
}

#[test]
fn each_defect_of_a_profile_is_noticed() {
    let june = profile::find("june").expect("it exists").outline;
    let later = || Outline { base: Some(june), adds: &[], optional: &[], ..*june };
    const FORGETS: &Departure = &monitor::RELEASE_FORGETS;
    const CITED: Made =
        Made { departure: FORGETS, evidence: &["chain/channel.rs::new @0123abcde"] };
    const UNREAD: Made = Made { departure: FORGETS, evidence: &[] };
    const VAGUE: Made = Made { departure: FORGETS, evidence: &["somewhere"] };
    const KNOWN: Made = Made { departure: &manager::ACK_UNORDERED, ..CITED };
    let cases = [
        (Outline { unsaid: &[], ..later() }, "nothing is left unsaid"),
        (Outline { commit: None, ..later() }, "it was read nowhere"),
        (Outline { adds: &[UNREAD], ..later() }, "a departure has no evidence"),
        (Outline { adds: &[VAGUE], ..later() }, "no file::function @commit"),
        (Outline { adds: &[KNOWN], ..later() }, "it adds what it does already"),
        (Outline { still: &[CITED], ..later() }, "it still does what it does not"),
        (Outline { optional: &[KNOWN], ..later() }, "it does what is optional"),
    ];
    for (outline, defect) in cases {
        assert_eq!(outline_defects(&outline), [defect]);
    }
    let strange = outline_defects(&Outline { drops: &[FORGETS], ..later() });
    assert_eq!(strange, ["it drops what its base does not do", "it drops something twice"]);
    let twice = Outline { adds: &[CITED], still: &[CITED], ..later() };
    assert_eq!(outline_defects(&twice), ["it still does what it adds"]);
}

/// Two departures that answer the same question otherwise are no design; a debug build says so.
#[test]
#[cfg(debug_assertions)]
#[should_panic(expected = "'restart_id_counter' departs here too, and decides otherwise")]
fn departures_that_contradict_each_other_are_noticed() {
    let design = Design::new(&[&monitor::RESTART_ID_COUNTER, &monitor::IDS_RENUMBERED]);
    design.loaded_event_id(3, 1, true);
}

#[test]
fn every_finding_has_its_page_script_and_pin() {
    let pins = Pins::load();
    for (index, finding) in FINDINGS.iter().enumerate() {
        assert_eq!(finding.id, format!("{:03}", index + 1), "numbers have no holes");
        let script = finding.trace();
        assert_eq!(read(&finding.script_path()), finding.script, "{}", finding.id);
        assert_eq!(script.profile.title(), finding.profile().title(), "{}", finding.id);
        assert_eq!(script.scenario.name, finding.scenario, "{}", finding.id);
        assert_eq!(script.expect, Some(Expectation::Violates(finding.guarantee)));
        assert_eq!(finding.steps(), Some(script.steps.len()), "{}", finding.id);
        assert_eq!(finding.steps(), pins.findings.get(finding.id).copied(), "{}", finding.id);
        if !finding.set.is_empty() {
            continue;
        }
        let pinned = pins.profiles[finding.profile].get(finding.guarantee);
        let pinned = pinned.unwrap_or_else(|| panic!("{} is not pinned", finding.guarantee));
        let same_place = pinned.scenario == finding.scenario;
        assert!(!same_place || pinned.steps <= script.steps.len(), "{}", finding.id);
    }
}

#[test]
fn every_page_belongs_to_a_finding() {
    let mut pages: Vec<String> = FINDINGS.iter().map(Finding::page).collect();
    for entry in std::fs::read_dir(root().join("docs/findings")).expect("it is a folder") {
        let name = entry.expect("it can be listed").file_name().to_string_lossy().into_owned();
        let page = format!("docs/findings/{name}");
        let known = pages.iter().position(|other| *other == page);
        pages.remove(known.unwrap_or_else(|| panic!("{page} belongs to no finding")));
    }
    assert_eq!(pages, Vec::<String>::new(), "findings without a page");
}

/// With no other departure the violation is there; with one of them repaired, the trace leads to
/// no violation.
#[test]
fn every_cause_suffices_and_is_needed() {
    for finding in FINDINGS {
        let only = leak(Design::new(finding.causes));
        assert!(violates(finding, only), "{}: its causes do not suffice", finding.id);
        for index in 0..finding.causes.len() {
            let repaired = leak(finding.profile().repaired(&finding.causes[index..=index]));
            let name = finding.causes[index].name;
            assert!(!violates(finding, repaired), "{}: {name} is not needed", finding.id);
        }
    }
}

const SECTIONS: [&str; 6] =
    ["## Trace", "## In LDK", "## Code", "## Cause", "## How sure", "## What it led to"];

/// The trace of a page is the one that `show` draws.
#[test]
fn every_page_shows_its_trace() {
    for finding in FINDINGS {
        let path = finding.page();
        let page = read(&path);
        let (code, shown, stderr) = model(&["show", finding.id]);
        assert_eq!(code, 0, "{}: {stderr}", finding.id);
        let (before, rest) = page.split_once("```text\n").expect("a page has a drawn trace");
        let (drawn, after) = rest.split_once("```").expect("the block ends");
        if std::env::var_os("UPDATE_PINS").is_some() {
            let page = format!("{before}```text\n{shown}```{after}");
            std::fs::write(root().join(&path), page).expect("it can be written");
            continue;
        }
        assert_eq!(drawn, shown, "{path}");
        for line in SECTIONS {
            assert!(page.lines().any(|other| other == line), "{path} has no section '{line}'");
        }
        for cause in finding.causes {
            assert!(page.contains(&format!("`{}`", cause.name)), "{path}: {}", cause.name);
            let evidence = finding.profile().outline.evidence(cause);
            assert!(!evidence.is_empty(), "{path}: where {} does so", cause.name);
            for source in evidence {
                assert!(page.contains(source), "{path} does not cite {source}");
            }
        }
        assert!(page.contains(&format!("-- show {}", finding.id)), "{path}: how to repeat it");
    }
}

#[test]
fn a_finding_of_something_else_is_noticed() {
    let finding = &FINDINGS[0];
    let other = Finding { causes: FINDINGS[9].causes, ..*finding };
    assert!(!violates(&other, leak(Design::new(other.causes))));
    assert!(!violates(&Finding { guarantee: "GUA-7", ..*finding }, finding.profile().protocol));
    assert!(
        Script::parse("profile: june\nscenario: payment_slow_manager\nmutant: release_early\n")
            .is_err()
    );
}
