//! The bytes of stored objects.
//!
//! An object is two version bytes and then a TLV stream, as LDK writes them: records of a type, a
//! length and a value, in strictly ascending order of types; type, length and every count as a
//! BigSize. A reader that does not know a record refuses the object if the type is even and passes
//! over the record if it is odd. What is inside a record (an HTLC, an update, an event) is a stream
//! of the same kind behind its length, so that it can grow, too.
//!
//! Every object has exactly one encoding, which is what lets a store compare versions byte by byte.
//! Reading is total: any input gives an object or a [`DecodeError`] that says where and what. What
//! is accepted is consistent in itself, and the node that loads it can read whatever it writes
//! next. docs of the record numbers: [`record`].

mod error;
mod fields;
mod read;
pub mod record;
mod write;

pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use read::{Reader, Records};
pub(crate) use write::Writer;

/// The version of what this crate writes.
pub const SERIALIZATION_VERSION: u8 = 1;

/// The oldest reader that may read it: one that knows this version refuses what says more here.
pub const MIN_SERIALIZATION_VERSION: u8 = 1;

/// The largest id that is read or given. What counts from there stops with an error, so that a node
/// never writes an id that it would not read.
pub const MAX_ID: u64 = u64::MAX >> 1;

/// The id after this one, if there is one.
pub(crate) fn next_id(id: u64) -> Option<u64> {
    (id < MAX_ID).then_some(id + 1)
}
