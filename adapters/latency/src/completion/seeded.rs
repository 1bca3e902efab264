//! Numbers that look random and follow from a seed.

/// SplitMix64 at a position: the same seed and position give the same number.
///
/// # Source
/// Steele, Lea and Flood (2014), "Fast Splittable Pseudorandom Number Generators", figure 17.
pub(super) fn number(seed: u64, position: u64) -> u64 {
    let mut z = seed.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number within -1..1.
pub(super) fn centred(seed: u64, position: u64) -> f64 {
    (number(seed, position) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_their_range() {
        let numbers: Vec<f64> = (0..1000).map(|i| centred(7, i)).collect();
        assert!(numbers.iter().all(|x| (-1.0..1.0).contains(x)));
        assert!(numbers.iter().sum::<f64>().abs() < 60.0);
    }
}
