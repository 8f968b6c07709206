//! What docs/mapping.md must look like: rows for all rules, names that exist, counts that are true.

use crate::quotes;
use crate::source::{Function, functions};
use crate::{files_under, read, root, scripts};
use model::mechanism;
use model::mutant::MUTANTS;
use model::profile::PROFILES;
use model::rule::{Rule, ids};
use model::witness::WITNESSES;
use std::collections::{BTreeMap, BTreeSet};

/// A row of a Markdown table: its line number and its cells.
pub struct Row<'a> {
    /// Its line, counted from 1.
    pub line: usize,
    /// The text of its cells.
    pub cells: Vec<&'a str>,
}

/// The rows of all tables in a text, their heads left out.
pub fn rows(text: &str) -> Vec<Row<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with("|--");
    let is_head = |index: usize| lines.get(index + 1).is_some_and(|next| is_rule(next));
    let rows = lines
        .iter()
        .enumerate()
        .filter(|(i, line)| line.starts_with('|') && !is_rule(line) && !is_head(*i));
    rows.map(|(index, line)| {
        let cells = line.trim_matches('|').split('|').map(str::trim).collect();
        Row { line: index + 1, cells }
    })
    .collect()
}

/// The rules of a specification without exactly one row of their own.
pub fn rule_defects(spec: &str, mapping: &str) -> Vec<String> {
    let rows = rows(mapping);
    let count = |id: &str| rows.iter().filter(|row| row.cells[0] == id).count();
    let wrong = ids(spec).into_iter().filter(|id| count(id) != 1);
    wrong.map(|id| format!("{id}: has {} rows", count(&id))).collect()
}

/// The text in backticks of a line, with the word before it.
fn quoted(line: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = line.split('`').collect();
    let pairs = parts.chunks_exact(2);
    pairs.map(|pair| (pair[0].split_whitespace().last().unwrap_or_default(), pair[1])).collect()
}

/// What the tree has: names by kind, and all text.
pub struct Tree {
    kinds: BTreeMap<&'static str, BTreeSet<String>>,
    files: Vec<(String, String)>,
    /// Each with the path of its file.
    functions: Vec<(String, Function)>,
    words: BTreeSet<String>,
}

impl Tree {
    /// This tree.
    pub fn load() -> Tree {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let stem = |(path, _): &(String, String)| {
            path.trim_start_matches("tests/scenarios/").trim_end_matches(".scn").to_owned()
        };
        let departures = PROFILES.iter().flat_map(|profile| profile.departures);
        let kinds = BTreeMap::from([
            ("mutant", of(&MUTANTS.iter().map(|m| m.departure.name).collect::<Vec<_>>())),
            ("witness", of(&WITNESSES.iter().map(|w| w.name).collect::<Vec<_>>())),
            ("departure", of(&departures.map(|d| d.name).collect::<Vec<_>>())),
            ("setting", mechanism::departures().map(|setting| setting.to_string()).collect()),
            ("script", scripts().iter().map(stem).collect()),
        ]);
        let folders = ["model/src", "reference/src", "tests/src"];
        let mut files: Vec<_> = folders.iter().flat_map(|folder| files_under(folder)).collect();
        files.sort();
        Tree { kinds, ..Tree::of(files) }
    }

    /// A tree of these source files, by path: it has no names but theirs.
    ///
    /// # Panics
    /// If one is no Rust.
    pub fn of(files: Vec<(String, String)>) -> Tree {
        let texts = files.iter().map(|(_, text)| text.clone()).chain([read("SPEC.md")]);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let words = texts
            .flat_map(|text| text.split(|c| !is_word(c)).map(str::to_owned).collect::<Vec<_>>());
        let of_file = |(path, text): &(String, String)| -> Vec<_> {
            functions(path, text).into_iter().map(|one| (path.clone(), one)).collect()
        };
        let functions = files.iter().flat_map(of_file).collect();
        Tree { kinds: BTreeMap::new(), words: words.collect(), functions, files }
    }

