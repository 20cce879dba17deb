#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outis_fuzz::matrix(bytes));
