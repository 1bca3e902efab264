//! `latency.json` beside a good cluster: read, and built where it can be.
#![no_main]

use colocate_files::{Input, Inputs, load};
use libfuzzer_sys::fuzz_target;

const CLUSTER: &str = include_str!("../../adapters/files/tests/data/cluster.json");

fuzz_target!(|data: &[u8]| {
    let inputs = Inputs {
        latency: Some(Input::from_bytes("latency.json", data)),
        ..Inputs::new(Input::from_bytes("cluster.json", CLUSTER))
    };
    if let Ok(loaded) = load(&inputs) {
        let _ = loaded.build();
    }
});
