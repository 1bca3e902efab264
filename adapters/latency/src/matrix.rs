//! What is known of the paths between domains.

use std::collections::BTreeMap;

use crate::samples::PathSamples;

/// What was measured between the domains of a level over a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// The partition.
    pub level: String,
    /// As of when, in ms since 1970.
    pub at_ms: i64,
    /// Over how long, in ms.
    pub window_ms: i64,
    /// By domain of the prober and of the probed.
    pub pairs: BTreeMap<(String, String), PathSamples>,
}

/// The normal quantile of a two-sided 90 % interval.
const Z: f64 = 1.644_853_626_951_472;

/// The half-width of a 90 % interval of the median, relative to it: by the ranks that it lies between, whatever the
/// distribution; `None` where there are no round trips.
///
/// # Source
/// Conover (1999), "Practical Nonparametric Statistics", §3.2.
#[must_use]
pub fn median_error(samples: &PathSamples) -> Option<f64> {
    let count = samples.round_trips.count() as f64;
    let half = Z * 0.5 / count.sqrt();
    let quantile = |q| samples.round_trips.quantile(q);
    let (low, median, high) = (quantile(0.5 - half)?, quantile(0.5)?, quantile(0.5 + half)?);
    (median > 0.0).then(|| (high - low) / 2.0 / median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_samples_make_the_median_surer() {
        let error = |count: u64| {
            let mut samples = PathSamples::default();
            (0..count).for_each(|sample| samples.round_trips.record(1_000_000 + sample * 1_000_000 / count));
            median_error(&samples).unwrap()
        };
        // Spread evenly over 1 to 2 ms: a half-width of 1.645 x 0.5 / sqrt(n) of the range.
        assert!((error(100) - 0.082 / 1.5).abs() < 0.01, "{}", error(100));
        assert!((error(10_000) - 0.0082 / 1.5).abs() < 0.002);
        assert_eq!(median_error(&PathSamples::default()), None);
    }
}
