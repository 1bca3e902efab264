//! How much is lost, and how sure that is.

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// The share of packets that were lost, with an interval that covers the true share 95 % of the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Lost / sent.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Loss {
    /// Of `sent` packets `lost` were lost; `None` where none was sent.
    ///
    /// # Source
    /// Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    #[must_use]
    pub fn of(lost: u64, sent: u64) -> Option<Self> {
        if sent == 0 {
            return None;
        }
        let n = sent as f64;
        let share = (lost.min(sent)) as f64 / n;
        let scale = 1.0 / (1.0 + Z * Z / n);
        let centre = scale * (share + Z * Z / (2.0 * n));
        let half = scale * Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends rounding must not leave the interval beside the share.
        Some(Self { share, low: (centre - half).clamp(0.0, share), high: (centre + half).clamp(share, 1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_that_of_the_tables() {
        // 10 of 100: 0.0552 to 0.1744 (Newcombe 1998, method 3).
        let loss = Loss::of(10, 100).unwrap();
        assert!((loss.low - 0.0552).abs() < 1e-4 && (loss.high - 0.1744).abs() < 1e-4, "{loss:?}");
    }

    #[test]
    fn none_lost_is_not_sure_that_none_is_lost() {
        let loss = Loss::of(0, 300).unwrap();
        assert_eq!((loss.share, loss.low), (0.0, 0.0));
        assert!(loss.high > 0.01);
        assert_eq!(Loss::of(0, 0), None);
        assert_eq!(Loss::of(7, 7).unwrap().high, 1.0);
    }
}
