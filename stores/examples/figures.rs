//! Time, syncs and bytes for each acked event: full writes and deltas on LDK's `FilesystemStore`,
//! and one transaction in a database.
//!
//! `cargo run --example figures`

use std::error::Error;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lightning::io;
use lightning::util::persist::KVStoreSync;
use lightning_persister::fs_store::FilesystemStore;
use redb::backends::FileBackend;
use redb::{Database, StorageBackend};
use reference::{Node, Persist, Settings, StepError};
use stores::{KvPersist, Transactional, lab};

const PAYMENTS: u64 = 200;

static SYNCS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Counts what a `FilesystemStore` syncs, by what its source does: of a write the file and its
/// folder, of a removal that is not lazy the folder.
struct Counted(FilesystemStore);

impl KVStoreSync for Counted {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> Result<Vec<u8>, io::Error> {
        self.0.read(primary, secondary, key)
    }

    fn write(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        buf: Vec<u8>,
    ) -> Result<(), io::Error> {
        SYNCS.fetch_add(2, Ordering::Relaxed);
        BYTES.fetch_add(buf.len() as u64, Ordering::Relaxed);
        self.0.write(primary, secondary, key, buf)
    }

    fn remove(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        lazy: bool,
    ) -> Result<(), io::Error> {
        SYNCS.fetch_add(u64::from(!lazy), Ordering::Relaxed);
        self.0.remove(primary, secondary, key, lazy)
    }

    fn list(&self, primary: &str, secondary: &str) -> Result<Vec<String>, io::Error> {
        self.0.list(primary, secondary)
    }
}

/// Counts what the database syncs.
#[derive(Debug)]
struct CountedFile(FileBackend);

impl StorageBackend for CountedFile {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }

    fn read(&self, offset: u64, len: usize) -> Result<Vec<u8>, std::io::Error> {
        self.0.read(offset, len)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.set_len(len)
    }

    fn sync_data(&self, eventual: bool) -> Result<(), std::io::Error> {
        SYNCS.fetch_add(1, Ordering::Relaxed);
        self.0.sync_data(eventual)
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        BYTES.fetch_add(data.len() as u64, Ordering::Relaxed);
        self.0.write(offset, data)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("{PAYMENTS} payments, one after the other, each to the ack of its event.");
    println!("A sync is an fsync of a file or of its folder. What is over is never forgotten");
    println!("here, so that the Monitor and the Manager grow.\n");
    println!("{:<16} {:>8} {:>8} {:>8}   per acked event", "writing", "ms", "syncs", "bytes");
    let folder = tempfile::tempdir()?;
    let files = |name| Counted(FilesystemStore::new(folder.path().join(name)));
    let nothing = &mut |_: &mut Node<KvPersist<Counted>>| Ok::<(), StepError>(());
    let every = NonZeroU64::new(100).expect("it is not zero");
    tell("full", &measure(KvPersist::full(files("full")), nothing)?);
    tell("deltas", &measure(KvPersist::with_deltas(files("deltas"), every), nothing)?);
    let database = Arc::new(open(&folder.path().join("node.redb"))?);
    tell("one transaction", &measure(Transactional::new(database), &mut Transactional::commit)?);
    Ok(())
}

fn open(path: &Path) -> Result<Database, Box<dyn Error>> {
    let file = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    Ok(Database::builder().create_with_backend(CountedFile(FileBackend::new(file)?))?)
}

/// What the payments took.
struct Cost {
    time: Duration,
    syncs: u64,
    bytes: u64,
}

fn measure<P: Persist, E: From<StepError>>(
    persister: P,
    flush: &mut impl FnMut(&mut Node<P>) -> Result<(), E>,
) -> Result<Cost, E> {
    let mut node = Node::new(Settings::default(), persister)?;
    lab::open(&mut node, flush)?;
    SYNCS.store(0, Ordering::Relaxed);
    BYTES.store(0, Ordering::Relaxed);
    let start = Instant::now();
    for n in 0..PAYMENTS {
        lab::pay(&mut node, n, flush)?;
    }
    Ok(Cost {
        time: start.elapsed(),
        syncs: SYNCS.load(Ordering::Relaxed),
        bytes: BYTES.load(Ordering::Relaxed),
    })
}

fn tell(name: &str, cost: &Cost) {
    let each = |total: f64| total / PAYMENTS as f64;
    println!(
        "{name:<16} {:>8.2} {:>8.1} {:>8.0}",
        each(cost.time.as_secs_f64() * 1000.0),
        each(cost.syncs as f64),
        each(cost.bytes as f64)
    );
}
