//! The exhaustive product: model and reference side by side, on every edge of a scenario.
//!
//! In every product state the views are equal, both sides enable the same actions, and what the
//! reference refuses changes nothing in it. The count of product states, which a test compares with
//! the model's, shows that the reference has no state that the model cannot tell.

use crate::driver::{Driver, is_the_worlds, world_allows};
use crate::view::{of_model, of_reference};
use model::action::Action;
use model::engine::{self, End, Inspect, ORDERS, Options};
use model::machine::Machine;
use model::scenario::Scenario;
use model::state::State;
use stateright::Model;

/// Model and reference in one state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The model's.
    pub model: State,
    /// The reference's.
    pub driver: Driver,
    /// The reference refused a step that the model took.
    pub refused: bool,
}

/// The product of the two for one scenario.
pub struct Product {
    /// The model.
    pub machine: Machine,
}

impl Product {
    /// The product for a scenario.
    pub fn new(scenario: &Scenario) -> Product {
        Product { machine: Machine::spec(scenario) }
    }

    /// What the two sides disagree about in a state; none if nothing.
    pub fn disagreement(&self, pair: &Pair) -> Option<String> {
        let scenario = &self.machine.scenario;
        if pair.refused {
            return Some("the reference refused the last step".into());
        }
        let (left, right) = (of_model(scenario, &pair.model), of_reference(scenario, &pair.driver));
        if left != right {
            return Some(left.differences(&right));
        }
        self.dispute(pair)
    }

    /// What the model refuses the reference must refuse too, and a refused step changes nothing.
    /// (What the model takes the reference must take: the edge itself shows that.)
    fn dispute(&self, pair: &Pair) -> Option<String> {
        let mut probe = pair.driver.clone();
        for action in self.machine.alphabet() {
            let asked = !is_the_worlds(*action)
                && world_allows(&self.machine.scenario, &pair.model, *action)
                && !self.machine.is_enabled(&pair.model, *action);
            if asked && probe.step(&pair.model, *action) {
                return Some(format!("'{action}' is enabled in the reference only"));
            }
        }
        (probe != pair.driver).then(|| "a refused step changed the reference".into())
    }
}

impl Model for Product {
    type State = Pair;
    type Action = Action;

    fn init_states(&self) -> Vec<Pair> {
        let driver = Driver::new(&self.machine.scenario);
        let model = self.machine.init_states().into_iter();
        model.map(|model| Pair { model, driver: driver.clone(), refused: false }).collect()
    }

    fn actions(&self, pair: &Pair, actions: &mut Vec<Action>) {
        self.machine.actions(&pair.model, actions);
    }

    fn next_state(&self, pair: &Pair, action: Action) -> Option<Pair> {
        let mut next = pair.clone();
        next.refused = !next.driver.step(&pair.model, action);
        next.model = self.machine.after(&pair.model, action);
        Some(next)
    }
}

struct Agreement;

impl Inspect<Product> for Agreement {
    fn violations(&self, product: &Product, pair: &Pair, _: &[Action]) -> u64 {
        product.disagreement(pair).is_some().into()
    }

    fn witnesses(&self, _: &Product, _: &Pair, _: &[Action], _: u64) -> u64 {
        0
    }

    fn kind(&self, action: &Action) -> usize {
        action.kind() as usize
    }

    fn fair_choice(&self, _: &Product, _: &Pair, _: &[Action]) -> [Option<usize>; ORDERS] {
        [None; ORDERS]
    }

    fn settles(&self, _: &Product, _: &Pair, _: usize) -> bool {
        true
    }

    fn unsettled_bit(&self) -> u64 {
        0
    }

    fn is_terminal(&self, pair: &Pair) -> bool {
        pair.refused
    }
}

/// What a product run compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Product states.
    pub states: u64,
    /// Edges taken by both sides.
    pub edges: u64,
}

/// Compares every edge of a scenario.
///
/// # Errors
/// The shortest script to a disagreement, and the disagreement.
pub fn compare(scenario: &Scenario) -> Result<Compared, String> {
    let product = Product::new(scenario);
    let options = Options { threads: 2, memory_bytes: 16 << 30, stop_on: 1, progress: None };
    let outcome = engine::explore(&product, &Agreement, &options);
    if let Some(found) = outcome.violations.first() {
        let mut pair = product.init_states().remove(0);
        let mut script = format!("scenario: {}\nprofile: spec\n\n", scenario.name);
        for action in &found.path {
            pair = product.next_state(&pair, *action).expect("the path was taken");
            script += &format!("{action}\n");
        }
        let why = product.disagreement(&pair).unwrap_or_default();
        return Err(format!("{why}\n{script}"));
    }
    match outcome.end {
        End::Exhausted => Ok(Compared { states: outcome.unique, edges: outcome.generated - 1 }),
        End::Stopped | End::OutOfMemory => Err("incomplete".into()),
    }
}
