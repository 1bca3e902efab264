//! A model of the ROADEF/EURO Challenge 2012: read, and built where it can be.
#![no_main]

use colocate_files::roadef;
use libfuzzer_sys::fuzz_target;

const ASSIGNMENT: &str = include_str!("../../adapters/files/tests/data/assignment.txt");

fuzz_target!(|data: &[u8]| {
    if let Ok(draft) = roadef::parse(data, ASSIGNMENT.as_bytes()) {
        let _ = draft.build();
    }
});
