//! Taking the bytes of an object apart.

use std::collections::BTreeMap;

use super::{DecodeError, DecodeErrorKind, MAX_ID, SERIALIZATION_VERSION};

/// Bytes that are being read, up to the end of a value.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
    end: usize,
    /// The type of the innermost record.
    record: u64,
}

impl<'a> Reader<'a> {
    /// Reads the versions of an object, and gives what follows.
    pub(crate) fn object(bytes: &'a [u8]) -> Result<Records<'a>, DecodeError> {
        let mut reader = Reader { bytes, offset: 0, end: bytes.len(), record: 0 };
        let version = reader.clone();
        reader.byte("version")?;
        match reader.byte("least version")? {
            least if least > SERIALIZATION_VERSION => {
                Err(version.error("least version", DecodeErrorKind::UnknownVersion(least)))
            }
            _ => Ok(Records::of(reader)),
        }
    }

    /// An error at the current position.
    pub(crate) fn error(&self, what: &'static str, kind: DecodeErrorKind) -> DecodeError {
        DecodeError { offset: self.offset, record: self.record, what, kind }
    }

    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], DecodeError> {
        let rest = &self.bytes[self.offset..self.end];
        let Some(taken) = rest.get(..count) else {
            return Err(self.error(what, DecodeErrorKind::UnexpectedEnd));
        };
        self.offset += count;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        what: &'static str,
    ) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(crate) fn byte(&mut self, what: &'static str) -> Result<u8, DecodeError> {
        Ok(self.array::<1>(what)?[0])
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, DecodeError> {
        self.array(what).map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        self.array(what).map(u64::from_be_bytes)
    }

    /// A number from which the node goes on counting.
    pub(crate) fn id(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let start = self.clone();
        match self.u64(what)? {
            id if id <= MAX_ID => Ok(id),
            id => Err(start.error(what, DecodeErrorKind::OutOfRange(id))),
        }
    }

    pub(crate) fn big_size(&mut self, what: &'static str) -> Result<u64, DecodeError> {
        let start = self.clone();
        let (number, least) = match self.byte(what)? {
            0xff => (self.u64(what)?, 1 << 32),
            0xfe => (self.u32(what)?.into(), 1 << 16),
            0xfd => (u16::from_be_bytes(self.array(what)?).into(), 0xfd),
            byte => (byte.into(), 0),
        };
        if number < least {
            return Err(start.error(what, DecodeErrorKind::NotCanonical));
        }
        Ok(number)
    }

    /// A byte with a meaning.
    pub(crate) fn tag<T>(
        &mut self,
        what: &'static str,
        meaning: impl FnOnce(u8) -> Option<T>,
    ) -> Result<T, DecodeError> {
        let start = self.clone();
        let byte = self.byte(what)?;
        meaning(byte).ok_or(start.error(what, DecodeErrorKind::UnknownValue(byte.into())))
    }

    /// A value behind its length, which `read` has to use up.
    pub(crate) fn prefixed<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let start = self.clone();
        let length = self.big_size(what)?;
        let end = usize::try_from(length).ok().and_then(|length| self.offset.checked_add(length));
        let Some(end) = end.filter(|end| *end <= self.end) else {
            return Err(start.error(what, DecodeErrorKind::UnexpectedEnd));
        };
        let mut value = Reader { end, ..self.clone() };
        let read = read(&mut value)?;
        value.at_end(what)?;
        self.offset = end;
        Ok(read)
    }

    /// The records of a value behind its length.
    pub(crate) fn stream<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&mut Records<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.prefixed(what, |reader| reader.rest_as_stream(read))
    }

    /// What is left of a value, as records.
    pub(crate) fn rest_as_stream<T>(
        &mut self,
        read: impl FnOnce(&mut Records<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let mut records = Records::of(self.clone());
        let value = read(&mut records)?;
        *self = records.finish()?;
        Ok(value)
    }

    /// The entries of a list. A count that lies runs into the end of the input, without reserving
    /// memory.
    pub(crate) fn list<T>(
        &mut self,
        what: &'static str,
        mut each: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let start = self.clone();
        let count = self.big_size(what)?;
        if count == 0 {
            // An empty list is no record at all.
            return Err(start.error(what, DecodeErrorKind::NotCanonical));
        }
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(each(self)?);
        }
        Ok(entries)
    }

    /// The entries of a map, which must be in ascending order.
    pub(crate) fn map<K: Ord, V>(
        &mut self,
        what: &'static str,
        each: impl FnMut(&mut Self) -> Result<(K, V), DecodeError>,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        let start = self.clone();
        let entries = self.list(what, each)?;
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Err(start.error(what, DecodeErrorKind::NotAscending));
        }
        // They are in order: to collect them would sort them first.
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        Ok(map)
    }

    /// Refuses a field that contradicts another one.
    pub(crate) fn consistent(
        &self,
        what: &'static str,
        holds: bool,
        or: &'static str,
    ) -> Result<(), DecodeError> {
        if holds { Ok(()) } else { Err(self.error(what, DecodeErrorKind::Inconsistent(or))) }
    }

    /// Whether nothing of the value is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.offset == self.end
    }

    /// What entries out of order are refused with.
    pub(crate) fn not_ascending(&self, what: &'static str) -> DecodeError {
        self.error(what, DecodeErrorKind::NotAscending)
    }

    /// What a field that contradicts another one is refused with.
    pub(crate) fn inconsistent(&self, what: &'static str, why: &'static str) -> DecodeError {
        self.error(what, DecodeErrorKind::Inconsistent(why))
    }

    fn at_end(&self, what: &'static str) -> Result<(), DecodeError> {
        if self.offset == self.end {
            Ok(())
        } else {
            Err(self.error(what, DecodeErrorKind::TrailingBytes))
        }
    }
}

