//! `forecast.json`: what every component and edge will need.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::LazyLock;

use colocate_model::draft::{EdgeForecastDraft, ForecastDraft, SeriesDraft};
use colocate_model::{Document, Fault, Faults};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use super::rules;
use super::write::{json, maybe_gzipped};
use crate::atomic::WriteError;
use crate::input::Input;
use crate::read::{Contents, Format, List, Shapes, read};
use crate::values::{Amount, Time, Version};

/// The format.
pub(crate) struct ForecastFormat;

/// A forecast with all that its file says of it.
#[derive(Debug, Clone, Default)]
pub struct ForecastFile {
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// When the first step begins.
    pub start: Option<Timestamp>,
    /// The model that made it.
    pub model: Option<String>,
    /// The time of the newest point it rests on.
    pub history_until: Option<Timestamp>,
    /// Demand and traffic; its ranking is the one below.
    pub draft: ForecastDraft,
    /// The components by what they would cost if they stayed where they are, the worst first.
    pub ranking: Vec<Ranked>,
}

impl ForecastFile {
    /// Reads the file of a forecast, whoever made it.
    ///
    /// # Errors
    /// Every fault of the file. What it says of components that a cluster has not is found once both are read together.
    pub fn read(input: &Input) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(Contents { header, body, places, .. }) = read::<ForecastFormat>(input, &mut faults) else {
            return Err(faults);
        };
        let mut own = Faults::default();
        let ranking = body.ranking.clone();
        let draft = draft(&header, body, &mut own);
        faults.0.extend(own.0.into_iter().map(|fault| Fault { place: places.locate(&fault.place), ..fault }));
        let time = |time: Option<Time>| time.map(|time| time.0);
        let file = Self {
            made_at: time(header.made_at),
            start: time(header.start),
            model: header.model,
            history_until: time(header.history_until),
            draft,
            ranking,
        };
        if faults.0.is_empty() { Ok(file) } else { Err(faults) }
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
        let (header, body) = from_draft(&self.draft);
        let time = |time: Option<Timestamp>| time.map(Time);
        let header = Header {
            made_at: time(self.made_at),
            start: time(self.start),
            model: self.model.clone(),
            history_until: time(self.history_until),
            ..header
        };
        json(writer, &header, &Body { ranking: self.ranking.clone(), ..body })
    }
}

/// Forecast demand and traffic.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "forecast"))]
    kind: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made_at: Option<Time>,
    /// When the first step begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<Time>,
    /// The length of a step, in s.
    step_s: Amount,
    /// The number of steps.
    steps: u32,
    /// The model that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The time of the newest point it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) history_until: Option<Time>,
    /// Per resource, the share of a host's capacity to keep free; negative where the quantiles are too careful.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reserve: BTreeMap<String, f64>,
}

/// The lists of a forecast.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {
    /// Per component and resource, in the unit of the resource.
    #[serde(default)]
    components: BTreeMap<String, BTreeMap<String, Series>>,
    /// Traffic.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    edges: Vec<Edge>,
    /// The components by what they would cost if they stayed where they are, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) ranking: Vec<Ranked>,
}

/// A forecast series.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Series {
    /// The mean of every step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mean: Vec<f64>,
    /// Per quantile, such as "0.95", its value in every step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    q: BTreeMap<String, Vec<f64>>,
    /// Per quantile, that of the maximum over all steps.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    window_max: BTreeMap<String, f64>,
}

/// The forecast of an edge.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edge {
    /// The service or component that calls.
    from: String,
    /// The service or component that is called.
    to: String,
    /// Calls/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calls_per_s: Option<Series>,
    /// Bytes/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes_per_s: Option<Series>,
}

/// A component of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ranked {
    /// The component.
    pub component: String,
    /// How much the latency term grows while it stays where it is.
    #[serde(default)]
    pub latency_impact: f64,
    /// The overload it takes part in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overload: Option<ForecastOverload>,
}

