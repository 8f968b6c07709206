//! What both sides say about a state, in the same words: the abstraction functions.
//!
//! A view is a sequence of words, each said of a field; a list begins with its length, so that two
//! views are equal just where all that they speak of is. The functions that tell a view
//! ([`of_model`], [`of_reference`]) take the sides apart without `..`, so that a new field has to
//! be placed here. The model knows more than the reference where it keeps history (how an HTLC was
//! removed): the view keeps what the reference has.
//!
//! Every step of every engine compares two views, so only the words are compared; where they
//! differ, the views are told again, and the fields with them.

pub mod of_model;
pub mod of_reference;

use crate::driver::Driver;
use crate::store::Bytes;
use model::state::State;
use model::topology::Topology;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

/// A word of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// A number. The model's are below 256: what is above 65,535 is the same difference.
    Number(u16),
    /// Whether something is so.
    Flag(bool),
    /// Nothing is there.
    None,
    /// A commitment, ours or not.
    Commitment(bool),
    /// An HTLC that both commitments have.
    Held,
    /// A removal is signed, or to be signed: claimed or not.
    Signed(bool),
    /// Irrevocably removed.
    Removed,
    /// An HTLC's outcome: claimed or not.
    Claimed(bool),
    /// The manager does not know the HTLC's outcome.
    Waiting,
    /// A user event with this outcome is queued.
    Queued(bool),
    /// The user has handled `PaymentForwarded`.
    Settled,
    /// A fail is in the forward queue.
    FailQueued,
    /// Nothing is left to do on the inbound channel.
    Resolved,
    /// The counterparty revoked.
    Revoked,
    /// Force-close.
    Close,
    /// A new HTLC is offered.
    Offer,
    /// An HTLC waits in the holding cell.
    HoldingCell,
    /// A payment was not made, for all the manager knows.
    Unmade,
    /// News that will be told once updates are complete: in no version of the reference.
    Promised,
    /// A monitor that is archived.
    Archived,
    /// What is on disk cannot be read.
    Unreadable,
}

impl Word {
    /// The word as a number, so that views are compared as bytes are.
    fn packed(self) -> u32 {
        let (kind, said) = match self {
            Word::Number(number) => (0, number),
            Word::Flag(flag) => (1, u16::from(flag)),
            Word::None => (2, 0),
            Word::Held => (3, 0),
            Word::Signed(claimed) => (4, u16::from(claimed)),
            Word::Removed => (5, 0),
            Word::Claimed(claimed) => (6, u16::from(claimed)),
            Word::Waiting => (7, 0),
            Word::Queued(claimed) => (8, u16::from(claimed)),
            Word::Settled => (9, 0),
            Word::FailQueued => (10, 0),
            Word::Resolved => (11, 0),
            Word::Revoked => (12, 0),
            Word::Close => (13, 0),
            Word::Unreadable => (14, 0),
            Word::Archived => (15, 0),
            Word::Offer => (16, 0),
            Word::HoldingCell => (17, 0),
            Word::Promised => (18, 0),
            Word::Unmade => (19, 0),
            Word::Commitment(ours) => (20, u16::from(ours)),
        };
        kind << 16 | u32::from(said)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = |claimed| if claimed { "claim" } else { "fail" };
        match *self {
            Word::Number(number) => write!(f, "{number}"),
            Word::Flag(flag) => f.write_str(if flag { "yes" } else { "no" }),
            Word::None => f.write_str("none"),
            Word::Held => f.write_str("held"),
            Word::Signed(claimed) => write!(f, "signed-{}", outcome(claimed)),
            Word::Removed => f.write_str("removed"),
            Word::Claimed(claimed) => f.write_str(outcome(claimed)),
            Word::Waiting => f.write_str("waiting"),
            Word::Queued(claimed) => write!(f, "queued-{}", outcome(claimed)),
            Word::Settled => f.write_str("settled"),
            Word::FailQueued => f.write_str("fail-queued"),
            Word::Resolved => f.write_str("resolved"),
            Word::Revoked => f.write_str("revoked"),
            Word::Close => f.write_str("close"),
            Word::Unreadable => f.write_str("unreadable"),
            Word::Archived => f.write_str("archived"),
            Word::Offer => f.write_str("offer"),
            Word::HoldingCell => f.write_str("holding-cell"),
            Word::Promised => f.write_str("promised"),
            Word::Unmade => f.write_str("unmade"),
            Word::Commitment(ours) => f.write_str(if ours { "ours" } else { "theirs" }),
        }
    }
}

/// Words for people.
pub fn sentence(words: &[Word]) -> String {
    words.iter().map(Word::to_string).collect::<Vec<_>>().join(" ")
}

