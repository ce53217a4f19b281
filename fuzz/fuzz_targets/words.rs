#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tripword_fuzz::words(data));
