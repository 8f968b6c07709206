//! What a person sees of a trace: which call was wrong and why, which setting is to blame, and the
//! forms in which a trace can be put out.

use conformance::{model, root, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

const EARLY: &str = "scenario: forward_closing_out_async
profile: spec
mutant: release_early
expect: GUA-2

peer_fail h0
complete out
peer_revoke out h0
release
forward_fail h0
";

fn script(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("it can be written");
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().expect("the path is text")
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The call stands in its lane, and the sentence says what a crash would bring back.
#[test]
fn a_broken_step_guarantee_is_seen() {
    let (code, stdout, _) = model(&["show", "ack_forward_fail_sent"]);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("|! ack #0 fail h0|"), "{stdout}");
    let sentence = "!! GUA-3: ack of #0 (fail h0): the durable inbound Monitor is u1, where h0 is \
                    signed, not removed";
    assert!(words(&stdout).contains(sentence), "{stdout}");
}

#[test]
fn the_guarantee_asked_for_is_drawn_and_the_others_follow_as_scripts() {
    let set = ["check", "payment_slow_manager", "--set", "ack_order=unordered"];
    let (code, stdout, _) = model(&[&set[..], &["--guarantee", "GUA-6"]].concat());
    assert_eq!(code, 0);
    assert!(stdout.contains("\nGUA-6 is violated under spec with ack_order=unordered"), "{stdout}");
    for script in ["\n# GUA-1 after 12 steps", "\n# GUA-3 after 6 steps", "\n# GUA-5 after 11"] {
        assert!(stdout.contains(script), "{script}: {stdout}");
    }
    let (code, stdout, _) = model(&[&set[..], &["--guarantee", "GUA-7"]].concat());
    assert_eq!(code, 0);
    assert!(stdout.contains("GUA-7 is not violated here: nothing to draw"), "{stdout}");
    let june = ["check", "payment_archived", "--profile", "june", "--guarantee", "GUA-1"];
    let (code, stdout, _) = model(&june);
    assert_eq!(code, 0);
    assert!(stdout.contains("\nGUA-1 is violated under june after "), "{stdout}");
}

/// The designer's question: of two settings one is to blame, and for each kind of event alone.
#[test]
fn several_settings_are_told_apart() {
    let set = ["--set", "forward_claim_ack=preimage", "--set", "ack_order=unordered"];
    let (code, stdout, _) = model(&[&["check", "forward_told"][..], &set].concat());
    assert_eq!(code, 0, "{stdout}");
    let table = words(&stdout);
    for row in [
        "GUA-1 ack_order=unordered_claim alone 15 forward_told",
        "GUA-3 ack_order=unordered_fail alone 8 forward_told",
        "forward_claim_ack=preimage is not needed for any of these",
        "GUA-3 is violated under spec with ack_order=unordered_claim after 6 steps",
        "!! GUA-3: the durable out Monitor (u2, h0 revoked claim) lists no event of it, and a",
    ] {
        assert!(table.contains(row), "{row}: {stdout}");
    }
    let (code, stdout, _) = model(&[&["check", "forward_told", "--json"][..], &set].concat());
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(document["verdict"], "answered");
    let causes = document["attribution"].as_array().expect("a list");
    let is_claim = |cause: &&Value| {
        cause["settings"] == serde_json::json!(["ack_order=unordered_claim"])
            && cause["guarantee"] == "GUA-3"
    };
    let claim = causes.iter().find(is_claim).expect("the claim is to blame");
    assert_eq!((&claim["steps"], &claim["old_mode"]), (&6.into(), &false.into()));
}

/// Of many settings not every part can be checked; the answer says so, and comes soon.
#[test]
fn many_settings_are_looked_at_one_by_one() {
    let set = "ack_order=unordered own_ack=queued hold_back=none scan=none effects=repeated \
               full_write=pending_only";
    let set = set.split_whitespace().flat_map(|one| ["--set", one]);
    let (code, stdout, _) =
        model(&["check", "payment_archived"].into_iter().chain(set).collect::<Vec<_>>());
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.contains("each was looked at alone, and then all together"), "{stdout}");
    assert!(!stdout.contains("not to blame"), "{stdout}");
}

