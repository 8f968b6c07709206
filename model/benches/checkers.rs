//! The engine against stateright's checkers, on the same machine and the same scenarios.
//!
//! `cargo bench -p model --bench checkers`, optionally with `-- --rounds N`. Each run is a process
//! of its own, so that CPU time and memory are its own too. In each round all contestants run in
//! turn, and are compared within the round; the figure of a scenario is the median of its rounds,
//! the figure of the bench the worst of the scenarios. The last line sums up:
//!
//! - `bfs`, `dfs`: CPU time of stateright's breadth-first and depth-first checker over ours;
//! - `bytes`: our peak resident memory for each unique state, in a scenario of ten million;
//! - `threads2`: our time (by the clock) with one thread over that with two.
//!
//! Ours does what the main job does: it takes states for one that nothing can tell apart, evaluates
//! each guarantee and witness, and looks whether the schedules of both settling orders end.
//! stateright's checkers explore every state and evaluate `Machine::properties`. What is owed to
//! the engine alone, and not to reductions, the lines `every state` say; `bytes` is taken without
//! reductions, too, to have so many states.

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use model::check::{self, Settings, Verdict};
use model::machine::Machine;
use model::protocol::Spec;
use model::reduction::Reductions;
use model::scenario::{self, Scenario};
use stateright::{Checker, Model};

const SCENARIOS: [&str; 2] = ["two_payments_async", "forward_closing_both"];
const LARGEST: &str = "forward_closing_both_async";
const ROUNDS: usize = 5;

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", contestant, scenario] => run(contestant, scenario),
        ["--rounds", rounds, ..] => compare(rounds.parse().expect("a number of rounds")),
        _ => compare(ROUNDS),
    }
}

/// What one run took.
struct Cost {
    /// CPU time in seconds.
    cpu: f64,
    /// Time by the clock in seconds.
    wall: f64,
    unique: f64,
    /// Peak of the resident memory.
    bytes: f64,
}

/// Runs one contestant in this process and prints its cost.
fn run(contestant: &str, scenario: &str) {
    let scenario = scenario::find(scenario).expect("a known scenario");
    let (started, cpu) = (Instant::now(), ProcessTime::now());
    let unique = match contestant {
        "ours" => explore(scenario, 1, Reductions::ALL),
        "ours2" => explore(scenario, 2, Reductions::ALL),
        "every" => explore(scenario, 1, Reductions::NONE),
        _ => explore_with_stateright(contestant, scenario),
    };
    let (cpu, wall) = (cpu.elapsed(), started.elapsed());
    println!("{} {} {unique} {}", cpu.as_secs_f64(), wall.as_secs_f64(), peak_resident());
}

fn explore(scenario: &Scenario, threads: usize, reductions: Reductions) -> u64 {
    let settings = Settings { threads, reductions, ..Settings::default() };
    let report = check::check(&Machine::spec(scenario), &settings);
    assert_eq!(report.verdict, Verdict::Holds);
    report.unique
}

/// Stateright's checkers get states of the size that ours are cut to.
fn explore_with_stateright(contestant: &str, scenario: &Scenario) -> u64 {
    let machine = Machine::spec(scenario);
    match machine.topology.size() {
        (1, ..=2) => count(contestant, machine.sized::<1, 2>()),
        (2, ..=2) => count(contestant, machine.sized::<2, 2>()),
        _ => count(contestant, machine),
    }
}

fn count<const C: usize, const H: usize>(contestant: &str, machine: Machine<Spec, C, H>) -> u64 {
    let unique = match contestant {
        "bfs" => machine.checker().spawn_bfs().join().unique_state_count(),
        "dfs" => machine.checker().spawn_dfs().join().unique_state_count(),
        other => panic!("no contestant is called {other}"),
    };
    unique as u64
}

/// The peak of this process's resident memory in bytes; 0 where the system does not tell.
fn peak_resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// Runs a contestant in a process of its own.
fn measure(contestant: &str, scenario: &str) -> Cost {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    let output = command.args(["run", contestant, scenario]).output().expect("it starts");
    assert!(output.status.success(), "{contestant} fails: {output:?}");
    let output = String::from_utf8(output.stdout).expect("numbers");
    let numbers: Vec<f64> = output.split_whitespace().map(|n| n.parse().expect("one")).collect();
    let [cpu, wall, unique, bytes] = numbers[..] else { panic!("four numbers, not {output}") };
    let seconds = Duration::from_secs_f64(cpu);
    println!("  {contestant:5} {seconds:>8.2?} CPU {wall:>6.2} s {:>4.0} B/state", bytes / unique);
    Cost { cpu, wall, unique, bytes }
}

/// The ratios of one round.
struct Round {
    bfs: f64,
    dfs: f64,
    threads2: f64,
    /// `bfs` and `dfs` without reductions.
    every: [f64; 2],
}

fn compare(rounds: usize) {
    let mut worst = [f64::MAX; 3];
    for scenario in SCENARIOS {
        println!("{scenario}");
        let rounds: Vec<Round> = (0..rounds).map(|_| round(scenario)).collect();
        let median = |ratio: fn(&Round) -> f64| median(rounds.iter().map(ratio));
        let [bfs, dfs] = [median(|round| round.every[0]), median(|round| round.every[1])];
        println!("{scenario}, every state: bfs={bfs:.2} dfs={dfs:.2}");
        let ratios = [median(|r| r.bfs), median(|r| r.dfs), median(|r| r.threads2)];
        let [bfs, dfs, threads2] = ratios;
        println!("{scenario}: bfs={bfs:.2} dfs={dfs:.2} threads2={threads2:.2}");
        worst = std::array::from_fn(|index| worst[index].min(ratios[index]));
    }
    println!("{LARGEST}");
    let largest = measure("every", LARGEST);
    let bytes = largest.bytes / largest.unique;
    let [bfs, dfs, threads2] = worst;
    println!("checkers: bfs={bfs:.2} dfs={dfs:.2} bytes={bytes:.1} threads2={threads2:.2}");
}

fn round(scenario: &str) -> Round {
    let [bfs, ours, dfs, two, every] =
        ["bfs", "ours", "dfs", "ours2", "every"].map(|contestant| measure(contestant, scenario));
    assert!([&bfs, &dfs].iter().all(|other| other.unique == every.unique), "other states");
    assert!(ours.unique == two.unique, "other states");
    Round {
        bfs: bfs.cpu / ours.cpu,
        dfs: dfs.cpu / ours.cpu,
        threads2: ours.wall / two.wall,
        every: [bfs.cpu / every.cpu, dfs.cpu / every.cpu],
    }
}

fn median(ratios: impl Iterator<Item = f64>) -> f64 {
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
