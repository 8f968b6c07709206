//! A script on both sides.

use super::{Outcome, Status};
use crate::explain::explained;
use crate::history::told;
use crate::lockstep::{Disagreement, Lockstep};
use model::names;
use model::report::text::{table, trimmed};
use model::trace::{Expectation, Script};
use std::path::Path;

/// Runs a script from a file on both sides and says what each step does.
///
/// # Errors
/// The file is no script, or no path of the model.
pub fn run(file: &Path) -> Outcome {
    let script = Script::read(file)?;
    let shown = names::shown(&file.to_string_lossy());
    let states = script.run().map_err(|error| format!("{shown}: {error}"))?;
    let (steps, parted) = walk(&script);
    let mut out = String::new();
    if !script.profile.is_spec() {
        let title = script.profile.title();
        let line = format!("The model plays {title}; the reference keeps SPEC.md.");
        out += &format!("{}\n\n", textwrap::fill(&line, 80));
    }
    out += &(steps + "\n\n");
    match &parted {
        Some(disagreement) => out += &explained(&script, disagreement),
        None => out += "model and reference agree after every step\n",
    }
    let violated = script.violated(&states[states.len() - 1]);
    for property in &violated {
        out += &format!("violated in the model: {}\n  {}\n", property.id, property.claim);
    }
    let mut fine = true;
    let missed = match script.expect {
        Some(Expectation::Holds) if !violated.is_empty() => Some("no violation".to_owned()),
        Some(Expectation::Violates(id)) if violated.iter().all(|property| property.id != id) => {
            Some(id.to_owned())
        }
        _ => None,
    };
    if let Some(expected) = missed {
        fine = false;
        out += &format!("missed: the script expects {expected} in its last state\n");
    }
    // Another design has to be noticed; SPEC.md and the reference must not part.
    if parted.is_none() != script.is_spec() {
        fine = false;
        out += if script.is_spec() {
            "missed: SPEC.md and the reference must not part\n"
        } else {
            "missed: the reference keeps SPEC.md, and so has to part from this design\n"
        };
    }
    Ok((out, if fine { Status::Pass } else { Status::Missed }))
}

/// The steps of a script with their effects, up to where the two sides part, if they do.
///
/// # Panics
/// If a step is not enabled.
pub fn walk(script: &Script) -> (String, Option<Disagreement>) {
    let mut rows = table(&["step", "action", "effects"], &[0]);
    let mut lockstep = Lockstep::of_script(script);
    for (index, (_, action)) in script.steps.iter().enumerate() {
        assert!(lockstep.enabled().contains(action), "'{action}' is not enabled");
        let taken = lockstep.step(*action);
        let effects = taken.as_ref().map_or("-".into(), |effects| told(effects));
        rows.add_row([(index + 1).to_string(), action.to_string(), effects]);
        if let Err(disagreement) = taken {
            return (trimmed(&rows), Some(disagreement));
        }
    }
    (trimmed(&rows), None)
}