    /// The functions of model or reference, each with its file's name below `src`.
    fn functions<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a Function)> {
        self.functions
            .iter()
            .filter_map(move |(path, function)| Some((path.strip_prefix(folder)?, function)))
    }

    /// Whether a method of the protocol cites a rule: the id begins a line of its doc comment.
    fn decides(&self, id: &str, method: &str) -> bool {
        let cites = |line: &str| {
            line.trim().strip_prefix(id).is_some_and(|rest| rest.starts_with(['.', ':']))
        };
        let mut methods = self.functions("model/src/").filter(|(file, _)| *file == "protocol.rs");
        methods.any(|(_, one)| one.name == method && one.doc.lines().any(cites))
    }

    /// The method of the protocol that cites a rule; empty if there is none.
    pub fn method_of(&self, id: &str) -> String {
        let mut methods = self.functions("model/src/").filter(|(file, _)| *file == "protocol.rs");
        let method = methods.find(|(_, one)| self.decides(id, &one.name));
        method.map(|(_, one)| one.name.clone()).unwrap_or_default()
    }

    /// The functions of the model that ask the protocol for a decision: those of the protocol
    /// itself, and of what stands for it, aside. Where the machine has a function of that name, a
    /// call of it is no question.
    pub fn asked_in(&self, method: &str) -> Vec<String> {
        let is_machine = |one: &Function| one.of_trait.as_deref() != Some("Protocol");
        let functions = self.functions("model/src/").filter(|(file, _)| *file != "protocol.rs");
        let functions: Vec<_> = functions.filter(|(_, one)| is_machine(one)).collect();
        let has_namesake = functions.iter().any(|(_, one)| one.name == method);
        let question = format!("protocol.{method}(");
        let asks = |one: &Function| {
            one.calls.contains(method) && (!has_namesake || one.text.contains(&question))
        };
        let asking = functions.into_iter().filter(|(_, one)| asks(one));
        asking.map(|(file, one)| format!("{file}::{}", one.name)).collect()
    }

    /// The functions of the reference that quote a rule's sentence.
    pub fn quoted_in(&self, id: &str) -> Vec<String> {
        let quotes =
            |one: &Function| quotes::quotes(&one.text).iter().any(|(quoted, _)| quoted == id);
        let quoting = self.functions("reference/src/").filter(|(_, one)| quotes(one));
        quoting.map(|(file, one)| format!("{file}::{}", one.name)).collect()
    }

    /// Whether a file of model or reference has a function, in the arguments of a macro too.
    fn has_function(&self, file: &str, function: &str) -> bool {
        let paths = [format!("model/src/{file}"), format!("reference/src/{file}")];
        let heads = [format!("fn {function}("), format!("fn {function}<")];
        let named = self.files.iter().filter(|(path, _)| paths.contains(path));
        named.into_iter().any(|(_, text)| heads.iter().any(|head| text.contains(head)))
    }

    /// What is wrong with a name in backticks and the word before it; none if nothing.
    fn defect(&self, before: &str, name: &str) -> Option<String> {
        let known = match (self.kinds.get(before), name.split_once("::")) {
            (Some(names), _) => names.contains(name),
            (None, Some((file, rest))) => match rest.split_once(" @") {
                Some((function, commit)) => is_citation(file, function, commit),
                None => self.has_function(file, rest),
            },
            (None, None) => self.words.contains(name) || root().join(name).exists(),
        };
        (!known).then(|| format!("nothing is called {}", [before, name].join(" ").trim_start()))
    }
}

/// Whether a place in rust-lightning has the right form; what it says is for people to check.
fn is_citation(file: &str, function: &str, commit: &str) -> bool {
    ["chain/", "ln/", "util/"].iter().any(|folder| file.starts_with(folder))
        && file.ends_with(".rs")
        && function.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        && commit.len() == 9
        && commit.chars().all(|c| c.is_ascii_hexdigit())
}

/// Names in backticks that do not exist, each with its line.
pub fn name_defects(text: &str, tree: &Tree) -> Vec<String> {
    let lines = text.lines().enumerate();
    let named = lines.flat_map(|(i, line)| quoted(line).into_iter().map(move |q| (i + 1, q)));
    let wrong = named.filter_map(|(line, (before, name))| {
        tree.defect(before, name).map(|defect| format!("line {line}: {defect}"))
    });
    wrong.collect()
}

/// What is wrong with the places that the rules' rows name: the method has the id in its doc
/// comment, the functions named next are those that ask it, and the sentence is quoted in, or in
/// the doc comment of, each function named after them.
pub fn place_defects(mapping: &str, tree: &Tree) -> Vec<String> {
    let mut defects = Vec::new();
    for row in rule_rows(mapping) {
        let (id, method) = (row.cells[0], row.method());
        if !tree.decides(id, method) {
            defects.push(format!("{id}: no decision {method} cites it"));
        }
        let (says, asked) = (names(row.cells[2]), tree.asked_in(method));
        if !is_same_set(&says, &asked) {
            defects.push(format!("{id}: {}", parted(&says, "the call", &asked)));
        }
        let (says, quoted) = (names(row.cells[3]), tree.quoted_in(id));
        let elsewhere: Vec<&str> =
            says.iter().copied().filter(|name| !quoted.iter().any(|q| q == name)).collect();
        if says.is_empty() || !elsewhere.is_empty() {
            defects.push(format!("{id}: {}", parted(&elsewhere, "the quote", &quoted)));
        }
    }
    defects
}

