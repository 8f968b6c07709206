//! The test vectors: pages and files are what the scripts make, the legend has every action and the
//! table every word, and every vector holds on both sides. `UPDATE_VECTORS=1 cargo test -p
//! conformance --test vectors` writes docs/vectors.md, docs/vectors/ and
//! vectors/ anew.

use conformance::lockstep::Lockstep;
use conformance::vectors::page::{legend, page, with_vectors};
use conformance::vectors::words::{self, TABLE};
use conformance::vectors::{NAMES, Vector};
use conformance::{files_under, read, root};
use model::action::ActionKind;
use model::rule::ids;
use model::trace::Script;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: &str = "docs/vectors.md";
const SCHEMA_FILE: &str = "vectors/schema.json";

fn vectors() -> Vec<Vector> {
    let load = |name: &&str| Vector::load(name).unwrap_or_else(|what| panic!("{name}: {what}"));
    NAMES.iter().map(load).collect()
}

fn path(name: &str) -> String {
    format!("vectors/{name}.json")
}

#[test]
fn the_page_and_the_files_are_those_of_the_scripts() {
    let vectors = vectors();
    let old = read(PAGE);
    let with = with_vectors(&old, &vectors).expect("the page has its blocks");
    let files = vectors.iter().flat_map(|vector| {
        let name = &vector.name;
        [(path(name), vector.json()), (format!("docs/vectors/{name}.md"), page(vector))]
    });
    let mut wanted: Vec<(String, String)> = files.collect();
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        wanted.push((PAGE.into(), with));
        for (path, text) in wanted {
            std::fs::write(root().join(path), text).expect("it can be written");
        }
        return;
    }
    assert!(old == with, "{PAGE} is out of date: UPDATE_VECTORS=1 writes it anew");
    for (path, text) in &wanted {
        let is_there = root().join(path).exists();
        assert!(
            is_there && read(path) == *text,
            "{path} is out of date: UPDATE_VECTORS=1 writes it anew"
        );
    }
    wanted.sort();
    let mut there = [files_under("docs/vectors"), files_under("vectors")].concat();
    there.retain(|(path, _)| path != SCHEMA_FILE);
    there.sort();
    assert!(wanted == there, "docs/vectors/ and vectors/ have the vectors and nothing else");
}

#[test]
fn every_script_is_a_vector() {
    let mut names: Vec<String> = NAMES.iter().map(|n| format!("tests/vectors/{n}.scn")).collect();
    names.sort();
    let mut there: Vec<String> =
        files_under("tests/vectors").into_iter().map(|(path, _)| path).collect();
    there.sort();
    assert_eq!(there, names);
}

/// Another end, another action, or another state shows on the page and in the file.
#[test]
fn another_script_is_noticed() {
    let (vectors, index_page) = (vectors(), read(PAGE));
    for (index, vector) in vectors.iter().enumerate() {
        let text = read(&format!("tests/vectors/{}.scn", vector.name));
        let shorter = text.trim_end().rsplit_once('\n').expect("it has lines").0;
        let mut others = vectors.clone();
        others[index] = Vector::of(&vector.name, shorter).expect("it is a script");
        assert_ne!(others[index].json(), vector.json(), "{}", vector.name);
        assert_ne!(page(&others[index]), page(vector), "{}", vector.name);
        let other = with_vectors(&index_page, &others);
        assert_ne!(other.as_ref(), Ok(&index_page), "{}", vector.name);
    }
    for block in ["vectors", "words"] {
        let without = index_page.replace(&format!("{block}: end"), "end");
        assert!(with_vectors(&without, &vectors).is_err(), "{block}");
    }
    let mutant = "scenario: payment_slow_manager\nprofile: spec\nmutant: release_early\n\n";
    assert!(Vector::of("mutant", mutant).is_err(), "it is no run of SPEC.md's protocol");
    let early = "scenario: payment_slow_manager\nprofile: spec\n\npeer_fail h0\nrelease\n";
    assert!(Vector::of("early", early).is_err(), "its last step is not enabled");
}

#[test]
fn every_vector_holds_on_both_sides() {
    for name in NAMES {
        let text = read(&format!("tests/vectors/{name}.scn"));
        let script = Script::parse(&text).expect("it is a script");
        let states = script.run().expect("its steps are enabled");
        for state in &states {
            let violated: Vec<&str> = script.violated(state).iter().map(|p| p.id).collect();
            assert_eq!(violated, Vec::<&str>::new(), "{name}");
        }
        let mut lockstep = Lockstep::of_script(&script);
        for (_, action) in &script.steps {
            lockstep.step(*action).unwrap_or_else(|parted| panic!("{name}: {parted}"));
        }
    }
}

