//! Files, as they are or with a fault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use fastrand::Rng;
use lightning::io;
use lightning::util::persist::KVStoreSync;
use lightning_persister::fs_store::FilesystemStore;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// It says that a write has landed, and only then writes: each key by itself, in order.
    Early,
    /// A crash can undo the last rename, although the folder was synced.
    LostRename,
}

/// LDK's store on files.
pub struct Store {
    files: Arc<FilesystemStore>,
    fault: Option<Fault>,
    /// What the last write has replaced, so that it can be undone.
    last: PathBuf,
    /// Who writes a key.
    writers: Mutex<BTreeMap<Key, Sender<Vec<u8>>>>,
}

type Key = (String, String, String);

impl Store {
    /// Opens a folder.
    pub fn open(folder: &Path, fault: Option<Fault>, rng: &mut Rng) -> Result<Self, io::Error> {
        let files = Arc::new(FilesystemStore::new(folder.to_owned()));
        let last = folder.with_extension("last");
        let store = Store { files, fault, last, writers: Mutex::new(BTreeMap::new()) };
        if fault == Some(Fault::LostRename) && rng.bool() {
            store.undo_last()?;
        }
        Ok(store)
    }

    fn keep_last(&self, key: &Key) -> Result<(), io::Error> {
        let before = self.files.read(&key.0, &key.1, &key.2).ok();
        let text = serde_json::to_vec(&(key, before)).map_err(std::io::Error::from)?;
        Ok(std::fs::write(&self.last, text)?)
    }

    fn undo_last(&self) -> Result<(), io::Error> {
        let Ok(text) = std::fs::read(&self.last) else { return Ok(()) };
        let Ok((key, before)) = serde_json::from_slice::<(Key, Option<Vec<u8>>)>(&text) else {
            return Ok(());
        };
        match before {
            Some(before) => self.files.write(&key.0, &key.1, &key.2, before),
            None => self.files.remove(&key.0, &key.1, &key.2, false),
        }
    }

    /// Writes after a while.
    fn write_later(&self, key: Key, bytes: Vec<u8>) {
        let mut writers = self.writers.lock().expect("no writer panics");
        let writer = writers.entry(key.clone()).or_insert_with(|| {
            let (sender, receiver) = channel::<Vec<u8>>();
            let files = Arc::clone(&self.files);
            thread::spawn(move || {
                for bytes in receiver {
                    thread::sleep(Duration::from_millis(fastrand::u64(..40)));
                    let _is_lost = files.write(&key.0, &key.1, &key.2, bytes);
                }
            });
            sender
        });
        let _is_gone = writer.send(bytes);
    }
}

impl KVStoreSync for Store {
    fn read(&self, primary: &str, secondary: &str, key: &str) -> Result<Vec<u8>, io::Error> {
        self.files.read(primary, secondary, key)
    }

    fn write(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        buf: Vec<u8>,
    ) -> Result<(), io::Error> {
        let name = (primary.to_owned(), secondary.to_owned(), key.to_owned());
        match self.fault {
            None => self.files.write(primary, secondary, key, buf),
            Some(Fault::Early) => {
                self.write_later(name, buf);
                Ok(())
            }
            Some(Fault::LostRename) => {
                self.keep_last(&name)?;
                self.files.write(primary, secondary, key, buf)
            }
        }
    }

    fn remove(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        lazy: bool,
    ) -> Result<(), io::Error> {
        self.files.remove(primary, secondary, key, lazy)
    }

    fn list(&self, primary: &str, secondary: &str) -> Result<Vec<String>, io::Error> {
        self.files.list(primary, secondary)
    }
}
