//! Why bytes are no object.

use thiserror::Error;

/// Bytes that are not an object of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("{what} (record {record}) at byte {offset}: {kind}")]
pub struct DecodeError {
    /// Where what cannot be read begins, counted from the first byte of the object.
    pub offset: usize,
    /// The type of the innermost record that was being read; 0 outside of records.
    pub record: u64,
    /// What was being read.
    pub what: &'static str,
    /// What is wrong with it.
    pub kind: DecodeErrorKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The input, or the record, ends inside the field.
    #[error("the input ends too early")]
    UnexpectedEnd,
    /// The object says that a reader has to know this version, or a later one.
    #[error("only readers of version {0} and later may read it")]
    UnknownVersion(u8),
    /// A record of an even type that this reader does not know: it must not go on without.
    #[error("record {0} is unknown, and even: a later build wrote it")]
    UnknownRecord(u64),
    /// A record that has to be there is missing.
    #[error("the record is missing")]
    Missing,
    /// A tag or flag has a value without meaning.
    #[error("unknown value {0}")]
    UnknownValue(u64),
    /// An id is out of range.
    #[error("{0} is out of range")]
    OutOfRange(u64),
    /// Records or entries are not in strictly ascending order.
    #[error("not in ascending order")]
    NotAscending,
    /// A BigSize takes more bytes than it needs.
    #[error("not the shortest form of the number")]
    NotCanonical,
    /// The field contradicts another one.
    #[error("contradiction: {0}")]
    Inconsistent(&'static str),
    /// There are bytes behind the value.
    #[error("bytes follow the end")]
    TrailingBytes,
}
