//! Reference against model beyond the exhaustive bounds; see `conformance::schedule`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| conformance::schedule::fuzz(bytes));
