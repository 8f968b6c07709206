//! Building the bytes of an object.

use super::{MIN_SERIALIZATION_VERSION, SERIALIZATION_VERSION};

/// Bytes under construction.
#[derive(Debug)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Begins an object.
    pub(crate) fn object() -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend([SERIALIZATION_VERSION, MIN_SERIALIZATION_VERSION]);
        Writer(bytes)
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn u32(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    pub(crate) fn big_size(&mut self, number: u64) {
        if let Ok(byte @ 0..0xfd) = u8::try_from(number) {
            self.byte(byte);
        } else if let Ok(number) = u16::try_from(number) {
            self.byte(0xfd);
            self.bytes(&number.to_be_bytes());
        } else if let Ok(number) = u32::try_from(number) {
            self.byte(0xfe);
            self.bytes(&number.to_be_bytes());
        } else {
            self.byte(0xff);
            self.bytes(&number.to_be_bytes());
        }
    }

    /// What `value` writes, behind its length.
    pub(crate) fn prefixed(&mut self, value: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.byte(0);
        value(self);
        let length = self.0.len() - start - 1;
        if length < 0xfd {
            self.0[start] = length as u8;
        } else {
            let mut prefix = Writer(Vec::with_capacity(9));
            prefix.big_size(length as u64);
            self.0.splice(start..=start, prefix.0);
        }
    }

    /// A record. Records have to be written in ascending order of their numbers.
    pub(crate) fn record(&mut self, number: u64, value: impl FnOnce(&mut Self)) {
        self.big_size(number);
        self.prefixed(value);
    }

    /// A record, if there is something in it.
    pub(crate) fn optional<T>(
        &mut self,
        number: u64,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T),
    ) {
        if let Some(value) = value {
            self.record(number, |out| write(out, value));
        }
    }

    /// A record without value: that it is there says something.
    pub(crate) fn flag(&mut self, number: u64, is_set: bool) {
        if is_set {
            self.record(number, |_| ());
        }
    }

    /// A record with the number of entries and then each of them; none if there are none.
    pub(crate) fn list<T>(
        &mut self,
        number: u64,
        entries: impl ExactSizeIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) {
        if entries.len() > 0 {
            self.record(number, |out| {
                out.big_size(entries.len() as u64);
                entries.for_each(|entry| each(out, entry));
            });
        }
    }
}
