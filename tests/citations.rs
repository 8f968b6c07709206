//! The reference quotes the rules it keeps, word for word.

use conformance::quotes::{defects, quotes};
use conformance::{read, root};
use model::rule::{Rule, SPEC};
use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("it is a folder") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let name = path.strip_prefix(root()).expect("it lies in the tree");
            let name = name.to_string_lossy().into_owned();
            found.push((name.clone(), read(&name)));
        }
    }
}

#[test]
fn the_reference_quotes_every_rule() {
    let mut files = Vec::new();
    sources(&root().join("reference/src"), &mut files);
    let wrong: Vec<String> =
        files.iter().flat_map(|(name, text)| defects(name, text, SPEC)).collect();
    assert_eq!(wrong, Vec::<String>::new());
    let quoted: Vec<String> =
        files.iter().flat_map(|(_, text)| quotes(text)).map(|(id, _)| id).collect();
    for rule in Rule::ALL {
        assert!(quoted.iter().any(|id| id == rule.id()), "{} is quoted nowhere", rule.id());
    }
}

#[test]
fn a_wrong_quote_is_noticed_with_the_closest_sentence() {
    let spec = "- **MON-1** A Monitor MUST keep it.\n- **MON-2** A Monitor MUST NOT keep that.\n";
    let right = "    /// `MON-1`: \"A Monitor MUST\n    /// keep it.\"\n";
    assert!(defects("a.rs", right, spec).is_empty());
    let wrong = "// `MON-1`: \"A Monitor MUST NOT keep thatt.\"\n";
    assert_eq!(
        defects("a.rs", wrong, spec),
        ["a.rs: MON-1 is quoted as 'A Monitor MUST NOT keep thatt.'; \
          the closest sentence is MON-2: 'A Monitor MUST NOT keep that.'"]
    );
}
