//! What is said of a disagreement: at which step, by which rule where one is known, and over how
//! little.

use crate::lockstep::{Disagreement, Lockstep};
use crate::shorten::shorten;
use model::action::Action;
use model::departure::Departure;
use model::machine::Machine;
use model::mutant::{MUTANTS, Mutant};
use model::protocol::Protocol;
use model::state::State;
use model::trace::Script;
use stateright::Model;
use std::fmt::Write;
use textwrap::Options;

/// A disagreement of the two sides over a script, for people.
pub fn explained(script: &Script, disagreement: &Disagreement) -> String {
    let mut text = String::new();
    let sides = match script.mutant {
        Some(mutant) => format!("the mutant {} and the reference", mutant.departure.name),
        None if script.is_spec() => "model and reference".into(),
        None => "the design and the reference".into(),
    };
    let parted = up_to(script, disagreement);
    let step = parted
        .steps
        .last()
        .map_or("the start".into(), |(_, action)| format!("step {}, {action}", parted.steps.len()));
    line(&mut text, &format!("{sides} part at {step}:"));
    let options = Options::new(80).subsequent_indent("            ");
    for line in disagreement.what.trim_end().lines() {
        let _ = writeln!(text, "{}", textwrap::fill(line, &options));
    }
    if !script.is_spec() {
        for departure in departing(&parted) {
            line(&mut text, &format!("the design departs here: {}", named(departure)));
        }
        return text;
    }
    let (shorter, _) = shorten(&parted).unwrap_or((parted, disagreement.clone()));
    for mutant in alike(&shorter) {
        let name = named(mutant.departure);
        line(&mut text, &format!("the reference does what a mutant does: {name}"));
    }
    let _ = write!(text, "\nin {} steps:\n\n{shorter}", shorter.steps.len());
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(&textwrap::fill(line, 80));
    text.push('\n');
}

/// A departure with its rules.
fn named(departure: &Departure) -> String {
    let rules: Vec<&str> = departure.from.iter().map(|rule| rule.id()).collect();
    let rules = if rules.is_empty() { "no rule".into() } else { rules.join(", ") };
    format!("{} ({rules})", departure.name)
}

/// The script up to where the two sides parted.
fn up_to(script: &Script, disagreement: &Disagreement) -> Script {
    let parted = Script::parse(&disagreement.script).map_or(0, |parted| parted.steps.len());
    let steps = script.steps[..parted.min(script.steps.len())].to_vec();
    Script { steps, ..script.clone() }
}

/// Those departures of a design that decide otherwise in the last step, or in what it enables.
fn departing(script: &Script) -> Vec<&'static Departure> {
    let all = match script.mutant {
        Some(mutant) => std::slice::from_ref(&mutant.departure),
        None => script.profile.departures,
    };
    let Ok(states) = script.run() else { return vec![] };
    let (Some((_, action)), [.., before, _]) = (script.steps.last(), states.as_slice()) else {
        return vec![];
    };
    let spec = next(&Machine::spec(&script.scenario), before, *action);
    let departs = |departure: &&&Departure| {
        let machine = Machine::<dyn Protocol>::new(&script.scenario, departure.protocol);
        next(&machine, before, *action) != spec
    };
    all.iter().filter(departs).copied().collect()
}

/// What follows a step: whether it is enabled, the state, and what is enabled there.
fn next<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    before: &State,
    action: Action,
) -> Option<(State, Vec<Action>)> {
    let mut actions = Vec::new();
    machine.actions(before, &mut actions);
    if !actions.contains(&action) {
        return None;
    }
    let state = machine.after(before, action);
    actions.clear();
    machine.actions(&state, &mut actions);
    Some((state, actions))
}

/// The mutants of the model that go with the reference where SPEC.md does not.
fn alike(script: &Script) -> Vec<&'static Mutant> {
    let agrees = |mutant: &&'static Mutant| {
        let own = Script { mutant: Some(mutant), ..script.clone() };
        let mut lockstep = Lockstep::of_script(&own);
        own.steps.iter().all(|(_, action)| {
            lockstep.enabled().contains(action) && lockstep.step(*action).is_ok()
        })
    };
    MUTANTS.iter().filter(agrees).collect()
}
