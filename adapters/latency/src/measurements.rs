//! A matrix as latency.json says it: LMSMeasurements.

use colocate_files::{LatencyFile, MeasuredPath, PathSource};
use jiff::Timestamp;

use crate::matrix::{Matrix, median_error};
use crate::samples::PathSamples;

/// The largest time that a file may have, in µs.
const LARGEST_US: f64 = 1e9;

impl Matrix {
    /// Every measured pair, with its percentiles, jitter, loss and how sure its median is.
    #[must_use]
    pub fn measurements(&self, same_host_us: f64) -> LatencyFile {
        let mut file = LatencyFile {
            measured_at: Timestamp::from_millisecond(self.at_ms).ok(),
            window_s: Some(self.window_ms as f64 / 1e3),
            level: self.level.clone(),
            same_host_us,
            ..LatencyFile::default()
        };
        for ((from, to), samples) in &self.pairs {
            if samples.round_trips.count() > 0 {
                file.paths.entry(from.clone()).or_default().insert(to.clone(), self.path(samples));
            }
        }
        file
    }

    fn path(&self, samples: &PathSamples) -> MeasuredPath {
        let quantile = |q| samples.round_trips.quantile(q).map(|ns| rounded(ns / 1e3)).into_iter().collect();
        let loss = samples.loss();
        // Shares with six digits: a packet in a million.
        let share = |share: Option<f64>| share.map(|share| (share * 1e6).round() / 1e6).into_iter().collect();
        MeasuredPath {
            p50_us: quantile(0.5),
            p75_us: quantile(0.75),
            p90_us: quantile(0.9),
            p95_us: quantile(0.95),
            p99_us: quantile(0.99),
            p999_us: quantile(0.999),
            jitter_us: samples
                .jitter_ns()
                .map(|ns| rounded((ns / 1e3).min(LARGEST_US)))
                .into_iter()
                .collect(),
            loss: share(loss.map(|loss| loss.share)),
            loss_low: share(loss.map(|loss| loss.low)),
            loss_high: share(loss.map(|loss| loss.high)),
            samples: i64::try_from(samples.round_trips.count()).ok(),
            age_s: Some(self.at_ms.saturating_sub(samples.newest_ms).max(0) as f64 / 1e3),
            source: Some(PathSource::Measured),
            relative_error: median_error(samples).map_or(0.0, |error| (error * 1e4).round() / 1e4),
        }
    }
}

/// To 10 ns: finer is noise.
fn rounded(us: f64) -> f64 {
    (us * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_pair_says_all_that_is_known_of_it_and_the_file_is_valid() {
        let mut samples = PathSamples { sent: 102, lost: 2, newest_ms: 9_000, ..PathSamples::default() };
        (1..=100).for_each(|us| samples.round_trips.record(1_000_000 + us * 10_000));
        (samples.jitter_sum_ns, samples.jitter_count) = (30_000, 3);
        let nothing = PathSamples { sent: 1, lost: 1, ..PathSamples::default() };
        let pair = |to: &str| ("r1".to_owned(), to.to_owned());
        let pairs = BTreeMap::from([(pair("r2"), samples), (pair("r3"), nothing)]);
        let file =
            Matrix { level: "rack".into(), at_ms: 10_000, window_ms: 60_000, pairs }.measurements(20.0);
        file.check().unwrap();
        assert_eq!(file.paths["r1"].len(), 1, "a path that nothing came back on is not in the matrix");
        let path = &file.paths["r1"]["r2"];
        assert!(
            (path.p50_us[0] / 1_500.0 - 1.0).abs() < 0.02 && (path.p95_us[0] / 1_950.0 - 1.0).abs() < 0.02
        );
        assert_eq!(
            (path.jitter_us[0], path.loss[0], path.samples, path.age_s),
            (10.0, 0.019608, Some(100), Some(1.0))
        );
        assert!(path.loss_low[0] > 0.005 && path.loss_high[0] < 0.07);
        assert!(path.relative_error > 0.02 && path.relative_error < 0.1);
    }
}
