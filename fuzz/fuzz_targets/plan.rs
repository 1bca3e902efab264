//! `plan.json` beside a good cluster.
#![no_main]

use colocate_files::{Input, Inputs, load, read_plan};
use colocate_model::Problem;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const CLUSTER: &str = include_str!("../../adapters/files/tests/data/cluster.json");

static PROBLEM: LazyLock<Problem> = LazyLock::new(|| {
    let inputs = Inputs::new(Input::from_bytes("cluster.json", CLUSTER));
    load(&inputs).and_then(|loaded| loaded.build()).expect("the cluster is good")
});

fuzz_target!(|data: &[u8]| {
    let _ = read_plan(&Input::from_bytes("plan.json", data), &PROBLEM);
});
