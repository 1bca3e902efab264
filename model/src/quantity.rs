//! Integer quantities and the only arithmetic that rounds.

use serde::{Deserialize, Serialize};

/// An amount of a resource, in the unit the resource declares.
pub type Amount = i64;

/// Nanoseconds.
pub type Nanos = i64;

/// Money in 1e-9 $.
pub type NanoDollars = i64;

/// The value of an objective term, in the unit of the term (see `docs/model.md`).
pub type Cost = i64;

/// A capacity that is not limited.
pub const UNLIMITED: Amount = i64::MAX;

/// One million: the denominator of fractions and of the violation.
pub const PPM: i64 = 1_000_000;

/// A non-negative rational factor whose product with an integer is rounded once, half up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// Numerator, not negative.
    pub numerator: i128,
    /// Denominator, positive.
    pub denominator: i128,
}

impl Ratio {
    /// The factor 0.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// The factor 1.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms.
    ///
    /// # Panics
    /// If the denominator is not positive or the numerator negative.
    #[must_use]
    pub fn new(numerator: i128, denominator: i128) -> Self {
        assert!(denominator > 0 && numerator >= 0, "a ratio is not negative and has a positive denominator");
        let divisor = gcd(numerator, denominator);
        Self { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    /// `self x value`, rounded half up. `value` is not negative.
    #[must_use]
    #[inline]
    pub fn times(self, value: i128) -> Cost {
        if self.denominator == 1 {
            return (self.numerator * value) as Cost;
        }
        ((2 * self.numerator * value + self.denominator) / (2 * self.denominator)) as Cost
    }

    /// The product of two ratios, or `None` when it overflows.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (a, b) = (gcd(self.numerator, other.denominator), gcd(other.numerator, self.denominator));
        Some(Self::new(
            (self.numerator / a).checked_mul(other.numerator / b)?,
            (self.denominator / b).checked_mul(other.denominator / a)?,
        ))
    }
}

/// Greatest common divisor, at least 1.
#[must_use]
pub fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// The most one row may count in the violation: sums over millions of rows stay in range.
const LARGEST_EXCESS_PPM: i128 = 1_000_000_000_000;

/// `excess` in parts per million of `capacity`, rounded up; a capacity of 0 counts as 1, and a row counts at most 10^12.
#[must_use]
#[inline]
pub fn excess_ppm(excess: i64, capacity: i64) -> i64 {
    if excess <= 0 {
        return 0;
    }
    let capacity = i128::from(capacity.max(1));
    let ppm = (i128::from(excess) * i128::from(PPM) + capacity - 1) / capacity;
    ppm.min(LARGEST_EXCESS_PPM) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_rounds_half_up() {
        assert_eq!(Ratio::new(1, 2).times(1), 1);
        assert_eq!(Ratio::new(1, 3).times(1), 0);
        assert_eq!(Ratio::new(2, 4), Ratio::new(1, 2));
    }

    #[test]
    fn excess_is_rounded_up() {
        assert_eq!(excess_ppm(1, 3), 333_334);
        assert_eq!(excess_ppm(2, 0), 2_000_000);
        assert_eq!(excess_ppm(-5, 10), 0);
    }
}
