//! Edges in CSV.
#![no_main]

use colocate_files::Findings;
use colocate_model::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut findings = Findings::new(Document::Traffic);
    let edges = colocate_traffic::read_table("edges.csv", data, &mut findings);
    assert!(edges.iter().all(|edge| edge.calls_per_s.is_none_or(|calls| calls.is_finite() && calls >= 0.0)));
});
