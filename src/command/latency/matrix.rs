//! A matrix as it is shown: one percentile of every pair, domains in an order.

use std::collections::BTreeMap;

use colocate_files::{LatencyFile, MeasuredPath, PathSource};

/// A matrix as it is shown. Where paths have a value a step, the first step is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix<'f> {
    /// All that is known.
    pub(super) file: &'f LatencyFile,
    /// Domains in their order.
    pub(super) names: &'f [String],
    /// The percentile, such as `p95`.
    pub(super) quantile: &'f str,
}

impl<'f> Matrix<'f> {
    /// The path between two domains by position.
    pub(super) fn path(&self, from: usize, to: usize) -> Option<&'f MeasuredPath> {
        self.file.paths.get(&self.names[from])?.get(&self.names[to])
    }

    /// The value that is shown of a path, in µs.
    pub(super) fn value(&self, path: &MeasuredPath) -> Option<f64> {
        first(path.percentile(self.quantile))
    }

    /// The positions of pairs with a path and its value, row by row.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize, &'f MeasuredPath, f64)> + '_ {
        let all = (0..self.names.len()).flat_map(|from| (0..self.names.len()).map(move |to| (from, to)));
        all.filter_map(|(from, to)| {
            let path = self.path(from, to)?;
            Some((from, to, path, self.value(path)?))
        })
    }
}

/// The value of the first step.
pub(super) fn first(values: &[f64]) -> Option<f64> {
    values.first().copied()
}

/// Whether nobody measured the path, as far as is known.
pub(super) fn is_estimated(path: &MeasuredPath) -> bool {
    matches!(path.source, Some(PathSource::Estimated | PathSource::Forecast))
}

/// How far the median is from the 95th percentile, in µs; 0 where either is unknown.
pub(super) fn spread(path: &MeasuredPath) -> f64 {
    match (first(&path.p50_us), first(&path.p95_us)) {
        (Some(p50), Some(p95)) => (p95 - p50).max(0.0),
        _ => 0.0,
    }
}

/// The percentile to show: the one asked for, else p95, or p50 where no path has that.
///
/// # Errors
/// The percentiles that there are, where the one asked for is not among them.
pub(super) fn quantile(file: &LatencyFile, asked: Option<&str>) -> Result<String, Vec<&'static str>> {
    let paths = || file.paths.values().flat_map(BTreeMap::values);
    let known = |name: &str| paths().any(|path| !path.percentile(name).is_empty());
    let all: Vec<&str> = MeasuredPath::default()
        .percentiles()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| known(name))
        .collect();
    match asked {
        Some(name) if known(name) || all.is_empty() => Ok(name.to_owned()),
        Some(_) => Err(all),
        None if known("p95") => Ok("p95".to_owned()),
        None => Ok(all.first().copied().unwrap_or("p50").to_owned()),
    }
}
