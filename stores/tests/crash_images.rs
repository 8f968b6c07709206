//! Every image that a crash can leave of short histories, samples of long ones, and what each
//! defence is for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use stores::disk::{Defence, Defences};
use stores::images::{
    Checked, Counts, History, Schedule, Way, check, decoded, every_image, sampled,
};

const SCHEDULES: [Schedule; 4] =
    [Schedule::AtOnce, Schedule::Late, Schedule::Interleaved, Schedule::Seeded(1)];

/// The logs of short histories: a synchronous store has one schedule.
fn logs() -> Vec<(History, Way, Schedule)> {
    let schedules = |way| match way {
        Way::Full | Way::Deltas => &SCHEDULES[..],
        _ => &SCHEDULES[..1],
    };
    let of_way = |history, way| schedules(way).iter().map(move |s| (history, way, *s));
    let of = |history| Way::ALL.into_iter().flat_map(move |way| of_way(history, way));
    History::ALL.into_iter().flat_map(of).collect()
}

#[test]
fn every_image_of_short_histories_recovers() {
    let mut all = Counts::default();
    for (history, way, schedule) in logs() {
        let counts = every_image(history, way, schedule, &Defences::all());
        all += counts.unwrap_or_else(|f| panic!("{history:?}, {way:?}, {schedule:?}: {f}"));
    }
    println!("{all}");
}

#[test]
fn sampled_images_of_long_histories_recover() {
    let mut all = Counts::default();
    for seed in 0..24 {
        let way = Way::ALL[seed as usize % Way::ALL.len()];
        let counts = sampled(seed, 300, 1, way);
        all += counts.unwrap_or_else(|f| panic!("{seed}, {way:?}: {f}"));
    }
    println!("{all}");
}

/// So many inputs of the corpus are there for where they crash.
const PLACES: usize = 64;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds/crash_images")
}

/// The fuzz corpus on stable. `UPDATE_CORPUS=1` writes it anew.
#[test]
fn every_input_of_the_corpus_recovers() {
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        write_corpus();
    }
    let (mut inputs, mut all) = (0, Checked::default());
    for entry in std::fs::read_dir(corpus()).expect("the corpus is committed") {
        let path = entry.expect("it can be listed").path();
        let checked = check(&std::fs::read(path).expect("it can be read"));
        all.counts += checked.counts;
        all.places.extend(checked.places);
        inputs += 1;
    }
    println!("{inputs} inputs: {}", all.counts);
    for way in Way::ALL {
        for history in History::ALL {
            let name = format!("{way:?}, {history:?}, ");
            assert!(all.places.iter().any(|place| place.starts_with(&name)), "{name}");
        }
        let name = format!("{way:?}, free, ");
        assert!(all.places.iter().any(|place| place.starts_with(&name)), "{name}");
    }
    for op in ["make folder", "create", "write", "sync file", "rename", "unlink", "sync folder"] {
        assert!(all.places.iter().any(|place| place.ends_with(op)), "{op}");
    }
}

/// Without a defence, some input of the corpus does damage.
#[test]
fn the_corpus_notices_each_defence_that_is_missing() {
    let inputs = std::fs::read_dir(corpus()).expect("the corpus is committed");
    let inputs = inputs.map(|entry| entry.expect("it can be listed").path());
    let inputs: Vec<_> = inputs.map(|path| std::fs::read(path).expect("it can be read")).collect();
    for defence in Defence::ALL {
        let count = inputs.iter().filter(|input| notices(input, defence)).count();
        println!("not {defence}: {count} of {}", inputs.len());
        assert!(count > 0, "{defence}");
    }
}

/// Whether an input does damage without a defence.
fn notices(input: &[u8], defence: Defence) -> bool {
    let mut defences = Defences::all().without(defence);
    if defence == Defence::GapRefused {
        // There is no gap as long as nothing else is missing.
        defences = defences.without(Defence::RemovedBehindFullWrite);
    }
    decoded(input, &defences).is_err()
}

/// Of random inputs those that crash somewhere else than the ones before, or that notice what none
/// of those did.
fn write_corpus() {
    // There may be none yet.
    let _none = std::fs::remove_dir_all(corpus());
    std::fs::create_dir_all(corpus()).expect("it can be made");
    let mut seen = BTreeSet::new();
    let mut unnoticed = BTreeSet::from(Defence::ALL);
    let mut state = 1_u64;
    let mut next = || {
        let factor = 6_364_136_223_846_793_005;
        state = state.wrapping_mul(factor).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let mut written = 0;
    while written < PLACES || !unnoticed.is_empty() {
        let length = 40 + usize::from(next());
        let bytes: Vec<u8> = (0..length).map(|_| next()).collect();
        let before = (seen.len(), unnoticed.len());
        if written < PLACES {
            seen.extend(check(&bytes).places);
        }
        unnoticed.retain(|defence| !notices(&bytes, *defence));
        if (seen.len(), unnoticed.len()) != before {
            let path = corpus().join(format!("{written:04}"));
            std::fs::write(path, bytes).expect("it can be written");
            written += 1;
        }
    }
}

#[test]
fn any_bytes_are_an_input() {
    for length in 0..8 {
        for byte in [0, 1, 127, 255] {
            assert!(check(&vec![byte; length]).counts.crashes > 0, "{length} times {byte}");
        }
    }
}
