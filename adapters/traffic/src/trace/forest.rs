//! Spans with their parents found.

use crate::span::{Kind, Span};

/// Spans in order of trace and id, with their parents found.
pub(super) struct Forest {
    /// The spans, each once.
    pub(super) spans: Vec<Span>,
    /// Of each span its parent.
    pub(super) parents: Vec<Parent>,
    /// How many spans were there twice.
    pub(super) duplicates: usize,
}

/// The parent of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parent {
    /// It has none.
    None,
    /// It was not kept, or is in another file.
    Missing,
    /// It is this one.
    Span(usize),
}

impl Forest {
    /// Finds the parents. Of spans that are there twice the longest stays. Client and server of a call may share an id,
    /// as Zipkin's tracers have it: then the one is the parent of the other.
    pub(super) fn plant(mut spans: Vec<Span>) -> Self {
        let all = spans.len();
        spans.sort_by(|a, b| {
            let key = |span: &Span| (span.trace, span.id, span.kind);
            key(a).cmp(&key(b)).then(b.duration_ns.cmp(&a.duration_ns)).then(a.start_ns.cmp(&b.start_ns))
        });
        spans.dedup_by(|next, first| {
            let same = (next.trace, next.id) == (first.trace, first.id);
            same && !(first.kind == Kind::Client && next.kind == Kind::Server)
        });
        let duplicates = all - spans.len();
        let mut forest = Self { spans, parents: Vec::new(), duplicates };
        forest.parents = (0..forest.spans.len()).map(|index| forest.parent(index)).collect();
        forest
    }

    fn parent(&self, index: usize) -> Parent {
        let span = &self.spans[index];
        if span.kind == Kind::Server && index > 0 {
            let before = &self.spans[index - 1];
            if (before.trace, before.id) == (span.trace, span.id) {
                return Parent::Span(index - 1);
            }
        }
        match span.parent {
            None => Parent::None,
            Some(id) => match self.find(span.trace, id, Some(span)) {
                Some(parent) if parent != index => Parent::Span(parent),
                _ => Parent::Missing,
            },
        }
    }

    /// The span of an id; where client and server share it, the one that `child`, of the same service, is below.
    pub(super) fn find(&self, trace: u128, id: u64, child: Option<&Span>) -> Option<usize> {
        let first = self.spans.partition_point(|span| (span.trace, span.id) < (trace, id));
        let is_it = |span: &&Span| (span.trace, span.id) == (trace, id);
        self.spans.get(first).filter(is_it)?;
        let shared = self.spans.get(first + 1).filter(is_it);
        let is_below_second =
            child.zip(shared).is_some_and(|(child, server)| child.service == server.service);
        Some(if is_below_second { first + 1 } else { first })
    }

    /// The children of every span, in order.
    pub(super) fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.spans.len()];
        for (index, parent) in self.parents.iter().enumerate() {
            if let Parent::Span(parent) = parent {
                children[*parent].push(index);
            }
        }
        children
    }

    /// From the first beginning to the last end, in s; none where that is no time at all.
    pub(super) fn window_s(&self) -> Option<f64> {
        let first = self.spans.iter().map(|span| span.start_ns).min()?;
        let last = self.spans.iter().map(|span| span.start_ns.saturating_add(span.duration_ns)).max()?;
        (last > first).then(|| (last - first) as f64 / 1e9)
    }
}
