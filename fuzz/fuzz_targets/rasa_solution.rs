//! A solution of a RASA cluster: read, and checked where it can be.
#![no_main]

use std::sync::LazyLock;

use colocate_files::{Input, rasa};
use colocate_model::{Problem, check};
use libfuzzer_sys::fuzz_target;

static PROBLEM: LazyLock<Problem> = LazyLock::new(|| {
    let cluster = Input::from_bytes("rasa.json", include_str!("../../adapters/files/tests/data/rasa.json"));
    rasa::read_input(&cluster).expect("it is well formed").build().expect("it is valid")
});

fuzz_target!(|data: &[u8]| {
    if let Ok(placement) = rasa::read_solution(&Input::from_bytes("solution.json", data), &PROBLEM) {
        let _ = check(&PROBLEM, &placement);
    }
});
