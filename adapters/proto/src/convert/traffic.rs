//! Measured traffic.

use colocate_model::draft::EdgeDraft;
use colocate_model::{Document, Faults};

use super::checks::Checks;
use super::words::Word;
use crate::v1;

/// The edges; the time is left to the caller.
pub(super) fn from_wire(traffic: v1::Traffic, faults: &mut Faults) -> Vec<EdgeDraft> {
    let mut checks = Checks::new(Document::Traffic, faults);
    let mut edge = |(index, edge): (usize, v1::TrafficEdge)| {
        if let Some(us) = edge.p95_us {
            checks.positive(us, format_args!("/edges/{index}/p95_us"));
        }
        EdgeDraft {
            from: checks.required(edge.source, format_args!("/edges/{index}/from")),
            to: checks.required(edge.target, format_args!("/edges/{index}/to")),
            calls_per_s: checks.positive(edge.calls_per_s, format_args!("/edges/{index}/calls_per_s")),
            bytes_per_s: checks.positive(edge.bytes_per_s, format_args!("/edges/{index}/bytes_per_s")),
            routing: checks.word(edge.routing, format_args!("/edges/{index}/routing")),
        }
    };
    traffic.edges.into_iter().enumerate().map(&mut edge).collect()
}

pub(super) fn to_wire(edges: &[EdgeDraft]) -> v1::Traffic {
    let edge = |edge: &EdgeDraft| v1::TrafficEdge {
        source: edge.from.clone(),
        target: edge.to.clone(),
        calls_per_s: edge.calls_per_s,
        bytes_per_s: edge.bytes_per_s,
        routing: edge.routing.map_or(0, Word::number),
        measured_by: None,
        p95_us: None,
    };
    v1::Traffic { measured_at: None, edges: edges.iter().map(edge).collect() }
}
