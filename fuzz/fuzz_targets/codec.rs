//! Bytes where the reference expects an object; see `conformance::garbled`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| conformance::garbled::objects(bytes));
