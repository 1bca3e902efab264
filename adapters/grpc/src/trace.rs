//! One span a call, a child of the caller's where `traceparent` names one.

use http::HeaderMap;
use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span of a call. The propagator that the binary installed reads the headers; without one a trace begins here.
pub(crate) fn span(method: &'static str, call: &str, headers: &HeaderMap) -> Span {
    use tracing::field::Empty;
    let span = tracing::info_span!(
        "call",
        otel.name = method,
        otel.kind = "server",
        method,
        call,
        owner = Empty,
        solve_id = Empty,
        components = Empty,
        hosts = Empty,
        code = Empty,
        duration_ms = Empty,
    );
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&Headers(headers)));
    // Fails where no subscriber speaks OpenTelemetry: then there is no trace to belong to.
    let _ = span.set_parent(parent);
    span
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}
