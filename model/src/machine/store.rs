//! The Store: what a crash may keep. SPEC.md section 4 is about this file; nobody else changes a
//! [`Disk`].
//!
//! It promises little: writes of one object land in the order in which they started, and that is
//! all. Between a Monitor and the Manager it orders nothing; every such order is a rule of SPEC.md
//! (MGR-8, WCH-1, STO-11). Torn writes and lying disks are left out (docs/bounds.md).

use crate::action::Kept;
use crate::state::{Archival, Channel, Disk, Manager, Snapshot, Write};

/// Starts a write that takes time.
pub(super) fn start<const C: usize, const H: usize>(
    disk: &mut Disk<C, H>,
    c: Channel,
    write: Write<H>,
) {
    // There is room: the bound on writes in flight is asked for before any action.
    let slot = usize::from(disk.writes_len[c]);
    disk.writes[c][slot] = write;
    disk.writes_len[c] += 1;
}

/// Lands the oldest write in flight of a Monitor.
pub(super) fn land<const C: usize, const H: usize>(disk: &mut Disk<C, H>, c: Channel) -> Write<H> {
    let write = disk.writes[c][0];
    disk.writes[c].rotate_left(1);
    // One value for an unused slot, or equal states would count as two.
    *disk.writes[c].last_mut().expect("there are slots") = Write::NONE;
    disk.writes_len[c] -= 1;
    disk.monitors[c] = write.snapshot;
    write
}

/// A full write that lands at once and that nobody reports. It contains what is in flight, so from
/// now on every crash brings back at least this version.
pub(super) fn land_untracked<const C: usize, const H: usize>(
    disk: &mut Disk<C, H>,
    c: Channel,
    snapshot: Snapshot<H>,
) {
    disk.monitors[c] = snapshot;
    let len = usize::from(disk.writes_len[c]);
    for write in &mut disk.writes[c][..len] {
        // Those still report what they cover, which is less than they hold now.
        write.snapshot = snapshot;
    }
}

/// Starts a write of the Manager that takes time.
pub(super) fn start_manager<const C: usize, const H: usize>(
    disk: &mut Disk<C, H>,
    copy: Manager<C, H>,
) {
    disk.manager_write = copy;
    disk.manager_writing = true;
}

/// Lands the Manager's write in flight.
pub(super) fn land_manager<const C: usize, const H: usize>(disk: &mut Disk<C, H>) {
    disk.manager = disk.manager_write;
    disk.manager_write = Manager::EMPTY;
    disk.manager_writing = false;
}

/// Removes a Monitor; the removal is behind all writes of it that were started. What stands in its
/// place is what properties ask of it.
pub(super) fn remove<const C: usize, const H: usize>(
    disk: &mut Disk<C, H>,
    c: Channel,
    in_its_place: Snapshot<H>,
) {
    disk.archival[c] = Archival::Done;
    disk.monitors[c] = in_its_place;
    // None of them is reported any more, so whoever waits for a report waits for ever (WCH-5).
    disk.writes[c].fill(Write::NONE);
    disk.writes_len[c] = 0;
}

/// A crash keeps a prefix of each object's writes; the rest never happened.
pub(super) fn keep<const C: usize, const H: usize>(disk: &mut Disk<C, H>, kept: Kept) {
    for c in (0..C).map(Channel::at) {
        // The last one kept has all before it in it: a durable version never goes back.
        let count = kept.writes[c];
        if let Some(last) = usize::from(count).checked_sub(1) {
            disk.monitors[c] = disk.writes[c][last].snapshot;
        }
        disk.writes[c].fill(Write::NONE);
        disk.writes_len[c] = 0;
    }
    if kept.manager {
        disk.manager = disk.manager_write;
    }
    disk.manager_write = Manager::EMPTY;
    disk.manager_writing = false;
}