/// The records of a stream, asked for in ascending order of their types.
#[derive(Debug)]
pub(crate) struct Records<'a> {
    reader: Reader<'a>,
    /// The type of the last record.
    last: Option<u64>,
    /// The type of the next record, which was looked at.
    next: Option<u64>,
    /// Where that begins.
    start: usize,
}

impl<'a> Records<'a> {
    fn of(reader: Reader<'a>) -> Self {
        Records { start: reader.offset, reader, last: None, next: None }
    }

    /// All of it as one thing that reads itself, with nothing behind.
    pub(crate) fn whole<T>(
        mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let value = read(&mut self.reader)?;
        self.reader.at_end("object")?;
        Ok(value)
    }

    /// Behind the record that was read last.
    pub(crate) fn at(&self) -> &Reader<'a> {
        &self.reader
    }

    /// The type of the next record; none at the end.
    fn peek(&mut self) -> Result<Option<u64>, DecodeError> {
        if self.next.is_none() && self.reader.offset < self.reader.end {
            self.start = self.reader.offset;
            let before = self.reader.clone();
            let number = self.reader.big_size("record type")?;
            if self.last.is_some_and(|last| number <= last) {
                return Err(before.error("record type", DecodeErrorKind::NotAscending));
            }
            self.next = Some(number);
        }
        Ok(self.next)
    }

    /// Passes over the records before this type, which nobody asked for.
    fn pass(&mut self, before: Option<u64>) -> Result<(), DecodeError> {
        while let Some(number) = self.peek()? {
            if before.is_some_and(|before| number >= before) {
                break;
            }
            if number % 2 == 0 {
                let (offset, record) = (self.start, self.reader.record);
                let kind = DecodeErrorKind::UnknownRecord(number);
                return Err(DecodeError { offset, record, what: "record type", kind });
            }
            self.reader.prefixed("unknown record", |value| {
                value.offset = value.end;
                Ok(())
            })?;
            (self.last, self.next) = (self.next, None);
        }
        Ok(())
    }

    /// A record that may be missing.
    pub(crate) fn optional<T>(
        &mut self,
        number: u64,
        what: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        self.pass(Some(number))?;
        if self.next != Some(number) {
            return Ok(None);
        }
        let outer = std::mem::replace(&mut self.reader.record, number);
        let value = self.reader.prefixed(what, read)?;
        self.reader.record = outer;
        (self.last, self.next) = (self.next, None);
        Ok(Some(value))
    }

    /// A record that has to be there.
    pub(crate) fn required<T>(
        &mut self,
        number: u64,
        what: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let read = self.optional(number, what, read)?;
        read.ok_or(DecodeError {
            offset: self.reader.offset,
            record: number,
            what,
            kind: DecodeErrorKind::Missing,
        })
    }

    /// Whether a record without value is there.
    pub(crate) fn flag(&mut self, number: u64, what: &'static str) -> Result<bool, DecodeError> {
        Ok(self.optional(number, what, |_| Ok(()))?.is_some())
    }

    /// A list; empty if the record is missing.
    pub(crate) fn list<T>(
        &mut self,
        number: u64,
        what: &'static str,
        each: impl FnMut(&mut Reader<'a>) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        Ok(self.optional(number, what, |reader| reader.list(what, each))?.unwrap_or_default())
    }

    /// A map; empty if the record is missing.
    pub(crate) fn map<K: Ord, V>(
        &mut self,
        number: u64,
        what: &'static str,
        each: impl FnMut(&mut Reader<'a>) -> Result<(K, V), DecodeError>,
    ) -> Result<BTreeMap<K, V>, DecodeError> {
        Ok(self.optional(number, what, |reader| reader.map(what, each))?.unwrap_or_default())
    }

    /// No record follows that the reader has to know.
    pub(crate) fn finish(mut self) -> Result<Reader<'a>, DecodeError> {
        self.pass(None)?;
        Ok(self.reader)
    }
}
