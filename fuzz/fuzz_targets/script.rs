//! Bytes where the model expects a script; see `conformance::garbled`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| conformance::garbled::script(bytes));
