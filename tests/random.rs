//! Random lock-step: what fails is cut down to a short script.

use conformance::lockstep::{Disagreement, Lockstep};
use conformance::schedule::scenario_of;
use conformance::shorten::shorten;
use model::action::Action;
use model::machine::Machine;
use model::mutant::{self, Mutant};
use model::profile;
use model::protocol::{Protocol, Spec};
use model::state::State;
use model::trace::Script;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use stateright::Model;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The most steps of a walk.
const STEPS: usize = 60;

/// Whose decisions the model's side follows.
trait Side: 'static {
    /// The mutant whose they are; none for SPEC.md's.
    fn mutant() -> Option<&'static Mutant>;

    fn protocol() -> &'static dyn Protocol {
        Self::mutant().map_or(&Spec, |mutant| mutant.departure.protocol)
    }
}

/// SPEC.md's.
struct Specified;

impl Side for Specified {
    fn mutant() -> Option<&'static Mutant> {
        None
    }
}

/// A mutant's: the two sides have to part.
struct Broken;

impl Side for Broken {
    fn mutant() -> Option<&'static Mutant> {
        mutant::find("release_early")
    }
}

/// The model in a state: what the random walk is drawn from, and shrunk by.
#[derive(Clone)]
struct At {
    machine: Arc<Machine<dyn Protocol>>,
    state: State,
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.machine.scenario.name)
    }
}

impl At {
    fn enabled(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        self.machine.actions(&self.state, &mut actions);
        actions
    }
}

struct Walk<S>(PhantomData<S>);

impl<S: Side> ReferenceStateMachine for Walk<S> {
    type State = At;
    type Transition = Option<Action>;

    fn init_state() -> BoxedStrategy<At> {
        let at = |(head, more): ([u8; 4], u8)| {
            let scenario = scenario_of(head, more);
            let state = scenario.initial();
            At { machine: Arc::new(Machine::new(&scenario, S::protocol())), state }
        };
        any::<([u8; 4], u8)>().prop_map(at).boxed()
    }

    /// One of the enabled actions; where none is enabled the walk rests.
    fn transitions(at: &At) -> BoxedStrategy<Option<Action>> {
        let enabled = at.enabled();
        if enabled.is_empty() {
            return Just(None).boxed();
        }
        select(enabled).prop_map(Some).boxed()
    }

    fn preconditions(at: &At, action: &Option<Action>) -> bool {
        action.is_none_or(|action| at.enabled().contains(&action))
    }

    fn apply(mut at: At, action: &Option<Action>) -> At {
        if let Some(action) = action {
            at.state = at.machine.after(&at.state, *action);
        }
        at
    }
}

impl<S: Side> StateMachineTest for Walk<S> {
    type SystemUnderTest = Lockstep<dyn Protocol>;
    type Reference = Walk<S>;

    fn init_test(at: &At) -> Lockstep<dyn Protocol> {
        let scenario = at.machine.scenario.clone();
        let (profile, mutant) = (profile::spec(), S::mutant());
        Lockstep::of_script(&Script { scenario, profile, mutant, expect: None, steps: vec![] })
    }

    fn apply(
        mut lockstep: Lockstep<dyn Protocol>,
        _: &At,
        action: Option<Action>,
    ) -> Lockstep<dyn Protocol> {
        if let Some(Err(disagreement)) = action.map(|action| lockstep.step(action)) {
            panic!("{disagreement}");
        }
        lockstep
    }
}

/// Walks both sides, and cuts down what they part over: proptest takes steps out one at a time,
/// which leaves standing what hangs together.
fn run<S: Side>(cases: u32) -> Option<(Script, Disagreement)> {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config.clone(), deterministic());
    let walks = Walk::<S>::sequential_strategy(1..STEPS);
    let walked = runner.run(&walks, |(at, actions, seen)| {
        Walk::<S>::test_sequential(config.clone(), at, actions, seen);
        Ok(())
    });
    let failure = walked.err()?.to_string();
    let start = failure.find("scenario: custom").unwrap_or_else(|| panic!("{failure}"));
    let lines = failure[start..].lines().take_while(|line| *line != ".");
    let text = lines.collect::<Vec<_>>().join("\n");
    let script = Script::parse(&text).unwrap_or_else(|why| panic!("{why}\n{failure}"));
    Some(shorten(&script).unwrap_or_else(|| panic!("{failure}")))
}

/// A seed that is fixed: every run takes the same walks, and a red test stays red.
fn deterministic() -> proptest::test_runner::TestRng {
    proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha)
}

#[test]
fn random_walks_agree() {
    if let Some((_, why)) = run::<Specified>(4000) {
        panic!("{why}");
    }
}

#[test]
fn what_parts_is_cut_down_to_a_short_script() {
    let (script, _) = run::<Broken>(4000).expect("the sides part");
    // A shortest has fewer; which of those that hang together a walk leaves standing is chance.
    assert!(script.steps.len() <= STEPS / 4, "{script}");
    assert_eq!(script.mutant.map(|mutant| mutant.departure.name), Some("release_early"));
    let (again, _) = shorten(&script).expect("they part over it alone");
    assert_eq!(again.steps, script.steps, "nothing more can be taken out");
}
