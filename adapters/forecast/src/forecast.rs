//! What is asked for and what is answered.

use crate::Series;
use crate::model::Model;
use crate::reserve::Past;

/// A series to forecast.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its history.
    pub series: Series,
    /// Series of the same kin stand in for each other where one has little history: the same quantity of instances of
    /// the same service.
    pub kin: u32,
    /// The request rate of the component, where it is known.
    pub requests: Option<Series>,
}

/// How to forecast.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Steps to forecast, at least 1.
    pub horizon: usize,
    /// Quantiles to forecast, each within 0..1.
    pub quantiles: Vec<f64>,
    /// Who forecasts.
    pub method: Method,
    /// The demand for which past forecasts are kept, to calibrate a reserve by.
    pub keep_past: Option<Demand>,
}

/// Which part of a forecast is taken as demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// The mean of every step.
    Mean,
    /// The quantile of every step, by its index in [`Settings::quantiles`].
    Quantile(usize),
    /// The quantile of the maximum over all steps, by its index.
    WindowMax(usize),
}

/// Who forecasts.
#[derive(Clone, Copy)]
pub enum Method {
    /// The cheap pool and the global model.
    Auto,
    /// Everybody: the pool, the global model and all models.
    Best,
    /// The pool alone.
    Pool,
    /// The global model alone.
    Learned,
    /// One model.
    Model(&'static dyn Model),
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Method {
    /// All methods, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let models = crate::models::MODELS.iter().map(|&model| Self::Model(model));
        [Self::Auto, Self::Best, Self::Pool, Self::Learned].into_iter().chain(models)
    }

    /// Whether it needs the global model.
    pub(crate) fn learns(self) -> bool {
        matches!(self, Self::Auto | Self::Best | Self::Learned)
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Best => "best",
            Self::Pool => "pool",
            Self::Learned => crate::learned::NAME,
            Self::Model(model) => model.name(),
        }
    }
}

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Its own past forecasts.
    Backtest,
    /// Series of the same kin, for want of history.
    Siblings,
    /// The few values there are.
    FewValues,
    /// Nothing: there is no history.
    Nothing,
}

/// A forecast, in the unit of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Unix time of the first step, in s.
    pub start: i64,
    /// The value of every step that makes the expected absolute error small.
    pub point: Vec<f64>,
    /// The mean of every step.
    pub mean: Vec<f64>,
    /// Per quantile asked for its value in every step. They do not cross.
    pub quantiles: Vec<Vec<f64>>,
    /// Per quantile asked for that of the maximum over all steps, at least that of every step.
    pub window_max: Vec<f64>,
    /// Who was combined, the best first.
    pub by: Vec<&'static str>,
    /// The periods looked back by, in steps.
    pub periods: Vec<usize>,
    /// What it rests on.
    pub basis: Basis,
    /// Past forecasts, where they were to be kept and there are any.
    pub past: Option<Past>,
}