/// What is broken only where a build changes, and leaves a Monitor behind in the old mode.
#[test]
fn a_violation_that_takes_the_old_mode_says_so() {
    let set = ["--set", "off_claims=until_revoked", "--set", "own_ack=queued"];
    let (code, stdout, _) = model(&[&["check", "payment_builds"][..], &set].concat());
    assert_eq!(code, 0, "{stdout}");
    let table = words(&stdout);
    assert!(table.contains("off_claims=until_revoked alone, a Monitor in"), "{stdout}");
    assert!(table.contains("GUA-3 own_ack=queued alone 4 payment_builds"), "{stdout}");
    for line in stdout.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn pieces_of_a_setting_can_be_set_together() {
    let pieces = ["--set", "ack_order=unordered_own", "--set", "ack_order=unordered_fail"];
    let (code, stdout, stderr) = model(&[&["check", "received", "--json"][..], &pieces].concat());
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).expect("it is JSON");
    let set = &document["profiles"][0]["set"]["ack_order"];
    assert_eq!(set, "unordered_own,unordered_fail");
    let whole = ["--set", "ack_order=unordered", "--set", "ack_order=unordered_fail"];
    let (code, _, stderr) = model(&[&["check", "received"][..], &whole].concat());
    assert_eq!(code, 2);
    assert!(stderr.contains("'ack_order' is set twice"), "{stderr}");
}

