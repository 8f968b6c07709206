//! What must happen for "no violation" to mean anything: situations that must be reached, rules
//! that must make a difference, actions that must fire.

use crate::action::{Action, ActionKind};
use crate::check::Settings;
use crate::engine::{self, Inspect};
use crate::machine::Machine;
use crate::mutant::{MUTANTS, Mutant};
use crate::protocol::Protocol;
use crate::rule::Rule;
use crate::scenario;
use crate::state::State;
use crate::witness::WITNESSES;
use stateright::Model;

/// The first state in which a mutant does something else than the specification: its witness that
/// the rule it breaks matters.
pub fn difference(mutant: &Mutant, settings: &Settings) -> Option<Vec<Action>> {
    let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
    let probe = Probe { mutant: Machine::new(scenario, mutant.departure.protocol) };
    let outcome = engine::explore(&Machine::spec(scenario), &probe, &settings.options(1));
    outcome.violations.into_iter().next().map(|found| found.path)
}

/// The mutant that stands for a rule: the first that breaks nothing else.
pub fn mutant_of(rule: Rule) -> Option<&'static Mutant> {
    MUTANTS.iter().find(|mutant| mutant.departure.from == [rule])
}

/// Searches the specification's states for one in which a mutant's steps differ.
struct Probe {
    mutant: Machine<dyn Protocol>,
}

impl<P: Protocol> Inspect<Machine<P>> for Probe {
    fn violations(&self, spec: &Machine<P>, s: &State, actions: &[Action]) -> u64 {
        let mut others = Vec::new();
        self.mutant.actions(s, &mut others);
        let same = |action: &Action| spec.after(s, *action) == self.mutant.after(s, *action);
        u64::from(others != actions || !actions.iter().all(same))
    }

    fn kind(&self, action: &Action) -> usize {
        action.kind() as usize
    }

    fn is_terminal(&self, s: &State) -> bool {
        s.is_stuck()
    }
}

/// What the quick run reached, of what it must.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Kinds of actions that were taken.
    pub actions: Vec<ActionKind>,
    /// Rules that made a difference.
    pub rules: Vec<Rule>,
    /// Witnesses that were reached, by index in [`WITNESSES`].
    pub witnesses: Vec<usize>,
}

impl Coverage {
    /// Adds what one exhaustive check reached.
    pub fn add(&mut self, fired: &[u64; 64], witnessed: u64) {
        let taken = ActionKind::all().filter(|kind| fired[*kind as usize] > 0);
        self.actions.extend(taken);
        self.actions.sort();
        self.actions.dedup();
        self.witnesses.extend((0..WITNESSES.len()).filter(|i| witnessed & (1 << i) != 0));
        self.witnesses.sort();
        self.witnesses.dedup();
    }

    /// What was reached and what there is: of actions, rules and witnesses.
    pub fn totals(&self) -> [[usize; 2]; 3] {
        [
            [self.actions.len(), ActionKind::all().count()],
            [self.rules.len(), Rule::ALL.len()],
            [self.witnesses.len(), WITNESSES.len()],
        ]
    }

    /// What was not reached, one line each.
    pub fn missing(&self) -> Vec<String> {
        let actions = ActionKind::all().filter(|kind| !self.actions.contains(kind));
        let rules = Rule::ALL.iter().filter(|rule| !self.rules.contains(rule));
        let witnesses = (0..WITNESSES.len()).filter(|i| !self.witnesses.contains(i));
        let actions = actions.map(|kind| format!("action {}", kind.name()));
        let rules = rules.map(|rule| format!("rule {}", rule.id()));
        let witnesses = witnesses.map(|i| format!("witness {}", WITNESSES[i].name));
        actions.chain(rules).chain(witnesses).collect()
    }
}
