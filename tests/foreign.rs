//! Who lifts the reference out of this tree has what it takes: a crate outside the workspace, with
//! a store of its own, compiles and runs.

use conformance::{read, root};
use std::fs;
use std::process::Command;

#[test]
fn a_crate_outside_brings_its_own_store() {
    let folder = tempfile::tempdir().expect("there is room");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    let manifest = format!(
        "[package]\nname = \"foreign\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nreference = {{ path = {:?} }}\n",
        root().join("reference")
    );
    write("Cargo.toml", &manifest);
    write("Cargo.lock", &read("Cargo.lock"));
    write("src/main.rs", &read("reference/examples/foreign_store.rs"));
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(folder.path())
        .args(["run", "--offline", "--quiet"])
        // What it built last time is still good.
        .env("CARGO_TARGET_DIR", root().join("target/foreign"))
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
    assert!(printed.contains("PaymentSent") && printed.contains("PaymentForwarded"), "{printed}");
}
