//! What runs at night is whole: every shard, every other profile, every fuzz target.

use conformance::{files_under, read};
use model::profile::PROFILES;

const NIGHTLY: &str = ".github/workflows/nightly.yml";

/// The values of an axis of a workflow's matrix, as its one line lists them.
fn axis<'a>(workflow: &'a str, name: &str) -> Vec<&'a str> {
    let key = format!("{name}: [");
    let line = workflow.lines().find_map(|line| line.trim().strip_prefix(&key));
    let values = line.and_then(|line| line.strip_suffix(']')).unwrap_or_default();
    values.split(", ").map(|value| value.trim_matches('"')).collect()
}

fn shards_are_whole(workflow: &str) -> bool {
    let shards = axis(workflow, "shard");
    let of = |index: usize| format!("{}/{}", index + 1, shards.len());
    shards.iter().enumerate().all(|(index, shard)| *shard == of(index))
        && workflow.contains("check --class nightly --shard ${{ matrix.shard }} ")
}

#[test]
fn every_shard_runs_at_night() {
    let workflow = read(NIGHTLY);
    assert!(shards_are_whole(&workflow), "{:?}", axis(&workflow, "shard"));
    for (old, new) in [("\"2/4\", ", ""), ("4/4", "4/5"), ("--shard", "--threads")] {
        assert!(!shards_are_whole(&workflow.replace(old, new)), "{old}");
    }
    assert!(!shards_are_whole(""));
}

/// Every part of the mutants that `cargo mutants` makes of the reference, which it counts from 0,
/// with the settings that its own file asks for.
#[test]
fn every_part_of_the_references_mutants_runs_at_night() {
    let workflow = read(NIGHTLY);
    let parts = axis(&workflow, "part");
    let of = |index: usize| format!("{index}/{}", parts.len());
    assert_eq!(parts, (0..parts.len()).map(of).collect::<Vec<_>>());
    let command = "cargo mutants -p reference --shard";
    assert!(workflow.contains(&format!("{command} ${{{{ matrix.part }}}} --sharding round-robin")));
    let settings = read(".cargo/mutants.toml");
    assert!(settings.contains(&format!("WALKS=6 {command}")) && workflow.contains("WALKS: 6"));
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("[profile.mutants]") && settings.contains("profile = \"mutants\""));
}

#[test]
fn every_other_profile_runs_at_night() {
    let others = PROFILES.iter().filter(|profile| !profile.is_spec()).map(|profile| profile.name);
    assert_eq!(axis(&read(NIGHTLY), "profile"), others.collect::<Vec<_>>());
}

/// The targets that `cargo fuzz list` names: that is what is fuzzed, and at night for long.
#[test]
fn every_fuzz_target_is_registered_and_has_seeds() {
    let manifest = read("fuzz/Cargo.toml");
    let nightly = read(NIGHTLY);
    let at_night = axis(&nightly, "target");
    for (path, _) in files_under("fuzz/fuzz_targets") {
        let name = path.trim_start_matches("fuzz/fuzz_targets/").trim_end_matches(".rs");
        let entry = format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n");
        assert!(manifest.contains(&entry), "{name} is no [[bin]] of fuzz/Cargo.toml");
        assert!(at_night.contains(&name), "{name} is not fuzzed at night");
        let seeds = conformance::root().join("fuzz/seeds").join(name);
        let seeds = std::fs::read_dir(&seeds).map_or(0, Iterator::count);
        assert!(seeds > 0, "{name} has no seeds");
    }
}

/// The toolchain that CI checks with is the one that Cargo.toml promises.
#[test]
fn the_oldest_toolchain_is_checked() {
    let manifest = read("Cargo.toml");
    let promised = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let promised = promised.expect("Cargo.toml says it").trim_matches('"');
    let workflow = read(".github/workflows/ci.yml");
    let check = format!("cargo +{promised} check --workspace --all-targets --locked");
    assert!(workflow.contains(&check), "{promised}");
    assert!(read("README.md").contains(&format!("({promised} or later)")));
}
