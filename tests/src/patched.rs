//! Whether the reference compiles with each of its mutants: as many copies of it as there are
//! patches, in a workspace of their own, checked at once.

use crate::command::mutants::Patch;
use crate::files_under;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the copies depend on, as `reference/Cargo.toml` says it.
fn dependencies() -> String {
    let manifest = crate::read("reference/Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    section.split("\n[").next().unwrap_or_default().trim().to_owned()
}

/// The patches with which the reference does not compile, each with what the compiler says.
///
/// The workspace is kept in a folder, and what did not change in it since is not checked again.
///
/// # Errors
/// A patch does not apply, a folder cannot be written, or cargo does not come so far.
pub fn uncompilable(
    patches: &[Patch],
    folder: &Path,
    target: &Path,
) -> Result<Vec<String>, String> {
    let files = files_under("reference/src");
    let members: Vec<String> = patches.iter().map(|patch| format!("{:?}", patch.name)).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n",
        members.join(", ")
    );
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("Cargo.lock"), &crate::read("Cargo.lock"))?;
    for patch in patches {
        let manifest = format!(
            "[package]\nname = {:?}\nedition = \"2024\"\n\n[dependencies]\n{}\n",
            patch.name,
            dependencies()
        );
        let copy = folder.join(&patch.name);
        write(&copy.join("Cargo.toml"), &manifest)?;
        let sources = patched(patch, &files)?;
        remove_others(&copy.join("src"), &sources)?;
        for (path, text) in sources {
            write(&copy.join("src").join(path), &text)?;
        }
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let check = ["check", "--offline", "--lib", "--workspace", "--keep-going", "--quiet"];
    let mut command = Command::new(cargo);
    let command = command.current_dir(folder).args(check).env("CARGO_TARGET_DIR", target);
    let output = command.output().map_err(|error| format!("cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let failed = |patch: &&Patch| said.contains(&format!("could not compile `{}`", patch.name));
    let failed: Vec<String> =
        patches.iter().filter(failed).map(|patch| errors(&patch.name, &said)).collect();
    if failed.is_empty() && !output.status.success() {
        return Err(said.into_owned());
    }
    Ok(failed)
}

/// The files of the reference below `src`, with a patch applied.
fn patched(patch: &Patch, files: &[(String, String)]) -> Result<Vec<(String, String)>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (path, text) in files {
        write(&folder.path().join(path), text)?;
    }
    let mut git = Command::new("git");
    let git = git.current_dir(folder.path()).arg("apply").arg(&patch.path);
    let output = git.output().map_err(|error| format!("git: {error}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} does not apply: {why}", patch.name));
    }
    let read = |(path, _): &(String, String)| {
        let text = fs::read_to_string(folder.path().join(path)).map_err(|e| e.to_string())?;
        Ok((path.trim_start_matches("reference/src/").to_owned(), text))
    };
    files.iter().map(read).collect()
}

/// Removes files that an earlier state of the reference had.
fn remove_others(folder: &Path, sources: &[(String, String)]) -> Result<(), String> {
    let say = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop().filter(|next| next.is_dir()) {
        for entry in fs::read_dir(&next).map_err(say)? {
            let path = entry.map_err(say)?.path();
            let is_source = |(name, _): &(String, String)| folder.join(name) == path;
            if path.is_dir() {
                folders.push(path);
            } else if !sources.iter().any(is_source) {
                fs::remove_file(&path).map_err(say)?;
            }
        }
    }
    Ok(())
}

/// Writes a file unless it is there as it should be: cargo goes by its time.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let say = |error: std::io::Error| format!("{}: {error}", path.display());
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(say)?;
    fs::write(path, text).map_err(say)
}

/// What the compiler says of one package.
fn errors(name: &str, said: &str) -> String {
    let place = format!("--> {name}/src/");
    let reports = said.split("\n\n").filter(|report| report.contains(&place));
    let reports: Vec<&str> = reports.filter(|report| report.trim().starts_with("error")).collect();
    format!("{name} does not compile:\n{}", reports.join("\n\n"))
}
