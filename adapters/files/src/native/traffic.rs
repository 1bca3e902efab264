//! `traffic.json`: who calls whom, and how much.

use std::io::{self, Write};
use std::path::Path;
use std::sync::LazyLock;

use colocate_model::draft::EdgeDraft;
use colocate_model::{Document, Faults, Routing};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use super::words::RoutingWord;
use super::write::{json, maybe_gzipped};
use crate::atomic::WriteError;
use crate::input::Input;
use crate::read::{Contents, Format, List, Shapes, read};
use crate::values::{Time, Version};

/// The format.
pub(crate) struct TrafficFormat;

/// Traffic with all that its file says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrafficFile {
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// Who calls whom, and how much.
    pub edges: Vec<TrafficEdge>,
}

/// Calls from one service or component to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrafficEdge {
    /// The service or component that calls.
    pub from: String,
    /// The service or component that is called.
    pub to: String,
    /// Calls/s.
    pub calls_per_s: f64,
    /// Bytes/s, both ways.
    pub bytes_per_s: f64,
    /// How calls are spread, where that is known.
    pub routing: Option<Routing>,
    /// Where the numbers come from.
    pub source: Option<String>,
    /// 95th percentile of the duration of a call, in µs.
    pub p95_us: Option<f64>,
}

impl TrafficFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Every fault of the file. What it says of services that a cluster has not is found once both are read together.
    pub fn read(input: &Input) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let contents = read::<TrafficFormat>(input, &mut faults);
        let Some(Contents { header, body, .. }) = contents else { return Err(faults) };
        let edges = body.edges.into_iter().map(TrafficEdge::from).collect();
        faults.into_result(Self { measured_at: header.measured_at.map(|time| time.0), edges })
    }

    /// Writes it as JSON, gzipped where the name ends in `.gz`.
    ///
    /// # Errors
    /// [`WriteError::Io`] when the system refuses; nothing is left behind then.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        maybe_gzipped(path, |file| self.write_to(file))
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        let measured_at = self.measured_at.map(Time);
        let header = Header { kind: "traffic".into(), measured_at, ..Header::default() };
        json(writer, &header, &Body { edges: self.edges.iter().cloned().map(Edge::from).collect() })
    }
}

impl From<TrafficEdge> for Edge {
    fn from(edge: TrafficEdge) -> Self {
        let TrafficEdge { from, to, calls_per_s, bytes_per_s, routing, source, p95_us } = edge;
        Self { from, to, calls_per_s, bytes_per_s, routing: routing.map(Into::into), source, p95_us }
    }
}

impl From<Edge> for TrafficEdge {
    fn from(edge: Edge) -> Self {
        let Edge { from, to, calls_per_s, bytes_per_s, routing, source, p95_us } = edge;
        Self { from, to, calls_per_s, bytes_per_s, routing: routing.map(Into::into), source, p95_us }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("there is room");
        let file = TrafficFile {
            measured_at: Some("2026-03-01T12:00:00Z".parse().expect("it is a time")),
            edges: vec![
                TrafficEdge {
                    from: "checkout".into(),
                    to: "cache".into(),
                    calls_per_s: 410.5,
                    bytes_per_s: 910_000.0,
                    routing: Some(Routing::Uniform),
                    source: Some("traces".into()),
                    p95_us: Some(2100.25),
                },
                TrafficEdge { from: "cache".into(), to: "db".into(), ..TrafficEdge::default() },
            ],
        };
        for name in ["traffic.json", "traffic.json.gz"] {
            let path = folder.path().join(name);
            file.write(&path).expect("it is written");
            assert_eq!(TrafficFile::read(&path.into()), Ok(file.clone()));
        }
    }
}
