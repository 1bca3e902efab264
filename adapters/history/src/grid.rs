//! Samples at any times onto an even grid.
//!
//! Bucket k holds the times `[k x step, (k + 1) x step)`, so that all series with one step share their buckets and can be
//! added up. A bucket without samples holds the sample before it for as long as that is fresh, and NaN from then on.

use colocate_forecast::Series;

use crate::Sample;

/// What becomes of several values in a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Aggregate {
    /// Their mean.
    #[default]
    Mean,
    /// The last.
    Last,
    /// The largest.
    Max,
}

impl Aggregate {
    /// Of at least one sample.
    fn of(self, samples: &[Sample]) -> f64 {
        let values = samples.iter().map(|sample| sample.value);
        match self {
            Self::Mean => values.sum::<f64>() / samples.len() as f64,
            Self::Last => samples.last().map_or(f64::NAN, |sample| sample.value),
            Self::Max => values.fold(f64::NAN, f64::max),
        }
    }
}

/// The median time between samples, in ms; the lower of two. `samples` are in order of time. None of fewer than two.
#[must_use]
pub fn median_spacing_ms(samples: &[Sample]) -> Option<i64> {
    let mut spacings: Vec<i64> = samples.windows(2).map(|pair| pair[1].time_ms - pair[0].time_ms).collect();
    lower_median(&mut spacings)
}

/// The lower median.
pub(crate) fn lower_median(values: &mut [i64]) -> Option<i64> {
    let middle = values.len().checked_sub(1)? / 2;
    Some(*values.select_nth_unstable(middle).1)
}

/// How many buckets `samples`, in order of time, span.
#[must_use]
pub fn buckets(samples: &[Sample], step_s: u32) -> usize {
    let step_ms = i64::from(step_s.max(1)) * 1000;
    match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => {
            let buckets = last.time_ms.div_euclid(step_ms) - first.time_ms.div_euclid(step_ms) + 1;
            usize::try_from(buckets).unwrap_or(usize::MAX)
        }
        _ => 0,
    }
}

