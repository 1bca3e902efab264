//! A history: evenly spaced values of one quantity.

/// Evenly spaced values of one quantity, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Unix time of the first value, in s.
    pub start: i64,
    /// Time between values, in s; at least 1.
    pub step_s: u32,
    /// The values; NaN where one is missing.
    pub values: Vec<f64>,
}

impl Series {
    /// Unix time of the step after the last value, in s: where a forecast begins.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.start + i64::from(self.step_s) * self.values.len() as i64
    }

    /// The values before a time, in s.
    #[must_use]
    pub fn before(&self, time: i64) -> Self {
        let kept = (time - self.start).max(0) / i64::from(self.step_s);
        let values = self.values.iter().take(usize::try_from(kept).unwrap_or(usize::MAX)).copied().collect();
        Self { values, ..*self }
    }

    /// The newest values, at most so many.
    #[must_use]
    pub fn newest(mut self, most: usize) -> Self {
        let cut = self.values.len().saturating_sub(most);
        self.values.drain(..cut);
        self.start += cut as i64 * i64::from(self.step_s);
        self
    }
}
