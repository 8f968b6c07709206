//! Findings with deferred writing: what their facts say of it was run.

use model::check::{self, Settings};
use model::design::Design;
use model::finding::facts::Deferred;
use model::finding::{FINDINGS, Finding};
use model::machine::Machine;
use model::protocol::Protocol;
use model::report::text::grouped;
use model::scenario::{Flag, Scenario};

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
