//! Traces of Jaeger and OpenTelemetry: read, and made edges where they can be.
#![no_main]

use colocate_files::Findings;
use colocate_model::Document;
use colocate_traffic::{TraceOptions, edges_of_traces, read_traces};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut findings = Findings::new(Document::Traffic);
    let spans = read_traces("spans", data, &mut findings);
    let traced = edges_of_traces(spans, &TraceOptions::default(), &mut findings);
    assert!(
        traced
            .edges
            .iter()
            .all(|edge| edge.from != edge.to && edge.calls_per_s.is_some_and(|calls| calls > 0.0))
    );
});
