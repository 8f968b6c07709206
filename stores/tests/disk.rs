//! The simulated disk: what a crash can leave of it, and what is safe.

use std::collections::BTreeSet;

use lightning::util::persist::KVStoreSync;
use stores::disk::{BLOCK, Defence, Defences, Disk, Op, Place, SimulatedStore};

fn place(name: &str) -> Place {
    Place::new("", name)
}

fn file(name: &str, bytes: &[u8]) -> Vec<Op> {
    let blocks = bytes.chunks(BLOCK).map(|block| Op::Write(place(name), block.to_vec()));
    [Op::Create(place(name))].into_iter().chain(blocks).collect()
}

fn after(ops: &[Op]) -> Disk {
    let mut disk = Disk::default();
    ops.iter().for_each(|op| disk.apply(op));
    disk
}

/// What the images have under a name, and how many images there are.
fn images(disk: &Disk, name: &Place) -> (BTreeSet<Option<Vec<u8>>>, usize) {
    let (mut found, mut count) = (BTreeSet::new(), 0);
    disk.every_image(|image| {
        found.insert(image.read(name));
        count += 1;
    });
    (found, count)
}

#[test]
fn what_is_synced_stays() {
    let sync = [Op::SyncFile(place("a")), Op::SyncFolder(String::new())];
    let disk = after(&[file("a", b"one"), sync.to_vec()].concat());
    assert_eq!(images(&disk, &place("a")), ([Some(b"one".to_vec())].into(), 1));
    // Either sync alone is not enough.
    for one in sync {
        let disk = after(&[file("a", b"one"), vec![one]].concat());
        assert!(images(&disk, &place("a")).1 > 1);
    }
}

#[test]
fn a_rename_is_there_or_not() {
    let ops = [
        file("a", b"old"),
        vec![Op::SyncFile(place("a")), Op::SyncFolder(String::new())],
        file("a.0.tmp", b"new"),
        vec![Op::SyncFile(place("a.0.tmp")), Op::Rename(place("a.0.tmp"), "a".to_owned())],
    ];
    let (found, count) = images(&after(&ops.concat()), &place("a"));
    assert_eq!(found, [Some(b"old".to_vec()), Some(b"new".to_vec())].into());
    assert_eq!(count, 2);
}

#[test]
fn names_are_lost_one_by_one() {
    let all = |names: &[&str]| {
        let of = |name: &&str| [file(name, b"1"), vec![Op::SyncFile(place(name))]].concat();
        names.iter().flat_map(of).collect::<Vec<_>>()
    };
    let mut found = BTreeSet::new();
    after(&all(&["a", "b", "c"])).every_image(|image| found.extend([image.list("")]));
    assert_eq!(found.len(), 8, "{found:?}");
    // Removals that are not synced come back, each by itself.
    let sync = vec![Op::SyncFolder(String::new())];
    let gone = ["a", "b", "c"].map(|name| Op::Unlink(place(name))).to_vec();
    let mut back = BTreeSet::new();
    let disk = after(&[all(&["a", "b", "c"]), sync, gone].concat());
    disk.every_image(|image| back.extend([image.list("")]));
    assert_eq!(back, found);
}

#[test]
fn blocks_are_torn_and_tails_lost() {
    let bytes = vec![7; BLOCK + 2];
    let name = vec![Op::SyncFolder(String::new())];
    let (found, _) = images(&after(&[file("a", &bytes), name].concat()), &place("a"));
    // Nothing; one block; two blocks; each of them whole, torn or empty.
    assert_eq!(found.len(), 1 + 3 + 9);
    let torn = [vec![7; BLOCK / 2], vec![0; BLOCK / 2], vec![7; 2]].concat();
    let without_tail = bytes[..BLOCK].to_vec();
    for expected in [torn, without_tail, bytes, Vec::new()] {
        assert!(found.contains(&Some(expected)));
    }
}

#[test]
fn a_lost_folder_takes_all_with_it() {
    let inner = Place::new("f", "a");
    let ops = [
        Op::MakeFolder(place("f")),
        Op::Create(inner.clone()),
        Op::SyncFile(inner.clone()),
        Op::SyncFolder("f".to_owned()),
    ];
    assert_eq!(images(&after(&ops), &inner).0, [None, Some(Vec::new())].into());
    let (found, _) = images(&after(&[&ops[..], &[Op::SyncFolder(String::new())]].concat()), &inner);
    assert_eq!(found, [Some(Vec::new())].into());
}

/// The dance, step by step, as LDK's `FilesystemStore` makes it; and what else new folders need.
#[test]
fn a_write_is_the_dance_of_a_store_in_files() {
    let dance = |defences: Defences| {
        let store = SimulatedStore::new(Disk::default(), defences);
        store.write("monitors", "", "a", vec![1; BLOCK + 1]).expect("it can be written");
        store.remove("monitors", "", "a", true).expect("it can be removed");
        store.log().concat().iter().map(Op::name).collect::<Vec<_>>()
    };
    let file = ["create", "write", "write", "sync file", "rename", "sync folder", "unlink"];
    let of_ldk = [&["make folder"][..], &file].concat();
    assert_eq!(dance(Defences::of_filesystem_store()), of_ldk);
    assert_eq!(dance(Defences::all()), [&["make folder", "sync folder"][..], &file].concat());
    let in_place = dance(Defences::of_filesystem_store().without(Defence::RenamedIntoPlace));
    assert!(!in_place.contains(&"rename"));
}

/// A store on a simulated disk keeps what LDK asks of a `KVStoreSync`.
#[test]
fn a_simulated_store_is_a_store() {
    let store = SimulatedStore::new(Disk::default(), Defences::all());
    let missing = store.read("a", "", "k").expect_err("nothing is there");
    assert_eq!(missing.kind(), lightning::io::ErrorKind::NotFound);
    assert_eq!(store.list("a", "").expect("an unknown namespace is empty"), Vec::<String>::new());
    store.remove("a", "", "k", false).expect("what is not there is removed");
    for bytes in [vec![1], vec![2; 3 * BLOCK]] {
        store.write("a", "", "k", bytes.clone()).expect("it can be written");
        assert_eq!(store.read("a", "", "k").expect("it is there"), bytes);
    }
    store.write("a", "b", "k", vec![3]).expect("it can be written");
    assert_eq!(store.list("a", "").expect("it can be listed"), ["k"]);
    store.remove("a", "", "k", true).expect("it can be removed");
    assert!(store.read("a", "", "k").is_err());
    assert_eq!(store.list("a", "b").expect("it can be listed"), ["k"]);
}
