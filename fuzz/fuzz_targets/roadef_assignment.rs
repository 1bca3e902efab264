//! An initial assignment of the ROADEF/EURO Challenge 2012: read, and built where it can be.
#![no_main]

use colocate_files::roadef;
use libfuzzer_sys::fuzz_target;

const MODEL: &str = include_str!("../../adapters/files/tests/data/model.txt");

fuzz_target!(|data: &[u8]| {
    if let Ok(draft) = roadef::parse(MODEL.as_bytes(), data) {
        draft.build().expect("the model is good, and so is every assignment that is read");
    }
});
