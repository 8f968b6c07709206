//! SPEC.md, the rules of the model, its mutants, its guarantees and the tests are one web; here
//! every thread is pulled, and for every check there is a text that fails it.

use conformance::mapping::Tree;
use conformance::rooms::{Side, displaced};
use conformance::source::functions;
use conformance::spec_text::{defects, legacy, mentioned, unnumbered, used_early, without_legacy};
use conformance::{files_under, read};
use model::departure::{self, Departure};
use model::mechanism;
use model::mutant::MUTANTS;
use model::property::PROPERTIES;
use model::rule::{Rule, ids, sentence};
use std::collections::BTreeSet;

/// The ids that SPEC.md must define: the rules and the guarantees.
fn expected() -> Vec<&'static str> {
    let guarantees = PROPERTIES.iter().map(|property| property.id);
    Rule::ALL.iter().map(|rule| rule.id()).chain(guarantees).collect()
}

#[test]
fn every_rule_has_one_sentence_and_every_sentence_a_rule() {
    assert_eq!(defects(&read("SPEC.md"), &expected()), Vec::<String>::new());
}

const SMALL: &str = "- **MON-1** A Monitor MUST keep an event\n  until it is acked.\n";

#[test]
fn a_sound_text_has_no_defects() {
    assert!(defects(SMALL, &["MON-1"]).is_empty());
    assert_eq!(
        sentence(SMALL, "MON-1").as_deref(),
        Some("A Monitor MUST keep an event until it is acked.")
    );
}

#[test]
fn each_defect_of_a_text_is_noticed() {
    let missing = defects(SMALL, &["MON-1", "MON-2"]);
    assert_eq!(missing, ["MON-2: has no sentence in SPEC.md"]);
    let twice = defects(&format!("{SMALL}{SMALL}"), &["MON-1"]);
    assert_eq!(twice, ["MON-1: has 2 sentences in SPEC.md"]);
    let unknown = defects(SMALL, &[]);
    assert_eq!(unknown, ["MON-1: stands in SPEC.md and nowhere else"]);
    let two_keywords = SMALL.replace("until", "and MUST NOT drop it until");
    assert_eq!(defects(&two_keywords, &["MON-1"]), ["MON-1: has 2 keywords where one is wanted"]);
    let no_actor = SMALL.replace("A Monitor", "It");
    assert!(defects(&no_actor, &["MON-1"])[0].contains("does not begin with its actor"));
    let no_stop = SMALL.replace("acked.", "acked");
    assert_eq!(defects(&no_stop, &["MON-1"]), ["MON-1: does not end with a full stop"]);
}

/// Each rule is decided in one method, whose doc comment begins with the id.
#[test]
fn every_rule_is_one_method_of_the_protocol() {
    assert_eq!(method_defects(&read("model/src/protocol.rs")), Vec::<String>::new());
}

fn method_defects(protocol: &str) -> Vec<String> {
    let cited = |rule: &Rule| {
        let heads = [format!("    /// {}.", rule.id()), format!("    /// {}:", rule.id())];
        protocol.lines().filter(|line| heads.iter().any(|head| line.starts_with(head))).count()
    };
    let wrong = Rule::ALL.iter().filter(|rule| cited(rule) != 1);
    wrong.map(|rule| format!("{}: is cited by {} methods", rule.id(), cited(rule))).collect()
}

#[test]
fn a_rule_without_its_method_is_noticed() {
    let protocol = read("model/src/protocol.rs").replace("/// WCH-1:", "/// the hold-back:");
    assert_eq!(method_defects(&protocol), ["WCH-1: is cited by 0 methods"]);
}

