//! The mutants of the reference are in order: each says what it does, breaks a rule that exists,
//! names a scenario, and still applies. `cargo run -p conformance --release -- mutants` tries them.

use conformance::command::mutants::patches;
use conformance::root;
use model::rule::Rule;
use model::trace::known_scenario;
use std::process::Command;

#[test]
fn every_patch_applies_and_names_its_rules_and_scenario() {
    let patches = patches().expect("they are readable");
    assert!(patches.len() >= 12, "only {} patches", patches.len());
    for patch in &patches {
        known_scenario(&patch.scenario).unwrap_or_else(|why| panic!("{}: {why}", patch.name));
        for rule in patch.breaks.split(", ") {
            assert!(Rule::ALL.iter().any(|known| known.id() == rule), "{}: {rule}", patch.name);
        }
        let check = Command::new("git")
            .current_dir(root())
            .args(["apply", "--check"])
            .arg(&patch.path)
            .output()
            .expect("git runs");
        let why = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "{} does not apply: {why}", patch.name);
    }
}
