#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| scriptscope_fuzz::prefilter(data));
