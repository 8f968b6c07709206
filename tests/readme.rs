//! The README's commands work, and its sample output is real.

use conformance::mapping::abstractions;
use conformance::{files_under, model, read, root, run};
use std::path::Path;

/// A sample: the package, its arguments, and the output it claims.
type Sample = (String, Vec<String>, Vec<String>);

fn samples(readme: &str) -> Vec<Sample> {
    let blocks = readme.split("```console\n").skip(1);
    blocks
        .map(|rest| {
            let block = rest.split("```").next().unwrap_or_default();
            let mut lines = block.lines();
            let command = lines.next().unwrap_or_default();
            let (package, arguments) = command
                .strip_prefix("$ cargo run -p ")
                .and_then(|rest| rest.split_once(" --release"))
                .unwrap_or_else(|| panic!("no command of ours: {command}"));
            let arguments = arguments.split_whitespace().filter(|word| *word != "--");
            let arguments = arguments.map(str::to_owned).collect();
            (package.to_owned(), arguments, lines.map(str::to_owned).collect())
        })
        .collect()
}

/// Times and the blanks that align them differ from run to run.
fn masked(line: &str) -> String {
    let is_time = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
    let words = line.split_whitespace().filter(|word| !is_time(word));
    words.collect::<Vec<_>>().join(" ")
}

/// The first claimed line that the output does not have in its place; `...` skips lines.
fn missing(claimed: &[String], output: &str) -> Option<String> {
    let mut rest = output.lines().map(masked);
    let mut may_skip = false;
    for line in claimed {
        if line == "..." {
            may_skip = true;
            continue;
        }
        let found = match may_skip {
            true => rest.any(|other| other == masked(line)),
            false => rest.next().is_some_and(|other| other == masked(line)),
        };
        if !found {
            return Some(line.clone());
        }
        may_skip = false;
    }
    None
}

#[test]
fn sample_output_is_real() {
    let samples = samples(&read("README.md"));
    assert_eq!(samples.len(), 4);
    for (package, arguments, claimed) in samples {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (code, stdout, stderr) = run(&package, &arguments);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
        assert_eq!(missing(&claimed, &stdout), None, "{arguments:?} does not print it");
        if package == "model" && arguments.is_empty() {
            verdict_first(&stdout);
        }
    }
}

/// The main job says in ten lines what there is to say, and its verdict first and last.
fn verdict_first(stdout: &str) {
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines.len() <= 10, "{stdout}");
    assert!(lines[0].starts_with("pass: all 10 guarantees hold in "), "{stdout}");
    assert!(lines[lines.len() - 1].starts_with(lines[0]), "{stdout}");
}

#[test]
fn other_output_is_noticed() {
    let claimed = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(missing(&claimed("a 1.0 s\n...\nc"), "a 2.5 s\nb\nc\n"), None);
    assert_eq!(missing(&claimed("a\nc"), "a\nb\nc\n"), Some("c".into()));
    assert_eq!(missing(&claimed("...\nd"), "a\nb\nc\n"), Some("d".into()));
}

#[test]
fn the_main_job_prints_the_same_twice() {
    let run = || {
        let (code, stdout, _) = model(&["check", "payment_slow_manager"]);
        assert_eq!(code, 0);
        stdout.lines().map(masked).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn the_map_names_what_exists() {
    let readme = read("README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for path in rows {
        assert!(root().join(path).exists(), "{path}");
    }
}

/// What a heading is called in a link: GitHub's way.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    heading
        .trim()
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Links of a document to files that are not there, or to headings that they do not have.
fn dead_links(path: &str, text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let leads_nowhere = |target: &&str| {
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let here = Path::new(path).parent().unwrap_or(Path::new(""));
        let place = if file.is_empty() { Path::new(path).into() } else { here.join(file) };
        let has = |text: String| {
            let headings = text.lines().filter(|line| line.starts_with('#'));
            headings.map(|line| anchor(line.trim_start_matches('#'))).any(|one| one == heading)
        };
        !root().join(&place).exists()
            || (!heading.is_empty() && !has(read(&place.to_string_lossy())))
    };
    let within = targets.filter(|target| !target.starts_with("http"));
    within.filter(leads_nowhere).map(|target| format!("{path}: {target}")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut documents = files_under("docs");
    documents.retain(|(path, _)| path.ends_with(".md"));
    let others = ["README.md", "SPEC.md", "CONTRIBUTING.md", ".github/workflows/README.md"];
    documents.extend(others.map(|path| (path.to_owned(), read(path))));
    let dead: Vec<String> =
        documents.iter().flat_map(|(path, text)| dead_links(path, text)).collect();
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn a_dead_link_is_noticed() {
    let text = "[a](../SPEC.md) [b](../SPEC.md#5-rules) [c](#no) [d](../SPEC.md#no) [e](no.md)";
    let dead = ["docs/bounds.md: #no", "docs/bounds.md: ../SPEC.md#no", "docs/bounds.md: no.md"];
    assert_eq!(dead_links("docs/bounds.md", text), dead);
    assert_eq!(anchor(" 4.2 Writes, `and` more_so"), "42-writes-and-more_so");
}

/// Modules of the model that its reading order does not name.
fn unnamed_modules(lib: &str) -> Vec<&str> {
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let is_named = |module: &&str| {
        let link = format!("[`{module}`]");
        lib.lines().any(|line| line.starts_with("//!") && line.contains(&link))
    };
    modules.filter(|module| !is_named(module)).collect()
}

#[test]
fn the_reading_order_names_every_module() {
    assert_eq!(unnamed_modules(&read("model/src/lib.rs")), Vec::<&str>::new());
    assert_eq!(unnamed_modules("//! [`a`]\npub mod a;\n// [`b`]\npub mod b;\n"), ["b"]);
}

/// Files of the model that the abstractions of docs/bounds.md name and that are not there.
fn files_that_are_gone(bounds: &str, files: &[String]) -> Vec<String> {
    let rows = abstractions(bounds);
    let named = rows.iter().filter_map(|row| row.cells[1].strip_prefix('`')?.strip_suffix('`'));
    let exists = |place: &str| {
        let place = format!("/{place}");
        files
            .iter()
            .any(|file| file.ends_with(&place) || (place.ends_with('/') && file.contains(&place)))
    };
    named.filter(|place| !exists(place)).map(str::to_owned).collect()
}

#[test]
fn the_files_of_the_abstractions_exist() {
    let files: Vec<String> = files_under("model/src").into_iter().map(|(name, _)| name).collect();
    let bounds = read("docs/bounds.md");
    assert!(abstractions(&bounds).len() > 50);
    assert_eq!(files_that_are_gone(&bounds, &files), Vec::<String>::new());
    let moved = bounds.replace("| `world/chain.rs` |", "| `chains.rs` |");
    assert_eq!(files_that_are_gone(&moved, &files)[0], "chains.rs");
}

#[test]
fn ci_runs_the_commands_of_the_readme() {
    let (readme, ci) = (read("README.md"), read(".ci/run"));
    for command in ["cargo run -p model --release", "cargo test --workspace"] {
        assert!(readme.contains(command) && ci.contains(command), "{command}");
    }
}
