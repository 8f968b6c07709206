//! Findings and profiles: every override names its source, every finding has a page, a script and
//! a pin, every page has a finding, and each is caused by what it says.
//!
//! `UPDATE_PINS=1` writes the drawn trace of each page anew.

use conformance::{model, read, root};
use model::action::Action;
use model::check;
use model::finding::{FINDINGS, Finding};
use model::machine::Machine;
use model::pins::Pins;
use model::profile::{Design, PROFILES};
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::state::OUTBOUND;
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
        if check::violated(&last, &actions).any(|i| PROPERTIES[i].id == finding.guarantee) {
            return true;
        }
        let mut missing = [Action::WriteManager, Action::Complete(OUTBOUND)].into_iter();
        let Some(action) = missing.find(|action| actions.contains(action)) else { return false };
        last = machine.after(&last, action);
    }
    false
}

/// That a source is named, in the form that a person can follow. Whether it says so there is for
/// people to check: nothing in this tree has upstream's text.
#[test]
fn every_difference_names_its_source() {
    for profile in PROFILES {
        assert!(!profile.unsaid.is_empty(), "{}: nothing is left unsaid", profile.name);
        for difference in profile.differences {
            assert!(!difference.sources.is_empty(), "{}", difference.name);
            for source in difference.sources {
                let parts = source.contains(".rs::") && source.contains(" @");
                assert!(parts, "{}: {source} is no file::function @commit", difference.name);
            }
        }
    }
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

/// With no other difference the violation is there; with one of them repaired, the trace leads to
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
            for source in cause.sources {
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