/// Who listens to a view.
pub trait Listener: Sized {
    /// A word that is said of a field.
    fn say(&mut self, field: &'static str, word: Word);

    /// What a stored version holds, as `tell` reads it from the bytes.
    fn read(&mut self, field: &'static str, driver: &Driver, bytes: &Bytes, tell: Tell<Self>) {
        tell(field, driver, bytes, self);
    }

    /// A number, or the length of a list that follows.
    fn number(&mut self, field: &'static str, number: impl TryInto<u16>) {
        self.say(field, Word::Number(number.try_into().unwrap_or(u16::MAX)));
    }

    /// Whether something is so.
    fn flag(&mut self, field: &'static str, flag: bool) {
        self.say(field, Word::Flag(flag));
    }
}

/// Tells what bytes hold, which a driver's node has written.
pub type Tell<L> = fn(&'static str, &Driver, &[u8], &mut L);

/// The names of a monitor's fields.
#[derive(Clone, Copy)]
pub struct MonitorNames {
    update_id: &'static str,
    best_block: &'static str,
    lockdown: &'static str,
    mode: &'static str,
    next_event_id: &'static str,
    archival_clock: &'static str,
    stages: &'static str,
    spends: &'static str,
    commitment: &'static str,
    events: &'static str,
}

impl MonitorNames {
    /// In memory each field has a name of its own.
    const MEMORY: MonitorNames = MonitorNames {
        update_id: "monitor.update_id",
        best_block: "monitor.best_block",
        lockdown: "monitor.lockdown",
        mode: "monitor.mode",
        next_event_id: "monitor.next_event_id",
        archival_clock: "monitor.archival_clock",
        stages: "monitor.stages",
        spends: "monitor.spends",
        commitment: "monitor.commitment",
        events: "monitor.events",
    };

    /// On disk they go by one name.
    fn all(name: &'static str) -> MonitorNames {
        MonitorNames {
            update_id: name,
            best_block: name,
            lockdown: name,
            mode: name,
            next_event_id: name,
            archival_clock: name,
            stages: name,
            spends: name,
            commitment: name,
            events: name,
        }
    }
}

/// The names of the manager's fields.
#[derive(Clone, Copy)]
pub struct ManagerNames {
    open: &'static str,
    update_id: &'static str,
    in_flight: &'static str,
    blocked: &'static str,
    htlcs: &'static str,
    told: &'static str,
}

impl ManagerNames {
    const MEMORY: ManagerNames = ManagerNames {
        open: "manager.open",
        update_id: "manager.update_id",
        in_flight: "manager.in_flight",
        blocked: "manager.blocked",
        htlcs: "manager.htlcs",
        told: "manager.told",
    };

    fn all(name: &'static str) -> ManagerNames {
        ManagerNames {
            open: name,
            update_id: name,
            in_flight: name,
            blocked: name,
            htlcs: name,
            told: name,
        }
    }
}

/// Keeps the words alone, and remembers what was read from bytes: the same few versions come again
/// and again.
#[derive(Default)]
struct Words {
    words: Vec<u32>,
    /// What was read of which bytes, in which dialect.
    read: HashMap<(u64, u128), Box<[u32]>, foldhash::fast::FixedState>,
}

/// Beyond this many versions the memory starts anew.
const REMEMBERED: usize = 1 << 16;

impl Listener for Words {
    fn say(&mut self, _: &'static str, word: Word) {
        self.words.push(word.packed());
    }

    fn read(&mut self, field: &'static str, driver: &Driver, bytes: &Bytes, tell: Tell<Words>) {
        let key = (driver.dialect, bytes.digest());
        if let Some(known) = self.read.get(&key) {
            self.words.extend_from_slice(known);
            return;
        }
        let start = self.words.len();
        tell(field, driver, bytes, self);
        if self.read.len() == REMEMBERED {
            self.read.clear();
        }
        self.read.insert(key, self.words[start..].into());
    }
}

thread_local! {
    static HEARD: RefCell<[Words; 2]> = RefCell::default();
}

/// Whether both sides say the same. The disks are asked if they were written to.
pub fn agree(topology: &Topology, model: &State, driver: &Driver, wrote: bool) -> bool {
    HEARD.with_borrow_mut(|[left, right]| {
        left.words.clear();
        right.words.clear();
        of_model::memory(topology, model, left);
        of_reference::memory(topology, driver, right);
        if wrote {
            of_model::disk(topology, model, left);
            of_reference::disk(topology, driver, right);
        }
        left.words == right.words
    })
}

/// Keeps the words by field, in the order in which the fields come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, Vec<Word>)>);

impl Listener for Fields {
    fn say(&mut self, field: &'static str, word: Word) {
        match self.0.iter_mut().find(|(name, _)| *name == field) {
            Some((_, words)) => words.push(word),
            None => self.0.push((field, vec![word])),
        }
    }
}

impl Fields {
    /// What the model says.
    pub fn of_model(topology: &Topology, model: &State) -> Fields {
        let mut fields = Fields::default();
        of_model::memory(topology, model, &mut fields);
        of_model::disk(topology, model, &mut fields);
        fields
    }

    /// What the reference says.
    pub fn of_reference(topology: &Topology, driver: &Driver) -> Fields {
        let mut fields = Fields::default();
        of_reference::memory(topology, driver, &mut fields);
        of_reference::disk(topology, driver, &mut fields);
        fields
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The fields of which the two say different things, with the words of both.
    pub fn differing<'a>(
        &'a self,
        other: &'a Fields,
    ) -> impl Iterator<Item = (&'static str, &'a [Word], &'a [Word])> {
        let theirs = |field| other.0.iter().find(|(name, _)| *name == field);
        self.0.iter().filter_map(move |(name, words)| {
            let found = theirs(*name).map_or(&[][..], |(_, words)| words);
            (words != found).then_some((*name, &words[..], found))
        })
    }
}