/// The mapping with the third cell of a rule's row written anew where it names other functions than
/// those that ask.
pub fn with_places(mapping: &str, tree: &Tree) -> String {
    let mut lines: Vec<String> = mapping.lines().map(str::to_owned).collect();
    for row in rule_rows(mapping) {
        let asked = tree.asked_in(row.method());
        if !is_same_set(&names(row.cells[2]), &asked) {
            let names: Vec<String> = asked.iter().map(|name| format!("`{name}`")).collect();
            let mut cells: Vec<&str> = row.cells.clone();
            let asks = names.join(", ");
            cells[2] = &asks;
            lines[row.line - 1] = format!("| {} |", cells.join(" | "));
        }
    }
    lines.join("\n") + "\n"
}

/// The rows that say where a rule is.
fn rule_rows(mapping: &str) -> impl Iterator<Item = Row<'_>> {
    rows(mapping).into_iter().filter(|row| row.cells.len() == 5 && is_rule(row.cells[0]))
}

impl<'a> Row<'a> {
    /// The method of the protocol that a rule's row names.
    fn method(&self) -> &'a str {
        let decides = names(self.cells[1]);
        decides.first().and_then(|name| name.strip_prefix("protocol.rs::")).unwrap_or_default()
    }
}

/// The functions that a cell names.
fn names(cell: &str) -> Vec<&str> {
    quoted(cell).into_iter().map(|(_, name)| name).filter(|name| name.contains("::")).collect()
}

fn is_same_set(says: &[&str], found: &[String]) -> bool {
    let says: BTreeSet<&str> = says.iter().copied().collect();
    says == found.iter().map(String::as_str).collect()
}

fn parted(says: &[&str], what: &str, found: &[String]) -> String {
    let or_nothing = |names: String| if names.is_empty() { "no function".into() } else { names };
    let (says, found) = (or_nothing(says.join(", ")), or_nothing(found.join(", ")));
    format!("the row says {says}, {what} is in {found}")
}

fn is_rule(id: &str) -> bool {
    Rule::ALL.iter().any(|rule| rule.id() == id)
}

const STATUSES: [&str; 4] = ["modelled", "partly", "abstracted", "not yet"];

/// The part of the mapping with upstream's items.
pub fn items(mapping: &str) -> &str {
    let part = mapping.split("\n## 2. ").nth(1).unwrap_or_default();
    part.split("\n## ").next().unwrap_or_default()
}

/// The sentence with the counts that the rows call for.
fn counts(mapping: &str) -> String {
    let rows = rows(items(mapping));
    let [modelled, partly, abstracted, not_yet] =
        STATUSES.map(|status| rows.iter().filter(|row| row.cells.get(2) == Some(&status)).count());
    format!(
        "Of {} items of upstream's protocol {modelled} are modelled, {partly} partly, {abstracted} \
         abstracted, {not_yet} not yet.",
        rows.len()
    )
}

/// What is wrong with the counts at the top of the mapping.
pub fn count_defects(mapping: &str) -> Vec<String> {
    let sentence = counts(mapping);
    let line = mapping.lines().find(|line| line.starts_with("Of "));
    if line == Some(&sentence) { vec![] } else { vec![format!("the rows say: {sentence}")] }
}

/// The rows of docs/bounds.md, section "Abstractions": what is simplified, where, and what that
/// could hide.
pub fn abstractions(bounds: &str) -> Vec<Row<'_>> {
    let part = bounds.split("\n## Abstractions\n").nth(1).unwrap_or_default();
    rows(part.split("\n## ").next().unwrap_or_default())
}

/// Rows of items that do not say what their status asks for.
pub fn item_defects(mapping: &str, bounds: &str, tree: &Tree) -> Vec<String> {
    let known: Vec<&str> = abstractions(bounds).into_iter().map(|row| row.cells[0]).collect();
    let mut seen = BTreeSet::new();
    let mut defects = Vec::new();
    for row in rows(items(mapping)) {
        let [id, _, status, here] = row.cells[..] else {
            defects.push(format!("row {:?}: has {} cells", row.cells[0], row.cells.len()));
            continue;
        };
        let quotes: Vec<&str> =
            here.split("bounds.md: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let points = !quotes.is_empty() || here.contains("bounds.md: none");
        let shows = quoted(here).iter().any(|(before, _)| tree.kinds.contains_key(before));
        let places = quoted(here).iter().any(|(_, name)| name.contains("::"));
        let complete = match status {
            "modelled" => shows && places && !here.starts_with("Partly"),
            "partly" => shows && places && here.starts_with("Partly"),
            "abstracted" => points,
            "not yet" => points && here.contains("Later: "),
            _ => false,
        };
        if !complete {
            defects.push(format!("{id}: is not what '{status}' asks for"));
        }
        if !seen.insert(id) {
            defects.push(format!("{id}: stands twice"));
        }
        let unknown = quotes.into_iter().filter(|quote| !known.contains(quote));
        defects.extend(unknown.map(|quote| format!("{id}: docs/bounds.md has no row '{quote}'")));
    }
    defects
}
