//! The chart fits a terminal, says what changed and nothing else.

use super::{Step, WIDTH, chart, describe};
use crate::machine::Machine;
use crate::scenario::{self, SCENARIOS, Scenario};
use crate::state::{Fault, State};
use stateright::Model;

const STEPS: usize = 3000;

/// A deterministic source of choices, so that a failure can be repeated.
struct Lcg(u64);

impl Lcg {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % bound
    }
}

/// A walk to where nothing is enabled, or as long as a walk gets.
fn walk(scenario: &Scenario, choices: &mut Lcg) -> Vec<Step> {
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
        steps.push(Step { action, state });
    }
    steps
}

/// The trace of a script.
fn trace(scenario: &Scenario, script: &[&str]) -> Vec<Step> {
    let machine = Machine::spec(scenario);
    let mut state = scenario.initial();
    let step = |line: &&str| {
        let action = line.parse().expect("the line is an action");
        assert!(machine.is_enabled(&state, action), "{line}");
        state = machine.after(&state, action);
        Step { action, state }
    };
    script.iter().map(step).collect()
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
            let steps = walk(scenario, &mut choices);
            walked += steps.len();
            assert_fits(&chart(scenario, &scenario.initial(), &steps));
            for step in &steps {
                assert_fits(&describe(scenario, &step.state));
            }
        }
    }
}

#[test]
fn a_trace_is_drawn_in_lanes() {
    let scenario = scenario("payment_slow_manager");
    let script = ["peer_claim h0", "complete out", "release", "begin h0"];
    let drawn = chart(scenario, &scenario.initial(), &trace(scenario, &script));
    assert_eq!(drawn, GOLDEN, "drawn:\n{drawn}");
}

const GOLDEN: &str = "\
world        |monitors        |disk               |manager         |user
-------------+----------------+-------------------+----------------+------------
  1 peer_claim h0 ------------+-------------------+----------------+------------
peer h0:     |out update: u1  |out write 1: u1,   |out update: u1  |
 signed claim|out h0:         | h0 signed claim   |in flight out:  |
             | signed claim   | [#0 claim h0]     | u1 commit h0   |
             |pending:        |                   | claim          |
             | #0 claim h0    |                   |                |
             |held back: #0   |                   |                |
             |next id: #1     |                   |                |
  2 ---------+----------------+complete out ------+----------------+------------
             |held back: -    |out: u1,           |in flight out: -|
             |                | h0 signed claim   |                |
             |                | [#0 claim h0]     |                |
             |                |out write 1: -     |                |
  3 ---------+release --------+-------------------+----------------+------------
             |provided:       |                   |h0: PaymentSent |
             | #0 claim h0    |                   | queued, ack #0 |
             |pending: -      |                   |                |
  4 ---------+----------------+-------------------+----------------+begin h0 ---
             |                |                   |                |handling: h0
";

#[test]
fn an_unchanged_lane_stays_empty() {
    let scenario = scenario("payment_slow_manager");
    let idle = Step { action: "release".parse().unwrap(), state: scenario.initial() };
    let drawn = chart(scenario, &scenario.initial(), &[idle, idle]);
    assert_eq!(drawn.lines().count(), 4, "a header, and nothing below two rules:\n{drawn}");
}

#[test]
fn a_crash_is_drawn_over_all_lanes() {
    let scenario = scenario("forward_closing_both");
    let script = ["crash out=0 in=0 manager=old record=no"];
    let drawn = chart(scenario, &scenario.initial(), &trace(scenario, &script));
    let rule = drawn.lines().nth(2).expect("the step is drawn");
    assert!(rule.starts_with("== 1 crash out=0 in=0 manager=old record=no ===="), "{rule}");
    assert_eq!(rule.len(), WIDTH);
}

#[test]
fn only_what_exists_is_named() {
    let payment = scenario("payment_slow_manager");
    let text = describe(payment, &payment.initial());
    assert!(!text.contains("h1") && !text.contains("inbound") && !text.contains("in update"));
    let forward = scenario("forward_closing_both");
    let text = describe(forward, &forward.initial());
    assert!(text.contains("inbound h0: held") && text.contains("in update: u0"));
}

#[test]
fn a_fault_is_named_where_it_happens() {
    let scenario = scenario("payment_slow_manager");
    let mut broken: State = scenario.initial();
    broken.ledger.faults.insert(Fault::WrongAck);
    let step = Step { action: "release".parse().unwrap(), state: broken };
    let drawn = chart(scenario, &scenario.initial(), &[step]);
    assert!(drawn.ends_with("!! GUA-8: an ack removed an entry it was not meant for\n"));
    assert!(describe(scenario, &broken).contains("!! GUA-8"));
}
