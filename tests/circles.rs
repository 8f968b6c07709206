//! No module uses one that uses it, over however many others: a reader can begin somewhere.

use conformance::files_under;
use conformance::modules::{Arrows, arrows, circles};

/// A crate's folder, and its circles.
type Known = (&'static str, &'static [&'static str]);

/// The circles there are today; a new one, and one that is gone, has to be said here.
const KNOWN: [Known; 4] =
    [("model/src", &[]), ("reference/src", &[]), ("tests/src", &[]), ("stores/src", &[])];

#[test]
fn no_module_uses_one_that_uses_it() {
    for (folder, known) in KNOWN {
        let arrows = arrows(&files_under(folder));
        let found = circles(&arrows);
        let lines: Vec<String> = found.iter().map(|circle| circle.join(" -> ")).collect();
        let fresh = found.iter().zip(&lines).filter(|(_, line)| !known.contains(&line.as_str()));
        let fresh: Vec<String> =
            fresh.map(|(circle, line)| with_places(line, circle, &arrows)).collect();
        assert!(fresh.is_empty(), "{folder} has new circles:\n{}", fresh.join("\n"));
        let gone: Vec<_> = known.iter().filter(|line| !lines.iter().any(|l| l == *line)).collect();
        assert!(gone.is_empty(), "{folder}: gone, and to be taken out of the list: {gone:#?}");
    }
}

/// A circle with the first place of each of its arrows.
fn with_places(line: &str, circle: &[String], arrows: &Arrows) -> String {
    let places = circle.windows(2).map(|two| &arrows[&(two[0].clone(), two[1].clone())]);
    let places: Vec<&str> = places.map(String::as_str).collect();
    format!("{line}\n    at {}", places.join(", "))
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let found = circles(&arrows(&files.collect::<Vec<_>>()));
    found.iter().map(|circle| circle.join(" -> ")).collect()
}

#[test]
fn a_circle_is_found_with_its_places() {
    let files = [("x/src/a.rs", "use crate::b::Item;\n"), ("x/src/b.rs", "\nuse super::c;\n")];
    assert_eq!(circles_of(&files), Vec::<String>::new());
    let back = ("x/src/c.rs", "fn f() { assert!(crate::a::g()) }\n");
    assert_eq!(circles_of(&[&files[..], &[back]].concat()), ["a -> b -> c -> a"]);
    let files = [files[0], files[1], back].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let arrows = arrows(&files);
    assert_eq!(arrows[&("b".to_owned(), "c".to_owned())], "x/src/b.rs:2");
}

/// In whatever way it is written.
#[test]
fn every_way_to_name_a_module_is_an_arrow() {
    let there = ("x/src/a.rs", "use crate::b::{self as other, C};\nuse crate::d;\n");
    for back in [
        "use crate::a::f;",
        "use super::a;",
        "use super::{c, a::{f, g}};",
        "use crate::a::*;",
        "fn f() { use crate::a::{f, g}; }",
        "type A = Vec<super::a::T>;",
        "mod inner { use super::super::a::f; }",
        "mod inner { pub fn f() -> crate::a::T { g() } }",
    ] {
        assert_eq!(circles_of(&[there, ("x/src/b.rs", back)]), ["a -> b -> a"], "{back}");
    }
    for none in [
        "use std::a::f;",
        "/// [`crate::a`]\nfn f() { let a = \"crate::a::f\"; }",
        "#[cfg(test)]\nmod tests { use crate::a::f; }",
        "#[cfg(test)]\nuse crate::a::f;",
    ] {
        assert!(circles_of(&[there, ("x/src/b.rs", none)]).is_empty(), "{none}");
    }
}

/// A folder is one room to the others; inside it its files count, and what the folder passes on is
/// the file's that defines it.
#[test]
fn a_folder_is_one_room() {
    let folder = ("x/src/a/mod.rs", "mod b;\nmod c;\npub use c::T;\nfn f() { b::g() }\n");
    let parent = ("x/src/a/b.rs", "use super::f;\n");
    assert!(circles_of(&[folder, parent]).is_empty());
    let [b, c] = [("x/src/a/b.rs", "use super::T;\n"), ("x/src/a/c.rs", "use crate::a::b;\n")];
    assert_eq!(circles_of(&[folder, b, c]), ["a::b -> a::c -> a::b"]);
    let [c, d] = [("x/src/a/c.rs", "use crate::d::U;\n"), ("x/src/d.rs", "use crate::a::T;\n")];
    assert_eq!(circles_of(&[folder, b, c, d]), ["a -> d -> a"]);
}
