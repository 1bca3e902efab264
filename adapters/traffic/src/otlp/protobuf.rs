//! OTLP in protobuf.

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{self as otlp, TracesData, status::StatusCode};
use prost::Message;
use prost::bytes::Buf;

use crate::attributes::{Attributes, Value, tracestate};
use crate::span::{Kind, Link, NAMELESS, Span};

/// The spans of a `TracesData` or an `ExportTraceServiceRequest`, which are the same on the wire; the second is how many
/// are none, without an id or a time.
///
/// # Errors
/// Where it is neither.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Vec<Span>, usize), prost::DecodeError> {
    let (mut spans, mut all) = (Vec::new(), 0);
    for resource in TracesData::decode(bytes)?.resource_spans {
        let mut process = Attributes::default();
        let mut service: Arc<str> = NAMELESS.into();
        for KeyValue { key, value, .. } in resource.resource.iter().flat_map(|resource| &resource.attributes)
        {
            match value {
                Some(AnyValue { value: Some(any_value::Value::StringValue(name)), .. })
                    if key == "service.name" && !name.is_empty() =>
                {
                    service = name.as_str().into();
                }
                _ => take(&mut process, key, value.as_ref()),
            }
        }
        for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            all += 1;
            spans.extend(read(span, service.clone(), process.host()));
        }
    }
    let refused = all - spans.len();
    Ok((spans, refused))
}

/// The spans of messages with their length in front, four bytes, the highest first, as the collector's file exporter
/// writes them with `format: proto`.
///
/// # Errors
/// Where one of them is none, or the last is cut off.
pub(crate) fn decode_framed(mut bytes: &[u8]) -> Result<(Vec<Span>, usize), prost::DecodeError> {
    let (mut spans, mut refused) = (Vec::new(), 0);
    while !bytes.is_empty() {
        // What is too short for a length is no message either.
        let length = bytes.try_get_u32().map_or(usize::MAX, |length| length as usize);
        let message = bytes.get(..length).unwrap_or(b"\xff");
        let (more, none) = decode(message)?;
        spans.extend(more);
        refused += none;
        bytes = bytes.get(length..).unwrap_or_default();
    }
    Ok((spans, refused))
}

fn take(attributes: &mut Attributes, key: &str, value: Option<&AnyValue>) {
    let value = match value.and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => Value::Text(text),
        Some(any_value::Value::BoolValue(flag)) => Value::Flag(*flag),
        Some(any_value::Value::IntValue(number)) => Value::Number(*number as f64),
        Some(any_value::Value::DoubleValue(number)) => Value::Number(*number),
        _ => return,
    };
    attributes.take(key, value);
}

fn read(span: &otlp::Span, service: Arc<str>, host: Option<Arc<str>>) -> Option<Span> {
    let mut attributes = Attributes::default();
    span.attributes.iter().for_each(|KeyValue { key, value, .. }| take(&mut attributes, key, value.as_ref()));
    let kind = Kind::from_number(span.kind.into());
    let link = |link: &otlp::span::Link| {
        Some(Link { trace: trace_id(&link.trace_id)?, id: span_id(&link.span_id)?, follows: false })
    };
    let failed = span.status.as_ref().is_some_and(|status| status.code == StatusCode::Error as i32);
    Some(Span {
        trace: trace_id(&span.trace_id)?,
        id: span_id(&span.span_id)?,
        parent: span_id(&span.parent_span_id),
        links: span.links.iter().filter_map(link).collect(),
        kind,
        service,
        host,
        peer: attributes.peer(kind),
        start_ns: span.start_time_unix_nano,
        duration_ns: span.end_time_unix_nano.checked_sub(span.start_time_unix_nano)?,
        failed: failed || attributes.failed,
        bytes: attributes.bytes,
        probability: tracestate(&span.trace_state).or_else(|| attributes.probability()),
    })
}

fn trace_id(bytes: &[u8]) -> Option<u128> {
    bytes.try_into().ok().map(u128::from_be_bytes).filter(|&id| id > 0)
}

fn span_id(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes).filter(|&id| id > 0)
}
