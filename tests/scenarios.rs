//! Every script under `tests/scenarios/` runs and ends as it says, on both sides.
//!
//! A script of SPEC.md is golden: under each step that the outside sees stands what it saw,
//! as a comment. `UPDATE_SCENARIOS=1 cargo test -p conformance --test scenarios` writes the
//! comments anew. On the script of a mutant or of another profile the two sides have to part.

use conformance::history::told;
use conformance::lockstep::{Disagreement, Lockstep};
use conformance::{root, scripts};
use model::trace::{Expectation, Script};

/// How many scripts there are, and how many of them are SPEC.md's.
const SCRIPTS: usize = 132;
const GOLDEN: usize = 11;

/// Runs a script and returns what is wrong with its end.
fn outcome(text: &str) -> Result<(), String> {
    let script = Script::parse(text).map_err(|error| error.to_string())?;
    let states = script.run().map_err(|error| error.to_string())?;
    let violated = script.violated(&states[states.len() - 1]);
    let ids: Vec<&str> = violated.iter().map(|property| property.id).collect();
    match script.expect {
        Some(Expectation::Violates(id)) if ids.contains(&id) => Ok(()),
        Some(Expectation::Violates(id)) => Err(format!("violates {ids:?}, not {id}")),
        Some(Expectation::Holds) | None if ids.is_empty() => Ok(()),
        Some(Expectation::Holds) | None => Err(format!("violates {ids:?}")),
    }
}

/// Runs a script on both sides: what the outside sees of each step.
fn effects(script: &Script) -> Result<Vec<Option<String>>, Disagreement> {
    let mut lockstep = Lockstep::of_script(script);
    let step = |(_, action): &(usize, _)| {
        let effects = lockstep.step(*action)?;
        Ok((!effects.is_empty()).then(|| told(&effects)))
    };
    script.steps.iter().map(step).collect()
}

/// The script's text with a comment under each step that has effects, in place of those there.
fn golden(text: &str, script: &Script) -> Result<String, Disagreement> {
    let effects = effects(script)?;
    let first = script.steps.first().map_or(usize::MAX, |(line, _)| *line);
    let mut golden = String::new();
    for (index, line) in text.lines().enumerate() {
        if index + 1 > first && line.starts_with("# ") {
            continue;
        }
        golden += &format!("{line}\n");
        let step = script.steps.iter().position(|(number, _)| *number == index + 1);
        if let Some(seen) = step.and_then(|step| effects[step].as_ref()) {
            golden += &format!("# {seen}\n");
        }
    }
    Ok(golden)
}

#[test]
fn every_script_ends_as_expected() {
    let scripts = scripts();
    for (path, text) in &scripts {
        assert_eq!(outcome(text), Ok(()), "{path}");
        let again = Script::parse(text).expect("it was parsed").to_string();
        let twice = Script::parse(&again).map(|script| script.to_string());
        assert_eq!(twice.as_deref(), Ok(again.as_str()), "{path}");
    }
    assert_eq!(scripts.len(), SCRIPTS, "scripts come and go on purpose only");
}

#[test]
fn every_script_of_the_specification_is_golden_on_both_sides() {
    let mut count = 0;
    for (path, text) in scripts() {
        let script = Script::parse(&text).expect("it is a script");
        if !script.is_spec() {
            continue;
        }
        let golden = golden(&text, &script).unwrap_or_else(|error| panic!("{path}: {error}"));
        if std::env::var_os("UPDATE_SCENARIOS").is_some() {
            std::fs::write(root().join(&path), &golden).expect("it can be written");
        } else {
            assert_eq!(golden, text, "{path}: UPDATE_SCENARIOS=1 writes it anew");
        }
        count += 1;
    }
    assert_eq!(count, GOLDEN, "scripts of SPEC.md come and go on purpose only");
}

/// Scripts that end before anybody but the history can tell.
const UNSEEN: [(&str, &str); 1] = [(
    "tests/scenarios/apply_settled.scn",
    "it queues a user event over the same event, which is still queued",
)];

#[test]
fn on_the_script_of_another_design_the_reference_parts_from_it() {
    for (path, text) in scripts() {
        let script = Script::parse(&text).expect("it is a script");
        if !script.is_spec() {
            let unseen = UNSEEN.iter().any(|(unseen, _)| *unseen == path);
            assert_eq!(effects(&script).is_ok(), unseen, "{path}");
        }
    }
}

#[test]
fn a_script_that_ends_otherwise_is_noticed() {
    let text = "scenario: payment_slow_manager\nprofile: spec\nexpect: GUA-1\n\npeer_fail h0\n";
    assert_eq!(outcome(text), Err("violates [], not GUA-1".into()));
}
