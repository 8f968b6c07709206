//! Lock-step: model and reference take the same steps, and after each one must agree.
//!
//! Three checks a step: both sides enable the same actions; what the reference refuses changes
//! nothing in it; after a step the views and the effects ([`crate::history`]) are equal. Every
//! engine of this package runs on this contract: the exhaustive product, scripts, proptest and the
//! fuzz target.

use crate::driver::{Driver, Taken};
use crate::history::{self, Effects, told};
use crate::view::{self, Fields, of_reference, sentence};
use crate::world::{is_the_worlds, world_allows};
use model::action::Action;
use model::machine::Machine;
use model::mutant::Mutant;
use model::profile::{self, Profile};
use model::protocol::{Protocol, Spec};
use model::scenario::Scenario;
use model::state::Htlc;
use model::state::State;
use model::topology::Topology;
use model::trace::Script;
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
    asked: Vec<Action>,
    /// Whose decisions the model's side follows, as a script says it.
    profile: &'static Profile,
    mutant: Option<&'static Mutant>,
}

impl Lockstep<Spec> {
    /// Both sides at the start of a scenario.
    pub fn new(scenario: &Scenario) -> Lockstep<Spec> {
        Lockstep::of(Machine::spec(scenario), profile::spec(), None)
    }
}

impl Lockstep<dyn Protocol> {
    /// Both sides at the start of a script, the model under the protocol that it names.
    pub fn of_script(script: &Script) -> Lockstep<dyn Protocol> {
        let machine = Machine::new(&script.scenario, script.protocol());
        Lockstep::of(machine, script.profile, script.mutant)
    }
}

impl<P: Protocol + ?Sized> Lockstep<P> {
    fn of(
        machine: Machine<P>,
        profile: &'static Profile,
        mutant: Option<&'static Mutant>,
    ) -> Lockstep<P> {
        let model = machine.scenario.initial();
        let driver = Driver::new(&machine.scenario);
        let asked = asked(&machine);
        let (steps, enabled) = (Vec::new(), Vec::new());
        let mut lockstep =
            Lockstep { machine, model, driver, steps, enabled, asked, profile, mutant };
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
        let expected = history::of_model(&self.machine.topology, &self.model, action, &after);
        let Some(Taken { effects, wrote }) = self.driver.step(&self.model, action, &after) else {
            return self.part("the reference refuses the last step");
        };
        let wrote = wrote || after.disk != self.model.disk;
        self.model = after;
        self.enabled.clear();
        self.machine.actions(&self.model, &mut self.enabled);
        if expected != effects {
            return self.part(&differing_effects(&expected, &effects));
        }
        match self.compare(wrote) {
            Some(what) => self.part(&what),
            None => Ok(effects),
        }
    }

    /// What the two sides disagree about as they are. What the reference refuses is asked first, so
    /// that the views also show a refusal that changed something. Disks that nobody wrote to since
    /// they were compared last need not be compared.
    pub fn compare(&mut self, wrote: bool) -> Option<String> {
        let Lockstep { machine, model, driver, enabled, asked, .. } = self;
        let accepted = accepted_alone(machine, asked, model, enabled, driver);
        accepted.or_else(|| disagreement(&machine.topology, model, driver, wrote))
    }

    /// The steps so far as a script.
    pub fn script(&self) -> String {
        let steps = self.steps.iter().map(|step| (0, *step)).collect();
        let (scenario, profile, mutant) =
            (self.machine.scenario.clone(), self.profile, self.mutant);
        Script { scenario, profile, mutant, expect: None, steps }.to_string()
    }

    fn part<T>(&self, what: &str) -> Result<T, Disagreement> {
        Err(Disagreement { what: what.into(), script: self.script() })
    }
}

/// What the two sides tell differently of a step, for people.
pub fn differing_effects(model: &Effects, reference: &Effects) -> String {
    format!("effects\n  model     {}\n  reference {}\n", told(model), told(reference))
}

/// What the views, and the reference's lists, say against the two sides being in one state. The
/// disks are looked at if they were written to.
pub fn disagreement(
    topology: &Topology,
    model: &State,
    driver: &Driver,
    wrote: bool,
) -> Option<String> {
    if let Some(htlc) = listed_twice(driver) {
        return Some(format!("two events of the reference name {htlc} (GUA-4)"));
    }
    if view::agree(topology, model, driver, wrote) {
        return None;
    }
    let mut what = of_reference::unreadable(driver).unwrap_or_default();
    let (expected, found) =
        (Fields::of_model(topology, model), Fields::of_reference(topology, driver));
    for (field, model, reference) in expected.differing(&found) {
        let (model, reference) = (sentence(model), sentence(reference));
        what += &format!("{field}\n  model     {model}\n  reference {reference}\n");
    }
    Some(what)
}

/// What the reference can be asked in a scenario: all but what is the world's alone.
pub fn asked<P: Protocol + ?Sized>(machine: &Machine<P>) -> Vec<Action> {
    machine.alphabet().iter().copied().filter(|action| !is_the_worlds(*action)).collect()
}

/// The first action that the reference takes and the model does not offer. (What the model offers
/// the reference must take: the step itself shows that.) The reference keeps what it did.
pub fn accepted_alone<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    asked: &[Action],
    model: &State,
    enabled: &[Action],
    driver: &mut Driver,
) -> Option<String> {
    let mut offered = enabled.iter().filter(|action| !is_the_worlds(**action)).peekable();
    for action in asked {
        // What is enabled comes in the order of the alphabet.
        if offered.next_if_eq(&action).is_some() || !world_allows(machine, model, *action) {
            continue;
        }
        if driver.accepts(model, *action) {
            return Some(format!("'{action}' is enabled in the reference only"));
        }
    }
    None
}

/// An HTLC that two events of one monitor of the reference name, in `provided` and `pending` taken
/// together (GUA-4). What is written is read by the views, and reading refuses such lists.
fn listed_twice(driver: &Driver) -> Option<Htlc> {
    driver.begins.keys().find_map(|channel| {
        let monitor = driver.node.monitor(*channel)?;
        let mut ids: Vec<u64> = monitor.events().map(|(_, event)| event.htlc_id).collect();
        ids.sort_unstable();
        let twice = ids.windows(2).find(|pair| pair[0] == pair[1])?[0];
        driver.offered.get(&(*channel, twice)).copied()
    })
}
