//! Names that a person gave, and what to say of one that nobody knows.

/// The longest piece of somebody's input that a message repeats, in characters.
const SHOWN: usize = 60;

/// So many names are suggested.
const SUGGESTED: usize = 3;

/// Input as a message repeats it: on one line, and not all of it if it is long.
pub fn shown(text: &str) -> String {
    let mut escaped: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        escaped.push_str("..");
    }
    escaped
}

/// A name as it is spelled here: with underscores.
pub fn normal(name: &str) -> String {
    name.trim().replace('-', "_")
}

/// The names that are most like one, the likest first.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let name = normal(name);
    let mut known: Vec<(f64, &str)> =
        known.map(|one| (strsim::jaro_winkler(&name, one), one)).collect();
    known.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    known.into_iter().take(count).map(|(_, one)| one).collect()
}

/// What to say of a name that nobody knows: those most like it, and the verb that lists all.
pub fn unknown<'a>(
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    verb: &str,
) -> String {
    format!("no {kind} '{}'; {}", shown(name), suggestion(name, known, verb))
}

/// What to say where something else was expected.
pub fn expected<'a>(
    what: &str,
    found: &str,
    known: impl Iterator<Item = &'a str>,
    verb: &str,
) -> String {
    format!("expected {what}, found '{}'; {}", shown(found), suggestion(found, known, verb))
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>, verb: &str) -> String {
    let near = nearest(name, known, SUGGESTED).join(", ");
    format!("the nearest: {near}; '{verb}' lists all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_repeated_on_one_line_and_in_part() {
        assert_eq!(shown("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
        assert_eq!(shown(&"x".repeat(10_000)).len(), SHOWN + 2);
    }

    #[test]
    fn hyphens_are_underscores_and_the_nearest_come_first() {
        let known = ["hold_back", "push", "scan", "release"];
        assert_eq!(nearest("hold-bakc", known.into_iter(), 1), ["hold_back"]);
    }
}
