//! docs/mapping.md and docs/bounds.md against the tree. `UPDATE_DOCS=1` writes the blocks of
//! docs/bounds.md anew, and where the machine asks for each rule; what people have written is only
//! checked.

use conformance::mapping::{
    Tree, count_defects, item_defects, items, name_defects, place_defects, rows, rule_defects,
    with_places,
};
use conformance::tables::{bound_defects, flags, generated, pair_table};
use conformance::{read, root};
use model::pins::Pins;
use model::scenario::{SCENARIOS, Scenario};

const MAPPING: &str = "docs/mapping.md";
const BOUNDS: &str = "docs/bounds.md";

#[test]
fn the_tables_of_bounds_are_those_of_the_scenarios() {
    let text = read(BOUNDS);
    let wanted = generated(&text, SCENARIOS, &Pins::load()).expect("all blocks are there");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(root().join(BOUNDS), &wanted).expect("it can be written");
    } else {
        assert!(text == wanted, "{BOUNDS} is out of date: UPDATE_DOCS=1 writes it anew");
    }
}

#[test]
fn another_list_of_scenarios_is_noticed() {
    let (text, pins) = (read(BOUNDS), Pins::load());
    for (left_out, _) in SCENARIOS.iter().enumerate() {
        let mut others = SCENARIOS.to_vec();
        others.remove(left_out);
        assert_ne!(generated(&text, &others, &pins).as_ref(), Ok(&text));
    }
    assert!(generated(&text.replace("pairs: end", "end"), SCENARIOS, &pins).is_err());
    let nightly: Vec<Scenario> =
        SCENARIOS.iter().filter(|s| s.name == "forward_closing_both_async").cloned().collect();
    let table = pair_table(&nightly);
    let pairs = flags().len() * (flags().len() - 1) / 2;
    let covered =
        format!("Of {pairs} pairs 0 are covered in a quick scenario, 6 only in a nightly");
    assert!(table.contains(&covered), "{table}");
    assert!(table.contains("- close_in with refuse\n"));
}

#[test]
fn every_flag_of_a_scenario_is_in_the_tables() {
    for flag in SCENARIOS.iter().flat_map(Scenario::flag_names) {
        assert!(flags().contains(&flag), "{flag}");
    }
}

#[test]
fn shipped_bounds_lie_above_what_mutants_need() {
    assert_eq!(bound_defects(SCENARIOS, &Pins::load()), Vec::<String>::new());
    let mut lower = SCENARIOS.to_vec();
    let lowered = lower.iter_mut().find(|s| s.name == "two_payments_two_writes");
    lowered.expect("it exists").writes = 1;
    assert_eq!(bound_defects(&lower, &Pins::load()), ["complete_all_updates: needs writes=2"]);
}

#[test]
fn every_rule_has_a_row() {
    assert_eq!(rule_defects(&read("SPEC.md"), &read(MAPPING)), Vec::<String>::new());
    let without = read(MAPPING).replace("| WCH-4 |", "| WCH-1 |");
    let defects = rule_defects(&read("SPEC.md"), &without);
    assert_eq!(defects, ["WCH-1: has 2 rows", "WCH-4: has 0 rows"]);
}

#[test]
fn every_rule_is_at_the_places_named() {
    let (mapping, tree) = (read(MAPPING), Tree::load());
    let wanted = with_places(&mapping, &tree);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(root().join(MAPPING), &wanted).expect("it can be written");
    }
    assert_eq!(place_defects(&mapping, &tree), Vec::<String>::new());
    assert_eq!(wanted, mapping);
}

/// A tree of two rules: each decision is asked, and each sentence quoted, in a function of its own.
fn two_rules() -> Tree {
    let protocol = "trait Protocol {\n\
                    /// MON-1.\nfn keeps(&self) -> bool { true }\n\
                    /// MON-2: only so.\nfn drops(&self) -> bool { false }\n}\n\
                    impl Protocol for Both { fn keeps(&self) -> bool { self.0.keeps() } }\n";
    let machine = "impl Machine { fn push(&self) { if self.protocol.keeps() {} } }\n\
                   fn list(p: &P) { assert!(p.drops(), \"protocol.keeps()\"); }\n\
                   #[cfg(test)] mod tests { fn drop(p: &P) { p.drops() } }\n";
    let reference = "/// `MON-1`: \"A Monitor MUST keep.\"\nfn push() {}\n\
                     fn list() {\n// `MON-2`: \"A Monitor MAY drop.\"\n}\n";
    let files = [
        ("model/src/protocol.rs", protocol),
        ("model/src/machine/monitor.rs", machine),
        ("reference/src/list.rs", reference),
    ];
    Tree::of(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec())
}