/// A program that has the file alone can run it: situation and actions are all there.
#[test]
fn a_file_says_what_its_script_says() {
    for vector in vectors() {
        let file = file(&path(&vector.name));
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        let steps = file["steps"].as_array().expect("it has steps");
        let actions: Vec<String> = steps.iter().map(|step| text(&step["action"])).collect();
        let script = format!(
            "# {}\n{}profile: spec\n\n{}\n",
            text(&file["shows"]),
            text(&file["scenario"]),
            actions.join("\n")
        );
        assert_eq!(Vector::of(&vector.name, &script), Ok(vector), "{script}");
    }
}

fn file(path: &str) -> Value {
    serde_json::from_str(&read(path)).expect("it is JSON")
}

/// Whoever reads a file can rely on its schema.
#[test]
fn every_file_is_as_the_schema_says() {
    let schema = file(SCHEMA_FILE);
    assert!(jsonschema::draft202012::meta::is_valid(&schema), "the schema is none");
    let schema = jsonschema::draft202012::new(&schema).expect("it can be compiled");
    for name in NAMES {
        let vector = file(&path(name));
        let errors = schema.iter_errors(&vector);
        let errors: Vec<String> =
            errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}");
    }
}

/// Every part of a file: without a field, with one more, with another word.
#[test]
fn what_is_not_as_the_schema_says_is_noticed() {
    let schema = jsonschema::draft202012::new(&file(SCHEMA_FILE)).expect("it can be compiled");
    let vector = file(&path("forward_claim_closed"));
    let mut tried = 0;
    each_value(&vector, "", &mut |pointer, value| {
        let mut others = Vec::new();
        match value {
            Value::Object(fields) => {
                let mut more = fields.clone();
                more.insert("more".into(), Value::Null);
                others.push(Value::Object(more));
                // What goes by names, and what may be missing, needs no member.
                let is_open = [
                    "channels",
                    "htlcs",
                    "spent",
                    "chains",
                    "forward_acks",
                    "monitors",
                    "stored_monitors",
                    "background_step_done",
                    "snapshots",
                ];
                let last = pointer.rsplit('/').next().unwrap_or_default();
                let is_open = is_open.contains(&last) || pointer.contains("/setup/htlcs/");
                let without = fields.keys().filter(|name| !is_open && *name != "snapshots");
                others.extend(without.map(|name| {
                    let mut less = fields.clone();
                    less.remove(name);
                    Value::Object(less)
                }));
            }
            Value::String(_) => {
                let is_free = ["/shows", "/scenario"].contains(&pointer);
                others.extend((!is_free).then(|| "Another word!".into()));
            }
            Value::Number(_) => others.push((-1).into()),
            Value::Bool(_) => others.push(Value::Null),
            Value::Null => others.push(true.into()),
            Value::Array(_) => others.push("a list".into()),
        }
        for other in others {
            let mut changed = vector.clone();
            *changed.pointer_mut(pointer).expect("it is there") = other;
            assert!(!schema.is_valid(&changed), "{pointer}: {}", changed.pointer(pointer).unwrap());
            tried += 1;
        }
    });
    assert_eq!(tried, 2673);
}

/// Calls with every value of a file and its place.
fn each_value(value: &Value, pointer: &str, call: &mut impl FnMut(&str, &Value)) {
    call(pointer, value);
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(k, v)| each_value(v, &format!("{pointer}/{k}"), call));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(n, v)| each_value(v, &format!("{pointer}/{n}"), call));
        }
        _ => {}
    }
}

/// Action words of vectors that a legend lacks, and words of it that are none.
fn legend_defects(page: &str, vectors: &[Vector]) -> Vec<String> {
    let legend: BTreeSet<&str> = legend(page).into_iter().collect();
    let steps = vectors.iter().flat_map(|vector| &vector.steps);
    let words: BTreeSet<&str> =
        steps.filter_map(|step| step.action.split_whitespace().next()).collect();
    let known: BTreeSet<&str> = ActionKind::all().map(ActionKind::name).collect();
    let missing = words.difference(&legend).map(|word| format!("{word}: has no row"));
    let unknown = legend.difference(&known).map(|word| format!("{word}: is no action"));
    missing.chain(unknown).collect()
}

