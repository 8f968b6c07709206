//! The reference quotes the rules it keeps, word for word.

use conformance::files_under;
use conformance::quotes::{defects, quotes};
use model::rule::{Rule, SPEC};

#[test]
fn the_reference_quotes_every_rule() {
    let files = files_under("reference/src");
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
