#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| outis_fuzz::model(bytes));
