//! Model and reference do not know each other, and neither knows its judge.

use conformance::root;
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
