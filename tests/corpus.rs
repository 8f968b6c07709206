//! The fuzz corpus on stable: every committed input passes, and together the inputs are worth
//! keeping.

use conformance::command::walks::Summary;
use conformance::lockstep::Lockstep;
use conformance::{garbled, root, schedule, scripts};
use model::action::ActionKind;
use model::scenario::{Flag, Flags};
use model::trace::Script;
use std::collections::BTreeSet;
use std::path::Path;

/// How many inputs are committed.
const INPUTS: usize = 1229;

/// How many objects are committed, at least.
const OBJECTS: usize = 100;

#[test]
fn every_input_of_the_corpus_passes_and_every_action_is_reached() {
    let folder = root().join("fuzz/seeds/lockstep");
    let mut summary = Summary::default();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is committed") {
        let path = entry.expect("it can be listed").path();
        let bytes = std::fs::read(&path).expect("it can be read");
        let walk = schedule::walk(&bytes);
        let walk = walk.unwrap_or_else(|failure| panic!("{}: {failure}", path.display()));
        summary.add(&walk);
        count += 1;
    }
    println!("{count} inputs\n{}", summary.shares());
    assert_eq!(count, INPUTS, "inputs come and go on purpose only");
    for kind in ActionKind::all() {
        assert!(summary.share(kind) > 0., "no input reaches {}", kind.name());
    }
    assert!(summary.median_steps() >= 20, "median of {} steps", summary.median_steps());
    assert!(summary.median_crashes() >= 1, "median of {} crashes", summary.median_crashes());
}

/// Every flag has a bit, and no other flag has it: a fuzzer can switch each on.
#[test]
fn every_flag_has_a_bit_of_its_own() {
    let has_more = 1_u64 << 19;
    let on = |bits: u64| {
        let [a, b, c, d, more, ..] = bits.to_le_bytes();
        schedule::scenario_of([a, b, c, d], more).flags
    };
    assert_eq!(on(0), Flags::of(&[]));
    assert_eq!(on(!has_more).iter().count(), 13, "the fifth byte counts where asked");
    assert_eq!(on(u64::MAX), Flags::of(Flag::ALL));
    for flag in Flag::ALL {
        let bits = (0..40).filter(|bit| on(1 << bit | has_more) == Flags::of(&[*flag]));
        assert_eq!(bits.count(), 1, "{}", flag.name());
    }
}

/// The objects and the scripts that fuzzing begins with: what the reference writes along the
/// scripts of this tree, and those scripts. `UPDATE_CORPUS=1` writes them anew.
#[test]
fn objects_and_scripts_of_the_corpus_pass() {
    let folder = |name: &str| root().join("fuzz/seeds").join(name);
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        write_anew(&folder("codec"), objects());
        let texts = scripts().into_iter().map(|(_, text)| text.into_bytes());
        write_anew(&folder("script"), texts.collect());
    }
    let inputs = |name: &str| {
        let entries = std::fs::read_dir(folder(name)).expect("the corpus is committed");
        let paths = entries.map(|entry| entry.expect("it can be listed").path());
        paths.map(|path| std::fs::read(path).expect("it can be read")).collect::<Vec<_>>()
    };
    let (objects, scripts) = (inputs("codec"), inputs("script"));
    objects.iter().for_each(|bytes| garbled::objects(bytes));
    scripts.iter().for_each(|bytes| garbled::script(bytes));
    println!("{} objects, {} scripts", objects.len(), scripts.len());
    assert!(objects.len() >= OBJECTS && scripts.len() >= 100);
}

/// Objects of each kind, each once, behind the byte that says which it is.
fn objects() -> BTreeSet<Vec<u8>> {
    let mut objects = BTreeSet::new();
    let of_kind = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    for (path, text) in scripts() {
        let script = Script::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        if !script.is_spec() {
            continue;
        }
        let mut lockstep = Lockstep::of_script(&script);
        for (_, action) in &script.steps {
            lockstep.step(*action).unwrap_or_else(|parted| panic!("{path}: {parted}"));
            let node = &lockstep.driver.node;
            let channels = node.manager().channels();
            let monitors = channels.ids().filter_map(|id| node.monitor(id));
            objects.extend(monitors.map(|monitor| of_kind(0, &monitor.write())));
            objects.insert(of_kind(1, &node.manager().write()));
            let updates = channels.values().flat_map(|c| &c.in_flight_monitor_updates);
            objects.extend(updates.map(|update| of_kind(2, &update.write())));
        }
    }
    objects
}

fn write_anew(folder: &Path, inputs: BTreeSet<Vec<u8>>) {
    // There may be none yet.
    let _none = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).expect("it can be made");
    for (index, bytes) in inputs.iter().enumerate() {
        std::fs::write(folder.join(format!("{index:04}")), bytes).expect("it can be written");
    }
}

#[test]
fn any_bytes_are_a_walk() {
    for length in 0..8 {
        for byte in [0, 1, 127, 255] {
            let walk = schedule::walk(&vec![byte; length]);
            assert!(walk.is_ok_and(|walk| walk.steps > 0), "{length} times {byte}");
        }
    }
}
