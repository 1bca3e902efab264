//! Latency between domains.

use serde::Serialize;

use crate::ids::{DomainId, PartitionId};
use crate::quantity::Nanos;

/// A pair whose latency is not known.
pub const UNKNOWN: Nanos = i64::MAX;

/// Latency between the domains of a partition, now and over the horizon.
#[derive(Debug, Clone, Serialize)]
pub struct Latency {
    /// The partition the matrices are given for.
    pub level: PartitionId,
    /// Between two components on one host.
    pub same_host: Nanos,
    /// One matrix a step, or a single one when it does not change: what a call over a path costs. Never [`UNKNOWN`].
    pub price: Vec<Matrix>,
    /// The highest ceiling percentile over the horizon, for C7 and C10; may hold [`UNKNOWN`].
    pub ceiling: Matrix,
    /// The median now, for the threshold rule; may hold [`UNKNOWN`].
    pub median: Matrix,
}

/// A square matrix over domains, row by row; one number where all entries are equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    size: usize,
    values: Vec<Nanos>,
}

impl Matrix {
    /// The matrix with `value(row, column)`.
    #[must_use]
    pub fn from_fn(size: usize, mut value: impl FnMut(usize, usize) -> Nanos) -> Self {
        let values = (0..size * size).map(|cell| value(cell / size, cell % size)).collect();
        Self { size, values }
    }

    /// The matrix whose entries are all `value`.
    #[must_use]
    pub fn flat(value: Nanos) -> Self {
        Self { size: 0, values: vec![value] }
    }

    /// The entry from `a` to `b`.
    #[must_use]
    #[inline]
    pub fn get(&self, a: DomainId, b: DomainId) -> Nanos {
        // A flat matrix has size 0: both products vanish and the only value is read.
        let column = if self.size == 0 { 0 } else { b.index() };
        self.values[a.index() * self.size + column]
    }

    /// The distinct entries in no particular order; entries may repeat.
    #[must_use]
    pub fn values(&self) -> &[Nanos] {
        &self.values
    }

    /// Whether all entries are stored as one.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.size == 0
    }
}