/// Each decision is asked for in exactly one module of the machine.
#[test]
fn every_method_is_asked_in_one_module() {
    let protocol = read("model/src/protocol.rs");
    let methods: Vec<String> = functions("protocol.rs", &protocol)
        .into_iter()
        .filter(|function| function.of_trait.as_deref() == Some("protocol"))
        .map(|function| function.name)
        .collect();
    // Some methods decide what SPEC.md has no rule for, because other designs differ there.
    let others = protocol.matches("    /// Not a rule: ").count();
    assert_eq!(methods.len(), Rule::ALL.len() + others);
    assert!(others > 0);
    let tree = Tree::load();
    for method in methods {
        let asked: BTreeSet<String> = tree.asked_in(&method).into_iter().map(module).collect();
        assert_eq!(asked.len(), 1, "{method} is asked for in {asked:?}");
    }
}

/// The file of a function that is named by both.
fn module(place: String) -> String {
    place.split("::").next().unwrap_or_default().to_owned()
}

/// Who looks for a rule opens the room of its role, under the name it has on both sides.
#[test]
fn every_rule_is_kept_in_the_room_of_its_role() {
    let tree = Tree::load();
    assert_eq!(displaced(Side::Model, &tree), Vec::<String>::new());
    assert_eq!(displaced(Side::Reference, &tree), Vec::<String>::new());
}

/// A tree whose protocol decides one rule, asked or quoted in a file of the given side.
fn kept_in(side: Side, id: &str, file: &str) -> Vec<String> {
    let protocol = format!("trait Protocol {{\n/// {id}.\nfn decides(&self) -> bool;\n}}\n");
    let (path, text) = match side {
        Side::Model => (format!("model/src/{file}"), "fn asks(p: &P) { p.decides() }\n".to_owned()),
        Side::Reference => {
            (format!("reference/src/{file}"), format!("/// `{id}`: \"So.\"\nfn quotes() {{}}\n"))
        }
    };
    let protocol = ("model/src/protocol.rs".to_owned(), protocol);
    displaced(side, &Tree::of(vec![protocol, (path, text)]))
}

#[test]
fn a_rule_in_another_room_is_noticed() {
    let rooms = [
        ("MON-1", ["monitor.rs", "monitor/push.rs", "monitoring.rs", "watch.rs"]),
        ("WCH-1", ["watch.rs", "watch/release.rs", "manager/watch.rs", "monitor.rs"]),
        ("MGR-6", ["manager/acks.rs", "manager/mod.rs", "user.rs", "load/mod.rs"]),
        ("MGR-18", ["manager/acks.rs", "user.rs", "users.rs", "node.rs"]),
        ("RST-2", ["load/mod.rs", "load/background.rs", "manager/restart.rs", "load.rs"]),
        ("UPG-5", ["load/modes.rs", "load/mod.rs", "manager/serialize.rs", "store.rs"]),
    ];
    for (id, [right, too, wrong, worse]) in rooms {
        let none = Vec::<String>::new();
        for file in [right, too] {
            assert_eq!(kept_in(Side::Model, id, &format!("machine/{file}")), none, "{file}");
            assert_eq!(kept_in(Side::Reference, id, file), none, "{file}");
        }
        for file in [wrong, worse] {
            let asked = format!("machine/{file}");
            let place = format!("{id} is kept in {asked}::asks");
            assert_eq!(kept_in(Side::Model, id, &asked), [place]);
            let place = format!("{id} is kept in {file}::quotes");
            assert_eq!(kept_in(Side::Reference, id, file), [place]);
        }
        let aside = format!("{id} is kept in {right}::asks");
        assert_eq!(kept_in(Side::Model, id, right), [aside], "it is no file of the machine");
    }
}

/// What the machine wraps under the protocol's own name is asked where it is wrapped.
#[test]
fn a_call_of_a_namesake_is_no_question() {
    let protocol = "trait Protocol {\n/// WCH-4.\nfn tracks(&self) -> bool;\n}\n";
    let watch = "impl M { fn tracks(&self) -> bool { self.protocol.tracks() } }\n";
    let step = "impl M { fn write(&self) { if self.tracks() {} } }\n";
    let files = [
        ("model/src/protocol.rs", protocol),
        ("model/src/machine/watch.rs", watch),
        ("model/src/machine/step.rs", step),
    ];
    let tree = Tree::of(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec());
    assert_eq!(tree.asked_in("tracks"), ["machine/watch.rs::tracks"]);
    assert_eq!(displaced(Side::Model, &tree), Vec::<String>::new());
}

