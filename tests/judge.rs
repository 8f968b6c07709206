//! The judge's own command line.

use conformance::{root, run, scripts};
use std::io::Write;

fn conformance(arguments: &[&str]) -> (i32, String, String) {
    run("conformance", arguments)
}

#[test]
fn bad_input_is_refused_in_one_line() {
    let cases: [(&[&str], &str); 4] = [
        (&["replay", "no/such/file.scn"], "no/such/file.scn: No such file"),
        (&["decode", "no/such/input"], "no/such/input: No such file"),
        (&["product", "nowhere"], "no scenario 'nowhere'; the nearest: "),
        (&["mutants", "nobody"], "no patch 'nobody'; the nearest: "),
    ];
    for (arguments, expected) in cases {
        let (code, stdout, stderr) = conformance(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
    }
}

#[test]
fn replay_says_where_a_mutant_and_the_reference_part() {
    let (code, stdout, _) = conformance(&["replay", "tests/scenarios/release_early.scn"]);
    assert_eq!(code, 0, "{stdout}");
    let parted = "the mutant release_early and the reference part at step 4, release:\n";
    assert!(stdout.contains(parted), "{stdout}");
    assert!(stdout.contains("the design departs here: release_early (WCH-1)\n"), "{stdout}");
    assert!(stdout.contains("violated in the model: GUA-2\n"), "{stdout}");
}

#[test]
fn an_input_of_the_fuzz_target_decodes_to_a_script_that_replays_on_both_sides() {
    let mut inputs = std::fs::read_dir(root().join("fuzz/seeds/lockstep")).expect("it is there");
    let input = inputs.next().expect("it is not empty").expect("it can be listed").path();
    let (code, script, _) = conformance(&["decode", input.to_str().expect("the path is text")]);
    assert_eq!(code, 0);
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(script.as_bytes()).expect("it can be written");
    let path = file.path().to_str().expect("the path is text");
    let (code, stdout, stderr) = conformance(&["replay", path]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("model and reference agree after every step"), "{stdout}");
}

#[test]
fn output_fits_80_columns() {
    for (path, _) in scripts() {
        let (_, stdout, _) = conformance(&["replay", &path]);
        for line in stdout.lines() {
            assert!(line.chars().count() <= 80, "{path}: {line}");
        }
    }
}
