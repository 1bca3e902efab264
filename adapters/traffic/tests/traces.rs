//! Edges of traces, against counts made by hand.

use colocate_files::Findings;
use colocate_model::{Document, FaultCode};
use colocate_traffic::{Observed, Span, TraceOptions, Traced, edges_of_traces, read_traces};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, TracesData};
use prost::Message;

const JAEGER: &[u8] = include_bytes!("data/jaeger.json");
const OTLP: &[u8] = include_bytes!("data/otlp.jsonl");

fn spans(bytes: &[u8]) -> Vec<Span> {
    let mut findings = Findings::new(Document::Traffic);
    let spans = read_traces("sample", bytes, &mut findings);
    let ((), warnings) = findings.finish(()).expect("it is sound");
    assert_eq!(warnings, []);
    spans
}

fn traced(spans: Vec<Span>, options: &TraceOptions) -> (Traced, Vec<FaultCode>) {
    let mut findings = Findings::new(Document::Traffic);
    let traced = edges_of_traces(spans, options, &mut findings);
    let (traced, warnings) = findings.finish(traced).expect("it is sound");
    (traced, warnings.iter().map(|warning| warning.code).collect())
}

/// From, to, calls/s, messages/s, errors/s, p50 and p95 in µs.
type Row<'a> = (&'a str, &'a str, Option<f64>, f64, Option<f64>, Option<f64>, Option<f64>);

fn row(edge: &Observed) -> Row<'_> {
    let Observed { from, to, calls_per_s, messages_per_s, errors_per_s, p50_us, p95_us, .. } = edge;
    (from, to, *calls_per_s, *messages_per_s, *errors_per_s, *p50_us, *p95_us)
}

/// Three traces over two seconds: `web` calls `cart` twice, the second time from a host whose clock is 446 ms behind, and
/// that call fails; `cart` asks `redis`, which has no spans; `mailer` takes a message in a trace of its own; `ship` answers
/// a caller that was not kept but is named, `pay` one that is not; a call of `web` says not to whom.
#[test]
fn jaeger_as_counted_by_hand() {
    let (traced, warnings) = traced(spans(JAEGER), &TraceOptions::default());
    assert_eq!(
        traced.edges.iter().map(row).collect::<Vec<_>>(),
        [
            ("cart", "redis", Some(0.5), 0.0, Some(0.0), Some(5_000.0), Some(5_000.0)),
            ("web", "cart", Some(1.0), 0.0, Some(0.5), Some(10_000.0), Some(40_000.0)),
            ("web", "mailer", Some(0.5), 0.5, Some(0.0), None, None),
            ("web", "ship", Some(0.5), 0.0, Some(0.0), Some(7_000.0), Some(7_000.0)),
        ]
    );
    let network: Vec<u64> = traced.edges[1].network.iter().map(|sample| sample.ns / 1_000_000).collect();
    assert_eq!(network, [10, 4]);
    assert_eq!(traced.edges[1].network[0].to_host.as_deref(), Some("h2"));
    let report = traced.report;
    assert_eq!((report.spans, report.traces, report.duplicates), (12, 3, 1));
    assert_eq!((report.missing_parents, report.unknown_callers, report.unknown_callees), (2, 1, 1));
    assert_eq!((report.skew.spans, report.skew.largest_ns), (1, 446_000_000));
    assert_eq!(report.window_s, 2.0);
    assert_eq!(warnings, [FaultCode::Duplicate, FaultCode::Partial, FaultCode::Partial, FaultCode::Skew]);
}