/// The ids that docs/rationale.md has an entry for, in order: those of rules, and those that left.
fn entries(rationale: &str) -> [Vec<&str>; 2] {
    let (rules, left) = rationale.split_once("\n## Rules that left\n").unwrap_or((rationale, ""));
    [rules, left].map(|part| part.lines().filter_map(|line| line.strip_prefix("### ")).collect())
}

#[test]
fn every_rule_has_a_rationale_and_every_rationale_a_rule() {
    let (rationale, spec) = (read("docs/rationale.md"), read("SPEC.md"));
    let of_spec = |id: &String| !id.starts_with("GUA");
    let rules: Vec<String> = ids(&spec).into_iter().filter(of_spec).collect();
    let [entries, mut left] = entries(&rationale);
    assert_eq!(entries, rules, "in the order of SPEC.md");
    left.sort_unstable();
    assert_eq!(left, legacy(&spec), "the ids that SPEC.md says are not used again");
}

#[test]
fn a_missing_rationale_is_noticed() {
    let text = "# Why\n### MON-1\nSo.\n### MON-2\nSo.\n## Rules that left\n### MON-3\nGone.\n";
    assert_eq!(entries(text), [vec!["MON-1", "MON-2"], vec!["MON-3"]]);
    assert_eq!(entries(&text.replace("### MON-2", "MON-2")), [vec!["MON-1"], vec!["MON-3"]]);
    let spec = "See WCH-1.\n\n## 9. Legacy ids\n\nUPG-6, MON-3: gone.\n";
    assert_eq!(legacy(spec), ["MON-3", "UPG-6"]);
    assert_eq!(without_legacy(spec), "See WCH-1.\n");
}

/// A mutant is named after a rule it breaks by the witness test, and dies by a guarantee that
/// exists.
#[test]
fn every_mutant_is_tied_to_rules_and_to_a_guarantee() {
    for mutant in MUTANTS {
        assert!(!mutant.departure.from.is_empty(), "{} breaks nothing", mutant.departure.name);
        let known = PROPERTIES.iter().any(|property| property.id == mutant.killed_by);
        assert!(known, "{}: {} is no guarantee", mutant.departure.name, mutant.killed_by);
    }
}

/// A departure has a name of its own, and somebody needs it: no mutant stands in the list twice.
#[test]
fn every_departure_is_listed_once_and_used() {
    for departure in departure::all() {
        let name = departure.name;
        assert_eq!(departure::all().filter(|other| other.name == name).count(), 1, "{name}");
        let mutants = MUTANTS.iter().filter(|mutant| mutant.departure.name == name).count();
        let is_value = mechanism::of_departure(departure).is_some();
        assert!(mutants == 1 || (mutants == 0 && is_value), "{name}: {mutants} mutants");
    }
    assert!(MUTANTS.iter().all(|mutant| is_listed(mutant.departure)));
    assert!(mechanism::departures().all(|one| one.value.departure.is_some_and(is_listed)));
}

fn is_listed(departure: &Departure) -> bool {
    departure::all().any(|other| other.name == departure.name)
}