#[test]
fn a_trace_is_put_out_as_markdown_and_json() {
    let file = script(EARLY);
    let (code, stdout, _) = model(&["replay", path(&file), "--markdown"]);
    assert_eq!(code, 0);
    for expected in
        ["**", "\n```text\nworld ", "<details><summary>", "\n```sh\ncargo run -p model "]
    {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
    let (code, stdout, _) = model(&["replay", path(&file), "--json"]);
    assert_eq!(code, 0);
    let drawing: Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!((&drawing["schema"], &drawing["verdict"]), (&1.into(), &"violated".into()));
    assert_eq!(drawing["violated"][0]["id"], "GUA-2");
    assert_eq!(drawing["scenario"]["flags"], serde_json::json!(["async_out", "close_out"]));
    let steps = drawing["steps"].as_array().expect("a list");
    assert_eq!((steps.len(), &steps[3]["action"]), (5, &"release".into()));
    assert_eq!(steps[3]["state"]["lanes"].as_array().map(Vec::len), Some(5));
    let (_, stdout, _) = model(&["show", "ack_forward_fail_sent", "--json"]);
    let drawing: Value = serde_json::from_str(&stdout).expect("it is JSON");
    let last = drawing["steps"].as_array().and_then(|steps| steps.last()).expect("a list");
    assert_eq!(last["calls"], serde_json::json!(["! ack #0 fail h0"]));
    // The script in it is the one that was read, and the flags are spelled as in scripts.
    let (code, stdout, _) = model(&["replay", path(&script(drawing["script"].as_str().unwrap()))]);
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn a_trace_is_put_out_as_a_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let page = folder.path().join("trace.html");
    let page = page.to_str().expect("the path is text");
    let (code, _, stderr) = model(&["show", "release_early", "--html", page]);
    assert_eq!(code, 0, "{stderr}");
    let text = std::fs::read_to_string(page).expect("it is written");
    assert!(text.contains("peer_revoke out h0") && text.contains("<html"), "it is a page");
    assert!(!text.contains("http://") && !text.contains("https://"), "it loads nothing");
    // Without a violation there is no trace; nobody is left waiting for a page.
    let none = folder.path().join("none.html");
    let none = none.to_str().expect("the path is text");
    let (code, stdout, _) = model(&["check", "received", "--html", none]);
    assert_eq!(code, 3);
    assert!(stdout.contains("missed: no page is written"), "{stdout}");
    let nowhere = folder.path().join("no/such/folder.html");
    let nowhere = nowhere.to_str().expect("the path is text");
    let (code, _, stderr) = model(&["show", "release_early", "--html", nowhere]);
    assert_eq!(code, 2, "{stderr}");
}

#[test]
fn scripts_above_a_megabyte_are_refused() {
    let file = script(&"#\n".repeat(600_000));
    for package in ["model", "conformance"] {
        let (code, stdout, stderr) = run(package, &["replay", path(&file)]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{package}");
        assert!(stderr.contains("a script has 1024 KiB at most"), "{stderr}");
    }
}

/// A full disk is no pass; a reader that went away is nothing to report.
#[cfg(target_os = "linux")]
#[test]
fn a_failed_write_of_the_output_is_an_error() {
    let run = |package: &str, arguments: &[&str], stdout: Stdio| {
        let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        command.current_dir(root()).args(["run", "--quiet", "--offline", "-p", package, "--"]);
        command.args(arguments).stdout(stdout).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    };
    let cases = [
        ("model", &["rules"][..]),
        ("model", &["check", "received", "--json"]),
        ("conformance", &["replay", "tests/scenarios/release_early.scn"]),
    ];
    for (package, arguments) in cases {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it is there");
        let output = run(package, arguments, full.into()).wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(70), "{arguments:?}: {stderr}");
        assert!(stderr.contains("the output could not be written"), "{stderr}");
        let mut child = run(package, arguments, Stdio::piped());
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    }
}

/// The program itself: a signal to `cargo run` would not reach it.
fn binary() -> std::path::PathBuf {
    let own = std::env::current_exe().expect("the test is a file");
    own.ancestors().nth(2).expect("it is below deps").join("model")
}

/// Whoever interrupts a run is told what it has covered.
#[cfg(unix)]
#[test]
fn an_interrupted_run_says_what_it_has_covered() {
    // Built before, so that the signal meets the program and not its build.
    assert_eq!(model(&["rules"]).0, 0);
    let mut child = Command::new(binary())
        .args(["check", "--class", "nightly"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a row comes as its scenario ends");
    assert!(line.starts_with("scenario 1/"), "n of N, one plain line each: {line}");
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().expect("kill runs");
    assert!(killed.success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("it can be read");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(4), "{rest}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    // What it says of guarantees depends on whether another scenario had begun.
    assert!(stdout.starts_with("incomplete: "), "{stdout}");
    assert!(stdout.contains("(interrupted;"), "{stdout}");
}

/// A scenario to walk through in a browser: readable actions, states as differences, the lanes.
#[test]
fn a_scenario_can_be_explored() {
    assert_eq!(model(&["rules"]).0, 0);
    let mut child = Command::new(binary())
        .args(["explore", "payment-slow-manager", "--profile", "june", "--port", "0"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
    stderr.read_line(&mut line).expect("it says where it serves");
    let address = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/\n"));
    let address = address.unwrap_or_else(|| panic!("no address: {line}")).to_owned();
    let states = get(&address, "/.states/0");
    let first = &states[0];
    assert_eq!(first["action"], "peer_claim h0");
    let changes = first["outcome"].as_str().unwrap_or_default();
    assert!(changes.contains("monitors  pending: #0 claim h0\n"), "{changes}");
    assert!(first["state"].as_str().is_some_and(|state| state.contains("manager   h0: waiting")));
    assert!(first["svg"].as_str().is_some_and(|svg| svg.contains("peer_claim h0</text>")));
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let (code, _, stderr) = model(&["explore", "nowhere"]);
    assert_eq!(code, 2, "{stderr}");
}

/// What a local server answers, as JSON; it may need a moment to listen.
fn get(address: &str, path: &str) -> Value {
    let connect = |_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::net::TcpStream::connect(address).ok()
    };
    let mut stream = (0..200).find_map(connect).expect("it listens");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").expect("it can be asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn a_run_is_put_out_as_one_page() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let site = folder.path().join("a/site");
    let arguments = ["report", site.to_str().expect("the path is text"), "payment_slow_manager"];
    let (code, stdout, stderr) = model(&arguments);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("written: ") && stdout.contains("index.html"), "{stdout}");
    let page = std::fs::read_to_string(site.join("index.html")).expect("it is written");
    for part in ["\"guarantees\"", "\"growth\"", "\"unordered_claim\"", "claimed-htlc-given-back"] {
        assert!(page.contains(part), "{part}");
    }
    let (code, _, stderr) = model(&["report", "/dev/null/site", "received"]);
    assert_eq!(code, 2, "{stderr}");
}
