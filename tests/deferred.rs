//! Deferred writing: what the facts of findings say of it was run, and which rules decide nothing
//! there.

use model::check::{self, Settings};
use model::design::Design;
use model::finding::facts::Deferred;
use model::finding::{FINDINGS, Finding};
use model::machine::Machine;
use model::mutant::MUTANTS;
use model::protocol::{Protocol, Spec};
use model::report::text::grouped;
use model::rule::Rule;
use model::scenario::{Class, Flag, SCENARIOS, Scenario};

/// The scenario of a finding's trace, with deferred writing. There a close by choice is an update.
fn deferred(finding: &Finding) -> Scenario {
    let mut scenario = finding.scenario().clone();
    let closes = scenario.has(Flag::CloseOut) || scenario.has(Flag::CloseIn);
    scenario.flags.set(Flag::Notices, closes || scenario.has(Flag::Notices));
    scenario.flags.set(Flag::Deferred, true);
    if !scenario.can_dispatch() {
        scenario.writes = 2;
    }
    scenario
}

/// Those that are not reached in more states than a test of every push has time for.
const MANY: [&str; 2] = ["005", "022"];

/// Each scenario is explored with the causes of a finding and nothing else, until the guarantee is
/// violated or to the end.
fn deferred_as_said(is_asked: impl Fn(&str) -> bool) {
    let mut defects = Vec::new();
    for finding in FINDINGS.iter().filter(|finding| is_asked(finding.id)) {
        let protocol: &'static dyn Protocol = Box::leak(Box::new(Design::new(finding.causes)));
        let machine: Machine<dyn Protocol> = Machine::new(&deferred(finding), protocol);
        let report = check::hunt(&machine, &Settings::default(), finding.guarantee);
        let (id, guarantee) = (finding.id, finding.guarantee);
        let found = match report.violations.first() {
            Some(violation) => {
                println!("{id}: {guarantee} after {} steps", violation.path.len());
                Deferred::Reached
            }
            None => {
                assert!(report.complete, "{id}: not every state was explored");
                println!("{id}: {guarantee} holds in {} states", grouped(report.unique));
                Deferred::NotReached
            }
        };
        // What was run on LDK says more.
        let said = match finding.page().facts.deferred {
            Deferred::Too => Deferred::Reached,
            said => said,
        };
        if said != found {
            defects.push(format!("{id}: said {said:?}, found {found:?}"));
        }
    }
    assert_eq!(defects, Vec::<String>::new());
}

#[test]
fn what_is_said_of_deferred_writing_was_run() {
    deferred_as_said(|id| !MANY.contains(&id));
}

#[test]
#[ignore = "millions of states: the nightly run has them"]
fn what_is_said_of_deferred_writing_was_run_where_it_takes_long() {
    deferred_as_said(|id| MANY.contains(&id));
}

/// Rules that decide nothing in the quick scenarios with deferred writing, and do in the same
/// scenarios without it: they are about a Manager that is older than what a Monitor has applied.
const IDLE: [&str; 3] = ["RST-1", "RST-6", "RST-11"];

/// Whether breaking the rule changes nothing in any of the scenarios: as many states, and all hold.
fn is_idle(rule: Rule, scenarios: &[Scenario]) -> bool {
    let explored = |scenario: &Scenario, protocol| {
        let machine: Machine<dyn Protocol> = Machine::new(scenario, protocol);
        let report = check::hunt_any(&machine, &Settings::default());
        report.violations.is_empty().then_some(report.unique)
    };
    scenarios.iter().all(|scenario| {
        let whole = explored(scenario, &Spec);
        let mut mutants = MUTANTS.iter().filter(|mutant| mutant.departure.from.contains(&rule));
        mutants.all(|mutant| explored(scenario, mutant.departure.protocol) == whole)
    })
}

#[test]
#[ignore = "a minute or two: the nightly run has it"]
fn rules_about_a_stale_manager_decide_nothing() {
    let quick = SCENARIOS.iter().filter(|scenario| scenario.class == Class::Quick);
    let deferring: Vec<_> = quick.filter(|one| one.has(Flag::Deferred)).cloned().collect();
    let mut others = deferring.clone();
    others.iter_mut().for_each(|scenario| scenario.flags.set(Flag::Deferred, false));
    let rules = Rule::ALL.iter().filter(|rule| rule.id().starts_with("RST-"));
    let idle = rules.filter(|rule| is_idle(**rule, &deferring) && !is_idle(**rule, &others));
    let idle: Vec<&str> = idle.map(|rule| rule.id()).collect();
    assert_eq!(idle, IDLE);
}