/// No file of the tree mentions an id that SPEC.md does not define, but documents that tell of the
/// rules that left.
#[test]
fn every_mentioned_id_is_defined() {
    let spec = read("SPEC.md");
    let (defined, left) = (ids(&spec), legacy(&spec));
    let mut files = files_under("model/src");
    files.extend(files_under("docs").into_iter().filter(|(name, _)| name.ends_with(".md")));
    let documents = ["README.md", "CONTRIBUTING.md"].map(|name| (name.to_owned(), read(name)));
    files.extend(documents);
    // What it says of ids that are no longer used stands apart.
    files.push(("SPEC.md".to_owned(), without_legacy(&spec).to_owned()));
    for (file, text) in files {
        let tells = HISTORY.iter().any(|name| file.starts_with(name));
        // The rule ids of examples in this package's tests are not citations.
        for id in mentioned(&text) {
            let known = defined.contains(&id) || (tells && left.contains(&id));
            assert!(known, "{file} mentions {id}, which SPEC.md does not define");
        }
    }
}

/// Documents that tell of rules that left.
const HISTORY: [&str; 3] = ["docs/mechanisms.md", "docs/rationale.md", "docs/findings/"];

#[test]
fn an_undefined_id_is_noticed() {
    assert_eq!(mentioned("see MON-99, (GUA-3b) and MON-x"), ["MON-99"]);
    assert!(!ids(&read("SPEC.md")).contains(&"MON-99".to_owned()));
}

/// An id that a rule once had is listed as that, and is no other rule's.
#[test]
fn no_id_is_used_again() {
    let spec = read("SPEC.md");
    let legacy = legacy(&spec);
    assert_eq!(legacy, ["MON-8", "UPG-6", "WCH-2", "WCH-3"]);
    assert!(expected().iter().all(|id| !legacy.contains(&(*id).to_owned())));
    let spoken = mentioned(without_legacy(&spec));
    assert!(legacy.iter().all(|id| !spoken.contains(id)));
    // Numbers have no holes but these.
    for (prefix, last) in [("MON", 13), ("WCH", 6), ("MGR", 24), ("RST", 13), ("UPG", 6)] {
        let used = |id: &String| legacy.contains(id) || ids(&spec).contains(id);
        assert!((1..=last).all(|number| used(&format!("{prefix}-{number}"))), "{prefix}");
    }
}

/// Each rule is named by a test: the script of a mutant that breaks it.
#[test]
fn every_mutant_has_a_script() {
    for mutant in MUTANTS {
        let script = read(&format!("tests/scenarios/{}.scn", mutant.departure.name));
        let expected =
            [format!("mutant: {}", mutant.departure.name), format!("expect: {}", mutant.killed_by)];
        for line in expected {
            assert!(
                script.lines().any(|other| other == line),
                "{}: no line {line}",
                mutant.departure.name
            );
        }
    }
}

/// Every duty can be referred to.
#[test]
fn every_duty_of_the_specification_is_numbered() {
    assert_eq!(unnumbered(&read("SPEC.md")), Vec::<String>::new());
    let small = "A node must hurry.\n- **MON-1** A Monitor MUST\n  keep it.\n  > It has to.\n\
                 It should.\n| ACT-1 | it has to |\n| ack | it has to |\n`MUST` is a keyword.\n";
    let defects = [
        "line 1: 'must' outside a numbered item",
        "line 5: 'should' outside a numbered item",
        "line 7: 'has to' outside a numbered item",
    ];
    assert_eq!(unnumbered(small), defects);
}

/// What a reader of SPEC.md cannot guess.
const TERMS: [&str; 17] = [
    "reported",
    "recoverable",
    "final",
    "closed on chain",
    "lockdown",
    "archived",
    "ack point",
    "due",
    "background step",
    "complete",
    "stale",
    "resolved",
    "quiescent",
    "knows the preimage",
    "revealed",
    "failed for good",
    "is owed",
];

#[test]
fn the_specification_defines_its_terms_before_it_uses_them() {
    assert_eq!(used_early(&read("SPEC.md"), &TERMS), Vec::<String>::new());
    let small = "It is *final*, or due.\n```text\ndue\n```\nAn ack is *due*.\n";
    let early = "'due' is used before it is defined: It is *final*, or due.";
    assert_eq!(used_early(small, &["final", "due", "stale"]), [early, "'stale' stands nowhere"]);
}
