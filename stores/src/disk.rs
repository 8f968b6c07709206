//! A disk in memory that says what a crash can leave of it.
//!
//! It takes the operations of a file system one by one, and keeps of each folder and file what is
//! durable and what was done since. POSIX promises nothing of the latter until the file or the
//! folder is synced, and so an [image](Disk::image) keeps any part of it:
//!
//! - Under a name the folder has what was there when the folder was last synced, or what any
//!   operation since has left there. Each name by itself: names have no order, and a file that was
//!   renamed can be there under both its names or under neither.
//! - A file that is not synced holds what it held when it was, or what was written since without
//!   its tail, each of the blocks whole, torn or empty.
//! - A folder that is lost takes with it all that lies in it, synced or not.

mod defence;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub use defence::{Defence, Defences};
pub use store::SimulatedStore;

/// So many bytes of a file are written at once, or lost, or half of them.
pub const BLOCK: usize = 256;

/// A name in a folder. The outermost folder is "".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The folder.
    pub folder: String,
    /// The name in it.
    pub name: String,
}

impl Place {
    /// A name in a folder.
    pub fn new(folder: &str, name: &str) -> Self {
        Place { folder: folder.to_owned(), name: name.to_owned() }
    }

    /// The folder that lies here.
    fn path(&self) -> String {
        match self.folder.is_empty() {
            true => self.name.clone(),
            false => format!("{}/{}", self.folder, self.name),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// What a file system is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Makes a folder.
    MakeFolder(Place),
    /// Makes an empty file; one that is there loses what it holds.
    Create(Place),
    /// Writes the next bytes of a file, at most [`BLOCK`].
    Write(Place, Vec<u8>),
    /// Makes what a file holds durable, but not its name.
    SyncFile(Place),
    /// Gives a file another name in its folder, in place of the file that has it.
    Rename(Place, String),
    /// Removes a file.
    Unlink(Place),
    /// Makes the names in a folder durable, but not the folder's own.
    SyncFolder(String),
}

impl Op {
    /// What kind it is.
    pub fn name(&self) -> &'static str {
        match self {
            Op::MakeFolder(_) => "make folder",
            Op::Create(_) => "create",
            Op::Write(..) => "write",
            Op::SyncFile(_) => "sync file",
            Op::Rename(..) => "rename",
            Op::Unlink(_) => "unlink",
            Op::SyncFolder(_) => "sync folder",
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Op::Write(place, bytes) => write!(f, "{name} {place}, {} bytes", bytes.len()),
            Op::Rename(place, to) => write!(f, "{name} {place} to {to}"),
            Op::SyncFolder(folder) => write!(f, "{name} '{folder}'"),
            Op::MakeFolder(place) | Op::Create(place) | Op::SyncFile(place) | Op::Unlink(place) => {
                write!(f, "{name} {place}")
            }
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    File(u64),
    Folder,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
struct File {
    durable: Arc<Vec<u8>>,
    /// All blocks, if any of them is not synced.
    written: Option<Arc<Vec<Vec<u8>>>>,
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        match &self.written {
            Some(blocks) => blocks.concat(),
            None => self.durable.to_vec(),
        }
    }

    fn after_crash(&self, choose: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
        let Some(blocks) = self.written.as_ref().filter(|_| choose(2) == 1) else {
            return self.durable.to_vec();
        };
        let kept = choose(blocks.len() + 1);
        let mut bytes = Vec::new();
        for block in &blocks[..kept] {
            let whole = block.len();
            let there = [0, whole / 2, whole][choose(3)];
            bytes.extend_from_slice(&block[..there]);
            bytes.resize(bytes.len() + whole - there, 0);
        }
        bytes
    }
}

/// What each name of a folder stood for when the folder was synced, and after each operation since.
type Names = BTreeMap<String, Vec<Option<Entry>>>;

/// A disk, as its operations have left it.
#[derive(Clone, Debug)]
pub struct Disk {
    folders: BTreeMap<String, Names>,
    files: BTreeMap<u64, File>,
    next_file: u64,
}

impl Default for Disk {
    /// With the outermost folder.
    fn default() -> Self {
        let folders = BTreeMap::from([(String::new(), Names::new())]);
        Disk { folders, files: BTreeMap::new(), next_file: 0 }
    }
}

/// Whether a file is one on its way to its name.
fn is_temporary(name: &str) -> bool {
    name.ends_with(".tmp")
}

impl Disk {
    /// Carries out an operation.
    ///
    /// # Panics
    /// The file or the folder is not there.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::MakeFolder(place) => {
                self.set(place, Some(Entry::Folder));
                self.folders.entry(place.path()).or_default();
            }
            Op::Create(place) => match self.file(place) {
                Some(id) => self.files.entry(id).or_default().written = Some(Arc::default()),
                None => {
                    let file = File { written: Some(Arc::default()), ..File::default() };
                    self.add(place, file);
                }
            },
            Op::Write(place, bytes) => {
                let file = self.open(place);
                let durable = || Arc::new(vec![file.durable.to_vec()]);
                let blocks = file.written.get_or_insert_with(durable);
                Arc::make_mut(blocks).push(bytes.clone());
            }
            Op::SyncFile(place) => {
                let file = self.open(place);
                file.durable = Arc::new(file.bytes());
                file.written = None;
            }
            Op::Rename(place, name) => {
                let moved = self.entry(place);
                self.set(&Place::new(&place.folder, name), moved);
                self.set(place, None);
            }
            Op::Unlink(place) => self.set(place, None),
            Op::SyncFolder(folder) => self.sync(folder),
        }
    }

