//! A build from before the mode: its reader, frozen. It shares nothing with the reference's, so
//! that UPG-1 is tested by bytes that it does not understand.

use reference::StoredNode;

/// The records that it knows, of those that a reader must know: the even ones.
const MONITOR: &[u64] = &[100, 102, 104, 106, 108, 110, 112];
const MANAGER: &[u64] = &[100, 102, 104];
/// An update: its id and its steps.
const DELTA: &[u64] = &[0, 100, 102, 104, 106, 108];

/// Whether it goes on with what is stored. If not, it has written nothing.
pub fn reads(stored: &StoredNode) -> bool {
    let monitors = stored.monitors.values();
    monitors.clone().all(|monitor| is_known(&monitor.full, MONITOR))
        && monitors.flat_map(|monitor| &monitor.deltas).all(|delta| is_known(delta, DELTA))
        && is_known(&stored.manager, MANAGER)
}

/// Whether it knows every even record of an object.
fn is_known(object: &[u8], known: &[u64]) -> bool {
    let Some((_versions, mut rest)) = object.split_at_checked(2) else { return false };
    while !rest.is_empty() {
        let Some((number, value)) = big_size(rest) else { return false };
        let Some((length, value)) = big_size(value) else { return false };
        let Some((_value, behind)) = value.split_at_checked(length as usize) else { return false };
        if number % 2 == 0 && !known.contains(&number) {
            return false;
        }
        rest = behind;
    }
    true
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
