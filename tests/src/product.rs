//! The exhaustive product: model and reference side by side, on every edge of a scenario.
//!
//! In every product state the two sides pass the checks of [`crate::lockstep`], and every edge has
//! the same effects on both. The count of product states, which a test compares with the model's,
//! shows that the reference has no state that the model cannot tell.

use crate::driver::Driver;
use crate::history;
use crate::lockstep::{Disagreement, Lockstep, accepted_alone, asked, disagreement};
use model::action::Action;
use model::engine::{self, End, Inspect, Options};
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
    /// The reference refused the last step, or told of other effects.
    pub parted: bool,
}

/// The product of the two for one scenario.
pub struct Product {
    machine: Machine,
    asked: Vec<Action>,
}

impl Product {
    /// The product for a scenario.
    pub fn new(scenario: &Scenario) -> Product {
        let machine = Machine::spec(scenario);
        Product { asked: asked(&machine), machine }
    }

    /// What the two sides disagree about in a state; none if nothing.
    pub fn disagreement(&self, pair: &Pair, enabled: &[Action]) -> Option<String> {
        if pair.parted {
            return Some("the last step".into());
        }
        let topology = &self.machine.topology;
        disagreement(topology, &pair.model, &pair.driver, true).or_else(|| {
            let mut probe = pair.driver.clone();
            let machine = &self.machine;
            accepted_alone(machine, &self.asked, &pair.model, enabled, &mut probe).or_else(|| {
                (probe != pair.driver).then(|| "a refused step changed the reference".into())
            })
        })
    }
}

impl Model for Product {
    type State = Pair;
    type Action = Action;

    fn init_states(&self) -> Vec<Pair> {
        let driver = Driver::new(&self.machine.scenario);
        let model = self.machine.init_states().into_iter();
        model.map(|model| Pair { model, driver: driver.clone(), parted: false }).collect()
    }

    fn actions(&self, pair: &Pair, actions: &mut Vec<Action>) {
        self.machine.actions(&pair.model, actions);
    }

    fn next_state(&self, pair: &Pair, action: Action) -> Option<Pair> {
        let mut next = pair.clone();
        next.model = self.machine.after(&pair.model, action);
        let expected = history::of_model(&self.machine.topology, &pair.model, action, &next.model);
        let taken = next.driver.step(&pair.model, action, &next.model);
        next.parted = taken.is_none_or(|taken| taken.effects != expected);
        Some(next)
    }
}

struct Agreement;

impl Inspect<Product> for Agreement {
    fn violations(&self, product: &Product, pair: &Pair, enabled: &[Action]) -> u64 {
        product.disagreement(pair, enabled).is_some().into()
    }

    fn kind(&self, action: &Action) -> usize {
        action.kind() as usize
    }

    fn is_terminal(&self, pair: &Pair) -> bool {
        pair.parted
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

/// Why a product run has no count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The two sides disagree; the steps are a shortest way there.
    Parted(Disagreement),
    /// The memory bound was hit.
    Incomplete,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Parted(disagreement) => disagreement.fmt(f),
            Failure::Incomplete => f.write_str("incomplete: the memory bound was hit"),
        }
    }
}

/// Compares every edge of a scenario.
///
/// # Errors
/// The two sides disagree, or the memory bound was hit.
pub fn compare(scenario: &Scenario) -> Result<Compared, Failure> {
    let product = Product::new(scenario);
    let options = Options { memory_bytes: 16 << 30, stop_on: 1, ..Options::default() };
    let outcome = engine::explore(&product, &Agreement, &options);
    if let Some(found) = outcome.violations.first() {
        return Err(Failure::Parted(disagreement_along(scenario, &found.path)));
    }
    match outcome.end {
        End::Exhausted => Ok(Compared { states: outcome.unique, edges: outcome.generated - 1 }),
        End::Stopped | End::OutOfMemory | End::Interrupted => Err(Failure::Incomplete),
    }
}

/// Takes the path again, step by step, to say what the two sides disagree about at its end.
fn disagreement_along(scenario: &Scenario, path: &[Action]) -> Disagreement {
    let mut lockstep = Lockstep::new(scenario);
    let parted = path.iter().find_map(|action| lockstep.step(*action).err());
    parted.unwrap_or_else(|| {
        let what = lockstep.compare(true).unwrap_or_else(|| "something that no view shows".into());
        Disagreement { what, script: lockstep.script() }
    })
}
