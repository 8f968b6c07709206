//! The command line as a person and as a program meet it.

use conformance::model;
use serde_json::Value;
use std::io::Write;

/// One clear line on stderr, nothing on stdout, exit code 2.
fn assert_refused(arguments: &[&str], expected: &str) {
    let (code, stdout, stderr) = model(arguments);
    assert_eq!(code, 2, "{arguments:?}: {stderr}");
    assert_eq!(stdout, "", "{arguments:?}");
    assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
}

fn script(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn replay(text: &str) -> (i32, String, String) {
    let file = script(text);
    model(&["replay", file.path().to_str().expect("the path is text")])
}

#[test]
fn unknown_names_are_refused() {
    assert_refused(
        &["check", "payment-archved"],
        "no scenario 'payment-archved'; the nearest: payment_archived, ",
    );
    assert_refused(&["check", "x"], "; 'scenarios' lists all");
    assert_refused(&["mutants", "relase_early"], "'relase_early'; the nearest: release_early, ");
    assert_refused(&["show", "nothing"], "no finding, mutant, rule or witness 'nothing'; the ");
    assert_refused(&["check", "received", "--guarantee", "GUA-99"], "no guarantee 'GUA-99'; there");
    let long = "x\u{1b}[31m".repeat(1000);
    let (_, _, stderr) = model(&["check", &long]);
    assert!(stderr.len() < 250 && stderr.contains("\\u{1b}"), "bounded and escaped: {stderr}");
}

/// Whoever types a hyphen, or the number of a finding without its zeros, is understood.
#[test]
fn names_are_understood_as_people_type_them() {
    for arguments in [
        &["check", "unused-channel"][..],
        &["check", "received", "--guarantee", "gua_3"],
        &["check", "received", "--set", "hold-back=updates"],
        &["show", "1"],
        &["show", "mon-5"],
    ] {
        let (code, stdout, stderr) = model(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    }
    let (code, stdout, _) = model(&["scenarios"]);
    assert_eq!(code, 0);
    assert!(stdout.contains(" payment_archived ") && stdout.contains("\n001: "), "{stdout}");
    assert_fits(&stdout);
}

#[test]
fn unreadable_files_are_refused() {
    assert_refused(&["replay", "no/such/file.scn"], "no/such/file.scn: No such file");
    let (code, _, stderr) = {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(&[0xff, 0xfe, 0x00]).expect("it can be written");
        model(&["replay", file.path().to_str().expect("the path is text")])
    };
    assert_eq!(code, 2);
    assert!(stderr.contains("UTF-8"), "{stderr}");
}

#[test]
fn malformed_scripts_name_the_line_and_what_was_expected() {
    let header = "scenario: payment_slow_manager\nprofile: spec\n\n";
    let cases = [
        ("", "line 1: expected a line 'profile: NAME' before the end"),
        ("profile: spec\n", "line 1: expected a line 'scenario: NAME' before the end"),
        ("scenario: x\n", "line 1: no scenario 'x'; the nearest: "),
        ("profile: fall\n", "line 1: expected a profile (spec, march, june, destructive), found"),
        ("colour: red\n", "line 1: expected 'scenario', 'profile', 'set', 'mutant' or 'expect'"),
        ("mutant: x\n", "line 1: no mutant 'x'; the nearest: "),
        ("expect: GUA-99\n", "line 1: expected 'holds' or the id of a guarantee, found 'GUA-99'"),
        (
            &format!("{header}peer_fail\n"),
            "line 4: expected h0 or h1 or h2, found the end of the line",
        ),
        (&format!("{header}peer_fail h7\n"), "line 4: expected h0 or h1 or h2, found 'h7'"),
        (&format!("{header}fly h0\n"), "line 4: expected an action (pay, offer, "),
        (
            &format!("{header}start_watch now\n"),
            "line 4: expected the end of the line, found 'now'",
        ),
        (&format!("{header}crash out=0\n"), "line 4: expected in=0 or in=1 or in=2, found the end"),
        (
            &format!("{header}release\n"),
            "line 4: 'release' is not enabled here; enabled: peer_claim",
        ),
        (&format!("{header}peer_fail h1\n"), "line 4: 'peer_fail h1' is not enabled here"),
    ];
    for (text, expected) in cases {
        let (code, stdout, stderr) = replay(text);
        assert_eq!(code, 2, "{text:?}: {stderr}");
        assert_eq!(stdout, "", "{text:?}");
        assert!(stderr.contains(expected), "{text:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{text:?}: {stderr}");
    }
}

#[test]
fn replay_compares_the_end_with_what_the_script_expects() {
    let early = "scenario: forward_closing_out_async\nprofile: spec\nmutant: release_early\n";
    let steps = "\npeer_fail h0\ncomplete out\npeer_revoke out h0\nrelease\nforward_fail h0\n";
    let (code, stdout, _) = replay(&format!("{early}expect: GUA-2\n{steps}"));
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.starts_with("answered: GUA-2 violated in the last state"), "{stdout}");
    let (code, stdout, _) = replay(&format!("{early}expect: holds\n{steps}"));
    assert_eq!(code, 3);
    let last = "expectation missed: GUA-2 violated in the last state; expected: none\n";
    assert!(stdout.starts_with(last) && stdout.ends_with(last), "{stdout}");
    let (code, stdout, _) = replay(&format!("{early}expect: GUA-7\n{steps}"));
    assert_eq!(code, 3);
    assert!(stdout.contains("; GUA-7 was expected\n"), "{stdout}");
    let (code, stdout, _) =
        replay("scenario: payment_slow_manager\nprofile: spec\n\npeer_fail h0\n");
    assert_eq!(code, 0);
    assert!(stdout.contains("no guarantee is violated in the last state"), "{stdout}");
}

/// A violation of another profile is expected: it is a failure only if it is not what was said.
#[test]
fn a_script_runs_under_the_profile_it_names() {
    let steps = "\npeer_fail h0\ncomplete out\npeer_revoke out h0\nrelease\n";
    let march = "scenario: forward_closing_out_async\nprofile: march\n";
    let (code, stdout, _) = replay(&format!("{march}expect: GUA-2\n{steps}forward_fail h0\n"));
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.starts_with("answered: GUA-2 "), "{stdout}");
    let (code, _, _) = replay(&format!("{march}expect: holds\n{steps}forward_fail h0\n"));
    assert_eq!(code, 3);
    let (code, _, stderr) = replay(&format!("{}{steps}", march.replace("march", "spec")));
    assert_eq!(code, 2);
    assert!(stderr.contains("'release' is not enabled here"), "{stderr}");
    let (code, _, stderr) = replay(&format!("{march}mutant: release_early\n{steps}"));
    assert_eq!(code, 2);
    assert!(stderr.contains("a mutant breaks a rule of 'profile: spec'"), "{stderr}");
}

