//! Implementations judged by the test vectors: this crate's reference, one in Python that is right
//! and wrong in turn, and programs that do not speak the driver protocol.

use conformance::command::Status;
use conformance::command::vectors::run;
use conformance::judge::file::{File, chosen};
use conformance::judge::reference::Reference;
use conformance::judge::{Implementation, Verdict, judged};
use conformance::vectors::snapshots::Snapshots;
use conformance::{read, root};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What the verb prints, and what it amounts to; bad input is an error.
fn judge(names: &[&str], command: &[&str], seconds: u64) -> Result<(String, Status), String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut printed = String::new();
    let outcome = run(&owned(names), &owned(command), seconds, &mut |text| printed += text);
    outcome.map(|(text, status)| (printed + &text, status))
}

const NODE: &str = "tests/python/node.py";

fn python(names: &[&str], arguments: &[&str]) -> (String, Status) {
    let version = Command::new("python3").arg("--version").output();
    let is_there = version.is_ok_and(|output| output.status.success());
    assert!(is_there, "these tests need python3, which does not run here; .ci/run installs it");
    let node = root().join(NODE);
    let command = ["python3", node.to_str().expect("the path is text")];
    judge(names, &[&command, arguments].concat(), 60).expect("it can be judged")
}

#[test]
fn the_reference_passes_every_vector() {
    let (text, status) = judge(&[], &[], 10).expect("it can be judged");
    assert_eq!(status, Status::Pass, "{text}");
    let last = "pass: 25 of 25 vectors passed, 0 unsupported, 0 failed; 343 of 343 steps compared";
    assert_eq!(text.lines().last(), Some(last), "{text}");
    assert_eq!(text.lines().count(), 26, "{text}");
}

#[test]
fn the_python_implementation_passes_all_that_it_supports() {
    let (text, status) = python(&[], &[]);
    assert_eq!(status, Status::Pass, "{text}");
    let last = "pass: 24 of 25 vectors passed, 1 unsupported, 0 failed; 328 of 343 steps compared";
    assert_eq!(text.lines().last(), Some(last), "{text}");
    let page = read("docs/vectors.md");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains("passes 24 of the 25 vectors"), "the page says so");
    println!("{text}");
}

/// Each snapshot is read as the state beside it, and written again byte by byte.
#[test]
fn the_reference_reads_every_snapshot() {
    let (mut full, mut deltas, mut managers) = (0, 0, 0);
    for path in chosen(&[]).expect("there are vectors") {
        let file = File::read(&path).unwrap_or_else(|what| panic!("{what}"));
        let mut reference = Reference::default();
        reference.begin(&file).expect("it answers");
        let begin = [(&file.snapshots, &file.initial, None)];
        let steps = file.steps.iter().map(|s| (&s.snapshots, &s.state, Some(&s.action)));
        for (snapshots, state, action) in begin.into_iter().chain(steps) {
            action.map(|action| reference.step(action).expect("it answers"));
            assert_eq!(reference.wrong_bytes(snapshots, state), None, "{} {action:?}", file.name);
            let Snapshots { monitors, manager } =
                serde_json::from_value(snapshots.clone()).expect("it has the form");
            full += monitors.len();
            deltas += monitors.values().map(|bytes| bytes.deltas.len()).sum::<usize>();
            managers += usize::from(manager.is_some());
        }
    }
    assert_eq!((full, deltas, managers), (128, 2, 66));
}

/// What is wrong on purpose, and where it is found out first.
const WRONG: [(&str, &str, &str); 5] = [
    (
        "ack_by_position",
        "events_in_order",
        "FAILED at step 13, 'write_manager': state.monitors.out.provided[0].htlc: expected \
         \"h1\", got \"h0\"",
    ),
    (
        "ack_first_hop",
        "two_previous_hops",
        "FAILED at step 3, 'peer_revoke in h0': state.due_acks: expected [], got [{",
    ),
    (
        "ack_when_due",
        "own_payment_acked_late",
        "FAILED at step 9, 'handle h0': effects: expected [\"records PaymentFailed h0\"], got \
         [\"acked out #0\",\"records PaymentFailed h0\"]",
    ),
    (
        "write_pending_only",
        "full_write_overtakes",
        "FAILED at step 6, 'peer_claim h1': state.stored_monitors.out.in_flight[0].holds.events: \
         expected [{\"htlc\":\"h0\",\"outcome\":\"claim\"},{\"htlc\":\"h1\",\"outcome\":\"claim\"}",
    ),
    (
        "release_unreported",
        "events_in_order",
        "FAILED at step 1, 'peer_claim h1': state.monitors.out.may_release: expected false, got \
         true",
    ),
];

