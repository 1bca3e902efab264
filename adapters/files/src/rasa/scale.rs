//! Fractions as integers, exactly rounded.

/// All amounts of a resource together stay below this.
const MOST_UNITS: f64 = 9_007_199_254_740_992.0;
/// The finest unit is 10^-15.
const MOST_DIGITS: u32 = 15;

/// A power of ten that amounts are multiplied by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    digits: u32,
}

impl Scale {
    /// The finest scale for amounts that sum to `total`.
    pub(super) fn for_total(total: f64) -> Self {
        let fits = |digits: &u32| total * 10_f64.powi(*digits as i32) < MOST_UNITS;
        Self { digits: (0..=MOST_DIGITS).rev().find(fits).unwrap_or(0) }
    }

    /// The name of the unit.
    pub(super) fn unit(self) -> String {
        format!("1e-{}", self.digits)
    }

    /// `amount` in units, rounded down.
    pub(super) fn floor(self, amount: f64) -> i64 {
        self.divide(amount).0
    }

    /// `amount` in units, rounded up.
    pub(super) fn ceil(self, amount: f64) -> i64 {
        let (units, exact) = self.divide(amount);
        units.saturating_add(i64::from(!exact))
    }

    /// Whole units in a number that is not negative, and whether that is all of it. Done in integers, for a product in
    /// floating point may come out on the wrong side.
    fn divide(self, amount: f64) -> (i64, bool) {
        let bits = amount.to_bits();
        let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        // The mantissa has 53 bits and the scale at most 50.
        let product = u128::from(mantissa) * 10_u128.pow(self.digits);
        let shift = exponent.max(1) - 1075;
        let (units, exact) = match shift {
            0.. if product.leading_zeros() > shift as u32 => (product << shift, true),
            0.. => (u128::MAX, true),
            -127..0 => (product >> -shift, product & ((1 << -shift) - 1) == 0),
            _ => (0, product == 0),
        };
        (i64::try_from(units).unwrap_or(i64::MAX), exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_as_fine_as_the_total_allows() {
        assert_eq!(Scale::for_total(1.5).digits, 15);
        assert_eq!(Scale::for_total(1e6).digits, 9);
        assert_eq!(Scale::for_total(1e300).digits, 0);
    }

    #[test]
    fn rounding_is_exact() {
        let scale = Scale { digits: 1 };
        // 0.1 is a little more than a tenth in binary, 0.7 a little less than seven.
        assert_eq!((scale.floor(0.1), scale.ceil(0.1)), (1, 2));
        assert_eq!((scale.floor(0.7), scale.ceil(0.7)), (6, 7));
        assert_eq!((scale.floor(0.5), scale.ceil(0.5)), (5, 5));
        assert_eq!((scale.floor(0.0), scale.ceil(5e-324)), (0, 1));
        assert_eq!((scale.floor(3.0), scale.floor(1e300)), (30, i64::MAX));
    }
}
