//! The fuzz corpus on stable: every committed input passes, and together the inputs are worth
//! keeping.

use conformance::command::walks::Summary;
use conformance::root;
use conformance::schedule;
use model::action::ActionKind;
use model::scenario::{Flag, Flags};

/// How many inputs are committed.
const INPUTS: usize = 1229;

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

#[test]
fn any_bytes_are_a_walk() {
    for length in 0..8 {
        for byte in [0, 1, 127, 255] {
            let walk = schedule::walk(&vec![byte; length]);
            assert!(walk.is_ok_and(|walk| walk.steps > 0), "{length} times {byte}");
        }
    }
}
