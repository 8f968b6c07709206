//! The mutants of the reference are in order: each says what it does, breaks a rule that exists,
//! names a scenario, applies, and compiles. Whether the judge notices them is too dear to ask here:
//! `cargo run -p conformance --release -- mutants` tries them all, every night.

use conformance::command::mutants::{Patch, patches};
use conformance::patched::uncompilable;
use conformance::read;
use model::rule::Rule;
use model::trace::known_scenario;
use std::path::Path;
use std::time::Instant;

/// How many there are.
const PATCHES: usize = 104;

/// Where the copies are kept from run to run.
const KEPT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/patches");

#[test]
fn every_patch_names_its_rules_and_scenario() {
    let patches = patches().expect("they are readable");
    assert_eq!(patches.len(), PATCHES, "patches come and go on purpose only");
    let spec = conformance::read("SPEC.md");
    for patch in &patches {
        known_scenario(&patch.scenario).unwrap_or_else(|why| panic!("{}: {why}", patch.name));
        for rule in patch.breaks.split(", ") {
            // A statement about the Store is no rule, and may be broken as well.
            let is_stated = rule.starts_with("STO-") && spec.contains(&format!("**{rule}**"));
            let is_rule = Rule::ALL.iter().any(|known| known.id() == rule);
            assert!(is_rule || is_stated, "{}: {rule}", patch.name);
        }
    }
}

#[test]
fn every_patch_applies_and_compiles() {
    let start = Instant::now();
    let patches = patches().expect("they are readable");
    let failed = uncompilable(&patches, &Path::new(KEPT).join("all"), &target());
    let failed = failed.unwrap_or_else(|why| panic!("{why}"));
    println!("{} patches in {:.0} s", patches.len(), start.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

fn target() -> std::path::PathBuf {
    Path::new(KEPT).join("target")
}

/// A patch that puts a line behind the first one of the reference.
fn made_up(folder: &Path, name: &str, line: &str) -> Patch {
    let text = read("reference/src/lib.rs");
    let context: Vec<String> = text.lines().take(4).map(|line| format!(" {line}\n")).collect();
    let (first, rest) = (&context[0], context[1..].concat());
    let file = "reference/src/lib.rs";
    let head = format!("--- a/{file}\n+++ b/{file}\n@@ -1,4 +1,5 @@\n");
    let path = folder.join(format!("{name}.patch"));
    std::fs::write(&path, format!("{head}{first}+{line}\n{rest}")).expect("it can be written");
    let (what, breaks, scenario) = Default::default();
    Patch { name: name.into(), what, breaks, scenario, path }
}

#[test]
fn a_patch_that_does_not_compile_is_named_with_the_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sound = made_up(folder.path(), "sound", "//! A line more.");
    let broken = made_up(folder.path(), "broken", "#![allow(nonsense]");
    let try_both = uncompilable(&[sound, broken], &Path::new(KEPT).join("made_up"), &target());
    let failed = try_both.expect("both apply");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].starts_with("broken does not compile:\nerror"), "{failed:?}");
}

#[test]
fn a_patch_that_does_not_apply_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let patch = made_up(folder.path(), "moved", "//! A line more.");
    let text = std::fs::read_to_string(&patch.path).expect("it was written");
    std::fs::write(&patch.path, text.replace("\n //!", "\n //! Not so:")).expect("it is writable");
    let failed = uncompilable(&[patch], &Path::new(KEPT).join("moved"), &target());
    assert!(failed.expect_err("it does not apply").starts_with("moved does not apply: "));
}
