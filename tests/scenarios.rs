//! Every script under `tests/scenarios/`, and every test vector of SPEC.md, runs and ends as it
//! says.

use conformance::{read, root};
use model::trace::{Expectation, Script};

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

#[test]
fn every_script_ends_as_expected() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/scenarios")).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let text = std::fs::read_to_string(&path).expect("it can be read");
        assert_eq!(outcome(&text), Ok(()), "{}", path.display());
        let again = Script::parse(&text).expect("it was parsed").to_string();
        let actions = |text: &str| Script::parse(text).map(|s| s.to_string());
        assert_eq!(actions(&again).as_deref(), Ok(again.as_str()), "{}", path.display());
        count += 1;
    }
    assert!(count >= 8, "only {count} scripts");
}

#[test]
fn every_test_vector_of_the_specification_holds() {
    let spec = read("SPEC.md");
    let blocks = spec.split("```text\n").skip(1).filter_map(|rest| rest.split("```").next());
    let vectors: Vec<&str> = blocks.filter(|block| block.starts_with("scenario:")).collect();
    assert!(vectors.len() >= 2);
    for vector in vectors {
        assert_eq!(outcome(vector), Ok(()), "{vector}");
    }
}

#[test]
fn a_script_that_ends_otherwise_is_noticed() {
    let text = "scenario: payment_slow_manager\nprofile: spec\nexpect: GUA-1\n\npeer_fail h0\n";
    assert_eq!(outcome(text), Err("violates [], not GUA-1".into()));
}
