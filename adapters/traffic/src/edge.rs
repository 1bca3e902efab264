//! What a source says of one edge.

use std::sync::Arc;

/// What a source says of the calls from one service to another. What it does not say is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// Calls and messages per second.
    pub calls_per_s: Option<f64>,
    /// Those of them that nobody waits for, per second.
    pub messages_per_s: f64,
    /// Those of them that failed, per second.
    pub errors_per_s: Option<f64>,
    /// Bytes per second, both ways.
    pub bytes_per_s: Option<f64>,
    /// How long half of the calls take at most, in µs, as the caller sees it.
    pub p50_us: Option<f64>,
    /// How long 95 % of the calls take at most, in µs, as the caller sees it.
    pub p95_us: Option<f64>,
    /// Who says so.
    pub source: EdgeSource,
    /// What the network took of single calls.
    pub network: Vec<NetworkSample>,
}

impl Observed {
    /// An edge of which nothing is known but that it is there.
    #[must_use]
    pub fn new(from: impl Into<String>, to: impl Into<String>, source: EdgeSource) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            calls_per_s: None,
            messages_per_s: 0.0,
            errors_per_s: None,
            bytes_per_s: None,
            p50_us: None,
            p95_us: None,
            source,
            network: Vec::new(),
        }
    }
}

/// Client span less server span of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSample {
    /// Where the caller runs, as far as the trace says it.
    pub from_host: Option<Arc<str>>,
    /// Where the callee runs, as far as the trace says it.
    pub to_host: Option<Arc<str>>,
    /// How long, in ns.
    pub ns: u64,
    /// How many calls it stands for.
    pub weight: f64,
}

/// Who knows of an edge, the most trusted first.
///
/// What an operator writes down comes first. Proxies count every call and byte; a service graph is made of spans, of which
/// some may be missing; traces are a sample of those. What is declared is no measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeSource {
    /// A table.
    Csv,
    /// Metrics of Istio.
    Istio,
    /// Metrics of Envoy, as in Consul Connect.
    Envoy,
    /// OpenTelemetry's service graph.
    ServiceGraph,
    /// Traces.
    Traces,
    /// Job files.
    Declared,
}

impl EdgeSource {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Istio => "istio",
            Self::Envoy => "envoy",
            Self::ServiceGraph => "service-graph",
            Self::Traces => "traces",
            Self::Declared => "declared",
        }
    }
}
