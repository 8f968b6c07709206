//! The fuzz corpus on stable: every committed input passes, and together the inputs are worth
//! keeping.

use conformance::command::walks::Summary;
use conformance::root;
use conformance::schedule;
use model::action::ActionKind;

/// How many inputs are committed.
const INPUTS: usize = 1229;

#[test]
fn every_input_of_the_corpus_passes_and_every_action_is_reached() {
    let folder = root().join("fuzz/corpus/lockstep");
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

#[test]
fn any_bytes_are_a_walk() {
    for length in 0..8 {
        for byte in [0, 1, 127, 255] {
            let walk = schedule::walk(&vec![byte; length]);
            assert!(walk.is_ok_and(|walk| walk.steps > 0), "{length} times {byte}");
        }
    }
}
