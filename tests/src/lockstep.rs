//! Lock-step: model and reference take the same steps, and after each one must agree.
//!
//! Three checks a step: both sides enable the same actions; what the reference refuses changes
//! nothing in it; after a step the views and the effects ([`crate::history`]) are equal. Every
//! engine of this package runs on this contract: the exhaustive product, scripts, proptest and the
//! fuzz target.

use crate::driver::{Driver, is_the_worlds, world_allows};
use crate::history::{self, Effects, told};
use crate::view::{of_model, of_reference, unreadable};
use model::action::Action;
use model::machine::Machine;
use model::protocol::{Protocol, Spec};
use model::scenario::Scenario;
use model::state::State;
use model::trace::Script;
use reference::event::HtlcId;
use stateright::Model;
use std::fmt;

/// Where the two sides part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What they disagree about.
    pub what: String,
    /// The steps to it, as a script.
    pub script: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "model and reference disagree: {}\n", self.what.trim_end())?;
        write!(f, "{}", self.script)
    }
}

impl std::error::Error for Disagreement {}

/// Model and reference side by side.
pub struct Lockstep<P: Protocol + ?Sized + 'static = Spec> {
    /// The model.
    pub machine: Machine<P>,
    /// The model's state.
    pub model: State,
    /// The reference's.
    pub driver: Driver,
    /// The steps so far.
    pub steps: Vec<Action>,
    enabled: Vec<Action>,
}

impl Lockstep<Spec> {
    /// Both sides at the start of a scenario.
    pub fn new(scenario: &Scenario) -> Lockstep<Spec> {
        Lockstep::of(Machine::spec(scenario))
    }
}

impl<P: Protocol + ?Sized> Lockstep<P> {
    /// Both sides at the start, the model under any protocol.
    pub fn of(machine: Machine<P>) -> Lockstep<P> {
        let model = machine.scenario.initial();
        let driver = Driver::new(&machine.scenario);
        let mut lockstep =
            Lockstep { machine, model, driver, steps: Vec::new(), enabled: Vec::new() };
        lockstep.machine.actions(&lockstep.model, &mut lockstep.enabled);
        lockstep
    }

    /// The actions that the model offers now.
    pub fn enabled(&self) -> &[Action] {
        &self.enabled
    }

    /// Takes a step that the model offers, on both sides, and compares them.
    ///
    /// # Errors
    /// The two sides disagree.
    pub fn step(&mut self, action: Action) -> Result<Effects, Disagreement> {
        self.steps.push(action);
        let after = self.machine.after(&self.model, action);
        let expected = history::of_model(&self.model, action, &after);
        let Some(found) = self.driver.step(&self.model, action) else {
            return self.part("the reference refuses the last step");
        };
        self.model = after;
        self.enabled.clear();
        self.machine.actions(&self.model, &mut self.enabled);
        if expected != found {
            return self.part(&differing_effects(&expected, &found));
        }
        match self.compare() {
            Some(what) => self.part(&what),
            None => Ok(found),
        }
    }

    /// What the two sides disagree about as they are. What the reference refuses is asked first, so
    /// that the views also show a refusal that changed something.
    pub fn compare(&mut self) -> Option<String> {
        let Lockstep { machine, model, driver, enabled, .. } = self;
        let accepted = accepted_alone(machine, model, enabled, driver);
        accepted.or_else(|| disagreement(&machine.scenario, model, driver))
    }

    /// The steps so far as a script.
    pub fn script(&self) -> String {
        let steps = self.steps.iter().map(|step| (0, *step)).collect();
        let scenario = self.machine.scenario.clone();
        Script { scenario, mutant: None, expect: None, steps }.to_string()
    }

    fn part<T>(&self, what: &str) -> Result<T, Disagreement> {
        Err(Disagreement { what: what.into(), script: self.script() })
    }
}

/// What the two sides tell differently of a step, for people.
pub fn differing_effects(model: &Effects, reference: &Effects) -> String {
    format!("effects\n  model     {}\n  reference {}\n", told(model), told(reference))
}

/// What the views, and the reference's lists, say against the two sides being in one state.
pub fn disagreement(scenario: &Scenario, model: &State, driver: &Driver) -> Option<String> {
    if let Some(htlc) = listed_twice(driver) {
        return Some(format!("two events of the reference name {htlc} (GUA-4)"));
    }
    let (expected, found) = (of_model(scenario, model), of_reference(scenario, driver));
    (expected != found)
        .then(|| unreadable(driver).unwrap_or_default() + &expected.differences(&found))
}

/// The first action that the reference takes and the model does not offer. (What the model offers
/// the reference must take: the step itself shows that.) The reference keeps what it did.
pub fn accepted_alone<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    model: &State,
    enabled: &[Action],
    driver: &mut Driver,
) -> Option<String> {
    let mut offered = enabled.iter().peekable();
    for action in machine.alphabet().iter().filter(|action| !is_the_worlds(**action)) {
        // What is enabled comes in the order of the alphabet.
        while offered.next_if(|offered| is_the_worlds(**offered)).is_some() {}
        if offered.next_if_eq(&action).is_some() {
            continue;
        }
        let asked = world_allows(&machine.scenario, model, *action);
        if asked && driver.accepts(model, *action) {
            return Some(format!("'{action}' is enabled in the reference only"));
        }
    }
    None
}

/// An HTLC that two events of one monitor of the reference name, in `provided` and `pending` taken
/// together (GUA-4). What is written is read by the views, and reading refuses such lists.
fn listed_twice(driver: &Driver) -> Option<HtlcId> {
    driver.store.monitors.keys().find_map(|channel| {
        let monitor = driver.node.monitor(*channel)?;
        let mut rest = monitor.events();
        while let Some((_, event)) = rest.next() {
            let mut later = monitor.events().skip_while(|e| e.1.htlc != event.htlc).skip(1);
            if later.any(|(_, other)| other.htlc == event.htlc) {
                return Some(event.htlc);
            }
        }
        None
    })
}