#[test]
fn the_legend_has_every_action() {
    let (page, vectors) = (read(PAGE), vectors());
    assert_eq!(legend_defects(&page, &vectors), Vec::<String>::new());
    let without = page.replace("| `resume c` |", "| resume c |");
    assert_eq!(legend_defects(&without, &vectors), ["resume: has no row"]);
    let other = page.replace("| `resume c` |", "| `go_on c` |");
    let defects = ["resume: has no row", "go_on: is no action"];
    assert_eq!(legend_defects(&other, &vectors), defects);
}

/// A word of the table whatever its names and numbers are.
fn generic(word: &str) -> String {
    let part = |part: &str| {
        let (part, colon) = part.strip_suffix(':').map_or((part, ""), |part| (part, ":"));
        let name = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_numbered = name.len() < part.len();
        let generic = match name {
            "out" | "in" => "c",
            "#" => "#n",
            "block" if is_numbered => "blockn",
            "PaymentSent" | "PaymentFailed" | "PaymentForwarded" | "PaymentClaimed" => "EVENT",
            name => name,
        };
        format!("{generic}{colon}")
    };
    let whole = word.split(' ').map(part).collect::<Vec<_>>().join(" ");
    let cut = |text: String, at: &str, with: &str| match text.split_once(at) {
        Some((before, _)) => format!("{before}{at}{with}"),
        None => text,
    };
    cut(cut(whole, "blockn of c: ", "BLOCK"), " commitment with ", "HTLCS")
}

/// Whether the table of words has this one in a row that begins so.
fn is_in_table(row: &str, word: &str) -> bool {
    let rows = TABLE.iter().filter(|(place, ..)| place.starts_with(row));
    rows.flat_map(|(_, words, _)| *words).any(|known| *known == word || *known == generic(word))
}

/// Those that no vector has stand in the table, too.
#[test]
fn the_table_has_every_word() {
    use Status::{Claimable, FailQueued, Held, Unmade, Unsent, UnsentForward, Waiting};
    use model::state::{Htlc, Outcome, Stage, Status, Update};
    const OUTCOMES: [Outcome; 2] = [Outcome::Claim, Outcome::Fail];
    let ends = OUTCOMES.map(|outcome| [Stage::signed(outcome), Stage::revoked(outcome)]);
    let stages = ends.concat().into_iter().chain([Stage::Committed, Stage::Unoffered]);
    for (stage, inbound) in stages.flat_map(|stage| [(stage, false), (stage, true)]) {
        assert!(is_in_table("`htlcs` of a Monitor", words::stage(stage, inbound)), "{stage:?}");
    }
    let ends = OUTCOMES
        .map(|outcome| [Status::queued(outcome), Status::done(outcome), Status::gone(outcome)]);
    let before = [Unmade, Unsent, UnsentForward, Waiting, Held, Claimable, FailQueued];
    let signed = [Status::SignedClaim, Status::SignedFail];
    for status in ends.concat().into_iter().chain(before).chain(signed) {
        let row = if status.is_own() { "own" } else { "others" };
        let row = format!("`htlcs` of the Manager, {row}");
        assert!(is_in_table(&row, words::status(status)), "{status:?}");
    }
    let h = Htlc::at(0);
    let signed = OUTCOMES.map(|outcome| Update::commit(h, outcome));
    for update in signed.into_iter().chain([Update::revoke(h), Update::CLOSE]) {
        let [outbound, inbound] = [false, true].map(|inbound| words::update(update, inbound));
        assert!(is_in_table("`in_flight`, `blocked`", &outbound), "{outbound}");
        assert!(is_in_table("the same of the inbound channel", &inbound), "{inbound}");
    }
    assert!(is_in_table("`in_flight`, `blocked`", &words::update(Update::offer(h), false)));
    for vector in vectors() {
        for effect in vector.steps.iter().flat_map(|step| &step.effects) {
            assert!(is_in_table("`effects`", effect), "{effect}");
        }
        let last = vector.steps.last().expect("it has steps");
        for block in last.state.chains.values().flatten() {
            assert!(is_in_table("`chains`", block), "{block}");
        }
    }
    assert!(!is_in_table("`effects`", "acked #0") && !is_in_table("`outcome`", "claimed"));
}

/// What a vector says that it shows is about rules that there are, and about some.
#[test]
fn every_vector_names_its_rules() {
    let defined = ids(&read("SPEC.md"));
    for vector in vectors() {
        assert!(!vector.rules.is_empty(), "{} names no rule", vector.name);
        for id in &vector.rules {
            assert!(defined.contains(id), "{}: {id} is no rule", vector.name);
        }
    }
}
