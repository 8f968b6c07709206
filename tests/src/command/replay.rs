//! A script on both sides.

use super::{Outcome, Status};
use crate::history::told;
use crate::lockstep::{Disagreement, Lockstep};
use crate::shorten::shorten;
use model::report::text::{table, trimmed};
use model::trace::{Expectation, Script};
use std::path::Path;
use textwrap::Options;

/// Runs a script from a file on both sides and says what each step does.
///
/// # Errors
/// The file is no script, or no path of the model.
pub fn run(file: &Path) -> Outcome {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let script = Script::parse(&text).map_err(|error| format!("{shown}: {error}"))?;
    let states = script.run().map_err(|error| format!("{shown}: {error}"))?;
    let (steps, parted) = walk(&script);
    let mut out = steps + "\n\n";
    match &parted {
        Some(disagreement) => {
            let sides = match script.mutant {
                Some(mutant) => format!("the mutant {} and the reference", mutant.departure.name),
                None if script.is_spec() => "model and reference".into(),
                None => format!("the profile {} and the reference", script.profile.name),
            };
            let options = Options::new(80).subsequent_indent("            ");
            let lines = disagreement.what.lines().map(|line| textwrap::fill(line, &options));
            out += &format!("{sides} part here:\n{}\n", lines.collect::<Vec<_>>().join("\n"));
            // What is expected of another design is short already.
            let shorter = script.is_spec().then(|| shorten(&script)).flatten();
            if let Some((shorter, _)) = shorter.filter(|(s, _)| s.steps.len() < script.steps.len())
            {
                out += &format!("\nso they do over this:\n\n{shorter}\n");
            }
        }
        None => out += "model and reference agree after every step\n",
    }
    let violated = script.violated(&states[states.len() - 1]);
    for property in &violated {
        out += &format!("violated in the model: {}\n  {}\n", property.id, property.claim);
    }
    let met = match script.expect {
        None => true,
        Some(Expectation::Holds) => violated.is_empty(),
        Some(Expectation::Violates(id)) => violated.iter().any(|property| property.id == id),
    };
    // Another design has to be noticed; SPEC.md and the reference must not part.
    let fine = met && parted.is_none() == script.is_spec();
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
