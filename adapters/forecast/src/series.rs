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
}
