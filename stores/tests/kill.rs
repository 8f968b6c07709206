//! kill -9: a node on LDK's `FilesystemStore` is killed at random instants, started again, and
//! judged by the user's record, by peers and chain, and by the disk.
//!
//! What a process has handed to the system outlives it: whether it was synced, no kill can tell.

#[path = "kill/oracle.rs"]
mod oracle;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fastrand::Rng;
use oracle::{Verdict, judge};

/// After so many kills the node settles and is judged, and another one begins.
const KILLS_BEFORE_SETTLING: u32 = 10;

/// The longest life of a node, in milliseconds.
const LIFE: u64 = 250;

fn victim(folder: &Path, seed: u64, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
    command.arg(folder).args(["--seed", &seed.to_string()]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Lets a node live for a while; what it says if it ends by itself.
fn live_and_die(mut command: Command, life: Duration) -> Option<String> {
    let mut child = command.spawn().expect("the victim starts");
    sleep(life);
    // It is dead already if it has ended by itself.
    child.kill().expect("it can be killed");
    let output = child.wait_with_output().expect("it ends");
    said(&output)
}

fn said(output: &Output) -> Option<String> {
    let code = output.status.code().filter(|code| *code != 0)?;
    let text = String::from_utf8_lossy(&output.stderr);
    Some(format!("GUA-7: exit code {code}: {}", text.trim().replace('\n', " / ")))
}

/// So many kills, in lives of the node that follow each other; then it settles and is judged.
fn one_node(kills: u32, rng: &mut Rng, arguments: &[&str]) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stopped = Vec::new();
    for _ in 0..kills {
        let life = Duration::from_millis(rng.u64(1..LIFE));
        stopped.extend(live_and_die(victim(folder.path(), rng.u64(..), arguments), life));
    }
    let mut settling = victim(folder.path(), rng.u64(..), arguments);
    stopped.extend(said(&settling.arg("--settle").output().expect("the victim starts")));
    let mut verdict = judge(folder.path());
    if !stopped.is_empty() && std::env::var("KEEP").is_ok() {
        eprintln!("kept {}", folder.keep().display());
    }
    verdict.stopped.extend(stopped);
    verdict
}

/// Nodes with full writes and with deltas in turn, until one is damaged or all kills are done.
fn campaign(kills: u32, seed: u64, arguments: &[&str]) -> (Verdict, u32) {
    let mut rng = Rng::with_seed(seed);
    let mut verdict = Verdict::default();
    let mut done = 0;
    while done < kills && verdict.is_clean() {
        let deltas: &[&str] =
            if done / KILLS_BEFORE_SETTLING % 2 == 1 { &["--deltas", "5"] } else { &[] };
        let some = KILLS_BEFORE_SETTLING.min(kills - done);
        verdict.add(one_node(some, &mut rng, &[arguments, deltas].concat()));
        done += some;
    }
    (verdict, done)
}

/// Nothing is lost, contradicted or left.
fn survives(kills: u32, seed: u64) {
    let (verdict, done) = campaign(kills, seed, &[]);
    println!("{done} kills, {verdict}");
    assert!(verdict.is_clean(), "seed {seed}: {verdict}");
    assert!(verdict.told > 0 && verdict.closed > 0 && verdict.htlcs > 0, "{verdict}");
}

/// The damage that a fault does is seen.
fn is_caught(fault: &str, kills: u32) {
    let (verdict, done) = campaign(kills, 1, &["--fault", fault]);
    println!("{fault}: caught after {done} kills: {verdict}");
    assert!(!verdict.is_clean(), "{fault} is not caught in {done} kills");
}

#[test]
fn fifty_kills() {
    survives(50, 1);
}

#[test]
#[ignore = "nightly: minutes"]
fn a_thousand_kills() {
    survives(1000, 2);
}

#[test]
fn a_store_that_reports_before_it_wrote_is_caught() {
    is_caught("early", 300);
}

#[test]
fn a_store_that_loses_a_rename_is_caught() {
    is_caught("lost-rename", 300);
}
