//! Quantiles from the errors of past forecasts: split conformal prediction over rolling origins (Lei et al. 2018), and of
//! quantile forecasts conformalised quantile regression (Romano et al. 2019), one-sided. Steps that are about as far ahead
//! share their errors.

use crate::quantile::{conformal_level, of_sorted};
use crate::rolling::Origins;

/// Groups of steps that share their errors.
const GROUPS: usize = 8;

/// The errors of past forecasts, per group of steps sorted.
#[derive(Debug)]
pub(crate) struct Errors {
    groups: Vec<Vec<f64>>,
    /// Steps a group.
    width: usize,
    /// How many errors of a group are worth one of their own: windows overlap.
    samples: f64,
}

impl Errors {
    /// From errors (value less forecast), past forecast after past forecast.
    pub(crate) fn new(errors: impl Iterator<Item = f64>, origins: &Origins) -> Self {
        let horizon = origins.horizon;
        let width = horizon.div_ceil(GROUPS);
        let mut groups = vec![Vec::with_capacity(origins.at.len() * width); horizon.div_ceil(width)];
        for (index, error) in errors.enumerate() {
            groups[index % horizon / width].push(error);
        }
        for group in &mut groups {
            group.sort_unstable_by(f64::total_cmp);
        }
        Self { groups, width, samples: origins.disjoint() * width as f64 }
    }

    /// What to add to the forecast of `step` for the quantile `q`.
    pub(crate) fn quantile(&self, step: usize, q: f64) -> f64 {
        of_sorted(&self.groups[step / self.width], conformal_level(q, self.samples))
    }

    /// What to add to the forecast of `step` for the mean.
    pub(crate) fn mean(&self, step: usize) -> f64 {
        let group = &self.groups[step / self.width];
        group.iter().sum::<f64>() / group.len() as f64
    }
}
