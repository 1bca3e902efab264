//! OTLP in JSON.
//!
//! # Source
//! OpenTelemetry protocol 1.9, "JSON Protobuf Encoding": ids in hexadecimal, 64-bit integers as texts or numbers, words
//! of enumerations as numbers. Writers that follow protobuf's own mapping give the names, and fields with underscores.

use std::sync::Arc;

use serde::Deserialize;

use crate::attributes::{Attributes, Value, tracestate};
use crate::json::{Whole, hexadecimal, nullable, span_id};
use crate::span::{Kind, Link, NAMELESS, Span};

/// The spans of a process.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResourceSpans {
    #[serde(deserialize_with = "nullable")]
    resource: Resource,
    #[serde(
        rename = "scopeSpans",
        alias = "scope_spans",
        alias = "instrumentationLibrarySpans",
        deserialize_with = "nullable"
    )]
    scopes: Vec<ScopeSpans>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resource {
    #[serde(deserialize_with = "nullable")]
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    #[serde(deserialize_with = "nullable")]
    spans: Vec<OtlpSpan>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OtlpSpan {
    #[serde(rename = "traceId", alias = "trace_id", deserialize_with = "nullable")]
    trace: String,
    #[serde(rename = "spanId", alias = "span_id", deserialize_with = "nullable")]
    id: String,
    #[serde(rename = "parentSpanId", alias = "parent_span_id", deserialize_with = "nullable")]
    parent: String,
    #[serde(rename = "traceState", alias = "trace_state", deserialize_with = "nullable")]
    state: String,
    kind: Word,
    #[serde(rename = "startTimeUnixNano", alias = "start_time_unix_nano")]
    start: Whole,
    #[serde(rename = "endTimeUnixNano", alias = "end_time_unix_nano")]
    end: Whole,
    #[serde(deserialize_with = "nullable")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "nullable")]
    links: Vec<OtlpLink>,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OtlpLink {
    #[serde(rename = "traceId", alias = "trace_id", deserialize_with = "nullable")]
    trace: String,
    #[serde(rename = "spanId", alias = "span_id", deserialize_with = "nullable")]
    id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Word,
}

/// A word of an enumeration.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Word {
    Number(i64),
    Name(String),
    #[default]
    None,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyValue {
    #[serde(deserialize_with = "nullable")]
    key: String,
    #[serde(deserialize_with = "nullable")]
    value: AnyValue,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnyValue {
    #[serde(rename = "stringValue", alias = "string_value")]
    text: Option<String>,
    #[serde(rename = "intValue", alias = "int_value")]
    int: Whole,
    #[serde(rename = "doubleValue", alias = "double_value")]
    double: Option<serde_json::Value>,
    #[serde(rename = "boolValue", alias = "bool_value")]
    flag: Option<bool>,
}

impl ResourceSpans {
    /// Its spans; the second is how many are none, without an id or a time.
    pub(crate) fn spans(self) -> (Vec<Span>, usize) {
        let mut process = Attributes::default();
        let mut service: Arc<str> = NAMELESS.into();
        for KeyValue { key, value } in &self.resource.attributes {
            match &value.text {
                Some(name) if key == "service.name" && !name.is_empty() => service = name.as_str().into(),
                _ => take(&mut process, key, value),
            }
        }
        let host = process.host();
        let all = self.scopes.iter().map(|scope| scope.spans.len()).sum::<usize>();
        let spans: Vec<Span> = self
            .scopes
            .iter()
            .flat_map(|scope| &scope.spans)
            .filter_map(|span| read(span, service.clone(), host.clone()))
            .collect();
        let refused = all - spans.len();
        (spans, refused)
    }
}

fn take(attributes: &mut Attributes, key: &str, value: &AnyValue) {
    let double = value.double.as_ref().and_then(serde_json::Value::as_f64);
    let value = match value {
        AnyValue { text: Some(text), .. } => Value::Text(text),
        AnyValue { flag: Some(flag), .. } => Value::Flag(*flag),
        AnyValue { int: Whole(Some(number)), .. } => Value::Number(*number as f64),
        _ => match double {
            Some(number) => Value::Number(number),
            None => return,
        },
    };
    attributes.take(key, value);
}

fn read(span: &OtlpSpan, service: Arc<str>, host: Option<Arc<str>>) -> Option<Span> {
    let mut attributes = Attributes::default();
    span.attributes.iter().for_each(|KeyValue { key, value }| take(&mut attributes, key, value));
    let kind = match &span.kind {
        Word::Number(number) => Kind::from_number(*number),
        Word::Name(name) => Kind::from_word(name),
        Word::None => Kind::Internal,
    };
    let failed = match &span.status.code {
        Word::Number(number) => *number == 2,
        Word::Name(name) => name == "STATUS_CODE_ERROR",
        Word::None => false,
    };
    let link = |link: &OtlpLink| {
        let (trace, id) = (hexadecimal(&link.trace, 32)?, span_id(&link.id)?);
        Some(Link { trace, id, follows: false })
    };
    let start_ns = span.start.0?;
    Some(Span {
        trace: hexadecimal(&span.trace, 32)?,
        id: span_id(&span.id)?,
        parent: span_id(&span.parent),
        links: span.links.iter().filter_map(link).collect(),
        kind,
        service,
        host,
        peer: attributes.peer(kind),
        start_ns,
        duration_ns: span.end.0?.checked_sub(start_ns)?,
        failed: failed || attributes.failed,
        bytes: attributes.bytes,
        probability: tracestate(&span.state).or_else(|| attributes.probability()),
    })
}
