//! A `ChannelMonitor`: what it knows of its HTLCs, and its event list.

use super::{HTLCS, Htlc, NO_ID, Outcome, Renaming};
use zerocopy::{Immutable, IntoBytes, Unaligned};

/// Room for one entry more than a correct monitor ever lists (one per HTLC).
pub const EVENTS: usize = HTLCS + 1;

/// Where the commitment dance of one HTLC's removal stands, in one monitor's view.
///
/// The dance is reduced to its two durable steps. Outbound: a holder-commitment update without the
/// HTLC, then the counterparty's revocation. Inbound: our removal in the counterparty's commitment
/// (with the preimage, for a claim), then the counterparty's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Stage {
    /// In both commitments.
    Committed,
    /// A commitment without it is signed; it was claimed, the monitor holds the preimage.
    SignedClaim,
    /// A commitment without it is signed; it was failed.
    SignedFail,
    /// Irrevocably removed after a claim; the monitor has pruned it, the preimage included.
    RevokedClaim,
    /// Irrevocably removed after a fail; the monitor has pruned it.
    RevokedFail,
    /// No update has offered it: the monitor does not know it.
    Unoffered,
}

impl Stage {
    /// The stage after a commitment without the HTLC is signed.
    pub fn signed(outcome: Outcome) -> Stage {
        match outcome {
            Outcome::Claim => Stage::SignedClaim,
            Outcome::Fail => Stage::SignedFail,
        }
    }

    /// The stage after the old commitment is revoked.
    pub fn revoked(outcome: Outcome) -> Stage {
        match outcome {
            Outcome::Claim => Stage::RevokedClaim,
            Outcome::Fail => Stage::RevokedFail,
        }
    }

    /// How the removal under way, or done, ends the HTLC.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Stage::Committed | Stage::Unoffered => None,
            Stage::SignedClaim | Stage::RevokedClaim => Some(Outcome::Claim),
            Stage::SignedFail | Stage::RevokedFail => Some(Outcome::Fail),
        }
    }

    /// Whether a signed removal waits for the counterparty's revocation.
    pub fn is_signed(self) -> bool {
        matches!(self, Stage::SignedClaim | Stage::SignedFail)
    }

    /// Whether the HTLC is irrevocably removed, and so no longer listed by the monitor.
    pub fn is_revoked(self) -> bool {
        matches!(self, Stage::RevokedClaim | Stage::RevokedFail)
    }

    /// Whether the monitor lists the HTLC: it is offered, and not irrevocably removed.
    pub fn is_listed(self) -> bool {
        !self.is_revoked() && self != Stage::Unoffered
    }
}

/// One HTLC event in a monitor's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Entry {
    /// The id it is acked by.
    pub id: u8,
    /// The HTLC, and in the lowest bit how it ended: one byte, because there are many entries.
    what: u8,
}

impl Entry {
    const EMPTY: Entry = Entry { id: NO_ID, what: 0 };

    /// The event of an HTLC.
    pub const fn new(id: u8, htlc: Htlc, outcome: Outcome) -> Entry {
        Entry { id, what: (htlc.index() as u8) << 1 | outcome as u8 }
    }

    /// The HTLC it is about.
    pub const fn htlc(self) -> Htlc {
        Htlc::at((self.what >> 1) as usize)
    }

    /// How that HTLC ended.
    pub const fn outcome(self) -> Outcome {
        if self.what & 1 == Outcome::Claim as u8 { Outcome::Claim } else { Outcome::Fail }
    }
}

/// Events in id order: `provided` first, then `pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct EventList {
    len: u8,
    entries: [Entry; EVENTS],
}

impl EventList {
    /// The empty list.
    pub const EMPTY: EventList = EventList { len: 0, entries: [Entry::EMPTY; EVENTS] };

    /// The entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries[..usize::from(self.len).min(EVENTS)]
    }

    /// Appends an entry. Where there is no room the list has overflowed, and says so from then on.
    pub fn push(&mut self, entry: Entry) {
        if let Some(slot) = self.entries.get_mut(usize::from(self.len)) {
            *slot = entry;
        }
        self.len = (self.len + 1).min(EVENTS as u8 + 1);
    }

    /// Whether an entry found no room. Two HTLCs' entries, at most one each, always find some:
    /// GUA-4 is violated, and what follows is beyond the model.
    pub fn has_overflowed(&self) -> bool {
        usize::from(self.len) > EVENTS
    }

    /// Removes the entry at an index and returns it.
    pub fn remove(&mut self, index: usize) -> Entry {
        let len = self.entries().len();
        let removed = self.entries[index];
        self.entries.copy_within(index + 1..len, index);
        self.entries[len - 1] = Entry::EMPTY;
        // What has overflowed stays so.
        self.len -= u8::from(!self.has_overflowed());
        removed
    }

    /// Puts the last entry where another was removed, as `Vec::swap_remove` does. SPEC.md keeps the
    /// order.
    pub fn move_last_to(&mut self, index: usize) {
        let len = self.entries().len();
        if index < len {
            self.entries[index..len].rotate_right(1);
        }
    }

    /// Whether an entry is about this HTLC.
    pub fn names(&self, htlc: Htlc) -> bool {
        self.entries().iter().any(|e| e.htlc() == htlc)
    }

    /// Numbers the entries from 0, in their order.
    fn number_anew(&mut self) {
        let len = self.entries().len();
        for (position, entry) in self.entries[..len].iter_mut().enumerate() {
            entry.id = position as u8;
        }
    }

    fn hide_ids(&mut self) {
        let len = self.entries().len();
        self.entries[..len].iter_mut().for_each(|entry| entry.id = NO_ID);
    }

    /// Gives the HTLCs other names; the order, and so the ids, stay.
    pub fn rename(&mut self, new: &Renaming) {
        for entry in &mut self.entries[..usize::from(self.len).min(EVENTS)] {
            *entry = Entry::new(entry.id, new.of(entry.htlc()), entry.outcome());
        }
    }
}

