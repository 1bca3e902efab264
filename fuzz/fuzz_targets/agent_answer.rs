//! Answers of agents: however wrong they are, the matrix that is made of them is a valid one.
#![no_main]

use colocate_latency::{Collector, wire};
use colocate_proto::Message;
use colocate_proto::v1::AgentsMeasurementsResponse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(answer) = AgentsMeasurementsResponse::decode(bytes) else { return };
    let mut collector = Collector::new("rack", 300_000, 600_000);
    wire::absorb(&mut collector, &answer, 1_000);
    let file = collector.matrix(1_000).measurements(20.0);
    file.check().expect("what is written can be read");
});
