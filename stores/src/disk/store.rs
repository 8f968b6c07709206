//! LDK's `KVStoreSync` on a simulated disk.

use std::cell::{Cell, RefCell};

use lightning::io;
use lightning::util::persist::KVStoreSync;

use super::{BLOCK, Defence, Defences, Disk, Op, Place, is_temporary};

/// A store in files, as LDK's `FilesystemStore` is one: a file under a temporary name in the same
/// folder, written, synced, renamed, and the folder synced; a lazy removal is an unlink alone.
#[derive(Clone, Debug)]
pub struct SimulatedStore {
    disk: RefCell<Disk>,
    /// The operations of each call that has changed something.
    log: RefCell<Vec<Vec<Op>>>,
    /// How many files had a temporary name.
    temporary: Cell<u64>,
    defences: Defences,
}

impl SimulatedStore {
    /// On a disk.
    pub fn new(disk: Disk, defences: Defences) -> Self {
        let (disk, log) = (RefCell::new(disk), RefCell::default());
        SimulatedStore { disk, log, temporary: Cell::new(0), defences }
    }

    /// The disk.
    pub fn disk(&self) -> Disk {
        self.disk.borrow().clone()
    }

    /// The operations of each call so far that has changed something.
    pub fn log(&self) -> Vec<Vec<Op>> {
        self.log.borrow().clone()
    }

    /// Carries out an operation.
    pub(crate) fn apply(&self, op: &Op) {
        self.disk.borrow_mut().apply(op);
    }

    /// The operations of what `calls` asks for, each call by itself; none is carried out here.
    ///
    /// # Errors
    /// As those of `calls`.
    pub(crate) fn plan<E>(
        &self,
        calls: impl FnOnce(&SimulatedStore) -> Result<(), E>,
    ) -> Result<Vec<Vec<Op>>, E> {
        let trial = self.clone();
        trial.log.borrow_mut().clear();
        calls(&trial)?;
        // Two files that are written at a time have two temporary names.
        self.temporary.set(trial.temporary.get());
        Ok(trial.log.into_inner())
    }

    fn begin(&self) {
        self.log.borrow_mut().push(Vec::new());
    }

    fn go(&self, op: Op) {
        self.apply(&op);
        self.log.borrow_mut().last_mut().expect("a call has begun").push(op);
    }

    fn make_folders(&self, folder: &str) {
        let mut outer = String::new();
        for name in folder.split('/').filter(|name| !name.is_empty()) {
            let place = Place::new(&outer, name);
            let inner = place.path();
            if !self.disk.borrow().has_folder(&inner) {
                self.go(Op::MakeFolder(place));
            }
            // Another write may have made it, and not have synced it yet.
            let is_durable = self.disk.borrow().is_durable(&Place::new(&outer, name));
            if !is_durable && self.defences.has(Defence::NewFolderSynced) {
                self.go(Op::SyncFolder(outer));
            }
            outer = inner;
        }
    }
}

fn folder(primary: &str, secondary: &str) -> String {
    match secondary.is_empty() {
        true => primary.to_owned(),
        false => format!("{primary}/{secondary}"),
    }
}

impl KVStoreSync for SimulatedStore {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> Result<Vec<u8>, io::Error> {
        let bytes = self.disk.borrow().read(&Place::new(&folder(primary, secondary), key));
        bytes.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such key"))
    }

    fn write(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        buf: Vec<u8>,
    ) -> Result<(), io::Error> {
        let folder = folder(primary, secondary);
        self.begin();
        self.make_folders(&folder);
        let is_renamed = self.defences.has(Defence::RenamedIntoPlace);
        let file = match is_renamed {
            true => Place::new(&folder, &format!("{key}.{}.tmp", self.temporary.get())),
            false => Place::new(&folder, key),
        };
        self.temporary.set(self.temporary.get() + 1);
        self.go(Op::Create(file.clone()));
        for block in buf.chunks(BLOCK) {
            self.go(Op::Write(file.clone(), block.to_vec()));
        }
        if self.defences.has(Defence::FileSynced) {
            self.go(Op::SyncFile(file.clone()));
        }
        if is_renamed {
            self.go(Op::Rename(file, key.to_owned()));
        }
        if self.defences.has(Defence::FolderSynced) {
            self.go(Op::SyncFolder(folder));
        }
        Ok(())
    }

    fn remove(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        lazy: bool,
    ) -> Result<(), io::Error> {
        let folder = folder(primary, secondary);
        let place = Place::new(&folder, key);
        if self.disk.borrow().file(&place).is_none() {
            return Ok(());
        }
        self.begin();
        self.go(Op::Unlink(place));
        if !lazy && self.defences.has(Defence::FolderSynced) {
            self.go(Op::SyncFolder(folder));
        }
        Ok(())
    }

    fn list(&self, primary: &str, secondary: &str) -> Result<Vec<String>, io::Error> {
        let mut names = self.disk.borrow().list(&folder(primary, secondary));
        let passes_over = self.defences.has(Defence::TemporaryPassedOver);
        names.retain(|name| !passes_over || !is_temporary(name));
        Ok(names)
    }
}
