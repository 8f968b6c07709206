//! A build from before the mode: what it reads and writes, frozen. It shares nothing with the
//! reference's, so that UPG-1 is tested by bytes that it does not understand.

use reference::StoredNode;
use std::fmt;

/// The records of an object that it knows, of those that a reader must know, and of the others.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    name: &'static str,
    even: &'static [u64],
    odd: &'static [u64],
}

impl Format {
    /// What an object of it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The numbers of its records.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.even.iter().chain(self.odd).copied()
    }
}

/// A Monitor: it has events, and no mode.
pub const MONITOR: Format =
    Format { name: "a Monitor", even: &[100, 102, 104, 106, 108, 110, 112], odd: &[3, 5, 19, 21] };
/// The Manager.
pub const MANAGER: Format = Format { name: "the Manager", even: &[100, 102, 104], odd: &[3, 5] };
/// An update: its id and its steps.
pub const DELTA: Format = Format { name: "a delta", even: &[0, 100, 102, 104, 106, 108], odd: &[] };

/// Why it does not go on with what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A record that it would have to know.
    UnknownRecord {
        /// The object.
        object: &'static str,
        /// The number of the record.
        number: u64,
    },
    /// The bytes are no object.
    Damaged(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::UnknownRecord { object, number } => {
                write!(f, "record {number} of {object} is unknown, and even")
            }
            Refusal::Damaged(object) => write!(f, "{object} is damaged"),
        }
    }
}

/// Whether it goes on with what is stored. If not, it has written nothing.
///
/// # Errors
/// It does not, and why.
pub fn reads(stored: &StoredNode) -> Result<(), Refusal> {
    for monitor in stored.monitors.values() {
        rewritten(MONITOR, &monitor.full)?;
        for delta in &monitor.deltas {
            rewritten(DELTA, delta)?;
        }
    }
    rewritten(MANAGER, &stored.manager).map(drop)
}

/// What it writes of an object that it has read: all that it knows, and nothing else.
///
/// # Errors
/// It does not read it.
pub fn rewritten(format: Format, object: &[u8]) -> Result<Vec<u8>, Refusal> {
    let Some(all) = records(object) else { return Err(Refusal::Damaged(format.name)) };
    let mut written = object[..2].to_vec();
    for (number, record) in all {
        if format.even.contains(&number) || format.odd.contains(&number) {
            written.extend_from_slice(record);
        } else if number % 2 == 0 {
            return Err(Refusal::UnknownRecord { object: format.name, number });
        }
    }
    Ok(written)
}

/// The records of an object behind its two versions: the number and the bytes of each.
pub fn records(object: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let (_versions, mut rest) = object.split_at_checked(2)?;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (number, value) = big_size(rest)?;
        let (length, value) = big_size(value)?;
        let (_value, behind) = value.split_at_checked(length as usize)?;
        all.push((number, &rest[..rest.len() - behind.len()]));
        rest = behind;
    }
    Some(all)
}

fn big_size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let width = match first {
        0xfd => 2,
        0xfe => 4,
        0xff => 8,
        small => return Some(((*small).into(), rest)),
    };
    let (number, rest) = rest.split_at_checked(width)?;
    Some((number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), rest))
}
