//! Every gate of the main job has a test in which it fails.

use model::action::ActionKind;
use model::bounds::{Bound, TEETH, Tooth};
use model::check::{Settings, Verdict, check};
use model::coverage::{Coverage, difference, mutant_of};
use model::departure::Departure;
use model::machine::Machine;
use model::mutant::{MUTANTS, Mutant};
use model::pins::Pins;
use model::property::PROPERTIES;
use model::protocol::Spec;
use model::rule::Rule;
use model::scenario::{Class, Count, SCENARIOS, find};
use model::suite::{Checked, Status, Suite, check_scenario, try_mutant};
use model::witness::WITNESSES;

fn settings() -> Settings<'static> {
    Settings::default()
}

/// What the quick scenarios reach, with one kind of action removed from all of them.
fn coverage_without(removed: Option<ActionKind>) -> Coverage {
    let mut coverage = Coverage::default();
    for scenario in SCENARIOS.iter().filter(|s| s.class == Class::Quick) {
        // Small scenarios are enough to fire every action.
        if Pins::load().scenarios[scenario.name].unique > 700_000 {
            continue;
        }
        let machine = Machine::spec(scenario);
        let machine = match removed {
            Some(kind) => machine.without(kind),
            None => machine,
        };
        let report = check(&machine, &settings());
        coverage.add(&report.fired, report.witnessed);
    }
    coverage.rules = Rule::ALL.to_vec();
    coverage
}

fn suite_of(coverage: Coverage) -> Suite<'static> {
    Suite { checked: vec![], coverage, trials: vec![] }
}

fn full() -> Coverage {
    Coverage {
        actions: ActionKind::all().collect(),
        rules: Rule::ALL.to_vec(),
        witnesses: (0..WITNESSES.len()).collect(),
    }
}

#[test]
fn full_coverage_passes() {
    assert_eq!(suite_of(full()).status(), Status::Pass);
}

/// GUA-6 asks for archival, too: without it a resolved monitor stays.
#[test]
fn a_monitor_that_stays_is_noticed() {
    let scenario = find("payment_archived").expect("it exists");
    let report = check(&Machine::spec(scenario).without(ActionKind::Archive), &settings());
    let violated: Vec<&str> = report.violations.iter().map(|v| v.property.id).collect();
    assert_eq!(violated, ["GUA-6"]);
}

#[test]
fn a_removed_action_turns_the_run_red() {
    let coverage = coverage_without(Some(ActionKind::Refuse));
    assert!(coverage.missing().contains(&"action refuse".to_owned()));
    assert_eq!(suite_of(coverage).status(), Status::Missed);
    for kind in ActionKind::all() {
        let mut coverage = full();
        coverage.actions.retain(|other| *other != kind);
        assert_eq!(suite_of(coverage.clone()).status(), Status::Missed, "{}", kind.name());
        assert_eq!(coverage.missing(), [format!("action {}", kind.name())]);
    }
}

#[test]
fn a_removed_rule_turns_the_run_red() {
    for rule in Rule::ALL {
        let mut coverage = full();
        coverage.rules.retain(|other| other != rule);
        assert_eq!(coverage.missing(), [format!("rule {}", rule.id())]);
        assert_eq!(suite_of(coverage).status(), Status::Missed);
    }
}

#[test]
fn a_removed_witness_turns_the_run_red() {
    for (index, witness) in WITNESSES.iter().enumerate() {
        let mut coverage = full();
        coverage.witnesses.retain(|other| *other != index);
        assert_eq!(coverage.missing(), [format!("witness {}", witness.name)]);
        assert_eq!(suite_of(coverage).status(), Status::Missed);
    }
}

/// A rule that is not asked for anywhere shows no difference.
#[test]
fn a_rule_without_effect_is_not_exercised() {
    const SAME_AS_SPEC: Departure = Departure {
        name: "same_as_spec",
        from: &[Rule::AckExactly],
        story: "breaks nothing",
        protocol: &Spec,
    };
    static MUTANT: Mutant =
        Mutant { departure: &SAME_AS_SPEC, killed_by: "GUA-8", scenario: "payment_slow_manager" };
    assert!(difference(&MUTANT, &settings()).is_none());
    let trial = try_mutant(&MUTANT, &Pins::load(), &settings());
    assert_eq!(trial.status(), Status::Missed);
    assert_eq!(trial.missed.as_deref(), Some("same_as_spec survives GUA-8"));
}

#[test]
fn every_rule_has_a_mutant_of_its_own() {
    for rule in Rule::ALL {
        assert!(mutant_of(*rule).is_some(), "{} has no mutant", rule.id());
    }
}

#[test]
fn every_guarantee_kills_a_mutant() {
    for property in PROPERTIES {
        let kills = MUTANTS.iter().any(|mutant| mutant.killed_by == property.id);
        assert!(kills, "{} kills nothing", property.id);
    }
}

#[test]
fn every_bound_has_a_mutant_that_needs_it() {
    for tooth in TEETH {
        let bite = tooth.bite(&settings());
        assert!(bite.survives_below && bite.dies_at, "{}", tooth.bound.name());
    }
    for bound in [Count::Htlcs, Count::Channels, Count::Crashes, Count::Writes].map(Bound::Count) {
        assert!(TEETH.iter().any(|tooth| tooth.bound == bound), "{}", bound.name());
    }
    let wrong = Tooth { bound: Bound::Count(Count::Crashes), mutant: "ack_prefix" };
    assert!(!wrong.bite(&settings()).survives_below);
}

#[test]
fn a_changed_count_is_noticed() {
    let scenario = find("payment_slow_manager").expect("it exists");
    let mut pins = Pins::load();
    let pinned = pins.scenarios.get_mut(scenario.name).expect("it is pinned");
    pinned.unique += 1;
    let checked = check_scenario(scenario, false, &pins, &settings());
    assert_eq!(checked.status(), Status::Missed);
    assert!(checked.drift.expect("it drifted").contains("payment_slow_manager"));
}

#[test]
fn a_changed_trace_is_noticed() {
    let mut pins = Pins::load();
    pins.mutants.get_mut("release_early").expect("it is pinned").steps += 1;
    let mutant = model::mutant::find("release_early").expect("it exists");
    assert_eq!(try_mutant(mutant, &pins, &settings()).status(), Status::Missed);
}

#[test]
fn a_violation_decides_over_missed_and_incomplete() {
    let scenario = find("forward_closing_out_async").expect("it exists");
    let mutant = model::mutant::find("release_early").expect("it exists");
    let report = check(&Machine::new(scenario, mutant.departure.protocol), &settings());
    assert_eq!(report.verdict, Verdict::Violated);
    let violated = Checked { scenario, report, drift: Some("drift".into()) };
    let small = Settings { memory_bytes: 1 << 20, ..settings() };
    let report = check(&Machine::new(scenario, &Spec), &small);
    assert_eq!(report.verdict, Verdict::Incomplete);
    let incomplete = Checked { scenario, report, drift: None };
    let suite = Suite { checked: vec![incomplete, violated], coverage: full(), trials: vec![] };
    assert_eq!(suite.status(), Status::Violated);
}
