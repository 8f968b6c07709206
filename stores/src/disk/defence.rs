//! What keeps a crash from doing damage, each part of it as a switch.

use std::collections::BTreeSet;
use std::fmt;

/// Something without which a crash does damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Defence {
    /// A file is synced before it gets its name.
    FileSynced,
    /// A folder is synced behind a new name in it, and behind a removal that is not lazy.
    FolderSynced,
    /// A new folder is synced in the folder in which it lies. LDK's `FilesystemStore` does not.
    NewFolderSynced,
    /// A file is written under a temporary name, and renamed when it is whole.
    RenamedIntoPlace,
    /// A reader passes over temporary names.
    TemporaryPassedOver,
    /// The mark of archival lands before the Monitor is removed.
    MarkBeforeRemoval,
    /// Updates are removed behind the full write that holds them.
    RemovedBehindFullWrite,
    /// The writes of one channel are carried out one after the other.
    InOrder,
    /// A write is reported behind its last operation.
    ReportedBehind,
    /// A load passes over updates that the full write holds.
    StalePassedOver,
    /// A load refuses updates behind a gap.
    GapRefused,
    /// A load passes over a Monitor whose mark of archival is there.
    ArchivedPassedOver,
}

impl Defence {
    /// All of them.
    pub const ALL: [Defence; 12] = [
        Defence::FileSynced,
        Defence::FolderSynced,
        Defence::NewFolderSynced,
        Defence::RenamedIntoPlace,
        Defence::TemporaryPassedOver,
        Defence::MarkBeforeRemoval,
        Defence::RemovedBehindFullWrite,
        Defence::InOrder,
        Defence::ReportedBehind,
        Defence::StalePassedOver,
        Defence::GapRefused,
        Defence::ArchivedPassedOver,
    ];
}

impl fmt::Display for Defence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Defence::FileSynced => "file synced",
            Defence::FolderSynced => "folder synced",
            Defence::NewFolderSynced => "new folder synced",
            Defence::RenamedIntoPlace => "renamed into place",
            Defence::TemporaryPassedOver => "temporary name passed over",
            Defence::MarkBeforeRemoval => "mark before removal",
            Defence::RemovedBehindFullWrite => "removed behind full write",
            Defence::InOrder => "in order",
            Defence::ReportedBehind => "reported behind",
            Defence::StalePassedOver => "stale update passed over",
            Defence::GapRefused => "gap refused",
            Defence::ArchivedPassedOver => "archived passed over",
        })
    }
}

/// Which defences there are: all, but for those that are disabled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defences {
    disabled: BTreeSet<Defence>,
}

impl Defences {
    /// All of them.
    pub fn all() -> Self {
        Defences::default()
    }

    /// Those of LDK's `FilesystemStore` under a [`KvPersist`](crate::KvPersist).
    pub fn of_filesystem_store() -> Self {
        Defences::all().without(Defence::NewFolderSynced)
    }

    /// One fewer.
    #[must_use]
    pub fn without(mut self, defence: Defence) -> Self {
        self.disabled.insert(defence);
        self
    }

    /// Whether there is this one.
    pub fn has(&self, defence: Defence) -> bool {
        !self.disabled.contains(&defence)
    }
}
