//! Quotations of rules in comments: `` `MON-1`: "the sentence" ``, over as many lines as it takes.

use model::rule::{ids, sentence};

/// The quotations in a source text: rule id and quoted sentence, line breaks folded.
pub fn quotes(source: &str) -> Vec<(String, String)> {
    let comments = source.lines().filter_map(|line| line.trim().strip_prefix("//"));
    let text: Vec<&str> = comments.map(|line| line.trim_start_matches(['/', '!']).trim()).collect();
    let text = text.join(" ");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("`: \"") {
        let id = before.rsplit('`').next().unwrap_or_default().to_owned();
        let Some((quoted, behind)) = after.split_once('"') else { break };
        found.push((id, quoted.split_whitespace().collect::<Vec<_>>().join(" ")));
        rest = behind;
    }
    found
}

/// The quotations that are not what the specification says, each with the closest sentence.
pub fn defects(file: &str, source: &str, spec: &str) -> Vec<String> {
    let wrong = |(id, quoted): (String, String)| {
        if sentence(spec, &id).as_deref() == Some(&quoted) {
            return None;
        }
        let (closest, text) = closest(spec, &quoted)?;
        Some(format!(
            "{file}: {id} is quoted as '{quoted}'; the closest sentence is {closest}: '{text}'"
        ))
    };
    quotes(source).into_iter().filter_map(wrong).collect()
}

fn closest(spec: &str, quoted: &str) -> Option<(String, String)> {
    let sentences = ids(spec).into_iter().filter_map(|id| Some((id.clone(), sentence(spec, &id)?)));
    sentences.min_by_key(|(_, text)| strsim::levenshtein(text, quoted))
}