const TWO_ROWS: &str = "\
| MON-1 | `protocol.rs::keeps` | `machine/monitor.rs::push` | `list.rs::push` | - |
| MON-2 | `protocol.rs::drops` | `machine/monitor.rs::list` | `list.rs::list` | - |
";

#[test]
fn a_row_that_names_another_function_of_the_file_is_noticed() {
    let tree = two_rules();
    assert_eq!(place_defects(TWO_ROWS, &tree), Vec::<String>::new());
    let of = |old: &str, new: &str| place_defects(&TWO_ROWS.replacen(old, new, 1), &tree);
    assert_eq!(
        of("machine/monitor.rs::push", "machine/monitor.rs::list"),
        ["MON-1: the row says machine/monitor.rs::list, the call is in machine/monitor.rs::push"]
    );
    let both = "machine/monitor.rs::push`, `machine/monitor.rs::list";
    assert_eq!(of("machine/monitor.rs::push", both).len(), 1);
    assert_eq!(of("`machine/monitor.rs::push`", "-").len(), 1);
    assert_eq!(
        of("list.rs::push", "list.rs::list"),
        ["MON-1: the row says list.rs::list, the quote is in list.rs::push"]
    );
    assert_eq!(of("`list.rs::push`", "-").len(), 1);
    let defects = of("protocol.rs::keeps", "protocol.rs::drops");
    assert_eq!(defects[0], "MON-1: no decision drops cites it");
    assert_eq!(of("MON-1", "MON-10")[0], "MON-10: no decision keeps cites it");
}

#[test]
fn a_wrong_place_in_the_model_is_written_anew() {
    let tree = two_rules();
    let wrong = TWO_ROWS.replacen("machine/monitor.rs::push", "machine/monitor.rs::pop", 1);
    assert_eq!(with_places(&wrong, &tree), TWO_ROWS);
}

#[test]
fn every_name_exists() {
    let tree = Tree::load();
    assert_eq!(name_defects(&read(MAPPING), &tree), Vec::<String>::new());
}

#[test]
fn a_name_that_is_nowhere_is_noticed() {
    let tree = Tree::load();
    let of = |text: &str| name_defects(text, &tree);
    assert!(
        of("mutant `ack_prefix`, `machine/monitor.rs::ack`, `Stage`, `model/pins.json`").is_empty()
    );
    assert_eq!(
        of("\nmutant `event_held_back`"),
        ["line 2: nothing is called mutant event_held_back"]
    );
    assert_eq!(of("script `no_such`"), ["line 1: nothing is called script no_such"]);
    assert_eq!(of("`machine/user.rs::ack`"), ["line 1: nothing is called machine/user.rs::ack"]);
    assert_eq!(of("`NoSuchWord`"), ["line 1: nothing is called NoSuchWord"]);
    assert!(of("`ln/channel.rs::revoke_and_ack @e1021bcd1`").is_empty());
    assert_eq!(of("`ln/channel.rs::revoke_and_ack @T`").len(), 1);
}

#[test]
fn every_item_says_what_its_status_asks_for() {
    let (mapping, spec, tree) = (read(MAPPING), read("SPEC.md"), Tree::load());
    assert_eq!(item_defects(&mapping, &spec, &tree), Vec::<String>::new());
    let first = rows(items(&mapping))[0].cells[0].to_owned();
    let of = |old: &str, new: &str| item_defects(&mapping.replacen(old, new, 1), &spec, &tree);
    let defects = of("; mutant `skip_offchain_claim`, script", "; see");
    assert_eq!(defects, [format!("{first}: is not what 'modelled' asks for")]);
    let row = "\"the Manager forgets no payment that it has settled\"";
    let defects = of(row, "\"no such row\"");
    assert_eq!(defects, ["action-payment-complete: section 8 has no row 'no such row'"]);
    assert_eq!(of("| abstracted |", "| unknown |").len(), 1);
    assert_eq!(of("| partly |", "| modelled |").len(), 1);
    assert_eq!(of("| partly | Partly", "| partly | Not").len(), 1);
    assert_eq!(of("| fail-payer-repeat |", "| fail-payer |"), ["fail-payer: stands twice"]);
}

#[test]
fn the_counts_are_those_of_the_rows() {
    let mapping = read(MAPPING);
    assert_eq!(count_defects(&mapping), Vec::<String>::new());
    assert_eq!(count_defects(&mapping.replacen("| abstracted |", "| modelled |", 1)).len(), 1);
}

#[test]
fn a_row_is_read_with_its_line() {
    let rows = rows("text\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
    assert_eq!((rows.len(), rows[0].line, rows[0].cells[1]), (1, 5, "2"));
}
