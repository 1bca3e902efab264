//! Clocks that differ between hosts.

use std::sync::Arc;

use super::forest::{Forest, Parent};
use crate::span::{Kind, Span};

/// How far clocks were off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Skew {
    /// How many spans were not where their callers' times allow them to be.
    pub spans: usize,
    /// How far the worst was shifted, in ns.
    pub largest_ns: u64,
}

/// Shifts the spans of other hosts into the spans that wait for them, halfway between the ends; all that is below them on
/// the same host goes along. Time O(n).
///
/// # Source
/// Jaeger, `model/adjuster/clockskew.go`. Departure: a message may be taken any time after it was sent, so consumers stay.
pub(super) fn correct(forest: &mut Forest) -> Skew {
    let (children, mut skew) = (forest.children(), Skew::default());
    let roots = (0..forest.spans.len()).filter(|&index| !matches!(forest.parents[index], Parent::Span(_)));
    // What stands in a ring is below no root, and stays as it is.
    let mut open: Vec<(usize, i128)> = roots.map(|root| (root, 0)).collect();
    while let Some((index, shift)) = open.pop() {
        let parent = shifted(&mut forest.spans[index], shift);
        for &child in &children[index] {
            let span = &forest.spans[child];
            let shift = match shift_into(span, &parent) {
                _ if is_same_clock(span, &parent) => shift,
                Some(own) => {
                    skew.spans += 1;
                    skew.largest_ns =
                        skew.largest_ns.max(u64::try_from(own.unsigned_abs()).unwrap_or(u64::MAX));
                    own
                }
                None => 0,
            };
            open.push((child, shift));
        }
    }
    skew
}

/// Who waits, and when.
struct Waiting {
    service: Arc<str>,
    host: Option<Arc<str>>,
    kind: Kind,
    start_ns: u64,
    duration_ns: u64,
}

fn shifted(span: &mut Span, shift: i128) -> Waiting {
    let start = i128::from(span.start_ns) + shift;
    span.start_ns = u64::try_from(start.max(0)).unwrap_or(u64::MAX);
    Waiting {
        service: span.service.clone(),
        host: span.host.clone(),
        kind: span.kind,
        start_ns: span.start_ns,
        duration_ns: span.duration_ns,
    }
}

/// Whether two spans have one clock: one host, or where hosts are not known one service.
fn is_same_clock(span: &Span, parent: &Waiting) -> bool {
    match (&span.host, &parent.host) {
        (Some(own), Some(of_parent)) => own == of_parent,
        _ => span.service == parent.service,
    }
}

/// How far `span` is to be shifted so that `parent` can have waited for it; none where it is there already.
fn shift_into(span: &Span, parent: &Waiting) -> Option<i128> {
    if span.kind == Kind::Consumer || parent.kind == Kind::Producer {
        return None;
    }
    let ns = i128::from;
    let early = ns(parent.start_ns) - ns(span.start_ns);
    let late = ns(span.start_ns) + ns(span.duration_ns) - ns(parent.start_ns) - ns(parent.duration_ns);
    if span.duration_ns > parent.duration_ns {
        // The caller did not wait to the end: it may begin no earlier than that, which is all that is known.
        return (early > 0).then_some(early);
    }
    let on_the_way = ns(parent.duration_ns - span.duration_ns) / 2;
    (early > 0 || late > 0).then_some(early + on_the_way)
}
