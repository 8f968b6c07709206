//! The chart fits a terminal, says what changed and nothing else.

use super::{WIDTH, chart, describe};
use crate::action::Action;
use crate::check::{self, Settings};
use crate::machine::Machine;
use crate::mutant;
use crate::profile;
use crate::report::drawing::{Drawing, Heading};
use crate::scenario::{self, SCENARIOS, Scenario};
use crate::trace::Script;
use stateright::Model;

const STEPS: usize = 1000;

/// A deterministic source of choices, so that a failure can be repeated.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound
    }
}

/// A walk to where nothing is enabled, or as long as a walk gets.
fn walk(scenario: &Scenario, choices: &mut Lcg) -> Drawing {
    let machine = Machine::spec(scenario);
    let (mut state, mut steps) = (scenario.initial(), Vec::new());
    while steps.len() < STEPS {
        let mut actions = Vec::new();
        machine.actions(&state, &mut actions);
        if actions.is_empty() {
            break;
        }
        let action = actions[choices.below(actions.len())];
        state = machine.next_state(&state, action).expect("an enabled action leads on");
        steps.push(action);
    }
    drawing(scenario, None, steps)
}

/// The trace of a script.
fn trace(scenario: &Scenario, script: &[&str]) -> Drawing {
    let steps = script.iter().map(|line| line.parse().expect("the line is an action"));
    drawing(scenario, None, steps.collect())
}

fn drawing(scenario: &Scenario, mutant: Option<&str>, steps: Vec<Action>) -> Drawing {
    let mutant = mutant.map(|name| mutant::find(name).expect("there is such a mutant"));
    let steps = steps.into_iter().map(|action| (0, action)).collect();
    let (scenario, expect) = (scenario.clone(), None);
    let script = Script { scenario, profile: profile::spec(), mutant, expect, steps };
    Drawing::new(&script, Heading::default()).expect("the steps are enabled")
}

fn scenario(name: &str) -> &'static Scenario {
    scenario::find(name).expect("there is such a scenario")
}

fn assert_fits(text: &str) {
    assert!(text.is_ascii());
    for line in text.lines() {
        assert!(line.len() <= WIDTH, "{} columns: {line}", line.len());
        assert!(!line.contains('~') && line == line.trim_end(), "{line}");
    }
}

#[test]
fn every_line_of_long_walks_fits_a_plain_terminal() {
    for scenario in SCENARIOS {
        let mut choices = Lcg(7);
        let mut walked = 0;
        while walked < STEPS {
            let drawing = walk(scenario, &mut choices);
            walked += drawing.steps.len();
            assert_fits(&chart(&drawing));
            assert_fits(&describe(&drawing));
        }
    }
}

#[test]
fn a_trace_is_drawn_in_lanes() {
    let scenario = scenario("payment_slow_manager");
    let script = ["peer_claim h0", "complete out", "release", "begin h0"];
    let drawn = chart(&trace(scenario, &script));
    assert_eq!(drawn, GOLDEN, "drawn:\n{drawn}");
}

const GOLDEN: &str = "\
world        |monitors        |disk               |manager         |user
-------------+----------------+-------------------+----------------+------------
  1 peer_claim h0 ------------+-------------------+----------------+------------
peer h0:     |out update: u1  |out write 1: u1,   |out update: u1  |
 signed claim|out h0:         | h0 signed claim   |in flight out:  |
             | signed claim   | [claim h0]        | u1 commit h0   |
             |pending:        |                   | claim          |
             | #0 claim h0    |                   |                |
             |held back: #0   |                   |                |
             |next id: #1     |                   |                |
  2 ---------+----------------+complete out ------+----------------+------------
             |held back: -    |out: u1,           |in flight out: -|
             |                | h0 signed claim   |                |
             |                | [claim h0]        |                |
             |                |out write 1: -     |                |
  3 ---------+release --------+-------------------+----------------+------------
             |provided:       |                   |h0: PaymentSent |
             | #0 claim h0    |                   | queued, ack #0 |
             |pending: -      |                   |                |
  4 ---------+----------------+-------------------+----------------+begin h0 ---
             |                |                   |                |handling: h0
";

#[test]
fn a_crash_is_drawn_over_all_lanes() {
    let scenario = scenario("forward_closing_both");
    let script = ["crash out=0 in=0 manager=old record=no"];
    let drawn = chart(&trace(scenario, &script));
    let rule = drawn.lines().nth(2).expect("the step is drawn");
    assert!(rule.starts_with("== 1 crash out=0 in=0 manager=old record=no ===="), "{rule}");
    assert_eq!(rule.len(), WIDTH);
}

#[test]
fn only_what_exists_is_named() {
    let text = describe(&trace(scenario("payment_slow_manager"), &[]));
    assert!(!text.contains("h1") && !text.contains("inbound") && !text.contains("in update"));
    let text = describe(&trace(scenario("forward_closing_both"), &[]));
    assert!(text.contains("inbound h0: held") && text.contains("in update: u0"));
}

/// The chart of the shortest way to what kills a mutant.
fn killed(name: &str) -> String {
    let mutant = mutant::find(name).expect("there is such a mutant");
    let scenario = scenario(mutant.scenario);
    let machine = Machine::new(scenario, mutant.departure.protocol);
    let report = check::hunt(&machine, &Settings::default(), mutant.killed_by);
    let path = &report.violations.first().expect("the mutant dies").path;
    let drawing = drawing(scenario, Some(name), path.clone());
    let drawn = chart(&drawing);
    assert_fits(&drawn);
    let last = describe(&drawing);
    assert!(last.contains(&format!("!! {}", mutant.killed_by)), "{last}");
    drawn
}

#[test]
fn an_early_ack_names_the_version_that_a_crash_would_bring_back() {
    let drawn = killed("ack_forward_fail_sent");
    assert!(drawn.contains("|! ack #0 fail h0"), "the call is in its lane:\n{drawn}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence = "!! GUA-3: ack of #0 (fail h0): the durable inbound Monitor is u1, where h0 is \
                    signed, not removed";
    assert!(words(&drawn).ends_with(sentence), "{drawn}");
    let drawn = killed("ack_forward_claim_submitted");
    assert!(words(&drawn).contains("where h0 is committed, not claimed"), "{drawn}");
    let drawn = killed("ack_when_queued");
    assert!(words(&drawn).contains("the User has no record of PaymentSent"), "{drawn}");
}

#[test]
fn a_wrong_ack_names_what_it_removed() {
    let drawn = killed("ack_prefix");
    assert!(drawn.contains("!! GUA-8: ack of #1"), "{drawn}");
    assert!(drawn.contains(" removed #0 ("), "{drawn}");
}

#[test]
fn what_no_call_is_to_blame_for_is_said_of_the_action() {
    let drawn = killed("offer_known");
    assert!(drawn.contains("!! GUA-10: a forward is given up as never offered, and"), "{drawn}");
}