/// How a monitor hands its events over (`persistent_events_enabled`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(u8)]
pub enum Mode {
    /// The old way: what is released is not written any more, and a load makes it again if the
    /// manager still needs it.
    Off,
    /// An event is kept until it is acked.
    On,
}

/// What a monitor knows besides its events; every field is in a full write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct MonitorData<const H: usize = HTLCS> {
    /// The id of the last update applied.
    pub update_id: u8,
    /// How many facts of its channel's chain it has processed.
    pub best_block: u8,
    /// A close update was applied, or it has closed by itself: it takes no part in the channel any
    /// more and broadcasts.
    pub lockdown: bool,
    /// How it hands its events over.
    pub mode: Mode,
    /// The id that the next event gets. In a stored version it is, as the ids of the events are,
    /// what a load makes it, unless a design writes ids.
    pub next_event_id: u8,
    /// The clock of its archival runs.
    pub archival_clock: bool,
    /// Where each HTLC's removal stands.
    pub stages: [Stage; H],
    /// The HTLCs of whose output it has a spend on record.
    pub spends: [bool; H],
}

impl<const H: usize> MonitorData<H> {
    fn rename(&mut self, new: &Renaming) {
        new.apply(&mut self.stages);
        new.apply(&mut self.spends);
    }
}

/// What a full write of a monitor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Snapshot<const H: usize = HTLCS> {
    /// All but the events.
    pub data: MonitorData<H>,
    /// `provided` and `pending` as one list: which was which is not written.
    pub events: EventList,
}

impl<const H: usize> Snapshot<H> {
    /// The snapshot of a channel with its HTLCs committed and nothing resolved; also the canonical
    /// value of an unused slot.
    pub const INITIAL: Snapshot<H> = Snapshot {
        data: MonitorData {
            update_id: 0,
            best_block: 0,
            lockdown: false,
            mode: Mode::On,
            next_event_id: 0,
            archival_clock: false,
            stages: [Stage::Committed; H],
            spends: [false; H],
        },
        events: EventList::EMPTY,
    };

    /// What stands for an archived monitor: nothing but the tip of its chain.
    pub fn archived(tip: u8) -> Snapshot<H> {
        let mut snapshot = Snapshot::INITIAL;
        snapshot.data.best_block = tip;
        snapshot
    }

    /// Numbers the events from 0, in their order.
    pub fn number_anew(&mut self) {
        self.events.number_anew();
        self.data.next_event_id = self.events.entries().len() as u8;
    }

    /// Takes the ids away, for people: where no design wrote them they say nothing.
    pub fn hide_ids(&mut self) {
        self.events.hide_ids();
        self.data.next_event_id = NO_ID;
    }

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        self.data.rename(new);
        self.events.rename(new);
    }
}

/// A monitor in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoBytes, Immutable, Unaligned)]
#[repr(C)]
pub struct Monitor<const H: usize = HTLCS> {
    /// What a full write copies.
    pub data: MonitorData<H>,
    /// `provided` then `pending`. Release is first in, first out, so one list with a boundary
    /// is enough.
    pub events: EventList,
    /// How many entries of `events` are provided.
    pub provided: u8,
    /// Events with smaller ids wait for no report: every update that the monitor had when it
    /// pushed them is reported.
    pub covered_below: u8,
    /// A close notice waits for the manager. A notice is not an event: it has no id and is not
    /// written, because a load derives it again (RST-5).
    pub close_notice: bool,
    /// `Completed` waits for the manager, for updates up to this id; 0 if none waits. A load
    /// derives it again, too (RST-2, RST-3).
    pub completed: u8,
}

impl<const H: usize> Monitor<H> {
    /// Whether it lists the HTLC, or an event names it.
    pub fn knows(&self, htlc: Htlc) -> bool {
        self.data.stages[htlc].is_listed() || self.events.names(htlc)
    }

    /// Events handed out and not acked.
    pub fn provided(&self) -> &[Entry] {
        &self.events.entries()[..usize::from(self.provided)]
    }

    /// Events not handed out yet.
    pub fn pending(&self) -> &[Entry] {
        &self.events.entries()[usize::from(self.provided)..]
    }

    /// Whether some event in the list waits for the report of an update.
    pub fn holds_back(&self) -> bool {
        self.events.entries().iter().any(|e| e.id >= self.covered_below)
    }

    /// Gives the HTLCs other names.
    pub fn rename(&mut self, new: &Renaming) {
        self.data.rename(new);
        self.events.rename(new);
    }
}
