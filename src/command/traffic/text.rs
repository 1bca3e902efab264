//! What people and programs read of traffic.

use colocate_files::TrafficFile;
use colocate_model::Fault;
use colocate_traffic::{Agreement, EdgeSource, Merged};
use serde_json::{Value, json};

use super::collect::Collected;
use crate::report;

/// How many edges are shown.
const SHOWN: usize = 20;

/// The busiest edges.
pub(super) fn summary(collected: &Collected) -> String {
    let rate = |edge: &Merged| edge.edge.calls_per_s.unwrap_or(0.0);
    let mut edges: Vec<&Merged> = collected.edges.iter().collect();
    edges.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
    let all = edges.iter().fold(0.0, |sum, edge| sum + rate(edge));
    let mut text = format!("{} edges, {all:.1} calls/s\n", edges.len());
    if let Some(report) = &collected.traces {
        let (spans, traces, window_s) = (report.spans, report.traces, report.window_s);
        text += &format!("{spans} spans of {traces} traces over {window_s:.1} s\n");
    }
    if edges.is_empty() {
        return text;
    }
    let mut table = report::table(&["from", "to", "calls/s", "bytes/s", "p95", "sources"]);
    for Merged { edge, sources } in edges.iter().take(SHOWN) {
        let number = |number: Option<f64>| number.map(|number| format!("{number:.1}")).unwrap_or_default();
        let sources: Vec<&str> = sources.iter().copied().map(EdgeSource::name).collect();
        table.add_row([
            edge.from.clone(),
            edge.to.clone(),
            number(edge.calls_per_s),
            number(edge.bytes_per_s),
            edge.p95_us.map(|us| format!("{:.1} ms", us / 1e3)).unwrap_or_default(),
            sources.join(", "),
        ]);
    }
    let more = edges.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("and {more} with fewer calls\n") } else { String::new() };
    format!("{text}{table}\n{more}")
}

/// All that was found.
pub(super) fn json(collected: &Collected, file: &TrafficFile, warnings: &[Fault]) -> Value {
    let edge = |Merged { edge, sources }: &Merged| {
        let sources: Vec<&str> = sources.iter().copied().map(EdgeSource::name).collect();
        json!({
            "from": edge.from, "to": edge.to,
            "calls_per_s": edge.calls_per_s, "messages_per_s": edge.messages_per_s,
            "errors_per_s": edge.errors_per_s, "bytes_per_s": edge.bytes_per_s,
            "p50_us": edge.p50_us, "p95_us": edge.p95_us,
            "source": edge.source.name(), "sources": sources,
        })
    };
    let agreement = |agreement: &Agreement| {
        json!({
            "from": agreement.from, "to": agreement.to, "calls": agreement.calls,
            "network_us": agreement.network_us, "probe_us": agreement.probe_us,
            "by_host": agreement.by_host, "agrees": agreement.agrees(),
        })
    };
    let traces = collected.traces.as_ref().map(|report| {
        json!({
            "spans": report.spans, "traces": report.traces, "window_s": report.window_s,
            "duplicates": report.duplicates, "missing_parents": report.missing_parents,
            "unknown_callers": report.unknown_callers, "unknown_callees": report.unknown_callees,
            "missing_links": report.missing_links, "skewed": report.skew.spans,
            "largest_skew_us": report.skew.largest_ns as f64 / 1e3,
        })
    });
    let unmatched = collected.unmatched.iter().map(|unmatched| {
        json!({"name": unmatched.name, "edges": unmatched.edges, "suggestion": unmatched.suggestion})
    });
    json!({
        "measured_at": file.measured_at,
        "edges": collected.edges.iter().map(edge).collect::<Vec<_>>(),
        "traces": traces,
        "unmatched": unmatched.collect::<Vec<_>>(),
        "agreements": collected.agreements.iter().map(agreement).collect::<Vec<_>>(),
        "warnings": warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
