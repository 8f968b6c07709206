//! Findings and profiles: every override names its source, every finding has a page, a script and
//! a pin, every page has a finding, and each is caused by what it says.
//!
//! `UPDATE_PINS=1` writes the box and the drawn trace of each page anew, and the index.

use conformance::pages::{PRIVATE, fact_defects, with_box, with_index};
use conformance::{model, read, root};
use model::action::{Action, ActionKind};
use model::departure::{Departure, manager, monitor, restart};
use model::design::Design;
use model::finding::facts::{Evidence, FACTS, Facts, Severity};
use model::finding::{FINDINGS, Finding, Page, UNMODELLED, pages};
use model::machine::Machine;
use model::pins::Pins;
use model::profile::{self, Made, Outline, PROFILES};
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::state::{Channel, Entry, Htlc, Outcome};
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
#[should_panic(expected = "'ack_by_content' departs here too, and decides otherwise")]
fn departures_that_contradict_each_other_are_noticed() {
    let design = Design::new(&[&monitor::ACK_BY_CONTENT, &monitor::ACK_SWAPS]);
    let of = |h| Entry::new(1, Htlc::at(h), Outcome::Claim);
    design.acked(of(0), of(1));
}

#[test]
fn every_finding_has_its_page_script_and_pin() {
    let pins = Pins::load();
    for finding in FINDINGS {
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

const INDEX: &str = "docs/findings/README.md";

#[test]
fn every_page_belongs_to_a_finding() {
    for (index, page) in pages().iter().enumerate() {
        assert_eq!(page.id, format!("{:03}", index + 1), "numbers have no holes");
    }
    let mut pages: Vec<String> = pages().iter().map(Page::path).collect();
    pages.push(INDEX.to_owned());
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

/// The box of a page says what the list of facts says, and the trace is the one that `show` draws.
#[test]
fn every_page_shows_its_facts_and_its_trace() {
    for finding in FINDINGS {
        let path = finding.page().path();
        let old = read(&path);
        let page = with_box(&old, &finding.page()).unwrap_or_else(|what| panic!("{path}: {what}"));
        let (code, shown, stderr) = model(&["show", finding.id]);
        assert_eq!(code, 0, "{}: {stderr}", finding.id);
        let (before, rest) = page.split_once("```text\n").expect("a page has a drawn trace");
        let (drawn, after) = rest.split_once("```").expect("the block ends");
        if std::env::var_os("UPDATE_PINS").is_some() {
            let page = format!("{before}```text\n{shown}```{after}");
            std::fs::write(root().join(&path), page).expect("it can be written");
            continue;
        }
        assert!(old == page, "{path}: its box is out of date: UPDATE_PINS=1 writes it anew");
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

/// What the model cannot say yet has no trace and no cause; what it takes to say it is in the box.
#[test]
fn every_page_without_a_trace_shows_its_facts_and_its_code() {
    for page in UNMODELLED.iter().map(|unmodelled| unmodelled.page()) {
        let path = page.path();
        let old = read(&path);
        let new = with_box(&old, &page).unwrap_or_else(|what| panic!("{path}: {what}"));
        if std::env::var_os("UPDATE_PINS").is_some() {
            std::fs::write(root().join(&path), new).expect("it can be written");
            continue;
        }
        assert!(old == new, "{path}: its box is out of date: UPDATE_PINS=1 writes it anew");
        for section in SECTIONS {
            let wanted = !["## Trace", "## Cause"].contains(&section);
            assert_eq!(old.lines().any(|line| line == section), wanted, "{path}: '{section}'");
        }
        assert!(old.contains(".rs::") && old.contains(" @"), "{path} cites no code");
        let (code, _, stderr) = model(&["show", page.id]);
        assert!(code == 2 && stderr.contains(&path), "{path}: {stderr}");
    }
}

#[test]
fn the_index_has_every_finding() {
    let text = read(INDEX);
    let wanted = with_index(&text, &pages()).expect("it has its block");
    if std::env::var_os("UPDATE_PINS").is_some() {
        return std::fs::write(root().join(INDEX), &wanted).expect("it can be written");
    }
    assert!(text == wanted, "{INDEX} is out of date: UPDATE_PINS=1 writes it anew");
}

#[test]
fn every_finding_has_facts_that_its_page_bears_out() {
    assert!(pages().iter().map(|page| page.id).eq(FACTS.iter().map(|facts| facts.id)));
    for page in pages() {
        let defects = fact_defects(&read(&page.path()), &page);
        assert_eq!(defects, Vec::<&str>::new(), "{}", page.id);
        for test in page.facts.tests {
            assert!(root().join(test).is_file(), "{}: {test}", page.id);
        }
    }
}

/// Each fact on a page and in the index is held, not only that there is a box.
#[test]
fn another_fact_is_noticed_in_box_and_index() {
    let (of, facts) = (pages()[22], *pages()[22].facts);
    let (page, index) = (read(&of.path()), read(INDEX));
    let others = [
        Facts { title: "Something else", ..facts },
        Facts { severity: Severity::Leak, ..facts },
        Facts { who: FACTS[7].who, ..facts },
        Facts { writing: FACTS[11].writing, ..facts },
        Facts { deferred: FACTS[33].deferred, ..facts },
        Facts { flag: FACTS[9].flag, ..facts },
        Facts { evidence: Evidence::Code, ..facts },
        Facts { tests: &[], ..facts },
        Facts { private: false, ..facts },
    ];
    let others = others.iter().map(|facts| Page { facts, ..of });
    for other in others.chain([Page { lacks: Some("something"), ..of }]) {
        assert!(with_box(&page, &other).as_ref() != Ok(&page), "{other:?}");
        let mut list: Vec<Page> = pages();
        list[22] = other;
        assert!(with_index(&index, &list).as_ref() != Ok(&index), "{other:?}");
    }
    assert!(with_index(&index, &pages()[1..]).as_ref() != Ok(&index), "a row is missing");
    let edited = page.replace(PRIVATE, "nothing");
    assert!(edited != page, "a finding in released code says that it is private");
    assert!(with_box(&edited, &of).as_ref() == Ok(&page), "an edited box is written anew");
    let (title, rest) = page.split_once("<!-- box: begin -->").expect("it has a box");
    let (_, rest) = rest.split_once("<!-- box: end -->\n\n").expect("it ends");
    let bare = format!("{title}{rest}");
    assert!(with_box(&bare, &of).as_ref() == Ok(&page), "a page without a box gets one");
    assert!(with_box(&page.replace("box: end", "end"), &of).is_err());
}

#[test]
fn facts_that_a_page_does_not_bear_out_are_noticed() {
    let (of, facts) = (pages()[22], *pages()[22].facts);
    let page = read(&of.path());
    let cases = [
        (Facts { evidence: Evidence::Code, tests: &[], ..facts }, 2),
        (Facts { tests: &["docs/directed/other.rs"], ..facts }, 1),
        (Facts { who: FACTS[7].who, ..facts }, 1),
        (Facts { private: false, ..facts }, 1),
        (Facts { title: "The model of `june` violates GUA-7", ..facts }, 1),
    ];
    for (facts, count) in &cases {
        let other = Page { facts, ..of };
        assert_eq!(fact_defects(&page, &other).len(), *count, "{other:?}");
    }
    let lacks = Page { lacks: Some("something"), ..of };
    assert_eq!(fact_defects(&page, &lacks), ["the page says otherwise whether it has a trace"]);
    let unrun = "# 001\n\n<!-- box: end -->\nIt was read: [code]. `model -- show 001`\n";
    assert_eq!(fact_defects(unrun, &pages()[0]), Vec::<&str>::new());
    assert_eq!(fact_defects(unrun, &pages()[1]), ["the page says otherwise whether it was run"]);
    assert_eq!(pages()[1].facts.test(), "run once, test not kept");
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
