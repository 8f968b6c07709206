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
use model::scenario::{Class, Count, SCENARIOS, Scenario, find};
use model::suite::{
    Checked, Status, Suite, check_scenario, exercised_rules, guarantees, try_mutant,
};
use model::witness::WITNESSES;
use std::sync::OnceLock;

/// The most states of a scenario that is explored here.
const SMALL: u64 = 700_000;

fn settings() -> Settings<'static> {
    Settings::default()
}

/// What one scenario reaches.
struct Reached {
    scenario: &'static Scenario,
    fired: [u64; 64],
    witnessed: u64,
}

/// What each of the smaller quick scenarios reaches: between them, all that must be reached.
fn reached() -> &'static [Reached] {
    static REACHED: OnceLock<Vec<Reached>> = OnceLock::new();
    REACHED.get_or_init(|| {
        let pins = Pins::load();
        let is_small = |s: &&Scenario| pins.scenarios[s.name].unique <= SMALL;
        let quick = SCENARIOS.iter().filter(|s| s.class == Class::Quick).filter(is_small);
        let reached = quick.map(|scenario| {
            let report = check_scenario(scenario, &pins, &settings()).report;
            Reached { scenario, fired: report.fired, witnessed: report.witnessed }
        });
        reached.collect()
    })
}

/// The rules that all mutants exercise.
fn exercised() -> &'static [Rule] {
    static EXERCISED: OnceLock<Vec<Rule>> = OnceLock::new();
    EXERCISED.get_or_init(|| exercised_rules(&mutants(), &settings()))
}

fn mutants() -> Vec<&'static Mutant> {
    MUTANTS.iter().collect()
}

/// The coverage of those scenarios that a test keeps, and of all mutants.
fn coverage(keeps: impl Fn(&Reached) -> bool) -> Coverage {
    let mut coverage = Coverage { rules: exercised().to_vec(), ..Coverage::default() };
    for one in reached().iter().filter(|one| keeps(one)) {
        coverage.add(&one.fired, one.witnessed);
    }
    coverage
}

fn suite_of(coverage: Coverage) -> Suite<'static> {
    Suite { asked: 0, checked: vec![], coverage, trials: vec![], wanted: 0 }
}

#[test]
fn full_coverage_passes() {
    let full = coverage(|_| true);
    assert_eq!(full.missing(), Vec::<String>::new());
    assert_eq!(suite_of(full).status(), Status::Pass);
}

/// GUA-6 asks for archival, too: without it a resolved monitor stays.
#[test]
fn a_monitor_that_stays_is_noticed() {
    let scenario = find("payment_archived").expect("it exists");
    let report = check(&Machine::spec(scenario).without(ActionKind::Archive), &settings());
    let violated: Vec<&str> = report.violations.iter().map(|v| v.property.id).collect();
    assert_eq!(violated, ["GUA-6"]);
}

/// Each kind of action in turn: the scenarios in which it is taken are left out, and so is all that
/// only they reach.
#[test]
fn a_removed_action_turns_the_run_red() {
    for kind in ActionKind::all() {
        let takes = |one: &Reached| one.fired[kind as usize] > 0;
        assert!(reached().iter().any(takes), "{}: a dearer scenario is needed", kind.name());
        let coverage = coverage(|one| !takes(one));
        let missing = coverage.missing();
        assert!(missing.contains(&format!("action {}", kind.name())), "{missing:?}");
        for other in ActionKind::all() {
            let taken = reached().iter().any(|one| !takes(one) && one.fired[other as usize] > 0);
            assert_eq!(missing.contains(&format!("action {}", other.name())), !taken);
        }
        assert_eq!(suite_of(coverage).status(), Status::Missed, "{}", kind.name());
    }
}

