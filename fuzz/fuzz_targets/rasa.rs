//! A cluster of the RASA data set: read, and built where it can be.
#![no_main]

use colocate_files::{Input, rasa};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(draft) = rasa::read_input(&Input::from_bytes("cluster.json", data)) {
        let _ = draft.build();
    }
});