/// Four seconds of which every second trace was kept: `front` calls `back` twice, the second time from a host whose clock
/// is far behind, and that call fails; it asks the database `db-1` and sends a message that `worker` takes in a trace of
/// its own; `back` sends one that `worker` takes in the same trace.
#[test]
fn otlp_as_counted_by_hand() {
    let (traced, warnings) = traced(spans(OTLP), &TraceOptions::default());
    assert_eq!(
        traced.edges.iter().map(row).collect::<Vec<_>>(),
        [
            ("back", "worker", Some(0.5), 0.5, Some(0.0), None, None),
            ("front", "back", Some(1.0), 0.0, Some(0.5), Some(20_000.0), Some(20_000.0)),
            ("front", "db-1", Some(0.5), 0.0, Some(0.0), Some(3_000.0), Some(3_000.0)),
            ("front", "worker", Some(0.5), 0.5, Some(0.0), None, None),
        ]
    );
    // Half of the calls say that they have 4000 bytes.
    assert_eq!(traced.edges[1].bytes_per_s, Some(4000.0));
    assert_eq!(
        traced.edges[1].network.iter().map(|sample| sample.ns).collect::<Vec<_>>(),
        [8_000_000, 10_000_000]
    );
    // The answer of 10 ms belongs into the middle of the call from 60 to 80 ms, not at -900 ms.
    assert_eq!((traced.report.skew.spans, traced.report.skew.largest_ns), (1, 965_000_000));
    assert_eq!((traced.report.missing_links, traced.report.window_s), (1, 4.0));
    assert_eq!(warnings, [FaultCode::Partial, FaultCode::Skew]);
}

#[test]
fn sampling_and_window_can_be_told() {
    let options = TraceOptions { sampling: Some(0.1), window_s: Some(10.0) };
    let (traced, _) = traced(spans(OTLP), &options);
    assert_eq!(traced.edges[1].calls_per_s, Some(2.0));
    let mut findings = Findings::new(Document::Traffic);
    let mut spans = spans(OTLP);
    spans.truncate(1);
    spans[0].duration_ns = 0;
    edges_of_traces(spans, &TraceOptions::default(), &mut findings);
    let faults = findings.finish(()).expect_err("there is no window");
    assert_eq!(faults.0[0].code, FaultCode::TooFew);
}

fn process(service: &str, spans: Vec<OtlpSpan>) -> ResourceSpans {
    let name = Value::StringValue(service.into());
    let name = KeyValue {
        key: "service.name".into(),
        value: Some(AnyValue { value: Some(name) }),
        ..KeyValue::default()
    };
    ResourceSpans {
        resource: Some(Resource { attributes: vec![name], ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

fn span(id: u8, parent: Option<u8>, kind: i32, milliseconds: (u64, u64)) -> OtlpSpan {
    let span_id = |id: u8| vec![0, 0, 0, 0, 0, 0, 0, id];
    OtlpSpan {
        trace_id: vec![1; 16],
        span_id: span_id(id),
        parent_span_id: parent.map(span_id).unwrap_or_default(),
        kind,
        start_time_unix_nano: milliseconds.0 * 1_000_000,
        end_time_unix_nano: milliseconds.1 * 1_000_000,
        ..OtlpSpan::default()
    }
}

/// One second: `a` calls `b` and waits 1000 ms, `b` works 400 ms of them; a span without an id is none.
#[test]
fn protobuf_with_and_without_lengths() {
    let first = TracesData { resource_spans: vec![process("a", vec![span(1, None, 3, (0, 1000))])] };
    let second = TracesData { resource_spans: vec![process("b", vec![span(2, Some(1), 2, (300, 700))])] };
    let (first, second) = (first.encode_to_vec(), second.encode_to_vec());
    let whole = [first.clone(), second.clone()].concat();
    let framed: Vec<u8> = [&first, &second]
        .into_iter()
        .flat_map(|message| [&(message.len() as u32).to_be_bytes()[..], message].concat())
        .collect();
    for bytes in [whole, framed] {
        let (traced, warnings) = traced(spans(&bytes), &TraceOptions::default());
        let rows: Vec<_> = traced.edges.iter().map(row).collect();
        assert_eq!(rows, [("a", "b", Some(1.0), 0.0, Some(0.0), Some(1e6), Some(1e6))]);
        assert_eq!(traced.edges[0].network[0].ns, 600_000_000);
        assert_eq!(warnings, []);
    }
}
