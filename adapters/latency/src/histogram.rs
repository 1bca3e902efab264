//! A histogram of round trips that merges without loss.

/// Bits of a value that tell its bucket, the leading one aside: 32 buckets an octave.
const BITS: u32 = 5;
const PER_OCTAVE: u64 = 1 << BITS;
/// The largest value told apart: about 68 s. Larger ones fall into the last bucket.
const LARGEST: u64 = (1 << 36) - 1;

/// Counts of round-trip times in buckets of which none is wider than 1/32 of what it holds.
///
/// Values are in ns. Two histograms merge into exactly what one would have been that had seen the values of both, so hosts
/// merge into racks, racks into zones and slots into windows in any order. Quantiles are off by at most 1/64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Buckets that hold anything, by their number.
    buckets: Vec<(u16, u64)>,
}

impl Histogram {
    /// How many buckets there are.
    pub const BUCKETS: u16 = bucket_of(LARGEST) + 1;

    /// Counts a value.
    pub fn record(&mut self, ns: u64) {
        self.add(bucket_of(ns.min(LARGEST)), 1);
    }

    /// Counts `count` values in a bucket; nothing where there is no such bucket.
    pub fn add(&mut self, bucket: u16, count: u64) {
        if bucket >= Self::BUCKETS || count == 0 {
            return;
        }
        match self.buckets.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(place) => self.buckets[place].1 = self.buckets[place].1.saturating_add(count),
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    /// Takes in all that another has counted.
    pub fn merge(&mut self, other: &Self) {
        for &(bucket, count) in &other.buckets {
            self.add(bucket, count);
        }
    }

    /// How many values it counts.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// The buckets that hold anything, by their number.
    #[must_use]
    pub fn buckets(&self) -> &[(u16, u64)] {
        &self.buckets
    }

    /// The value in ns that a share `q` of all values does not exceed, within the width of a bucket, as if the values of a
    /// bucket were spread evenly over it; `None` where there are no values.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        let rank = (q.clamp(0.0, 1.0) * count as f64).max(0.5).min(count as f64 - 0.5);
        let mut below = 0.0;
        for &(bucket, held) in &self.buckets {
            let held = held as f64;
            if below + held >= rank {
                let (low, high) = (lower(bucket) as f64, lower(bucket + 1) as f64);
                return Some(low + (high - low) * ((rank - below) / held));
            }
            below += held;
        }
        None
    }

    /// The mean in ns, with every value in the middle of its bucket.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let middle = |bucket: u16| (lower(bucket) + lower(bucket + 1)) as f64 / 2.0;
        let sum: f64 = self.buckets.iter().map(|&(bucket, count)| middle(bucket) * count as f64).sum();
        (!self.buckets.is_empty()).then(|| sum / self.count() as f64)
    }

    /// The first value in ns above a bucket.
    #[must_use]
    pub fn upper_ns(bucket: u16) -> u64 {
        lower(bucket + 1)
    }

    /// The bucket below a value in ns that [`Histogram::upper_ns`] gave.
    #[must_use]
    pub fn bucket_below(upper_ns: u64) -> Option<u16> {
        let bucket = bucket_of(upper_ns.checked_sub(1)?.min(LARGEST));
        (lower(bucket + 1) == upper_ns).then_some(bucket)
    }
}

/// Below one octave of buckets every value has its own; above, an octave is cut into equal parts.
const fn bucket_of(ns: u64) -> u16 {
    if ns < PER_OCTAVE {
        return ns as u16;
    }
    let octave = 63 - ns.leading_zeros() - BITS;
    let place = (ns >> octave) - PER_OCTAVE;
    ((octave as u64 + 1) * PER_OCTAVE + place) as u16
}

/// The smallest value of a bucket.
const fn lower(bucket: u16) -> u64 {
    let (octave, place) = (bucket as u64 / PER_OCTAVE, bucket as u64 % PER_OCTAVE);
    if octave == 0 { place } else { (PER_OCTAVE + place) << (octave - 1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(value));
        histogram
    }

    #[test]
    fn every_bucket_begins_where_the_one_before_it_ends() {
        for bucket in 0..Histogram::BUCKETS {
            assert_eq!(bucket_of(lower(bucket)), bucket);
            assert_eq!(bucket_of(lower(bucket + 1) - 1), bucket);
            assert_eq!(Histogram::bucket_below(Histogram::upper_ns(bucket)), Some(bucket));
        }
        assert_eq!(Histogram::bucket_below(1_000_001), None, "no edge of a bucket");
    }

    #[test]
    fn values_beyond_the_last_bucket_are_in_it() {
        assert_eq!(of(&[u64::MAX]).buckets(), &[(Histogram::BUCKETS - 1, 1)]);
    }

    proptest! {
        #[test]
        fn merging_is_as_if_one_had_seen_all(a in prop::collection::vec(0..u64::MAX, 0..50), b in prop::collection::vec(0..10_000_000u64, 0..50)) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            prop_assert_eq!(merged, of(&[a, b].concat()));
        }

        #[test]
        fn a_quantile_is_near_the_value_of_its_rank(mut values in prop::collection::vec(1_000..5_000_000_000u64, 1..400), q in 0.0..1.0f64) {
            values.sort_unstable();
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let near = |rank: usize| values[rank.clamp(1, values.len()) - 1] as f64;
            let quantile = of(&values).quantile(q).expect("there are values");
            prop_assert!(quantile >= near(rank - 1) * (1.0 - 1.0 / 31.0));
            prop_assert!(quantile <= near(rank + 1) * (1.0 + 1.0 / 31.0));
        }
    }
}
