//! Model and reference do not know each other, and neither knows its judge; what they depend on is
//! needed, and built once.

use conformance::{files_under, read, root};
use serde_json::Value;
use std::process::Command;

/// The workspace's packages, each with the members it depends on.
fn arrows(metadata: &Value) -> Vec<(String, Vec<String>)> {
    let packages = metadata["packages"].as_array().expect("there are packages");
    let name = |package: &Value| package["name"].as_str().unwrap_or_default().to_owned();
    let members: Vec<String> = packages.iter().map(name).collect();
    let inner = |package: &Value| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten().map(name);
        let mut inner: Vec<String> = dependencies.filter(|d| members.contains(d)).collect();
        inner.sort();
        inner
    };
    packages.iter().map(|package| (name(package), inner(package))).collect()
}

#[test]
fn only_the_judge_depends_on_both() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    for (package, inner) in arrows(&metadata) {
        let expected: &[&str] = match package.as_str() {
            "model" | "reference" => &[],
            "conformance" => &["model", "reference"],
            other => panic!("{other} is a new member: say here what it may depend on"),
        };
        assert_eq!(inner, expected, "{package}");
    }
}

#[test]
fn a_forbidden_arrow_is_noticed() {
    let text = r#"{"packages": [{"name": "model", "dependencies": [{"name": "reference"}]},
                                {"name": "reference", "dependencies": [{"name": "serde"}]}]}"#;
    let metadata = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(arrows(&metadata)[0], ("model".into(), vec!["reference".to_owned()]));
    assert!(arrows(&metadata)[1].1.is_empty());
}

/// What `cargo tree` lists for packages: each dependency with its features.
fn features(selected: &[&str]) -> Vec<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["tree", "--offline", "--prefix", "none", "--format", "{p} {f}"])
        .args(selected)
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout).replace(" (*)", "");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Otherwise `cargo run -p model` behind `cargo test --workspace` builds everything once more.
#[test]
fn a_package_alone_has_the_features_of_the_workspace() {
    let whole = features(&["--workspace", "--edges", "normal,build,dev"]);
    for package in ["model", "conformance"] {
        let alone = features(&["--package", package, "--edges", "normal,build"]);
        assert!(!alone.is_empty());
        let other: Vec<&String> = alone.iter().filter(|line| !whole.contains(line)).collect();
        assert_eq!(other, Vec::<&String>::new(), "{package} alone is built otherwise");
    }
}

/// A dependency that no source names, but those that are there for their features.
fn unused(package: &str, dependencies: &[String], sources: &str) -> Vec<String> {
    let names = |name: &String| {
        let name = name.replace('-', "_");
        let mut words = sources.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == name)
    };
    let kept: &[&str] = match package {
        "model" => &["ahash", "memchr", "rustix"],
        "tests" => &["hashbrown"],
        _ => &[],
    };
    let is_kept = |name: &String| kept.contains(&name.as_str());
    dependencies.iter().filter(|name| !names(name) && !is_kept(name)).cloned().collect()
}

#[test]
fn dependencies_are_used_and_nothing_is_published() {
    for package in ["model", "reference", "tests", "fuzz", "stores"] {
        let manifest = read(&format!("{package}/Cargo.toml"));
        assert!(manifest.contains("\npublish = false\n"), "{package} could be published");
        let section = manifest.split("[dependencies]\n").nth(1).unwrap_or_default();
        let lines = section.lines().take_while(|line| !line.starts_with('['));
        let name = |line: &str| Some(line.split_once(" = ")?.0.to_owned());
        let dependencies: Vec<String> = lines.filter_map(name).collect();
        // Workspaces of their own have a folder for what is built.
        let folder = match package {
            "fuzz" => "fuzz/fuzz_targets",
            "stores" => "stores/src",
            _ => package,
        };
        let sources = files_under(folder).into_iter().filter(|(path, _)| path.ends_with(".rs"));
        let sources: String = sources.map(|(_, text)| text).collect();
        assert_eq!(unused(package, &dependencies, &sources), Vec::<String>::new(), "{package}");
    }
    let [used, idle] = ["serde_json".to_owned(), "rand".to_owned()];
    assert_eq!(unused("model", &[used, idle.clone()], "use serde_json::json;"), [idle]);
}
