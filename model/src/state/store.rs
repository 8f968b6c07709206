//! The disk: durable versions, and writes on their way. SPEC.md section 4 is about this file.

use super::{CHANNELS, Channel, HTLCS, Manager, Renaming, Snapshot};
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// The most writes in flight for one monitor.
pub const WRITES: usize = 2;

/// A write of a monitor in flight: that of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Write<const H: usize = HTLCS> {
    /// What becomes durable when it lands.
    pub snapshot: Snapshot<H>,
    /// With its report, events with smaller ids wait for no other.
    pub covers_events_below: u8,
    /// Its report completes updates up to this id.
    pub covers_update: u8,
}

impl<const H: usize> Write<H> {
    /// An unused slot.
    pub const NONE: Write<H> =
        Write { snapshot: Snapshot::INITIAL, covers_events_below: 0, covers_update: 0 };
}

/// Whether a monitor is archived: removed from memory and from the store, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Archival {
    /// The scenario has no archival, or not this channel: it is kept for good.
    Never,
    /// It is kept until its channel is resolved.
    NotYet,
    /// It is archived. What stands in its place has its best block and which HTLCs were never
    /// offered, else nothing.
    Done,
}

/// What survives a crash, or may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Disk<const C: usize = CHANNELS, const H: usize = HTLCS> {
    /// The durable version of each monitor.
    pub monitors: [Snapshot<H>; C],
    /// Writes in flight, oldest first.
    pub writes: [[Write<H>; WRITES]; C],
    /// How many of them there are.
    pub writes_len: [u8; C],
    /// Whether each monitor is archived.
    pub archival: [Archival; C],
    /// The durable version of the manager.
    pub manager: Manager<C, H>,
    /// The manager write in flight, if `manager_writing`.
    pub manager_write: Manager<C, H>,
    /// Whether a manager write is in flight.
    pub manager_writing: bool,
}

impl<const C: usize, const H: usize> Disk<C, H> {
    /// The writes of a monitor in flight, oldest first.
    pub fn writes(&self, channel: Channel) -> &[Write<H>] {
        &self.writes[channel][..usize::from(self.writes_len[channel])]
    }

    /// Whether a channel's monitor is archived.
    pub fn is_archived(&self, channel: Channel) -> bool {
        self.archival[channel] == Archival::Done
    }

    /// The channels whose monitors are archived.
    pub fn archived(&self) -> [bool; C] {
        self.archival.map(|archival| archival == Archival::Done)
    }

    /// The newest write of a monitor in flight.
    pub fn newest_write(&mut self, channel: Channel) -> Option<&mut Write<H>> {
        self.writes[channel][..usize::from(self.writes_len[channel])].last_mut()
    }

    /// The newest version of a monitor that was handed to the store.
    pub fn newest(&self, channel: Channel) -> &Snapshot<H> {
        self.writes(channel).last().map_or(&self.monitors[channel], |w| &w.snapshot)
    }

    /// Every version of a monitor that a crash can bring back.
    pub fn recoverable(&self, channel: Channel) -> impl Iterator<Item = &Snapshot<H>> {
        let written = self.writes(channel).iter().map(|w| &w.snapshot);
        std::iter::once(&self.monitors[channel]).chain(written)
    }

    /// Every version of the manager that a crash can bring back.
    pub fn recoverable_managers(&self) -> impl Iterator<Item = &Manager<C, H>> {
        let written = self.manager_writing.then_some(&self.manager_write);
        std::iter::once(&self.manager).chain(written)
    }

    /// Takes the event ids away, for people: where no design wrote them they say nothing.
    pub fn hide_event_ids(&mut self) {
        self.monitors.iter_mut().for_each(Snapshot::hide_ids);
        self.writes.iter_mut().flatten().for_each(|write| write.snapshot.hide_ids());
    }

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        for snapshot in &mut self.monitors {
            snapshot.rename(new);
        }
        for (writes, len) in self.writes.iter_mut().zip(self.writes_len) {
            for write in &mut writes[..usize::from(len)] {
                write.snapshot.rename(new);
            }
        }
        self.manager.rename(new);
        if self.manager_writing {
            self.manager_write.rename(new);
        }
    }
}