#[test]
fn every_wrong_python_implementation_is_found_out() {
    for (wrong, vector, what) in WRONG {
        let (text, status) = python(&[vector], &["--wrong", wrong]);
        assert_eq!(status, Status::Missed, "{wrong}: {text}");
        let line = text.lines().next().unwrap_or_default();
        assert!(line.starts_with(vector) && line.contains(what), "{wrong}: {text}");
        assert!(
            text.contains("\nfailed: 0 of 1 vectors passed, 0 unsupported, 1 failed; "),
            "{text}"
        );
    }
    let source = read(NODE);
    let list = source.split("\nWRONG = {\n").nth(1).and_then(|rest| rest.split("\n}").next());
    let names = list.unwrap_or_default().lines().filter_map(|line| line.split('"').nth(1));
    assert_eq!(names.collect::<Vec<_>>(), WRONG.map(|(name, ..)| name), "{NODE}");
}

fn vector(name: &str) -> Value {
    serde_json::from_str(&read(&format!("vectors/{name}.json"))).expect("it is JSON")
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("wrong.json");
    std::fs::write(&path, text).expect("it can be written");
    path.to_str().expect("the path is text").to_owned()
}

/// Calls with the place of every value that has no members.
fn each_leaf(value: &Value, pointer: &str, call: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(k, v)| each_leaf(v, &format!("{pointer}/{k}"), call));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(n, v)| each_leaf(v, &format!("{pointer}/{n}"), call));
        }
        leaf => call(pointer, leaf),
    }
}

/// Whatever value of a vector is another one, the reference does not pass it.
#[test]
fn every_wrong_value_of_a_vector_is_found_out() {
    const NOT_JUDGED: [&str; 4] = ["/schema", "/name", "/shows", "/rules"];
    let right = vector("delta_applied_by_a_load");
    let passes = |value: &Value| {
        let file: File = serde_json::from_value(value.clone()).expect("it is a vector");
        judged(&file, &mut Reference::default()).verdict == Verdict::Passed
    };
    assert!(passes(&right));
    let (mut tried, mut missed) = (0, Vec::new());
    each_leaf(&right, "", &mut |pointer, leaf| {
        if NOT_JUDGED.iter().any(|field| pointer.starts_with(field)) {
            return;
        }
        let other = match leaf {
            Value::Bool(is) => json!(!is),
            Value::Number(number) => json!(number.as_u64().map(|number| number + 1)),
            // A byte of a snapshot, or a word.
            Value::String(text) if pointer.contains("/snapshots/") => {
                let middle = text.len() / 2;
                let digit = if text[middle..].starts_with('0') { "1" } else { "0" };
                json!(format!("{}{digit}{}", &text[..middle], &text[middle + 1..]))
            }
            Value::String(text) => json!(format!("{text}x")),
            _ => json!("h0"),
        };
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).expect("it is there") = other;
        tried += 1;
        if passes(&wrong) {
            missed.push(pointer.to_owned());
        }
    });
    assert_eq!(missed, Vec::<String>::new(), "of {tried}");
    assert_eq!(tried, 419);
}

