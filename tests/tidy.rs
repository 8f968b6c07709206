//! What can be checked of the style of CONTRIBUTING.md.

use conformance::{files_under, read, root};
use std::path::{Path, PathBuf};

/// What people write and read here.
const KINDS: [&str; 6] = ["rs", "md", "html", "css", "js", "py"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != ".git" {
            files(&path, found);
        } else if path.extension().is_some_and(|ext| KINDS.iter().any(|kind| ext == *kind)) {
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

/// The most lines of a file that is not in [`LONG`].
const LINES: usize = 400;

/// Files past [`LINES`], each with the reason. One that is no longer so long has no place here.
const LONG: [(&str, &str); 5] = [
    ("SPEC.md", "the specification is one document"),
    ("docs/bounds.md", "its tables are written by a test, a row a scenario"),
    ("model/src/mechanism/list.rs", "one list, in which a mechanism is an entry"),
    ("model/src/protocol.rs", "one trait, in which a decision is a method"),
    ("model/src/scenario/list.rs", "one list, in which a scenario is an entry"),
];

fn length_defects(files: &[(String, String)], long: &[(&str, &str)]) -> Vec<String> {
    let lines = |text: &str| text.lines().count();
    let is_listed = |name: &str| long.iter().any(|(listed, _)| *listed == name);
    let too_long = files
        .iter()
        .filter(|(name, text)| lines(text) > LINES && !is_listed(name))
        .map(|(name, text)| format!("{name}: {} lines", lines(text)));
    let is_long = |name: &str| files.iter().any(|(n, text)| n == name && lines(text) > LINES);
    let needless = long
        .iter()
        .filter(|(name, _)| !is_long(name))
        .map(|(name, _)| format!("{name}: is listed as long, and is not"));
    too_long.chain(needless).collect()
}

fn width_defects(name: &str, text: &str) -> Vec<String> {
    let is_row = |line: &str| name.ends_with(".md") && line.starts_with('|');
    let too_wide = |line: &str| line.chars().count() > 100 && !is_row(line);
    let lines = text.lines().enumerate().filter(|(_, line)| too_wide(line));
    lines.map(|(index, line)| format!("{name}:{}: {}", index + 1, line.chars().count())).collect()
}

#[test]
fn files_are_small_and_lines_short() {
    let tree = tree();
    assert_eq!(length_defects(&tree, &LONG), Vec::<String>::new());
    let too_wide = tree.iter().flat_map(|(name, text)| width_defects(name, text));
    assert_eq!(too_wide.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_long_file_and_a_needless_exception_are_noticed() {
    let file = |name: &str, lines: usize| (name.to_owned(), "//\n".repeat(lines));
    let files = [file("a.rs", 400), file("b.rs", 401), file("c.rs", 500), file("d.rs", 7)];
    let long = [("c.rs", "a list"), ("d.rs", "it was long"), ("e.rs", "it was there")];
    let defects = [
        "b.rs: 401 lines",
        "d.rs: is listed as long, and is not",
        "e.rs: is listed as long, and is not",
    ];
    assert_eq!(length_defects(&files, &long), defects);
    let wide = "x".repeat(101);
    assert_eq!(width_defects("a.rs", &format!("short\n{wide}\n")), ["a.rs:2: 101"]);
    assert_eq!(width_defects("a.md", &format!("|{wide}\n")), Vec::<String>::new());
}

/// A reader who sees one doc comment alone, as an editor shows it, has nothing that it could be the
/// same as.
fn leaning_comments(name: &str, text: &str) -> Vec<String> {
    let is_doc = |line: &str| line.trim_start().starts_with("///");
    let lines: Vec<&str> = text.lines().collect();
    let begins = |index: &usize| *index == 0 || !is_doc(lines[index - 1]);
    let leans = |index: &usize| lines[*index].trim_start().starts_with("/// The same");
    let found = (0..lines.len()).filter(leans).filter(begins);
    found.map(|index| format!("{name}:{}", index + 1)).collect()
}

#[test]
fn every_doc_comment_can_be_read_alone() {
    let files = ["model/src", "tests/src"].into_iter().flat_map(files_under);
    let found = files.flat_map(|(name, text)| leaning_comments(&name, &text));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_doc_comment_that_leans_on_another_is_noticed() {
    let text = "/// One.\n/// The same as before is fine here.\nfn one() {}\n\n    \
                /// The same for two.\n    fn two() {}\n// The same again.\n";
    assert_eq!(leaning_comments("a.rs", text), ["a.rs:5"]);
    assert_eq!(leaning_comments("a.rs", "/// The same.\n"), ["a.rs:1"]);
}

/// How much of the machine's nonblank lines, in percent, has to be comment: a transition shows what
/// happens, and only a comment why.
const COMMENTS: usize = 20;

/// The shares are of all files together; each of those that have too little by themselves is named,
/// the poorest first, for whoever has to add some.
fn comment_defects(files: &[(String, String)], percent: usize) -> Vec<String> {
    let count = |text: &str| {
        let lines = || text.lines().map(str::trim_start).filter(|line| !line.is_empty());
        (lines().filter(|line| line.starts_with("//")).count(), lines().count())
    };
    let is_short = |(comments, lines): (usize, usize)| comments * 100 < lines * percent;
    let counts = || files.iter().map(|(name, text)| (count(text), name));
    let all = counts().fold((0, 0), |all, (one, _)| (all.0 + one.0, all.1 + one.1));
    if all.1 > 0 && !is_short(all) {
        return Vec::new();
    }
    let mut short: Vec<_> = counts().filter(|(one, _)| is_short(*one)).collect();
    short.sort_by_key(|((comments, lines), _)| comments * 1000 / lines);
    let named = short.iter().map(|(one, name)| format!("{name}: {} of {}", one.0, one.1));
    std::iter::once(format!("{} of {} lines are comments", all.0, all.1)).chain(named).collect()
}

#[test]
fn comments_of_the_machine_are_a_fifth() {
    let defects = comment_defects(&files_under("model/src/machine"), COMMENTS);
    assert_eq!(defects, Vec::<String>::new());
}

#[test]
fn a_machine_with_too_few_comments_is_noticed() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let code = "let a = 1; // Behind code.\n\n";
    let full = file("a.rs", &format!("//! One.\n    // Two.\n{}", code.repeat(6)));
    let poor = file("b.rs", &format!("/// One.\n{}", code.repeat(9)));
    let bare = file("c.rs", code);
    assert_eq!(comment_defects(std::slice::from_ref(&full), 20), Vec::<String>::new());
    assert_eq!(comment_defects(std::slice::from_ref(&poor), 10), Vec::<String>::new());
    let defects = ["3 of 19 lines are comments", "c.rs: 0 of 1", "b.rs: 1 of 10"];
    assert_eq!(comment_defects(&[full, poor, bare], 20), defects);
    assert_eq!(comment_defects(&[], 20), ["0 of 0 lines are comments"], "it is somewhere else");
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
