//! What the tests of this package share: where the tree is, and how the program is run.

pub mod command;
pub mod driver;
pub mod events;
pub mod explain;
pub mod garbled;
pub mod history;
pub mod judge;
pub mod lockstep;
pub mod mapping;
pub mod mechanisms;
pub mod modules;
pub mod names;
pub mod pages;
pub mod patched;
pub mod product;
pub mod quotes;
pub mod rooms;
pub mod schedule;
pub mod shorten;
pub mod source;
pub mod spec_text;
pub mod store;
pub mod tables;
pub mod vectors;
pub mod view;
pub mod world;

use std::path::PathBuf;
use std::process::Command;

/// The exhaustive product clones the reference on every edge, and frees it on whichever thread took
/// the state up: with the system's allocator half its time went into locks of that allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The root of the source tree.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the tree").into()
}

/// A file of the tree as text.
///
/// # Panics
/// If it cannot be read.
pub fn read(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|e| panic!("{}: {e}", full.display()))
}

/// Every file under a folder of the tree: its path in the tree, and its text.
///
/// # Panics
/// If something cannot be read.
pub fn files_under(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("it is a folder") {
        let entry = entry.expect("it can be listed");
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            found.extend(files_under(&path));
        } else {
            let text = read(&path);
            found.push((path, text));
        }
    }
    found
}

/// Every script under `tests/scenarios`: its path in the tree, and its text.
///
/// # Panics
/// If something cannot be read.
pub fn scripts() -> Vec<(String, String)> {
    let mut scripts = files_under("tests/scenarios");
    scripts.sort();
    scripts
}

/// Runs a program of this build, `model` or `conformance`: its exit code and its two outputs.
///
/// # Panics
/// If it cannot be built or started.
pub fn run(package: &str, arguments: &[&str]) -> (i32, String, String) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["run", "--quiet", "--offline", "-p", package, "--"])
        .args(arguments)
        .output()
        .expect("cargo runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Runs `model`.
pub fn model(arguments: &[&str]) -> (i32, String, String) {
    run("model", arguments)
}
