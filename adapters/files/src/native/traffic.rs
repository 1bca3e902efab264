//! `traffic.json`: who calls whom, and how much.

use std::sync::LazyLock;

use colocate_model::Document;
use colocate_model::draft::EdgeDraft;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use super::words::RoutingWord;
use crate::read::{Format, List, Shapes};
use crate::values::{Time, Version};

/// The format.
pub(crate) struct TrafficFormat;

/// Measured traffic between services.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "traffic"))]
    kind: String,
    /// When it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) measured_at: Option<Time>,
}

/// The traffic graph.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {
    /// Its edges.
    edges: Vec<Edge>,
}

/// Calls from one service or component to another.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edge {
    /// The service or component that calls.
    from: String,
    /// The service or component that is called.
    to: String,
    /// Calls/s.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    calls_per_s: f64,
    /// Bytes/s, both ways.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    bytes_per_s: f64,
    /// How calls are spread; the policy says so where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    routing: Option<RoutingWord>,
    /// Where the numbers come from, such as traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// 95th percentile of the duration of a call, in µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    p95_us: Option<f64>,
}

impl Format for TrafficFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Traffic;
    const LISTS: &'static [List] = &[List::sequence("edges", "edge")];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<TrafficFormat>);
        &SHAPES
    }

    fn push(body: &mut Body, _: &List, _: &str, element: Value) -> serde_json::Result<bool> {
        body.edges.push(from_value(element)?);
        Ok(true)
    }
}

/// The edges of a file.
pub(crate) fn edges(body: Body) -> Vec<EdgeDraft> {
    let edge = |edge: Edge| EdgeDraft {
        from: edge.from,
        to: edge.to,
        calls_per_s: edge.calls_per_s,
        bytes_per_s: edge.bytes_per_s,
        routing: edge.routing.map(Into::into),
    };
    body.edges.into_iter().map(edge).collect()
}

/// The file of some edges.
pub(crate) fn from_draft(edges: &[EdgeDraft]) -> (Header, Body) {
    let edge = |edge: &EdgeDraft| Edge {
        from: edge.from.clone(),
        to: edge.to.clone(),
        calls_per_s: edge.calls_per_s,
        bytes_per_s: edge.bytes_per_s,
        routing: edge.routing.map(Into::into),
        source: None,
        p95_us: None,
    };
    let header = Header { kind: "traffic".into(), ..Header::default() };
    (header, Body { edges: edges.iter().map(edge).collect() })
}
