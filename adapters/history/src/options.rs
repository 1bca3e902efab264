//! How history is read.

use std::collections::BTreeMap;

use crate::grid::Aggregate;

/// How history is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The time between values, in s; the usual time between those that are read where it is absent, 300 with Prometheus.
    pub step_s: Option<u32>,
    /// What becomes of several values in a step. Rates of counters are always means.
    pub aggregate: Aggregate,
    /// How long a value holds where no newer one comes, in s. Where it is absent: half the usual time between
    /// the values of a series, so that times which waver leave no hole; all of it for one with fewer values than steps.
    pub staleness_s: Option<u32>,
    /// Unix time in s at which history ends. Where it is absent: now for Prometheus, the last value for files.
    pub until: Option<i64>,
    /// How long history is, in s. Where it is absent: 14 days for Prometheus, all there is for files.
    pub span_s: Option<u32>,
    /// The metric of files that have columns for time and value only.
    pub metric: String,
    /// What values in files are.
    pub kind: Kind,
    /// The largest plausible value per resource, such as the capacity of the largest host; beyond it a unit is suspected.
    /// Where a resource is absent, what no host has today.
    pub plausible: BTreeMap<String, f64>,
    /// The most values to hold, as read and evenly spaced.
    pub max_values: usize,
}

/// What values in files are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Counters where a column `kind` says so or the name of the metric ends in `_total`; gauges else.
    #[default]
    ByName,
    /// Amounts or rates as they are.
    Gauge,
    /// Counts since a start, of which the rates per second are wanted.
    Counter,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            step_s: None,
            aggregate: Aggregate::default(),
            staleness_s: None,
            until: None,
            span_s: None,
            metric: "cpu".into(),
            kind: Kind::default(),
            plausible: BTreeMap::new(),
            max_values: 50_000_000,
        }
    }
}

impl Options {
    /// The times that are wanted, in Unix ms: from the first on, before the second.
    pub(crate) fn window_ms(&self) -> (i64, i64) {
        let until = self.until.map_or(i64::MAX, |until| until.saturating_mul(1000));
        let from = match (self.until, self.span_s) {
            (Some(until), Some(span)) => until.saturating_sub(i64::from(span)).saturating_mul(1000),
            _ => i64::MIN,
        };
        (from, until)
    }
}
