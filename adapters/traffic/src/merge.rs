//! What several sources say of one edge, as one.

use std::collections::BTreeMap;

use crate::edge::{EdgeSource, Observed};

/// An edge, from all who know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Every field from the most trusted source that has it; the source is that of the calls.
    pub edge: Observed,
    /// All who know of it, the most trusted first.
    pub sources: Vec<EdgeSource>,
}

/// One edge for each pair of names, in order of names.
///
/// Within a source, rates of one edge add up and the longer of two durations counts. Between sources every field is
/// taken from the most trusted that has it, in the order of [`EdgeSource`]: what is measured beats what is declared.
#[must_use]
pub fn merge(observed: Vec<Observed>) -> Vec<Merged> {
    let mut edges: BTreeMap<(String, String), BTreeMap<EdgeSource, Observed>> = BTreeMap::new();
    for edge in observed {
        let of_edge = edges.entry((edge.from.clone(), edge.to.clone())).or_default();
        match of_edge.get_mut(&edge.source) {
            Some(known) => add(known, edge),
            None => {
                of_edge.insert(edge.source, edge);
            }
        }
    }
    edges.into_values().filter_map(of_sources).collect()
}

/// Adds what the same source says of the same edge.
fn add(known: &mut Observed, more: Observed) {
    let either = |a: Option<f64>, b: Option<f64>, join: fn(f64, f64) -> f64| match (a, b) {
        (Some(a), Some(b)) => Some(join(a, b)),
        (a, b) => a.or(b),
    };
    let sum = |a, b| either(a, b, |a, b| a + b);
    known.calls_per_s = sum(known.calls_per_s, more.calls_per_s);
    known.errors_per_s = sum(known.errors_per_s, more.errors_per_s);
    known.bytes_per_s = sum(known.bytes_per_s, more.bytes_per_s);
    known.messages_per_s += more.messages_per_s;
    known.p50_us = either(known.p50_us, more.p50_us, f64::max);
    known.p95_us = either(known.p95_us, more.p95_us, f64::max);
    known.network.extend(more.network);
}

fn of_sources(of_edge: BTreeMap<EdgeSource, Observed>) -> Option<Merged> {
    let sources: Vec<EdgeSource> = of_edge.keys().copied().collect();
    let mut all = of_edge.into_values();
    let mut edge = all.next()?;
    for next in all {
        if edge.calls_per_s.is_none() && next.calls_per_s.is_some() {
            edge.source = next.source;
            edge.messages_per_s = next.messages_per_s;
        }
        edge.calls_per_s = edge.calls_per_s.or(next.calls_per_s);
        edge.errors_per_s = edge.errors_per_s.or(next.errors_per_s);
        edge.bytes_per_s = edge.bytes_per_s.or(next.bytes_per_s);
        edge.p50_us = edge.p50_us.or(next.p50_us);
        edge.p95_us = edge.p95_us.or(next.p95_us);
        if edge.network.is_empty() {
            edge.network = next.network;
        }
    }
    Some(Merged { edge, sources })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_beats_declared_and_gaps_are_filled() {
        let envoy = Observed { bytes_per_s: Some(900.0), ..Observed::new("web", "cart", EdgeSource::Envoy) };
        let traces = Observed {
            calls_per_s: Some(2.0),
            bytes_per_s: Some(100.0),
            p95_us: Some(40.0),
            ..Observed::new("web", "cart", EdgeSource::Traces)
        };
        let declared = |to: &str| Observed::new("web", to, EdgeSource::Declared);
        let merged = merge(vec![declared("cart"), declared("mail"), traces.clone(), envoy, traces]);
        let shown: Vec<_> = merged
            .iter()
            .map(|Merged { edge, sources }| {
                (edge.to.as_str(), edge.calls_per_s, edge.bytes_per_s, edge.source, sources.len())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("cart", Some(4.0), Some(900.0), EdgeSource::Traces, 3),
                ("mail", None, None, EdgeSource::Declared, 1),
            ]
        );
        assert_eq!(merged[0].edge.p95_us, Some(40.0));
    }
}