/// A machine that cannot take an action reaches everything but that action.
#[test]
fn an_action_that_the_machine_lost_turns_the_run_red() {
    let lost = ActionKind::Refuse;
    let takes = |one: &Reached| one.fired[lost as usize] > 0;
    let mut coverage = coverage(|one| !takes(one));
    for one in reached().iter().filter(|one| takes(one)) {
        let report = check(&Machine::spec(one.scenario).without(lost), &settings());
        coverage.add(&report.fired, report.witnessed);
    }
    assert_eq!(coverage.missing(), ["action refuse"]);
    assert_eq!(suite_of(coverage).status(), Status::Missed);
}

/// Each witness in turn: the scenarios that show it are left out.
#[test]
fn a_removed_witness_turns_the_run_red() {
    for (index, witness) in WITNESSES.iter().enumerate() {
        let shows = |one: &Reached| one.witnessed & (1 << index) != 0;
        assert!(reached().iter().any(shows), "{}: a dearer scenario is needed", witness.name);
        let coverage = coverage(|one| !shows(one));
        let missing = coverage.missing();
        assert!(missing.contains(&format!("witness {}", witness.name)), "{missing:?}");
        for (other, witness) in WITNESSES.iter().enumerate() {
            let shown =
                reached().iter().any(|one| !shows(one) && one.witnessed & (1 << other) != 0);
            assert_eq!(missing.contains(&format!("witness {}", witness.name)), !shown);
        }
        assert_eq!(suite_of(coverage).status(), Status::Missed, "{}", witness.name);
    }
}

/// A rule is exercised by its own mutant alone, and by nothing where that is gone.
#[test]
fn a_removed_rule_turns_the_run_red() {
    assert_eq!(exercised(), Rule::ALL);
    for rule in Rule::ALL {
        let own: Vec<&Mutant> =
            mutants().into_iter().filter(|m| m.departure.from == [*rule]).collect();
        assert_eq!(exercised_rules(&own, &settings()), [*rule]);
    }
    assert!(exercised_rules(&[], &settings()).is_empty());
    let removed = Rule::AckExactly;
    let others: Vec<&Mutant> =
        mutants().into_iter().filter(|m| m.departure.from != [removed]).collect();
    let rules = exercised_rules(&others, &settings());
    let coverage = Coverage { rules, ..coverage(|_| true) };
    assert_eq!(coverage.missing(), [format!("rule {}", removed.id())]);
    assert_eq!(suite_of(coverage).status(), Status::Missed);
}

/// The run itself puts together what the other gates here look at one by one.
#[test]
fn a_run_of_less_misses_what_it_does_not_reach() {
    let scenario = find("payment_slow_manager").expect("it exists");
    let mutant = model::mutant::find("release_early").expect("it exists");
    let suite = model::suite::run([scenario].into_iter(), &[mutant], &settings());
    assert_eq!(suite.checked.len(), 1);
    assert_eq!(suite.checked[0].status(), Status::Pass);
    assert_eq!(suite.trials.len(), 1);
    assert_eq!(suite.trials[0].status(), Status::Pass);
    assert_eq!(suite.coverage.rules, mutant.departure.from);
    let alone = |one: &Reached| one.scenario.name == scenario.name;
    let Coverage { actions, witnesses, .. } = coverage(alone);
    assert_eq!(
        (suite.coverage.actions.clone(), suite.coverage.witnesses.clone()),
        (actions, witnesses)
    );
    assert_eq!(suite.status(), Status::Missed);
}

/// A mutant that does what SPEC.md does shows no difference, exercises no rule, and survives.
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
    assert!(exercised_rules(&[&MUTANT], &settings()).is_empty());
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

/// Where nothing was checked nothing holds.
#[test]
fn a_run_of_nothing_says_nothing() {
    assert!(guarantees(&[]).iter().all(|(_, verdict)| *verdict == Verdict::Incomplete));
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
    let checked = check_scenario(scenario, &pins, &settings());
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
    let suite = Suite {
        asked: 2,
        checked: vec![incomplete, violated],
        coverage: coverage(|_| true),
        trials: vec![],
        wanted: 0,
    };
    assert_eq!(suite.status(), Status::Violated);
}
