//! From the spans of all traces to edges.

mod edges;
mod forest;
mod read;
mod skew;

pub use edges::{Traced, TracesReport};
pub use read::read_traces;
pub use skew::Skew;

use colocate_files::Findings;
use colocate_model::FaultCode;

use crate::span::Span;
use edges::Calls;
use forest::Forest;

/// How traces are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TraceOptions {
    /// The share of traces that are kept, in (0, 1]; as the spans say where it is absent, all where they do not.
    pub sampling: Option<f64>,
    /// The time that the traces are of, in s; from the first span to the last where it is absent.
    pub window_s: Option<f64>,
}

/// The edges between the services of `spans`.
///
/// A call is a client span with the server span below it in another service; a span of another service below any other
/// span; or a client span alone whose peer is named. A message is a consumer's span with the producer's above or linked
/// to it. Rates are calls by window and sampling. Durations are the client's; clocks that differ do not touch them.
pub fn edges_of_traces(spans: Vec<Span>, options: &TraceOptions, findings: &mut Findings) -> Traced {
    if spans.is_empty() {
        if !findings.has_faults() {
            findings.warn("traces", FaultCode::Empty, "there is no span", "give traces of a longer time");
        }
        return Traced::default();
    }
    let mut forest = Forest::plant(spans);
    let skew = skew::correct(&mut forest);
    let calls = Calls::count(&forest, options.sampling);
    let window_s = options.window_s.or_else(|| forest.window_s());
    if window_s.is_none() {
        let cause = "all spans begin and end at one time, from which no rate follows";
        findings.fault("traces", FaultCode::TooFew, cause, "give --window, or more traces");
    }
    let traced = calls.finish(&forest, skew, window_s.unwrap_or(1.0));
    traced.report.warn(findings);
    traced
}
