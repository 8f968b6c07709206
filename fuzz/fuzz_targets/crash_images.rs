//! What a crash leaves of a simulated disk; see `stores::images`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drop(stores::images::check(bytes)));
