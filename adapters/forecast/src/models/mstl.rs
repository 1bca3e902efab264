//! Seasonal and trend decomposition by loess, for any number of seasons of any length.

use stlrs::{MstlParams, StlParams};

use super::ets::Smoothing;
use super::scale::Scale;
use crate::{FitError, Fitted, Model};

/// MSTL: seasons by loess, each repeated as it was last; the rest by [`Ets`](super::Ets).
///
/// Without a season that fits at least twice into the history it is that exponential smoothing alone.
///
/// # Source
///
/// Bandara, Hyndman, Bergmeir (2021), MSTL, <https://doi.org/10.48550/arXiv.2107.13462>, over Cleveland, Cleveland,
/// McRae, Terpenning (1990), STL, Journal of Official Statistics 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mstl {
    /// Whether values far from the rest count less for the seasons (Cleveland et al. 1990, 2.4).
    pub robust: bool,
}

impl Mstl {
    /// Robust: what operations record has outliers.
    pub const DEFAULT: Self = Self { robust: true };
}

impl Default for Mstl {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Model for Mstl {
    fn name(&self) -> &'static str {
        "mstl"
    }

    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError> {
        let (scale, mut values) = Scale::of(history, 1)?;
        let seasons = Seasons::take(&mut values, seasons, self.robust);
        let rest = Smoothing::fit(&values, &[])?;
        Ok(Box::new(FittedMstl { scale, seasons, rest }))
    }
}

struct FittedMstl {
    scale: Scale,
    seasons: Seasons,
    rest: Smoothing,
}

impl Fitted for FittedMstl {
    fn predict(&self, horizon: usize) -> Vec<f64> {
        let mut forecast = self.rest.predict(horizon);
        self.seasons.add(&mut forecast);
        self.scale.undo(forecast)
    }

    fn spread(&self, horizon: usize) -> Vec<f64> {
        self.scale.undo_spread(self.rest.spread(horizon))
    }

    fn observe(&mut self, values: &[f64]) {
        let mut values = self.scale.apply(values);
        self.seasons.remove(&mut values);
        self.rest.observe(&values);
    }
}

/// The last cycle of each season, to be repeated.
#[derive(Debug, Clone, Default)]
pub(super) struct Seasons {
    cycles: Vec<Vec<f64>>,
    /// Steps since the cycles ended.
    steps: usize,
}

impl Seasons {
    /// Takes out of `values` the seasons that fit at least twice.
    pub(super) fn take(values: &mut [f64], seasons: &[usize], robust: bool) -> Self {
        let mut seasons: Vec<usize> =
            seasons.iter().copied().filter(|&s| s >= 2 && s <= values.len() / 2).collect();
        seasons.sort_unstable();
        seasons.dedup();
        let mut stl = StlParams::new();
        stl.robust(robust);
        let Ok(decomposition) = MstlParams::new().stl_params(stl).fit(values, &seasons) else {
            return Self::default();
        };
        let (components, ..) = decomposition.into_parts();
        for component in &components {
            for (value, component) in values.iter_mut().zip(component) {
                *value -= component;
            }
        }
        let last = |(component, &season): (Vec<f64>, &usize)| component[component.len() - season..].to_vec();
        Self { cycles: components.into_iter().zip(&seasons).map(last).collect(), steps: 0 }
    }

    /// The sum of the seasons `step` steps from now.
    fn at(&self, step: usize) -> f64 {
        self.cycles.iter().map(|cycle| cycle[(self.steps + step) % cycle.len()]).sum()
    }

    /// Adds the seasons to a forecast of the rest.
    pub(super) fn add(&self, forecast: &mut [f64]) {
        for (step, value) in forecast.iter_mut().enumerate() {
            *value += self.at(step);
        }
    }

    /// Takes the seasons out of the values that came next and moves on.
    pub(super) fn remove(&mut self, values: &mut [f64]) {
        for (step, value) in values.iter_mut().enumerate() {
            *value -= self.at(step);
        }
        self.steps += values.len();
    }
}
