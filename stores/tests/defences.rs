//! What each defence is for: without it, this is what an image does to a node.

use std::collections::BTreeSet;

use stores::disk::{Defence, Defences};
use stores::images::{Damage, Failure, History, Schedule, Way, damages};

/// So many images of each moment are looked at.
const IMAGES: usize = 6;

/// Without these defences, an image of this history does this damage.
type Row = (&'static [Defence], History, Way, Schedule, &'static str);

const ROWS: [Row; 19] = [
    (
        &[Defence::FileSynced],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "no load: cannot read the manager: version (record 0) at byte 0: the input ends too early",
    ),
    (
        &[Defence::FileSynced],
        History::ThreePayments,
        Way::Deltas,
        Schedule::Interleaved,
        "unreadable monitor of OUT: delta 0: version (record 0) at byte 0: the input ends too \
         early",
    ),
    (
        &[Defence::FolderSynced],
        History::ForwardClaimed,
        Way::Full,
        Schedule::Late,
        "wrong version of OUT, and then: GUA-9: 7",
    ),
    (
        &[Defence::FolderSynced],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "wrong version of OUT, and then: no load: update 1 of OUT is lost: the store has gone back",
    ),
    (
        &[Defence::NewFolderSynced],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "wrong version of OUT, and then: no load: OUT has no monitor; do not start without it",
    ),
    (
        &[Defence::NewFolderSynced],
        History::Payment,
        Way::DeltasAtOnce,
        Schedule::AtOnce,
        "wrong version of OUT, and then: GUA-1: payment 7",
    ),
    (
        &[Defence::RenamedIntoPlace],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "unreadable monitor of OUT: the full write: record type (record 0) at byte 2: record 0 is \
         unknown, and even: a later build wrote it",
    ),
    (
        &[Defence::TemporaryPassedOver],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "unreadable: 'OUT.1.tmp' in 'monitors' is no name of ours",
    ),
    (
        &[Defence::MarkBeforeRemoval],
        History::Archival,
        Way::Deltas,
        Schedule::Late,
        "wrong version of OUT, and then: no load: OUT has no monitor; do not start without it",
    ),
    (
        &[Defence::RemovedBehindFullWrite],
        History::ThreePayments,
        Way::Deltas,
        Schedule::Interleaved,
        "unreadable monitor of OUT: delta 0: update 2 does not follow update 0",
    ),
    (
        &[Defence::RemovedBehindFullWrite],
        History::Payment,
        Way::DeltasAtOnce,
        Schedule::AtOnce,
        "wrong version of OUT, and then: no load: update 3 of OUT is lost: the store has gone back",
    ),
    (
        &[Defence::InOrder],
        History::ThreePayments,
        Way::Deltas,
        Schedule::Interleaved,
        "unreadable monitor of OUT: delta 0: update 2 does not follow update 0",
    ),
    (
        &[Defence::InOrder],
        History::ThreePayments,
        Way::Full,
        Schedule::Interleaved,
        "wrong version of OUT, and then: GUA-1: payment 8",
    ),
    (
        &[Defence::ReportedBehind],
        History::ForwardClaimed,
        Way::Full,
        Schedule::Late,
        "wrong version of the manager, and then: GUA-1: inbound HTLC 0 of IN was forwarded",
    ),
    (
        &[Defence::ReportedBehind],
        History::Payment,
        Way::Full,
        Schedule::Late,
        "wrong version of OUT, and then: GUA-1: payment 7",
    ),
    (
        &[Defence::StalePassedOver],
        History::Payment,
        Way::DeltasAtOnce,
        Schedule::AtOnce,
        "unreadable monitor of OUT: delta 0: update 1 does not follow update 3",
    ),
    // There is no gap as long as there is one of the others.
    (
        &[Defence::FolderSynced],
        History::ThreePayments,
        Way::Deltas,
        Schedule::Interleaved,
        "unreadable monitor of OUT: delta 0: update 2 does not follow update 0",
    ),
    (
        &[Defence::RemovedBehindFullWrite, Defence::GapRefused],
        History::ThreePayments,
        Way::Deltas,
        Schedule::Interleaved,
        "wrong version of OUT, and then: GUA-1: payment 9",
    ),
    (
        &[Defence::ArchivedPassedOver],
        History::Archival,
        Way::Deltas,
        Schedule::Late,
        "wrong version of OUT, and then: Some(Update(AlreadyWatched(ChannelId(OUT))))",
    ),
];

fn shortened(text: &str) -> String {
    let names = [("01", "OUT"), ("02", "IN"), ("07", "payment 7"), ("08", "payment 8")];
    let names = names.into_iter().chain([("09", "payment 9")]);
    names.fold(text.to_owned(), |text, (byte, name)| text.replace(&byte.repeat(32), name))
}

fn without(defences: &[Defence]) -> Defences {
    defences.iter().fold(Defences::all(), |all, defence| all.without(*defence))
}

#[test]
fn each_defence_that_is_disabled_does_damage() {
    let mut shown = BTreeSet::new();
    for (disabled, history, way, schedule, expected) in ROWS {
        let found = damages(history, way, schedule, IMAGES, &without(disabled));
        let texts: Vec<String> = found.iter().map(|f| shortened(&f.damage.to_string())).collect();
        let at = texts.iter().position(|text| text == expected);
        let at = at.unwrap_or_else(|| panic!("{disabled:?}: no '{expected}' in {texts:#?}"));
        let Failure { otherwise, log, .. } = &found[at];
        let names: Vec<String> = disabled.iter().map(ToString::to_string).collect();
        println!("not {}: {history:?}, {way:?}", names.join(", not "));
        let op = log.last().map(ToString::to_string).unwrap_or_default();
        println!("    behind '{}': {}", shortened(&op), shortened(&otherwise.join(", ")));
        println!("    {expected}");
        shown.extend(disabled);
    }
    let all = Defence::ALL.iter().collect::<BTreeSet<_>>();
    assert_eq!(shown, all, "every defence has a row");
}

/// With all of them there is none of it.
#[test]
fn with_all_defences_there_is_no_damage() {
    for (_, history, way, schedule, _) in ROWS {
        let found = damages(history, way, schedule, IMAGES, &Defences::all());
        assert!(found.is_empty(), "{history:?}, {way:?}, {schedule:?}: {}", found[0]);
    }
}

/// What LDK's store in files does without: a folder that is new there is lost with all that was
/// reported to lie in it. Where the file system makes it durable along with what it holds, as
/// journals commonly do, no image is like that; POSIX promises nothing.
#[test]
fn a_store_in_files_can_lose_a_new_folder() {
    let defences = Defences::of_filesystem_store();
    let found = damages(History::Payment, Way::FullAtOnce, Schedule::AtOnce, IMAGES, &defences);
    let no_load = found.iter().find(|failure| match &failure.damage {
        Damage::Version { then, .. } => then.starts_with("no load: "),
        _ => false,
    });
    let lost = &no_load.expect("the node does not load").otherwise;
    assert!(lost.iter().any(|what| what.starts_with("monitors/")), "{lost:?}");
}
