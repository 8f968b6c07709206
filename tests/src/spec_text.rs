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

/// The heading of the section with the ids of rules that left, which is SPEC.md's last.
const LEGACY: &str = "\n## 9. Legacy ids\n";

/// The ids that a specification text lists as no longer used, in the order of the alphabet.
pub fn legacy(spec: &str) -> Vec<String> {
    mentioned(spec.split_once(LEGACY).map_or("", |(_, section)| section))
}

/// A specification text up to that list.
pub fn without_legacy(spec: &str) -> &str {
    spec.split_once(LEGACY).map_or(spec, |(before, _)| before)
}

/// The ids (of the form `MON-1`) that a text mentions, each once, in the order of the alphabet.
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

/// Words that ask for something, wherever they stand.
const DUTIES: [&str; 8] =
    ["must", "shall", "should", "ought to", "has to", "have to", "needs to", "need to"];

/// Lines of a specification text that ask for something outside an item with an id: a list item
/// such as `- **MON-1** ..`, with its reason, or a row of a table such as `| ACT-1 | ..`.
pub fn unnumbered(spec: &str) -> Vec<String> {
    let (mut defects, mut in_item) = (Vec::new(), false);
    for (number, line) in outside_fences(spec) {
        in_item = line.starts_with("- **") || (in_item && line.starts_with("  "));
        let is_row = line.strip_prefix("| ").is_some_and(|row| {
            row.split_once(" |").is_some_and(|(id, _)| id.split_once('-').is_some_and(is_number))
        });
        let duty = DUTIES.iter().find(|duty| position(&without_code(line), duty).is_some());
        if let (Some(duty), false) = (duty, in_item || is_row) {
            defects.push(format!("line {number}: '{duty}' outside a numbered item"));
        }
    }
    defects
}

fn is_number((_, number): (&str, &str)) -> bool {
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// Terms that a text uses before it defines them. A term is defined where it stands in italics for
/// the first time; pictures do not count.
pub fn used_early(spec: &str, terms: &[&str]) -> Vec<String> {
    let text: Vec<&str> = outside_fences(spec).map(|(_, line)| line).collect();
    let text = text.join("\n");
    let defect = |term: &&str| match position(&text, term) {
        None => Some(format!("'{term}' stands nowhere")),
        Some(at) if text[..at].ends_with('*') && text[at + term.len()..].starts_with('*') => None,
        Some(at) => {
            let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
            let line = text[line..].lines().next().unwrap_or_default();
            Some(format!("'{term}' is used before it is defined: {line}"))
        }
    };
    terms.iter().filter_map(defect).collect()
}

/// The lines outside fenced blocks, with their numbers.
fn outside_fences(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.starts_with("```");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((index + 1, line))
    })
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<&str>>().join(" ")
}

/// Where a term stands as whole words for the first time, in whatever case.
fn position(text: &str, term: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let is_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    lower.match_indices(term).map(|(at, _)| at).find(|at| {
        let (before, behind) = (&lower[..*at], &lower[at + term.len()..]);
        !before.ends_with(is_word) && !behind.starts_with(is_word)
    })
}
