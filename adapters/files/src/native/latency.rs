//! `latency.json`: what the network between racks does (LMSMeasurements).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::Document;
use colocate_model::draft::{LatencyDraft, PathDraft};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use super::is_default;
use crate::read::{Format, List, Shapes};
use crate::values::{Amount, Time, Version};

/// The format.
pub(crate) struct LatencyFormat;

/// Measured latency between the domains of a partition.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "latency"))]
    kind: String,
    /// When it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) measured_at: Option<Time>,
    /// The window the percentiles are over, in s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    window_s: Option<f64>,
    /// The partition whose domains are measured, or "host".
    level: String,
    /// Between two components on one host, in µs.
    #[serde(default)]
    #[schemars(range(min = 0.0))]
    same_host_us: f64,
    /// For pairs that are not listed, in µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    default_us: Option<f64>,
    /// When the first step begins, where values are lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Time>,
    /// The length of a step, where values are lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step_s: Option<Amount>,
}

/// The matrix.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {
    /// From a domain, to a domain: the path between them. The diagonal is measured too.
    lms_measurements: BTreeMap<String, BTreeMap<String, Path>>,
}

/// A path: its median, its median per step, or all that is known of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Path {
    Median(f64),
    Medians(Vec<f64>),
    Measured(Box<Measured>),
}

/// All that is known of a path; a list in place of a number has a value a step.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Measured {
    /// Median round trip, in µs.
    #[serde(default, skip_serializing_if = "is_default")]
    p50_us: Steps,
    /// 75th percentile.
    #[serde(default, skip_serializing_if = "is_default")]
    p75_us: Steps,
    /// 90th percentile.
    #[serde(default, skip_serializing_if = "is_default")]
    p90_us: Steps,
    /// 95th percentile.
    #[serde(default, skip_serializing_if = "is_default")]
    p95_us: Steps,
    /// 99th percentile.
    #[serde(default, skip_serializing_if = "is_default")]
    p99_us: Steps,
    /// 99.9th percentile.
    #[serde(default, skip_serializing_if = "is_default")]
    p999_us: Steps,
    /// Jitter per RFC 3550, in µs.
    #[serde(default, skip_serializing_if = "is_default")]
    jitter_us: Steps,
    /// Share of packets lost.
    #[serde(default, skip_serializing_if = "is_default")]
    loss: Steps,
    /// How many samples it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    samples: Option<Amount>,
    /// How old the newest sample is, in s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    age_s: Option<f64>,
    /// Where the numbers come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<SourceWord>,
    /// Half-width of the confidence interval of an estimate, relative.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    relative_error: f64,
}

/// A number, or a number a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Steps {
    One(f64),
    Each(Vec<f64>),
}

impl Default for Steps {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl From<Steps> for Vec<f64> {
    fn from(steps: Steps) -> Self {
        match steps {
            Steps::One(value) => vec![value],
            Steps::Each(values) => values,
        }
    }
}

impl From<&Vec<f64>> for Steps {
    fn from(values: &Vec<f64>) -> Self {
        match values[..] {
            [value] => Self::One(value),
            _ => Self::Each(values.clone()),
        }
    }
}

/// Where the numbers come from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SourceWord {
    /// Probes.
    Measured,
    /// Completed from other pairs.
    Estimated,
    /// Forecast.
    Forecast,
    /// Written by hand.
    Declared,
}

impl Measured {
    fn percentiles(&mut self) -> [(&'static str, &mut Steps); 6] {
        [
            ("p50", &mut self.p50_us),
            ("p75", &mut self.p75_us),
            ("p90", &mut self.p90_us),
            ("p95", &mut self.p95_us),
            ("p99", &mut self.p99_us),
            ("p999", &mut self.p999_us),
        ]
    }
}

impl Format for LatencyFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Latency;
    const LISTS: &'static [List] = &[List::map("lms_measurements", "from")];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<LatencyFormat>);
        &SHAPES
    }

    fn push(body: &mut Body, _: &List, key: &str, element: Value) -> serde_json::Result<bool> {
        Ok(body.lms_measurements.insert(key.to_owned(), from_value(element)?).is_none())
    }
}

/// The latency of a file.
pub(crate) fn draft(header: Header, body: Body) -> LatencyDraft {
    let mut paths = Vec::new();
    for (from, row) in body.lms_measurements {
        paths.extend(row.into_iter().map(|(to, path)| (from.clone(), to, path_draft(path))));
    }
    LatencyDraft {
        level: header.level,
        same_host_us: header.same_host_us,
        default_us: header.default_us,
        step_s: header.step_s.map(|amount| amount.0),
        paths,
    }
}

fn path_draft(path: Path) -> PathDraft {
    let mut measured = match path {
        Path::Median(us) => Box::new(Measured { p50_us: Steps::One(us), ..Measured::default() }),
        Path::Medians(us) => Box::new(Measured { p50_us: Steps::Each(us), ..Measured::default() }),
        Path::Measured(measured) => measured,
    };
    let percentiles = measured.percentiles().into_iter().filter(|(_, steps)| **steps != Steps::default());
    PathDraft {
        percentiles: percentiles
            .map(|(name, steps)| (name.to_owned(), std::mem::take(steps).into()))
            .collect(),
        jitter_us: measured.jitter_us.into(),
        loss: measured.loss.into(),
        relative_error: measured.relative_error,
    }
}

/// The file of a latency.
pub(crate) fn from_draft(latency: &LatencyDraft) -> (Header, Body) {
    let header = Header {
        kind: "latency".into(),
        level: latency.level.clone(),
        same_host_us: latency.same_host_us,
        default_us: latency.default_us,
        step_s: latency.step_s.map(Amount),
        ..Header::default()
    };
    let mut body = Body::default();
    for (from, to, path) in &latency.paths {
        body.lms_measurements.entry(from.clone()).or_default().insert(to.clone(), to_path(path));
    }
    (header, body)
}

fn to_path(path: &PathDraft) -> Path {
    let mut measured = Measured {
        jitter_us: (&path.jitter_us).into(),
        loss: (&path.loss).into(),
        relative_error: path.relative_error,
        ..Measured::default()
    };
    for (name, steps) in measured.percentiles() {
        *steps = path.percentiles.get(name).map(Into::into).unwrap_or_default();
    }
    Path::Measured(Box::new(measured))
}