#[test]
fn a_wrong_vector_is_named_with_its_step() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut wrong = vector("parts_claimed");
    wrong["steps"][3]["state"]["due_acks"][0]["id"] = json!(0);
    let path = written(folder.path(), &wrong.to_string());
    let (text, status) = judge(&[&path], &[], 10).expect("it can be judged");
    assert_eq!(status, Status::Missed, "{text}");
    let what =
        "3 of 15 steps  FAILED at step 4, 'release': state.due_acks[0].id: expected 0, got 1";
    assert!(text.starts_with("parts_claimed ") && text.contains(what), "{text}");

    // The id of an update in the bytes: they decode, and hold another state.
    let mut wrong = vector("parts_claimed");
    let full = &mut wrong["steps"][0]["snapshots"]["monitors"]["out"]["full"];
    let text = full.as_str().expect("it is text").to_owned();
    let id = "64080000000000000003";
    assert_eq!(text.matches(id).count(), 1, "record 100 has eight bytes, and there is one: {text}");
    *full = json!(text.replace(id, "64080000000000000004"));
    let path = written(folder.path(), &wrong.to_string());
    let (text, status) = judge(&[&path], &[], 10).expect("it can be judged");
    assert_eq!(status, Status::Missed, "{text}");
    let what =
        "FAILED at step 1, 'peer_claim h1': snapshots.monitors.out.update_id: expected 1, got 2";
    assert!(text.contains(what), "{text}");

    // A record that does not end: they do not decode.
    let mut wrong = vector("parts_claimed");
    let full = &mut wrong["snapshots"]["monitors"]["out"]["full"];
    *full = json!(full.as_str().map(|text| text[..text.len() - 2].to_owned()));
    let path = written(folder.path(), &wrong.to_string());
    let (text, _) = judge(&[&path], &[], 10).expect("it can be judged");
    assert!(text.contains("FAILED at the beginning: snapshots.monitors.out: "), "{text}");
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("there is room");
    let right = vector("parts_claimed");
    let refused = |names: &[&str], command: &[&str], seconds, expected: &str| {
        let error = judge(names, command, seconds).expect_err("it is bad input");
        assert!(error.contains(expected), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    };
    let text = right.to_string();
    let half = written(folder.path(), &text[..text.len() / 2]);
    refused(&[&half], &[], 10, "wrong.json: no JSON: EOF while parsing");
    let mut old = right.clone();
    old["schema"] = json!(2);
    refused(&[&written(folder.path(), &old.to_string())], &[], 10, "schema 2; this judge reads 3");
    let mut more = right.clone();
    more["more"] = json!(1);
    let more = written(folder.path(), &more.to_string());
    refused(&[&more], &[], 10, "wrong.json: unknown field `more`");
    let mut none = right.clone();
    none["steps"] = json!([]);
    refused(&[&written(folder.path(), &none.to_string())], &[], 10, "it has no steps");
    refused(&[&written(folder.path(), "7")], &[], 10, "it has no field 'schema'");
    refused(&["nowhere.json"], &[], 10, "nowhere.json: No such file");
    refused(&["part_claimed"], &[], 10, "no vector 'part_claimed'; the nearest: parts_claimed, ");
    refused(&[], &["no-such-program"], 10, "no-such-program: No such file");
    refused(&[], &[], 0, "--seconds 0: expected 1 to ");
}

/// The verdict on a shell script that is judged by `crash_while_handling` and one vector more.
fn shell(script: &str, seconds: u64) -> String {
    let names = ["crash_while_handling", "delta_applied_by_a_load"];
    let (text, status) = judge(&names, &["sh", "-c", script], seconds).expect("it can be judged");
    assert_eq!(status, Status::Missed, "{script}: {text}");
    text
}

#[test]
fn a_program_that_gives_no_answer_is_reported() {
    let silent = shell("exec sleep 60", 1);
    let what = "FAILED at the beginning: the program has not answered within 1 s\n";
    assert!(silent.contains(what), "{silent}");
    assert!(silent.contains(" 1 failed, 1 not judged; 0 of 12 steps compared"), "{silent}");
    let dead = shell("exit 7", 60);
    let what = "the beginning: the program has closed its output; it has ended: exit status: 7";
    assert_eq!(dead.matches(what).count(), 2, "{dead}");
    assert!(dead.contains(" 2 failed; 0 of 22 steps compared"), "{dead}");
    let junk = shell("echo 'Traceback: \x1b[31m'; exec sleep 60", 60);
    let what =
        "the program printed no JSON (expected value at line 1 column 1): 'Traceback: \\u{1b}";
    assert!(junk.contains(what), "{junk}");
    let long = shell("head -c 5000000 /dev/zero", 60);
    assert!(long.contains("the program printed a line of more than 4194304 bytes"), "{long}");
    let other = shell("echo '{\"states\": 7}'", 60);
    assert!(other.contains("the program printed no answer (unknown field `states`"), "{other}");
}

/// A program that keeps little, and says always the same.
fn parrot(begin: &str, step: &str) -> String {
    shell(&format!("read line; echo '{begin}'; while read line; do echo '{step}'; done"), 60)
}

