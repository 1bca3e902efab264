//! Values brought to mean 0 and variance 1, so that tolerances and bounds mean the same for every series.

use crate::FitError;

/// Standard deviations below this part of the largest value are rounding: the series is constant.
const CONSTANT: f64 = 1e-12;
/// Values are rounded to this part of a standard deviation. So the same history in other units is the same on its scale, to
/// the last bit, and takes an optimiser the same way.
const GRID: f64 = 1.0 / (1 << 30) as f64;
/// What is further out than this many standard deviations is taken as this far.
const FURTHEST: f64 = 1e100;

/// An affine map between values and `z = (value / unit - centre) / width`. The division by the largest value comes first,
/// so that nothing overflows on the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    unit: f64,
    centre: f64,
    width: f64,
}

impl Scale {
    /// The scale of these values and what they are on it.
    ///
    /// # Errors
    ///
    /// Where there are fewer than `needed` values or some are not finite.
    pub(super) fn of(values: &[f64], needed: usize) -> Result<(Self, Vec<f64>), FitError> {
        if values.len() < needed.max(1) {
            return Err(FitError::TooShort { needed: needed.max(1), found: values.len() });
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(FitError::NoConvergence);
        }
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let n = values.len() as f64;
        let centre = values.iter().map(|value| value / unit).sum::<f64>() / n;
        let variance = values.iter().map(|value| (value / unit - centre).powi(2)).sum::<f64>() / n;
        let width = if variance.sqrt() > CONSTANT { variance.sqrt() } else { 1.0 };
        let scale = Self { unit, centre, width };
        Ok((scale, scale.apply(values)))
    }

    /// Values on the scale; NaN stays NaN.
    pub(super) fn apply(&self, values: &[f64]) -> Vec<f64> {
        let z = |value: &f64| ((value / self.unit - self.centre) / self.width).clamp(-FURTHEST, FURTHEST);
        let rounded = |value: &f64| (z(value) / GRID).round() * GRID;
        values.iter().map(rounded).collect()
    }

    /// Back to values; what overflows is the largest finite one.
    pub(super) fn undo(&self, mut z: Vec<f64>) -> Vec<f64> {
        for z in &mut z {
            *z = ((*z * self.width + self.centre) * self.unit).clamp(f64::MIN, f64::MAX);
        }
        z
    }

    /// Standard deviations back to those of values.
    pub(super) fn undo_spread(&self, mut z: Vec<f64>) -> Vec<f64> {
        for z in &mut z {
            *z = (*z * self.width * self.unit).min(f64::MAX);
        }
        z
    }
}
