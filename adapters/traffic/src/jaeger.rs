//! Traces of Jaeger in JSON, as its `/api/traces` and the download of its pages give them.
//!
//! # Source
//! Jaeger, `model/json/model.go`: times in µs, references `CHILD_OF` and `FOLLOWS_FROM`, processes beside the spans.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use crate::attributes::{Attributes, Value};
use crate::json::{Whole, hexadecimal, nullable, span_id};
use crate::span::{Kind, Link, NAMELESS, Span};

/// A trace.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Trace {
    #[serde(deserialize_with = "nullable")]
    spans: Vec<JaegerSpan>,
    #[serde(deserialize_with = "nullable")]
    processes: BTreeMap<String, Process>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct JaegerSpan {
    #[serde(rename = "traceID", deserialize_with = "nullable")]
    trace: String,
    #[serde(rename = "spanID", deserialize_with = "nullable")]
    id: String,
    #[serde(rename = "parentSpanID", deserialize_with = "nullable")]
    parent: String,
    #[serde(deserialize_with = "nullable")]
    references: Vec<Reference>,
    start_time: Whole,
    duration: Whole,
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Tag>,
    #[serde(rename = "processID", deserialize_with = "nullable")]
    process_id: String,
    process: Option<Process>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    #[serde(rename = "refType", deserialize_with = "nullable")]
    kind: String,
    #[serde(rename = "traceID", deserialize_with = "nullable")]
    trace: String,
    #[serde(rename = "spanID", deserialize_with = "nullable")]
    id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Process {
    #[serde(rename = "serviceName", deserialize_with = "nullable")]
    service: String,
    #[serde(deserialize_with = "nullable")]
    tags: Vec<Tag>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tag {
    #[serde(deserialize_with = "nullable")]
    key: String,
    value: serde_json::Value,
}

/// A process, once for all its spans.
#[derive(Clone)]
struct Place {
    service: Arc<str>,
    host: Option<Arc<str>>,
}

impl Trace {
    /// Its spans; the second is how many are none, without an id or a time.
    pub(crate) fn spans(self) -> (Vec<Span>, usize) {
        let places: BTreeMap<&str, Place> =
            self.processes.iter().map(|(id, process)| (id.as_str(), place(process))).collect();
        let all = self.spans.len();
        let span = |span: &JaegerSpan| {
            let own = span.process.as_ref().map(place);
            let place = own.or_else(|| places.get(span.process_id.as_str()).cloned());
            read(span, place.unwrap_or_else(|| Place { service: NAMELESS.into(), host: None }))
        };
        let spans: Vec<Span> = self.spans.iter().filter_map(span).collect();
        let refused = all - spans.len();
        (spans, refused)
    }
}

fn place(process: &Process) -> Place {
    let attributes = attributes(&process.tags);
    let service = if process.service.is_empty() { NAMELESS } else { &process.service };
    Place { service: service.into(), host: attributes.host() }
}

fn attributes(tags: &[Tag]) -> Attributes {
    let mut attributes = Attributes::default();
    for tag in tags {
        match &tag.value {
            serde_json::Value::String(text) => attributes.take(&tag.key, Value::Text(text)),
            serde_json::Value::Bool(flag) => attributes.take(&tag.key, Value::Flag(*flag)),
            serde_json::Value::Number(number) => {
                attributes.take(&tag.key, Value::Number(number.as_f64().unwrap_or(f64::NAN)));
            }
            _ => {}
        }
    }
    attributes
}

fn read(span: &JaegerSpan, Place { service, host }: Place) -> Option<Span> {
    let trace = hexadecimal(&span.trace, 32)?;
    let attributes = attributes(&span.tags);
    let (mut parent, mut links) = (span_id(&span.parent), Vec::new());
    for reference in &span.references {
        let (Some(other), Some(id)) = (hexadecimal(&reference.trace, 32), span_id(&reference.id)) else {
            continue;
        };
        // A span has one parent, in its own trace.
        if reference.kind == "CHILD_OF" && other == trace && parent.is_none_or(|parent| parent == id) {
            parent = Some(id);
        } else {
            links.push(Link { trace: other, id, follows: reference.kind == "FOLLOWS_FROM" });
        }
    }
    let kind = attributes.kind.unwrap_or(Kind::Internal);
    Some(Span {
        trace,
        id: span_id(&span.id)?,
        parent,
        links,
        kind,
        service,
        host,
        peer: attributes.peer(kind),
        start_ns: span.start_time.0?.checked_mul(1000)?,
        duration_ns: span.duration.0?.checked_mul(1000)?,
        failed: attributes.failed,
        bytes: attributes.bytes,
        probability: attributes.probability(),
    })
}
