//! The bytes of stored objects: a version byte, an object byte, then fields in a fixed order.
//!
//! Integers are eight bytes, most significant first; a collection is its length and then its
//! entries, maps and sets in strictly ascending order. So every object has exactly one encoding,
//! which is what lets the node compare its memory with a stored version byte by byte. Reading is
//! total: any input gives an object or a [`DecodeError`] that says where and what.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::event::{HtlcId, Outcome};

/// The first byte of every stored object.
pub const VERSION: u8 = 2;

/// Counters above this are refused when read, so that counting on from them cannot overflow.
const MAX_COUNTER: u64 = u64::MAX / 2;

/// Bytes that are not an object of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("{what} at byte {offset}: {kind}")]
pub struct DecodeError {
    /// Where the field starts.
    pub offset: usize,
    /// The field that was being read.
    pub what: &'static str,
    /// What is wrong with it.
    pub kind: DecodeErrorKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum DecodeErrorKind {
    /// The input ends inside the field.
    #[error("the input ends too early")]
    UnexpectedEnd,
    /// A tag or flag has a value without meaning.
    #[error("unknown value {0}")]
    UnknownValue(u8),
    /// A counter or length is out of range.
    #[error("{0} is out of range")]
    OutOfRange(u64),
    /// Entries are not in strictly ascending order.
    #[error("entries are not in ascending order")]
    NotAscending,
    /// The field contradicts another one.
    #[error("it contradicts another field")]
    Inconsistent,
    /// There are bytes after the object.
    #[error("bytes follow the end of the object")]
    TrailingBytes,
}

/// Builds the bytes of one object.
#[derive(Debug)]
pub(crate) struct Encoder(Vec<u8>);

impl Encoder {
    /// Starts an object of the given kind.
    pub(crate) fn new(object: u8) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend([VERSION, object]);
        Encoder(bytes)
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.extend(number.to_be_bytes());
    }

    pub(crate) fn outcome(&mut self, outcome: Outcome) {
        self.byte(match outcome {
            Outcome::Claim => 0,
            Outcome::Fail => 1,
        });
    }

    /// Writes the number of entries, then each of them.
    pub(crate) fn list<T>(
        &mut self,
        entries: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        let start = self.0.len();
        self.number(0);
        let mut count: u64 = 0;
        for entry in entries {
            each(self, entry);
            count += 1;
        }
        self.0[start..start + 8].copy_from_slice(&count.to_be_bytes());
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes the bytes of one object apart.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Decoder<'a> {
    /// Checks the version and the kind of object.
    pub(crate) fn new(bytes: &'a [u8], object: u8) -> Result<Self, DecodeError> {
        let mut decoder = Decoder { bytes, offset: 0 };
        decoder.exactly("version", VERSION)?;
        decoder.exactly("object kind", object)?;
        Ok(decoder)
    }

    /// An error at the current position.
    pub(crate) fn error(&self, what: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { offset: self.offset, what, kind }
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        let byte = self.bytes.get(self.offset).copied();
        let byte = byte.ok_or(self.error(what, DecodeErrorKind::UnexpectedEnd))?;
        self.offset += 1;
        Ok(byte)
    }

    /// Reads a byte and gives it a meaning.
    pub(crate) fn tag<T>(
        &mut self,
        what: &'static str,
        meaning: impl FnOnce(u8) -> Option<T>,
    ) -> Result<T, DecodeError> {
        let start = self.offset;
        let byte = self.byte(what)?;
        let kind = DecodeErrorKind::UnknownValue(byte);
        meaning(byte).ok_or(DecodeError { offset: start, what, kind })
    }

    fn exactly(&mut self, what: &'static str, expected: u8) -> Result<(), DecodeError> {
        self.tag(what, |byte| (byte == expected).then_some(()))
    }

    pub(crate) fn flag(&mut self, what: &'static str) -> Result<bool, DecodeError> {
        self.tag(what, |byte| match byte {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }

    pub(crate) fn outcome(&mut self) -> Result<Outcome, DecodeError> {
        self.tag("outcome", |byte| match byte {
            0 => Some(Outcome::Claim),
            1 => Some(Outcome::Fail),
            _ => None,
        })
    }

    /// Reads an identifier: any number.
    pub(crate) fn number(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let end = self.error(what, DecodeErrorKind::UnexpectedEnd);
        let rest = self.bytes.get(self.offset..).ok_or(end)?;
        let bytes = rest.first_chunk::<8>().ok_or(end)?;
        self.offset += 8;
        Ok(u64::from_be_bytes(*bytes))
    }

    pub(crate) fn htlc(&mut self) -> Result<HtlcId, DecodeError> {
        self.number("HTLC id").map(HtlcId)
    }

    /// Reads a number that the node goes on counting from.
    pub(crate) fn counter(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let offset = self.offset;
        match self.number(what)? {
            number if number <= MAX_COUNTER => Ok(number),
            number => Err(DecodeError { offset, what, kind: DecodeErrorKind::OutOfRange(number) }),
        }
    }

    /// Reads a list. A length that lies runs into the end of the input, without reserving memory.
    pub(crate) fn list<T>(
        &mut self,
        what: &'static str,
        mut each: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let length = self.number(what)?;
        let mut entries = Vec::new();
        for _ in 0..length {
            entries.push(each(self)?);
        }
        Ok(entries)
    }

    /// Reads a map, which must be in ascending order.
    pub(crate) fn map<K: Ord, V>(
        &mut self,
        what: &'static str,
        each: impl FnMut(&mut Self) -> Result<(K, V), DecodeError>,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        let entries = self.list(what, each)?;
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(self.error(what, DecodeErrorKind::NotAscending));
        }
        Ok(entries.into_iter().collect())
    }

    /// Refuses a field that contradicts another one.
    pub(crate) fn consistent(&self, what: &'static str, holds: bool) -> Result<(), DecodeError> {
        if holds { Ok(()) } else { Err(self.error(what, DecodeErrorKind::Inconsistent)) }
    }

    /// Refuses bytes after the object.
    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        if self.offset == self.bytes.len() {
            Ok(())
        } else {
            Err(self.error("end of object", DecodeErrorKind::TrailingBytes))
        }
    }
}
