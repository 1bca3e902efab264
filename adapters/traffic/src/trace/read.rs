//! Files of traces: Jaeger's JSON and OpenTelemetry's, told apart by what is in them.

use colocate_files::Findings;
use colocate_model::FaultCode;
use serde::Deserialize;
use serde_json::error::Category;

use crate::span::Span;
use crate::{jaeger, otlp};

/// A value of a JSON file; a file of JSON Lines has many.
#[derive(Deserialize)]
struct Contents {
    /// Jaeger's.
    data: Option<Vec<jaeger::Trace>>,
    /// OpenTelemetry's; `batches` in the JSON of Tempo.
    #[serde(rename = "resourceSpans", alias = "resource_spans", alias = "batches")]
    resource_spans: Option<Vec<otlp::ResourceSpans>>,
}

/// The spans of a file: Jaeger's JSON; OTLP as JSON, as JSON Lines, in protobuf, or in protobuf with lengths between. What is
/// wrong is noted; spans without an id or a time are left out.
pub fn read_traces(name: &str, bytes: &[u8], findings: &mut Findings) -> Vec<Span> {
    let (spans, refused) = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => {
            findings.fault(name, FaultCode::Empty, "the file is empty", "give traces");
            return Vec::new();
        }
        // Protobuf begins with the field 1, which is a line feed in text.
        Some(b'{' | b'[') if bytes[0] != b'\n' => json(name, bytes, findings),
        Some(_) => match protobuf(bytes) {
            Ok(found) => found,
            Err(_) if bytes[0] == b'\n' && std::str::from_utf8(bytes).is_ok() => json(name, bytes, findings),
            Err(error) => {
                let action = "give traces of Jaeger in JSON, or of OpenTelemetry in JSON or protobuf";
                let cause = format!("it is neither JSON nor protobuf of OpenTelemetry: {error}");
                findings.fault(name, FaultCode::Syntax, cause, action);
                return Vec::new();
            }
        },
    };
    if refused > 0 {
        let cause = format!("{refused} span(s) have no sound id or time");
        findings.warn(name, FaultCode::Partial, cause, "they are left out");
    }
    spans
}

/// Lengths are shorter than 2^24, so that they begin with zero, as no message does.
fn protobuf(bytes: &[u8]) -> Result<(Vec<Span>, usize), prost::DecodeError> {
    if bytes[0] == 0 { otlp::decode_framed(bytes) } else { otlp::decode(bytes) }
}

fn json(name: &str, bytes: &[u8], findings: &mut Findings) -> (Vec<Span>, usize) {
    let (mut spans, mut refused) = (Vec::new(), 0);
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Contents>();
    while let Some(value) = values.next() {
        let contents = match value {
            Ok(contents) => contents,
            Err(error) => {
                let place = format!("{name} line {} column {}", error.line(), error.column());
                let (code, action) = match error.classify() {
                    Category::Eof => (FaultCode::Truncated, "maybe it was cut off: write it again"),
                    Category::Data => (FaultCode::WrongType, "give it as Jaeger or OpenTelemetry writes it"),
                    _ => (FaultCode::Syntax, "make it valid JSON"),
                };
                findings.fault(place, code, error.to_string(), action);
                break;
            }
        };
        if contents.data.is_none() && contents.resource_spans.is_none() {
            let place = format!("{name} byte {}", values.byte_offset());
            let cause =
                "there is neither `data`, as Jaeger has it, nor `resourceSpans`, as OpenTelemetry has it";
            findings.fault(place, FaultCode::WrongKind, cause, "maybe this is another file");
            break;
        }
        let jaeger = contents.data.into_iter().flatten().map(jaeger::Trace::spans);
        let otlp = contents.resource_spans.into_iter().flatten().map(otlp::ResourceSpans::spans);
        for (more, none) in jaeger.chain(otlp) {
            spans.extend(more);
            refused += none;
        }
    }
    (spans, refused)
}

#[cfg(test)]
mod tests {
    use colocate_model::Document;
    use proptest::prelude::*;

    use super::*;

    fn codes(bytes: &[u8]) -> Vec<FaultCode> {
        let mut findings = Findings::new(Document::Traffic);
        read_traces("x", bytes, &mut findings);
        findings.finish(()).map_or_else(
            |faults| faults.0.iter().map(|fault| fault.code).collect(),
            |((), warnings)| warnings.iter().map(|warning| warning.code).collect(),
        )
    }

    #[test]
    fn what_holds_no_traces_is_said() {
        for (text, code) in [
            ("", FaultCode::Empty),
            (" \n", FaultCode::Empty),
            ("{\"data\": [", FaultCode::Truncated),
            ("{\"data\": 3}", FaultCode::WrongType),
            ("{\"data\": [}", FaultCode::Syntax),
            ("{\"resourceMetrics\": []}", FaultCode::WrongKind),
            ("\n{\"resourceMetrics\": []}", FaultCode::WrongKind),
            ("from,to\na,b\n", FaultCode::Syntax),
            ("\0\0\0\u{9}abc", FaultCode::Syntax),
            ("{\"data\": [{\"spans\": [{\"traceID\": \"x\"}]}]}", FaultCode::Partial),
        ] {
            assert_eq!(codes(text.as_bytes()), [code], "{text:?}");
        }
        assert_eq!(
            codes(b"{\"data\": null, \"resourceSpans\": []}\n{\"resourceSpans\": null, \"data\": []}"),
            []
        );
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), framed: bool) {
            let start: &[u8] = if framed { &[0, 0, 0] } else { &[10] };
            codes(&bytes);
            codes(&[start, &bytes].concat());
        }
    }
}