#[test]
fn a_profile_is_checked_with_its_violations_expected() {
    let arguments = ["check", "payment_slow_manager", "--profile", "destructive"];
    let (code, stdout, stderr) = model(&arguments);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains("- release_forgets (MON-5): Release drops the event."), "{stdout}");
    assert_fits(&stdout);
    let (code, stdout, _) = model(&[&arguments[..], &["--json"]].concat());
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    let profile = &document["profiles"][0];
    assert_eq!(profile["name"], "destructive");
    assert_eq!(profile["scenarios"][0]["verdict"], "violated");
    assert_eq!(profile["guarantees"][0]["verdict"], "violated");
    assert_eq!(profile["guarantees"][6]["verdict"], "holds");
    let trace = profile["scenarios"][0]["violations"][0]["trace"].as_str().unwrap_or_default();
    assert!(trace.contains("\nprofile: destructive\n"), "{trace}");
}

/// A flag that a verb does not read is refused, and no flag goes before the verb.
#[test]
fn flags_go_with_the_verbs_that_read_them() {
    for arguments in [
        &["rules", "--profile", "june"][..],
        &["show", "001", "--profile", "june"],
        &["--profile", "june"],
        &["show", "001", "--class", "long"],
        &["replay", "x.scn", "--threads", "1"],
        &["mutants", "--class", "long"],
        &["--class", "long", "check"],
    ] {
        let (code, stdout, stderr) = model(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    assert_refused(&["show", "MON-1", "--guarantee", "GUA-1"], "goes with the name of a mutant");
}

/// Each scenario is checked in one shard, and what they say adds up to the whole.
#[test]
fn shards_are_the_whole_between_them() {
    let names = ["payment_archived", "unused_channel", "received", "received_archived"];
    let check = |more: &[&str]| {
        let arguments = [&["check", "--json"][..], &names, more].concat();
        let (code, stdout, stderr) = model(&arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
        let scenarios = document["profiles"][0]["scenarios"].as_array().expect("a list").clone();
        let said = |one: &Value| (one["name"].to_string(), one["unique_states"].as_u64());
        scenarios.iter().map(said).collect::<Vec<_>>()
    };
    let [first, second] = [check(&["--shard", "1/2"]), check(&["--shard", "2/2"])];
    assert_eq!(first.len(), 1, "the costliest stands alone: {first:?}");
    let mut whole = check(&[]);
    let mut both = [first, second].concat();
    whole.sort();
    both.sort();
    assert_eq!(both, whole);
}

#[test]
fn a_shard_says_what_it_is() {
    let shard = |text| model(&["check", "unused_channel", "received", "--shard", text]);
    let (code, stdout, stderr) = shard("2/2");
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.starts_with("Shard 2/2: 1 of 2 scenarios, about 296 states.\n"), "{stdout}");
    assert_fits(&stdout);
    let (code, stdout, _) = shard("3/3");
    assert_eq!(code, 0);
    assert!(stdout.starts_with("Shard 3/3: none of 2 scenarios is left for it.\n"), "{stdout}");
    assert!(stdout.ends_with("\npass: nothing to check\n"), "{stdout}");
    let (code, stdout, _) = model(&["check", "received", "--shard", "2/2", "--json"]);
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(document["profiles"], Value::Array(vec![]), "nothing is said to hold");
}

#[test]
fn a_wrong_shard_is_refused() {
    for text in ["0/2", "3/2", "2", "a/b", "1/0"] {
        let (code, stdout, stderr) = model(&["check", "--shard", text]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{text}");
        let expected = format!("invalid value '{text}' for '--shard <I/N>': expected I/N with I ");
        assert!(stderr.contains(&expected), "{stderr}");
    }
}

#[test]
fn a_hit_memory_bound_is_incomplete() {
    let (code, stdout, stderr) = model(&["check", "forward_closing_both", "--memory", "4"]);
    assert_eq!(code, 4, "{stdout}{stderr}");
    let verdict = "incomplete: no violation in what was explored (the memory bound was hit; 0 of 1";
    assert!(stdout.starts_with(verdict), "{stdout}");
    let json = ["check", "forward_closing_both", "--memory", "4", "--json"];
    let (code, stdout, _) = model(&json);
    assert_eq!(code, 4);
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(document["profiles"][0]["scenarios"][0]["verdict"], "incomplete");
    assert_eq!(document["profiles"][0]["guarantees"][0]["verdict"], "not_checked");
}

#[test]
fn wrong_usage_is_refused() {
    for arguments in [&["--profile", "september"][..], &["fly"], &["--threads", "0"], &["replay"]] {
        let (code, stdout, stderr) = model(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
    assert_eq!(model(&["--help"]).0, 0);
}

#[test]
fn errors_are_objects_with_json() {
    for arguments in [
        &["rules", "--json"][..],
        &["check", "nowhere", "--json"],
        &["show", "nothing", "--json"],
        &["replay", "nowhere.scn", "--json"],
        &["--json", "--threads", "0"],
    ] {
        let (code, stdout, stderr) = model(arguments);
        assert_eq!((code, stderr.as_str()), (2, ""), "{arguments:?}");
        let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
        assert_eq!(document["schema"], 1);
        assert!(document["error"].is_string());
    }
}

#[test]
fn check_prints_what_the_contract_says() {
    let (code, stdout, stderr) = model(&["check", "payment_slow_manager", "--json"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(document["verdict"], "pass");
    let profile = &document["profiles"][0];
    assert_eq!(profile["name"], "spec");
    let scenario = &profile["scenarios"][0];
    assert_eq!(scenario["name"], "payment_slow_manager");
    assert_eq!(scenario["class"], "quick");
    assert_eq!(scenario["bounds"]["crashes"], 2);
    assert_eq!(scenario["flags"][0], "async_out");
    assert_eq!(scenario["verdict"], "holds");
    let pinned = model::pins::Pins::load().reduced["payment_slow_manager"];
    assert_eq!(scenario["unique_states"], pinned.unique);
    assert_eq!(scenario["generated_states"], pinned.generated);
    assert_eq!(profile["guarantees"].as_array().map(Vec::len), Some(10));
    assert_eq!(profile["guarantees"][9]["verdict"], "holds");
    assert!(document["coverage"]["actions"][1].as_u64() > Some(20));
}

#[test]
fn a_mutant_as_json_names_its_killer_and_smallest_bounds() {
    let (code, stdout, _) = model(&["mutants", "release_early", "--json"]);
    assert_eq!(code, 0, "{stdout}");
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    let mutant = &document["mutants"][0];
    assert_eq!(mutant["name"], "release_early");
    assert_eq!(mutant["breaks"][0], "WCH-1");
    assert_eq!(mutant["killed_by"], "GUA-2");
    assert!(mutant["steps"].as_u64() > Some(0));
    assert!(mutant["smallest_bounds"]["htlcs"].as_u64() == Some(1));
    assert_eq!(mutant["redundant_given"], Value::Null);
}

/// Every line that a person sees fits 80 columns.
fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn output_fits_a_terminal() {
    let witness = "stale_inbound_closed";
    for arguments in [
        &["rules"][..],
        &["show", "ack_before_manager"],
        &["show", "MON-2"],
        &["show", "001"],
        &["show", witness],
        &["check", "payment_closing_async_faulty"],
        &["mutants", "release_early"],
        &["events", "payment_archived", "--profile", "june"],
        &["--help"],
    ] {
        let (code, stdout, stderr) = model(arguments);
        assert_eq!(code, 0, "{arguments:?}: {stderr}");
        assert_fits(&stdout);
    }
}

#[test]
fn an_unknown_flag_or_value_of_set_is_refused() {
    let set = |text| ["check", "payment_slow_manager", "--set", text];
    assert_refused(&set("help"), "expected FLAG=VALUE with a flag, found 'help'; the nearest: ");
    assert_refused(&set("shape=round"), "no flag 'shape'; the nearest: ");
    assert_refused(&set("hold_bakc=none"), "; the nearest: hold_back, ");
    let expected = "no value 'maybe' of 'hold_back'; there are: hold_back=updates|channel|none";
    assert_refused(&set("hold_back=maybe"), expected);
    let twice = [&set("scan=none")[..], &["--set", "scan=both"]].concat();
    assert_refused(&twice, "'scan' is set twice");
}

/// A design that somebody has put together: violations are what was asked for.
#[test]
fn a_mechanism_can_be_switched() {
    let arguments = ["check", "payment_slow_manager", "--set", "ack_order=unordered"];
    let (code, stdout, stderr) = model(&arguments);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for expected in [
        "answered: GUA-1, GUA-3, GUA-5, GUA-6 violated in 1 scenario\n",
        "\nProfile spec with ack_order=unordered\n",
        "  (ack_order=unordered; SPEC.md: after_manager)\n",
        "\n GUA-3      ack_order=unordered_own alone      6  payment_slow_manager\n",
        "\nGUA-3 is violated under spec with ack_order=unordered_own after 6 steps: ",
        "\nset: ack_order=unordered_own\nexpect: GUA-3",
        "\n# GUA-1 after 12 steps: ",
        "\nhold: GUA-2, GUA-4, ",
    ] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
    let last = stdout.lines().rev().take(2).collect::<Vec<_>>();
    assert!(last.iter().any(|line| line.starts_with("answered: ")), "{stdout}");
    assert!(!stdout.contains("pass"), "no pass over a violation: {stdout}");
    assert_fits(&stdout);
    let (code, stdout, _) = model(&[&arguments[..], &["--json"]].concat());
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    let profile = &document["profiles"][0];
    assert_eq!(profile["name"], "spec");
    assert_eq!(profile["set"]["ack_order"], "unordered");
    assert_eq!(profile["guarantees"][2]["verdict"], "violated");
    let trace = profile["scenarios"][0]["violations"][0]["trace"].as_str().unwrap_or_default();
    let (code, stdout, stderr) = replay(trace);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("answered: GUA-"), "{stdout}");
}

/// Set back to what SPEC.md says, a profile is SPEC.md, pins and all.
#[test]
fn settings_that_amount_to_the_specification_are_the_specification() {
    let design = ["--profile", "destructive", "--set", "release=keeps"];
    let (code, stdout, stderr) = model(&[&["check", "payment_slow_manager"][..], &design].concat());
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.starts_with("pass: all 10 guarantees hold in 1 scenario\n"), "{stdout}");
}
