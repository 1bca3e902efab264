//! Quantiles of values that stand for several.

/// The smallest value such that a share of at least `q` is no larger; none of no values. Sorts them.
///
/// Time O(n log n); the values are sorted already from the second call on.
pub(crate) fn weighted_quantile(values: &mut [(u64, f64)], q: f64) -> Option<u64> {
    values.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut so_far = 0.0;
    let reached = values.iter().find(|(_, weight)| {
        so_far += weight;
        // Sums of weights that are no powers of two may fall short by a little.
        so_far >= all * q * (1.0 - 1e-12)
    });
    reached.or(values.last()).map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_by_nearest_rank() {
        let mut values: Vec<(u64, f64)> = (1..=20).rev().map(|value| (value, 1.0)).collect();
        assert_eq!(weighted_quantile(&mut values, 0.5), Some(10));
        assert_eq!(weighted_quantile(&mut values, 0.95), Some(19));
        assert_eq!(weighted_quantile(&mut values, 1.0), Some(20));
        assert_eq!(weighted_quantile(&mut [(7, 1.0), (3, 10.0)], 0.9), Some(3));
        assert_eq!(weighted_quantile(&mut [], 0.5), None);
    }
}
