//! What can be checked of the style of CONTRIBUTING.md.

use conformance::{read, root};
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != ".git" {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs" || ext == "md") {
            found.push(path);
        }
    }
}

fn tree() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root(), &mut found);
    let relative = |path: &Path| {
        path.strip_prefix(root()).expect("it lies in the tree").to_string_lossy().into_owned()
    };
    found.iter().map(|path| (relative(path), read(&relative(path)))).collect()
}

/// Files past 400 lines, each with the reason.
const LONG: [(&str, &str); 4] = [
    ("SPEC.md", "the specification is one document"),
    ("model/src/mechanism/list.rs", "one list, in which a mechanism is an entry"),
    ("model/src/protocol.rs", "one trait, in which a decision is a method"),
    ("model/src/scenario/list.rs", "one list, in which a scenario is an entry"),
];

#[test]
fn files_are_small_and_lines_short() {
    for (name, text) in tree() {
        let lines = text.lines().count();
        assert!(
            lines <= 400 || LONG.iter().any(|(long, _)| *long == name),
            "{name}: {lines} lines"
        );
        for (index, line) in text.lines().enumerate() {
            let width = line.chars().count();
            let is_row = name.ends_with(".md") && line.starts_with('|');
            assert!(
                width <= 100 || is_row || name == "README.md",
                "{name}:{}: {width} columns",
                index + 1
            );
        }
    }
}

#[test]
fn nothing_is_left_for_later_or_claimed_too_much() {
    let banned = ["todo!", "unimplemented!", "dbg!", "FIXME", "XXX", "formally verified", "proven"];
    for (name, text) in tree() {
        if name == "tests/tidy.rs" {
            continue;
        }
        for word in banned {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn every_workspace_test_file_is_registered() {
    let manifest = read("tests/Cargo.toml");
    for entry in std::fs::read_dir(root().join("tests")).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        if path.extension().is_some_and(|ext| ext == "rs") {
            let name = path.file_name().expect("it has a name").to_string_lossy().into_owned();
            assert!(manifest.contains(&format!("path = \"{name}\"")), "{name} is no [[test]]");
        }
    }
}