#[test]
fn a_program_that_answers_amiss_is_reported() {
    let begin = r#"{"keeps": {"state": ["watching"]}, "state": {"watching": true}}"#;
    let same = parrot(begin, r#"{"state": {"watching": true}}"#);
    let what = "4 of 12 steps  FAILED at step 5, 'crash out=0 in=0 manager=old record=yes': \
                state.watching: expected false, got true";
    assert!(same.contains(what), "{same}");
    let died = shell(&format!("read line; echo '{begin}'; read line; exit 3"), 60);
    assert!(died.contains("FAILED at step 1, 'peer_claim h0': the program has closed"), "{died}");
    let less = parrot(begin, r#"{"state": {}}"#);
    let what = "step 1, 'peer_claim h0': state.watching: expected true, and there is none";
    assert!(less.contains(what), "{less}");
    let more = parrot(begin, r#"{"state": {"watching": true, "record": []}}"#);
    assert!(
        more.contains("step 1, 'peer_claim h0': state.record: expected none, got []"),
        "{more}"
    );
    let later = parrot(begin, begin);
    assert!(later.contains("only the answer to 'begin' says what the program keeps"), "{later}");
    let refused = parrot(begin, r#"{"refused": "not now"}"#);
    assert!(refused.contains("step 1, 'peer_claim h0': refused, not now"), "{refused}");
    let silent = parrot(r#"{"state": {}}"#, "");
    assert!(silent.contains("the answer to 'begin' does not say what the program"), "{silent}");
    let unknown = parrot(r#"{"keeps": {"state": ["monitors.*.lists"]}, "state": {}}"#, "");
    let what = "the program keeps 'monitors.*.lists', which no state has";
    assert!(unknown.contains(what), "{unknown}");
    let word = parrot(r#"{"keeps": {"effects": ["acks"]}, "state": {}}"#, "");
    assert!(word.contains("the program tells 'acks'; effects begin with released, "), "{word}");
}

/// What cannot be judged is no pass.
#[test]
fn nothing_compared_is_no_pass() {
    for begin in [r#"{"unsupported": "all of it"}"#, r#"{"keeps": {}, "state": {}}"#] {
        let text = parrot(begin, "");
        let last = "nothing was compared: 0 of 2 vectors passed, 2 unsupported, 0 failed; 0 of 22 \
                    steps compared";
        assert_eq!(text.lines().last(), Some(last), "{text}");
    }
    // The beginning alone is no step.
    let begin = r#"{"keeps": {"state": ["watching"]}, "state": {"watching": true}}"#;
    let text = parrot(begin, r#"{"unsupported": "steps"}"#);
    assert!(
        text.contains("0 of 12 steps  unsupported at step 1, 'peer_claim h0': steps"),
        "{text}"
    );
    assert!(text.contains("\nnothing was compared: "), "{text}");
}

/// A part of the state is judged alone, and what was removed may be forgotten.
#[test]
fn a_part_is_compared_alone() {
    let events = "stored_monitors.*.in_flight.*.holds.events";
    let state = |stage: &str, in_flight: Value| {
        json!({
            "monitors": {"out": {"htlcs": {"h0": stage}}},
            "stored_monitors": {"out": {"in_flight": in_flight}},
        })
    };
    let keeps = json!({"state": ["monitors.*.htlcs", events]});
    let write = |events: Value| json!([{"holds": {"events": events}}]);
    let fail = json!([{"htlc": "h0", "outcome": "fail"}]);
    let answers = [
        json!({"keeps": keeps, "state": state("committed", json!([]))}),
        json!({"state": state("fail signed", write(json!([])))}),
        json!({"state": state("fail signed", json!([]))}),
        json!({"state": state("removed", write(fail))}),
        json!({"unsupported": "the rest"}),
    ];
    let echo = |answer: &Value| format!("read line; echo '{answer}'; ");
    let script = answers.iter().map(echo).collect::<String>();
    let command = ["sh", "-c", &script];
    let (text, status) = judge(&["own_payment_acked_late"], &command, 10).expect("it is judged");
    assert!(
        text.contains("3 of 24 steps  unsupported at step 4, 'complete out': the re"),
        "{text}"
    );
    assert_eq!(status, Status::Pass, "{text}");
}

/// As whoever types it meets it.
#[test]
fn the_command_line_ends_with_the_verdict() {
    let run = |arguments: &[&str]| conformance::run("conformance", arguments);
    let (code, stdout, stderr) = run(&["vectors", "parts_failed"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let (code, stdout, _) = run(&["vectors", "parts-failed", "--", "false"]);
    assert_eq!(code, 3, "{stdout}");
    let (code, stdout, stderr) = run(&["vectors", "parts_failed", "--", "no-such-program"]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    assert!(stderr.starts_with("error: no-such-program: "), "{stderr}");
}
