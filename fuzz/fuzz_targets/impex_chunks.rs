#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hac_client::fuzzing::impex_chunks(data));
