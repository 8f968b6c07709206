//! What SPEC.md must look like for its rules to be traceable.

use model::rule::{ids, sentence};

const KEYWORDS: [&str; 3] = ["MUST", "SHOULD", "MAY"];

/// What is wrong with a specification text that must have exactly these rules; empty if nothing.
pub fn defects(spec: &str, expected: &[&str]) -> Vec<String> {
    let found = ids(spec);
    let mut defects = Vec::new();
    for id in expected {
        match found.iter().filter(|other| other == id).count() {
            0 => defects.push(format!("{id}: has no sentence in SPEC.md")),
            1 => defects.extend(sentence_defects(spec, id)),
            count => defects.push(format!("{id}: has {count} sentences in SPEC.md")),
        }
    }
    let unknown = found.iter().filter(|id| !expected.contains(&id.as_str()));
    defects.extend(unknown.map(|id| format!("{id}: stands in SPEC.md and nowhere else")));
    defects
}

/// One sentence, with one keyword, and the actor as its subject.
fn sentence_defects(spec: &str, id: &str) -> Vec<String> {
    let text = sentence(spec, id).unwrap_or_default();
    let mut defects = Vec::new();
    let words = || text.split(|c: char| !c.is_alphabetic());
    let keywords = words().filter(|word| KEYWORDS.contains(word)).count();
    if keywords != 1 {
        defects.push(format!("{id}: has {keywords} keywords where one is wanted"));
    }
    if !text.ends_with('.') {
        defects.push(format!("{id}: does not end with a full stop"));
    }
    let actors = ["A Monitor", "The Watch", "The Manager", "A restarted Manager", "A build"];
    if !id.starts_with("GUA") && !actors.iter().any(|actor| text.starts_with(actor)) {
        defects.push(format!("{id}: does not begin with its actor ({})", actors.join(", ")));
    }
    defects
}

/// The heading of the section with the ids that are no longer used.
const LEGACY: &str = "\n## 12. Legacy ids\n";

/// The ids that a specification text lists as no longer used, in its order.
pub fn legacy(spec: &str) -> Vec<String> {
    let section = spec.split_once(LEGACY).map_or("", |(_, section)| section);
    let items = section.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    items.map(|(id, _)| id.to_owned()).collect()
}

/// A specification text up to that list, which is its end.
pub fn without_legacy(spec: &str) -> &str {
    spec.split_once(LEGACY).map_or(spec, |(before, _)| before)
}

/// The ids (of the form `MON-1`) that a text mentions.
pub fn mentioned(text: &str) -> Vec<String> {
    let mut found: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .filter(|word| {
            let Some((prefix, number)) = word.split_once('-') else { return false };
            ["MON", "WCH", "MGR", "RST", "UPG", "GUA"].contains(&prefix)
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}
