#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hac_client::fuzzing::paged_query(data));
