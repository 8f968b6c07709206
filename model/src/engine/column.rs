//! States that wait, without what they have in common with the one before.

use zerocopy::{Immutable, IntoBytes};

/// One part of a state, of which a packed chunk stores only the changes.
///
/// Made by [`column`]. All columns of a state together must cover it.
pub trait Column<S>: Send {
    /// Puts aside the part of each state that has another than the state after it, and sets a bit
    /// in the changes of that state. All states but the last have changes.
    fn push_all(&mut self, states: &mut [S], changes: &mut [u32], bit: u32);

    /// Gives `state` the part that was last put aside.
    fn pop(&mut self, state: &mut S);

    /// Size of what is put aside.
    fn bytes(&self) -> usize;
}

/// The column of the part that `part` borrows from a state.
pub fn column<S, T>(part: fn(&mut S) -> &mut T) -> Box<dyn Column<S>>
where
    S: 'static,
    T: Copy + IntoBytes + Immutable + Send + 'static,
{
    Box::new(Parts { part, values: Vec::new() })
}

struct Parts<S, T> {
    part: fn(&mut S) -> &mut T,
    values: Vec<T>,
}

impl<S, T> Column<S> for Parts<S, T>
where
    T: Copy + IntoBytes + Immutable + Send,
{
    fn push_all(&mut self, states: &mut [S], changes: &mut [u32], bit: u32) {
        let mut changed = 0;
        for (at, change) in changes.iter_mut().enumerate() {
            let (before, after) = states.split_at_mut(at + 1);
            let (this, next) = ((self.part)(&mut before[at]), (self.part)(&mut after[0]));
            // Bytes are compared at once; a derived `PartialEq` goes from field to field.
            let differs = this.as_bytes() != next.as_bytes();
            *change |= u32::from(differs) << bit;
            changed += usize::from(differs);
        }
        self.values.reserve_exact(changed);
        for (state, change) in states.iter_mut().zip(changes) {
            if *change & 1 << bit != 0 {
                self.values.push(*(self.part)(state));
            }
        }
    }

    fn pop(&mut self, state: &mut S) {
        *(self.part)(state) = self.values.pop().expect("as many as were pushed");
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.values.capacity() * size_of::<T>()
    }
}

/// A stack of states. Only the top one is whole; of those below it, there is what makes them out
/// of the one above.
pub(super) struct Packed<S> {
    top: Option<S>,
    /// For each state below the top, the columns (bit `i` for column `i`) that it differs in from
    /// the one above.
    changes: Vec<u32>,
    columns: Vec<Box<dyn Column<S>>>,
}

impl<S> Packed<S> {
    /// Takes all states out of a list; the last one is the top.
    pub fn new(states: &mut Vec<S>, mut columns: Vec<Box<dyn Column<S>>>) -> Self {
        assert!(columns.len() <= u32::BITS as usize, "more columns than bits");
        let mut changes = vec![0; states.len().saturating_sub(1)];
        for (bit, column) in columns.iter_mut().enumerate() {
            column.push_all(states, &mut changes, bit as u32);
        }
        let top = states.pop();
        states.clear();
        Packed { top, changes, columns }
    }

    pub fn top(&self) -> Option<&S> {
        self.top.as_ref()
    }

    pub fn pop(&mut self) {
        let (Some(top), Some(mut change)) = (&mut self.top, self.changes.pop()) else {
            self.top = None;
            return;
        };
        while change != 0 {
            self.columns[change.trailing_zeros() as usize].pop(top);
            change &= change - 1;
        }
    }

    /// Size on the heap.
    pub fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|column| size_of_val(column) + column.bytes());
        self.changes.capacity() * size_of::<u32>() + columns.sum::<usize>()
    }
}
