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

/// Whoever ends `mutants` finds no copy of the tree left behind.
#[cfg(unix)]
#[test]
fn an_interrupted_run_of_patches_leaves_no_copy() {
    use std::io::{BufRead, BufReader};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    assert_eq!(conformance(&["--help"]).0, 0);
    let own = std::env::current_exe().expect("the test is a file");
    let binary = own.ancestors().nth(2).expect("it is below deps").join("conformance");
    let copies = tempfile::tempdir().expect("a temporary folder");
    let mut child = Command::new(binary)
        .args(["mutants", "fail_known", "--seconds", "0"])
        .current_dir(root())
        .env("TMPDIR", copies.path())
        // A terminal sends the signal to the whole group, the builds that it started included.
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    stderr.read_line(&mut line).expect("it says what it does");
    assert!(line.starts_with("copying the tree"), "{line}");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-INT", "--", &group]).status().expect("kill runs");
    assert!(killed.success());
    let output = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{stdout}");
    assert!(stdout.contains("incomplete: interrupted before the first patch"), "{stdout}");
    assert_eq!(std::fs::read_dir(copies.path()).expect("it is there").count(), 0);
}

/// A script of another design says what the two sides play, where they part, and by which rule.
#[test]
fn another_design_is_said_to_be_one() {
    let script = "scenario: payment_slow_manager\nprofile: spec\nset: ack_order=unordered\n\
                  expect: GUA-5\n\npeer_fail h0\n";
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(script.as_bytes()).expect("it can be written");
    let path = file.path().to_str().expect("the path is text");
    let (code, stdout, _) = conformance(&["replay", path]);
    assert_eq!(code, 3);
    for expected in [
        "The model plays spec with ack_order=unordered; the reference keeps SPEC.md.\n",
        "missed: the script expects GUA-5 in its last state\n",
        "missed: the reference keeps SPEC.md, and so has to part from this design\n",
    ] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
    let (code, stdout, _) = conformance(&["replay", "tests/scenarios/ack_before_manager.scn"]);
    assert_eq!(code, 0, "{stdout}");
    let departs = "the design departs here: ack_before_manager (MGR-8)";
    assert!(stdout.contains(" part at step ") && stdout.contains(departs), "{stdout}");
}
