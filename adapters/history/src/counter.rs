//! Counters into rates.
//!
//! A counter only grows, until its process starts again at zero: a value below the one before it counts from zero, as in
//! Prometheus' `rate` and `increase`. Unlike those nothing is extrapolated: the increase between two samples is spread
//! evenly over the time between them, and a bucket gets the part that lies in it, so that the rates add up to the increase.

use colocate_forecast::Series;

use crate::Sample;

/// The increase from `before` to `now`, through a reset if there was one.
#[must_use]
pub fn increase(before: f64, now: f64) -> f64 {
    if now < before { now } else { now - before }
}

/// The mean rate per second in every bucket from that of the first sample to that of the last.
///
/// `samples` are in order of time, each time once. Nothing is known between two that lie further apart than `longest_ms`,
/// and a bucket of which less than half is known is NaN. O(samples + buckets).
#[must_use]
pub fn rates(samples: &[Sample], step_s: u32, longest_ms: i64) -> Series {
    let step_s = step_s.max(1);
    let step_ms = i64::from(step_s) * 1000;
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Series { start: 0, step_s, values: Vec::new() };
    };
    let first = first.time_ms.div_euclid(step_ms);
    // The last sample ends the last interval: at the edge of a bucket it has no part in the next.
    let end = (last.time_ms - 1).div_euclid(step_ms).max(first);
    let mut known = vec![(0.0, 0_i64); usize::try_from(end - first + 1).unwrap_or(0)];
    for pair in samples.windows(2) {
        let (from, to) = (pair[0].time_ms, pair[1].time_ms);
        if to - from > longest_ms {
            continue;
        }
        let per_ms = increase(pair[0].value, pair[1].value) / (to - from) as f64;
        for bucket in from.div_euclid(step_ms)..=(to - 1).div_euclid(step_ms) {
            let part_ms = to.min((bucket + 1) * step_ms) - from.max(bucket * step_ms);
            if let Some((amount, covered_ms)) = known.get_mut((bucket - first) as usize) {
                *amount += per_ms * part_ms as f64;
                *covered_ms += part_ms;
            }
        }
    }
    let rate = |(amount, covered_ms): (f64, i64)| match covered_ms {
        covered_ms if covered_ms * 2 < step_ms => f64::NAN,
        covered_ms => amount / (covered_ms as f64 / 1e3),
    };
    Series { start: first * i64::from(step_s), step_s, values: known.into_iter().map(rate).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples(pairs: &[(i64, f64)]) -> Vec<Sample> {
        pairs.iter().map(|&(seconds, value)| Sample { time_ms: seconds * 1000, value }).collect()
    }

    #[test]
    fn rates_are_of_the_step_that_begins_at_their_time() {
        let series = rates(&samples(&[(60, 100.0), (120, 160.0), (180, 400.0)]), 60, 60_000);
        assert_eq!((series.start, series.values), (60, vec![1.0, 4.0]));
    }

    #[test]
    fn a_reset_counts_from_zero() {
        assert_eq!(rates(&samples(&[(0, 1e6), (60, 30.0), (120, 90.0)]), 60, 60_000).values, [0.5, 1.0]);
    }

    #[test]
    fn samples_between_the_edges_give_each_side_its_part() {
        // 60 from 30 to 90, 120 from 90 to 150.
        let series = rates(&samples(&[(30, 0.0), (90, 60.0), (150, 180.0)]), 60, 60_000);
        assert_eq!(series.values, [1.0, 1.5, 2.0]);
    }

    #[test]
    fn long_gaps_are_not_bridged() {
        let series = rates(&samples(&[(0, 0.0), (60, 60.0), (240, 1e9), (300, 1e9 + 60.0)]), 60, 120_000);
        assert_eq!(format!("{:?}", series.values), "[1.0, NaN, NaN, NaN, 1.0]");
    }

    #[test]
    fn one_sample_has_no_rate() {
        assert!(rates(&samples(&[(60, 5.0)]), 60, 60_000).values.iter().all(|value| value.is_nan()));
        assert_eq!(rates(&[], 60, 60_000).values, Vec::<f64>::new());
    }

    proptest! {
        #[test]
        fn rates_add_up_to_the_increase(
            steps in prop::collection::vec((1_i64..5000, 0.0..1e6_f64, prop::bool::weighted(0.1)), 1..200),
            start in -100_000_i64..100_000, step_s in 1_u32..20,
        ) {
            // With resets, whose first value after is what they add.
            let (mut time_ms, mut value, mut total) = (start, 0.0, 0.0);
            let mut samples = vec![Sample { time_ms, value }];
            for (gap, amount, reset) in steps {
                time_ms += gap;
                let before = value;
                value = if reset { amount.min(before) } else { before + amount };
                total += if value < before { value } else { value - before };
                samples.push(Sample { time_ms, value });
            }
            let series = rates(&samples, step_s, i64::MAX);
            prop_assert!(series.values.iter().all(|rate| rate.is_nan() || *rate >= 0.0));
            let step_ms = i64::from(step_s) * 1000;
            // Covered times: whole buckets, less what lies before the first and after the last sample.
            let mut sum = 0.0;
            let mut uncovered = false;
            for (index, rate) in series.values.iter().enumerate() {
                let from = (series.start * 1000 + index as i64 * step_ms).max(start);
                let to = (series.start * 1000 + (index as i64 + 1) * step_ms).min(time_ms);
                if rate.is_nan() { uncovered = true } else { sum += rate * (to - from) as f64 / 1e3 }
            }
            prop_assert!(uncovered && sum <= total * (1.0 + 1e-9) || (sum - total).abs() <= 1e-9 * total.max(1.0));
        }
    }
}
