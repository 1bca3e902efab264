//! `latency.json`: what the network between racks does (LMSMeasurements).

pub(crate) mod file;
pub(crate) mod path;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::Document;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use path::Path;

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