    fn sync(&mut self, folder: &str) {
        let names = self.folders.get_mut(folder).expect("a folder that is synced is there");
        names.retain(|_, history| {
            history.drain(..history.len() - 1);
            history[0].is_some()
        });
        let histories = self.folders.values().flat_map(|names| names.values().flatten());
        let named: Vec<_> = histories.copied().collect();
        self.files.retain(|id, _| named.contains(&Some(Entry::File(*id))));
    }

    fn entry(&self, place: &Place) -> Option<Entry> {
        *self.folders.get(&place.folder)?.get(&place.name)?.last()?
    }

    fn set(&mut self, place: &Place, entry: Option<Entry>) {
        let names = self.folders.get_mut(&place.folder).expect("the folder is there");
        names.entry(place.name.clone()).or_insert_with(|| vec![None]).push(entry);
    }

    fn file(&self, place: &Place) -> Option<u64> {
        match self.entry(place) {
            Some(Entry::File(id)) => Some(id),
            _ => None,
        }
    }

    fn open(&mut self, place: &Place) -> &mut File {
        let id = self.file(place).expect("the file is there");
        self.files.get_mut(&id).expect("what has a name is kept")
    }

    fn add(&mut self, place: &Place, file: File) {
        self.files.insert(self.next_file, file);
        self.set(place, Some(Entry::File(self.next_file)));
        self.next_file += 1;
    }

    /// Whether a folder is there.
    pub fn has_folder(&self, folder: &str) -> bool {
        self.folders.contains_key(folder)
    }

    /// Whether no crash takes back what lies under this name, if anything does.
    pub fn is_durable(&self, place: &Place) -> bool {
        let names = self.folders.get(&place.folder);
        names.and_then(|names| names.get(&place.name)).is_none_or(|history| history.len() == 1)
    }

    /// What a file holds, synced or not.
    pub fn read(&self, place: &Place) -> Option<Vec<u8>> {
        self.file(place).map(|id| self.files[&id].bytes())
    }

    /// The files of a folder.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let names = self.folders.get(folder).into_iter().flatten();
        let files = names.filter(|(_, h)| matches!(h.last(), Some(Some(Entry::File(_)))));
        files.map(|(name, _)| name.clone()).collect()
    }

    /// What a crash leaves, wholly durable. `choose` is asked for a number below the one that it is
    /// given, wherever more than one thing is possible: 0 is to lose what can be lost.
    ///
    /// It is not asked about files on their way to their names, which no reader looks at. They are
    /// left behind with what of them is durable.
    pub fn image(&self, choose: &mut impl FnMut(usize) -> usize) -> Disk {
        let mut image = Disk::default();
        self.leave("", &mut image, choose);
        image
    }

    fn leave(&self, folder: &str, image: &mut Disk, choose: &mut impl FnMut(usize) -> usize) {
        for (name, history) in &self.folders[folder] {
            let place = Place::new(folder, name);
            let kept = match history.len() {
                1 => 0,
                count if is_temporary(name) => count - 1,
                count => choose(count),
            };
            match history[kept] {
                Some(Entry::Folder) => {
                    image.apply(&Op::MakeFolder(place.clone()));
                    self.leave(&place.path(), image, choose);
                }
                Some(Entry::File(id)) => {
                    let file = &self.files[&id];
                    let durable = match is_temporary(name) {
                        true => Arc::clone(&file.durable),
                        false => Arc::new(file.after_crash(choose)),
                    };
                    image.add(&place, File { durable, written: None });
                }
                None => {}
            }
        }
        image.sync(folder);
    }

    /// What a reader of an image finds otherwise than a reader of this disk.
    pub fn differences(&self, image: &Disk) -> Vec<String> {
        let places = |disk: &Disk| {
            let of = |folder: &String| {
                let names = disk.list(folder).into_iter().filter(|name| !is_temporary(name));
                names.map(|name| Place::new(folder, &name)).collect::<Vec<_>>()
            };
            disk.folders.keys().flat_map(of).collect::<BTreeSet<_>>()
        };
        let all = places(self).into_iter().chain(places(image)).collect::<BTreeSet<_>>();
        let difference = |place: Place| {
            let (here, there) = (self.read(&place), image.read(&place));
            let is = match (&here, &there) {
                _ if here == there => return None,
                (_, None) => "is lost",
                (None, _) => "is back",
                (_, Some(bytes)) if bytes.is_empty() => "is empty",
                _ => "is another, or torn",
            };
            Some(format!("{place} {is}"))
        };
        all.into_iter().filter_map(difference).collect()
    }

    /// Each image of this disk, once for each way to choose it.
    pub fn every_image(&self, mut visit: impl FnMut(Disk)) {
        // What was chosen of how many: a number with digits of different bases, counted up.
        let mut digits: Vec<(usize, usize)> = Vec::new();
        loop {
            let mut at = 0;
            let image = self.image(&mut |count| {
                if at == digits.len() {
                    digits.push((0, count));
                }
                at += 1;
                digits[at - 1].0
            });
            visit(image);
            while digits.last().is_some_and(|(digit, count)| digit + 1 == *count) {
                digits.pop();
            }
            match digits.last_mut() {
                Some((digit, _)) => *digit += 1,
                None => return,
            }
        }
    }
}