/// One value per bucket, from that of the first sample to that of the last.
///
/// `samples` are in order of time, each time once. A sample holds for less than `hold_ms` into a bucket without samples.
/// O(buckets x log samples).
#[must_use]
pub fn onto_grid(samples: &[Sample], step_s: u32, aggregate: Aggregate, hold_ms: i64) -> Series {
    let step_s = step_s.max(1);
    let step_ms = i64::from(step_s) * 1000;
    let first = samples.first().map_or(0, |sample| sample.time_ms.div_euclid(step_ms));
    let mut values = vec![f64::NAN; buckets(samples, step_s)];
    let (mut rest, mut last) = (samples, None::<Sample>);
    for (value, bucket) in values.iter_mut().zip(first..) {
        let start_ms = bucket * step_ms;
        let (inside, later) =
            rest.split_at(rest.partition_point(|sample| sample.time_ms < start_ms + step_ms));
        if let Some(&newest) = inside.last() {
            *value = aggregate.of(inside);
            last = Some(newest);
        } else if let Some(held) = last.filter(|held| start_ms - held.time_ms < hold_ms) {
            *value = held.value;
        }
        rest = later;
    }
    Series { start: first * i64::from(step_s), step_s, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples(pairs: &[(i64, f64)]) -> Vec<Sample> {
        pairs.iter().map(|&(seconds, value)| Sample { time_ms: seconds * 1000, value }).collect()
    }

    #[test]
    fn buckets_are_aligned_to_the_step_and_empty_ones_are_missing() {
        let samples = samples(&[(130, 1.0), (140, 3.0), (310, 7.0)]);
        let of = |aggregate| onto_grid(&samples, 60, aggregate, 0);
        let mean = of(Aggregate::Mean);
        assert_eq!((mean.start, mean.step_s, mean.end()), (120, 60, 360));
        assert_eq!(format!("{:?}", mean.values), "[2.0, NaN, NaN, 7.0]");
        assert_eq!(of(Aggregate::Last).values[0], 3.0);
        assert_eq!(of(Aggregate::Max).values[0], 3.0);
    }

    #[test]
    fn a_value_holds_until_it_is_stale() {
        let samples = samples(&[(30, 1.0), (300, 2.0)]);
        // At 60 it is 30 s old, at 120 it is 90 s old, at 180 it is 150 s old.
        assert_eq!(
            format!("{:?}", onto_grid(&samples, 60, Aggregate::Mean, 90_001).values),
            "[1.0, 1.0, 1.0, NaN, NaN, 2.0]"
        );
        assert!(onto_grid(&samples, 60, Aggregate::Mean, 30_000).values[1].is_nan());
    }

    #[test]
    fn times_that_waver_over_an_edge_leave_no_hole() {
        let times: Vec<(i64, f64)> =
            (0..100).map(|i| (i * 60 + if i % 2 == 0 { 1 } else { -1 }, i as f64)).collect();
        let series = onto_grid(&samples(&times), 60, Aggregate::Mean, 30_000);
        assert!(series.values.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn the_spacing_is_the_usual_one() {
        assert_eq!(
            median_spacing_ms(&samples(&[(0, 0.0), (60, 0.0), (120, 0.0), (9000, 0.0)])),
            Some(60_000)
        );
        assert_eq!(median_spacing_ms(&samples(&[(5, 0.0)])), None);
        assert_eq!(buckets(&[], 60), 0);
    }

    fn any_samples() -> impl Strategy<Value = Vec<Sample>> {
        prop::collection::btree_map(-100_000_i64..1_000_000, 0.0..1e6_f64, 1..80)
            .prop_map(|map| map.into_iter().map(|(time_ms, value)| Sample { time_ms, value }).collect())
    }

    proptest! {
        #[test]
        fn every_bucket_with_samples_has_their_aggregate_and_no_other_has_one(samples in any_samples(), step_s in 1_u32..100) {
            let step_ms = i64::from(step_s) * 1000;
            for aggregate in [Aggregate::Mean, Aggregate::Last, Aggregate::Max] {
                let series = onto_grid(&samples, step_s, aggregate, 0);
                prop_assert_eq!(series.start % i64::from(step_s), 0);
                for (index, value) in series.values.iter().enumerate() {
                    let start = series.start * 1000 + index as i64 * step_ms;
                    let inside: Vec<Sample> =
                        samples.iter().copied().filter(|s| (start..start + step_ms).contains(&s.time_ms)).collect();
                    prop_assert_eq!(value.is_nan(), inside.is_empty());
                    if !inside.is_empty() {
                        prop_assert_eq!(*value, aggregate.of(&inside));
                        let (low, high) = inside.iter().fold((f64::MAX, f64::MIN), |(low, high), s| (low.min(s.value), high.max(s.value)));
                        prop_assert!(*value >= low * (1.0 - 1e-12) && *value <= high * (1.0 + 1e-12));
                    }
                }
                let count = series.values.iter().filter(|value| !value.is_nan()).count();
                prop_assert!(count <= samples.len());
            }
        }

        #[test]
        fn what_is_on_the_grid_stays_as_it_is(values in prop::collection::vec(0.0..1e9_f64, 2..50), start in -50_i64..50, step_s in 1_u32..1000) {
            let step_ms = i64::from(step_s) * 1000;
            let samples: Vec<Sample> =
                values.iter().zip(start..).map(|(&value, k)| Sample { time_ms: k * step_ms, value }).collect();
            let spacing = median_spacing_ms(&samples);
            prop_assert_eq!(spacing, Some(step_ms));
            let series = onto_grid(&samples, step_s, Aggregate::Mean, step_ms / 2);
            prop_assert_eq!(series.values, values);
        }

        #[test]
        fn a_longer_hold_only_fills(samples in any_samples(), hold_ms in 0_i64..200_000) {
            let bare = onto_grid(&samples, 10, Aggregate::Last, 0);
            let held = onto_grid(&samples, 10, Aggregate::Last, hold_ms);
            for (bare, held) in bare.values.iter().zip(&held.values) {
                prop_assert!(bare.is_nan() || bare == held);
            }
        }
    }
}
