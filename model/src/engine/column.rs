//! States that wait, without what they have in common with the one before.

use zerocopy::{Immutable, IntoBytes};

/// One part of a state, of which a packed frontier stores only the changes.
///
/// Made by [`column`]. All columns of a state together must cover it.
pub trait Column<S>: Send {
    /// Puts aside the part as it is in `before`, if `after` has another. True if so.
    fn push(&mut self, before: &mut S, after: &mut S) -> bool;

    /// Gives `after` back the part that was last put aside, so that it is as in `before`.
    fn pop(&mut self, after: &mut S);

    /// Frees what was reserved for more parts.
    fn shrink(&mut self);

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
    fn push(&mut self, before: &mut S, after: &mut S) -> bool {
        let (before, after) = ((self.part)(before), (self.part)(after));
        // Bytes are compared at once; a derived `PartialEq` goes from field to field.
        let differs = before.as_bytes() != after.as_bytes();
        if differs {
            self.values.push(*before);
        }
        differs
    }

    fn pop(&mut self, after: &mut S) {
        *(self.part)(after) = self.values.pop().expect("as many as were pushed");
    }

    fn shrink(&mut self) {
        self.values.shrink_to_fit();
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
    pub fn new(columns: Vec<Box<dyn Column<S>>>) -> Self {
        assert!(columns.len() <= u32::BITS as usize, "more columns than bits");
        Packed { top: None, changes: Vec::new(), columns }
    }

    pub fn push(&mut self, mut state: S) {
        if let Some(top) = &mut self.top {
            let columns = self.columns.iter_mut().enumerate();
            let change = |mask, (i, column): (usize, &mut Box<dyn Column<S>>)| {
                mask | u32::from(column.push(top, &mut state)) << i
            };
            self.changes.push(columns.fold(0, change));
        }
        self.top = Some(state);
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

    pub fn shrink(&mut self) {
        self.changes.shrink_to_fit();
        self.columns.iter_mut().for_each(|column| column.shrink());
    }

    pub fn bytes(&self) -> usize {
        let columns = self.columns.iter().map(|column| size_of_val(column) + column.bytes());
        size_of::<S>() + self.changes.capacity() * size_of::<u32>() + columns.sum::<usize>()
    }
}