/// An overload that is forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForecastOverload {
    /// The rack.
    pub rack: String,
    /// The resource.
    pub resource: String,
    /// The first step in which it is over its limit.
    pub step: u32,
    /// By which share of the limit.
    pub by: f64,
}

impl Format for ForecastFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Forecast;
    const LISTS: &'static [List] = &[
        List::map("components", "component"),
        List::sequence("edges", "edge"),
        List::sequence("ranking", "ranked"),
    ];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<ForecastFormat>);
        &SHAPES
    }

    fn push(body: &mut Body, list: &List, key: &str, element: Value) -> serde_json::Result<bool> {
        match list.field {
            "components" => {
                return Ok(body.components.insert(key.to_owned(), from_value(element)?).is_none());
            }
            "edges" => body.edges.push(from_value(element)?),
            _ => body.ranking.push(from_value(element)?),
        }
        Ok(true)
    }
}

/// The forecast of a file.
pub(crate) fn draft(header: &Header, body: Body, faults: &mut Faults) -> ForecastDraft {
    let mut components = BTreeMap::new();
    for (component, by_resource) in body.components {
        let convert = |(resource, series): (String, Series)| {
            let place = format!("/components/{component}/{resource}");
            let series = series_draft(series, &place, faults);
            (resource, series)
        };
        let by_resource = by_resource.into_iter().map(convert).collect();
        components.insert(component, by_resource);
    }
    let mut edges = Vec::new();
    for (index, edge) in body.edges.into_iter().enumerate() {
        let mut convert = |series: Option<Series>, field: &str| {
            series.map(|series| series_draft(series, &format!("/edges/{index}/{field}"), faults))
        };
        edges.push(EdgeForecastDraft {
            calls_per_s: convert(edge.calls_per_s, "calls_per_s"),
            bytes_per_s: convert(edge.bytes_per_s, "bytes_per_s"),
            from: edge.from,
            to: edge.to,
        });
    }
    ForecastDraft {
        step_s: header.step_s.0,
        steps: header.steps as usize,
        components,
        edges,
        reserve: header.reserve.clone(),
        ranking: body.ranking.into_iter().map(|ranked| ranked.component).collect(),
    }
}

fn series_draft(series: Series, place: &str, faults: &mut Faults) -> SeriesDraft {
    let quantiles = rules::quantiles(series.q, format_args!("{place}/q"), faults);
    let window_max = rules::quantiles(series.window_max, format_args!("{place}/window_max"), faults);
    SeriesDraft { mean: series.mean, quantiles, window_max }
}

/// The file of a forecast.
pub(crate) fn from_draft(forecast: &ForecastDraft) -> (Header, Body) {
    let header = Header {
        kind: "forecast".into(),
        step_s: Amount(forecast.step_s),
        steps: u32::try_from(forecast.steps).unwrap_or(u32::MAX),
        reserve: forecast.reserve.clone(),
        ..Header::default()
    };
    let by_resource = |resources: &BTreeMap<String, SeriesDraft>| {
        resources.iter().map(|(resource, series)| (resource.clone(), to_series(series))).collect()
    };
    let components = forecast.components.iter();
    let edge = |edge: &EdgeForecastDraft| Edge {
        from: edge.from.clone(),
        to: edge.to.clone(),
        calls_per_s: edge.calls_per_s.as_ref().map(to_series),
        bytes_per_s: edge.bytes_per_s.as_ref().map(to_series),
    };
    let ranked =
        |component: &String| Ranked { component: component.clone(), latency_impact: 0.0, overload: None };
    let body = Body {
        components: components.map(|(name, resources)| (name.clone(), by_resource(resources))).collect(),
        edges: forecast.edges.iter().map(edge).collect(),
        ranking: forecast.ranking.iter().map(ranked).collect(),
    };
    (header, body)
}

fn to_series(series: &SeriesDraft) -> Series {
    Series {
        mean: series.mean.clone(),
        q: series.quantiles.iter().map(|(q, values)| (q.to_string(), values.clone())).collect(),
        window_max: series.window_max.iter().map(|(q, value)| (q.to_string(), *value)).collect(),
    }
}
