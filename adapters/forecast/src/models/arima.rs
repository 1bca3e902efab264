//! Autoregressive integrated moving averages.

mod filter;
mod polynomial;
mod selection;

use std::collections::VecDeque;

use self::filter::{Gains, likelihood};
use self::polynomial::{difference, from_partials, product, roots_beyond, stretch, weights};
use super::least_squares::dot;
use super::mstl::{Mstl, Seasons};
use super::optimise::{nelder_mead, quasi_newton};
use super::scale::Scale;
use crate::{FitError, Fitted, Model};

/// The longest season with orders of its own; longer ones are taken out by MSTL first.
const LONGEST_SEASON: usize = 24;
/// Fewer values are not worth a choice.
const SHORTEST: usize = 5;
/// Partial autocorrelations stay this far inside the unit interval.
const LARGEST_PARTIAL: f64 = 0.9999;

/// (S)ARIMA with a constant, by exact maximum likelihood.
///
/// The shortest season of at most 24 steps has seasonal orders. Other seasons are taken out beforehand and repeated as
/// [`Mstl`] does, since a state of 288 entries and more is not practical.
///
/// # Source
///
/// Box, Jenkins (1970), Time Series Analysis; stationarity and invertibility by Jones (1980), Maximum Likelihood Fitting of
/// ARMA Models to Time Series with Missing Observations, Technometrics 22.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arima {
    /// Orders chosen step by step (Hyndman, Khandakar 2008).
    #[default]
    Auto,
    /// These orders.
    Fixed(Orders),
}

/// Autoregressive order, differences, moving average order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// Autoregressive terms.
    pub p: usize,
    /// Differences.
    pub d: usize,
    /// Moving average terms.
    pub q: usize,
}

/// All orders of a seasonal model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Orders {
    /// From step to step.
    pub order: Order,
    /// From season to season; without effect where there is none of at most 24 steps.
    pub seasonal: Order,
    /// Whether differenced values have a mean, a drift. Those that are not differenced always have one.
    pub drift: bool,
}

impl Model for Arima {
    fn name(&self) -> &'static str {
        "arima"
    }

    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError> {
        let (scale, mut values) = Scale::of(history, SHORTEST)?;
        let own =
            seasons.iter().copied().find(|&s| (2..=LONGEST_SEASON).contains(&s) && s <= values.len() / 2);
        let others: Vec<usize> = seasons.iter().copied().filter(|&s| Some(s) != own).collect();
        let seasons = Seasons::take(&mut values, &others, Mstl::DEFAULT.robust);
        let season = own.unwrap_or(1);
        let estimate = match self {
            Self::Auto => selection::choose(&values, season).ok_or(FitError::NoConvergence)?,
            Self::Fixed(orders) => {
                let orders =
                    if own.is_some() { *orders } else { Orders { seasonal: Order::default(), ..*orders } };
                let needed = orders.lost(season) + orders.terms() + 3;
                if values.len() < needed {
                    return Err(FitError::TooShort { needed, found: values.len() });
                }
                estimate(&values, season, orders, None).ok_or(FitError::NoConvergence)?
            }
        };
        let state = FilteredArima::new(&estimate, &values).ok_or(FitError::NoConvergence)?;
        Ok(Box::new(FittedArima { scale, seasons, state }))
    }
}

impl Orders {
    fn has_mean(self) -> bool {
        self.drift || self.order.d + self.seasonal.d == 0
    }

    /// Parameters beside the variance.
    fn terms(self) -> usize {
        self.order.p + self.order.q + self.seasonal.p + self.seasonal.q + usize::from(self.has_mean())
    }

    /// Values that differencing takes.
    fn lost(self, season: usize) -> usize {
        self.order.d + season * self.seasonal.d
    }

    /// The autoregressive and the moving average polynomial of free parameters.
    fn polynomials(self, season: usize, parameters: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let partials: Vec<f64> = parameters.iter().map(|u| LARGEST_PARTIAL * u.tanh()).collect();
        let mut rest = partials.as_slice();
        let mut next = |count| {
            let (these, others) = rest.split_at(count);
            rest = others;
            from_partials(these)
        };
        let (ar, ma) = (next(self.order.p), next(self.order.q));
        let (seasonal_ar, seasonal_ma) = (next(self.seasonal.p), next(self.seasonal.q));
        (product(&ar, &stretch(&seasonal_ar, season)), product(&ma, &stretch(&seasonal_ma, season)))
    }
}

/// A model with its most likely parameters.
#[derive(Debug, Clone)]
struct Estimate {
    orders: Orders,
    /// Those that were free: inverse hyperbolic tangents of partial autocorrelations.
    parameters: Vec<f64>,
    ar: Vec<f64>,
    ma: Vec<f64>,
    differences: Vec<f64>,
    mean: f64,
    /// Standard deviation of the innovations.
    sigma: f64,
    aicc: f64,
}

impl Estimate {
    /// The parameters of another model that come nearest: orders fewer are cut off, orders more are without effect.
    fn parameters_for(&self, orders: Orders) -> Vec<f64> {
        let counts = |orders: Orders| [orders.order.p, orders.order.q, orders.seasonal.p, orders.seasonal.q];
        let mut rest = self.parameters.iter().copied();
        let mut parameters = Vec::new();
        for (mine, theirs) in counts(self.orders).into_iter().zip(counts(orders)) {
            let these: Vec<f64> = rest.by_ref().take(mine).collect();
            parameters.extend(these.into_iter().chain(std::iter::repeat(0.0)).take(theirs));
        }
        parameters
    }

    fn roots_beyond(&self, radius: f64) -> bool {
        roots_beyond(&self.ar, radius) && roots_beyond(&self.ma, radius)
    }
}

/// Maximum likelihood of the differenced values, from the parameters of a similar model where there is one. None where there are too few of them or nothing converges.
fn estimate(values: &[f64], season: usize, orders: Orders, near: Option<&Estimate>) -> Option<Estimate> {
    let k = (orders.terms() + 1) as f64;
    let n = values.len().saturating_sub(orders.lost(season)) as f64;
    if n <= k + 1.0 {
        return None;
    }
    let differences = product(&difference(orders.order.d, 1), &difference(orders.seasonal.d, season));
    let differenced: Vec<f64> = values
        .windows(differences.len() + 1)
        .map(|window| {
            window[differences.len()]
                - forecast_of_differences(&differences, window[..differences.len()].iter().rev())
        })
        .collect();

    let at = |parameters: &[f64]| {
        let (ar, ma) = orders.polynomials(season, parameters);
        likelihood(&ar, &ma, &differenced, orders.has_mean())
    };
    let deviance =
        |parameters: &[f64]| at(parameters).map_or(f64::INFINITY, |likelihood| likelihood.deviance);
    let free = orders.terms() - usize::from(orders.has_mean());
    let starts = [Some(vec![0.1; free]), near.map(|near| near.parameters_for(orders))];
    let start = starts.into_iter().flatten().min_by(|a, b| deviance(a).total_cmp(&deviance(b)))?;
    let parameters = match free {
        0 => start,
        _ => quasi_newton(deviance, start.clone()).or_else(|| nelder_mead(deviance, start, 0.3))?,
    };
    let found = at(&parameters)?;
    let (ar, ma) = orders.polynomials(season, &parameters);
    Some(Estimate {
        orders,
        parameters,
        ar,
        ma,
        differences,
        mean: found.mean,
        sigma: (found.squares / (n - k + 1.0).max(1.0)).sqrt(),
        aicc: n * found.deviance + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0),
    })
}

/// What the next value is before anything new is added, from those before it, latest first.
fn forecast_of_differences<'a>(differences: &[f64], before: impl Iterator<Item = &'a f64>) -> f64 {
    differences.iter().zip(before).map(|(c, value)| c * value).sum()
}

/// An estimate after some values.
#[derive(Debug, Clone)]
struct FilteredArima {
    estimate: Estimate,
    gains: Gains,
    state: Vec<[f64; 1]>,
    /// The last values, latest first: as many as differencing needs.
    before: VecDeque<f64>,
}

impl FilteredArima {
    fn new(estimate: &Estimate, values: &[f64]) -> Option<Self> {
        let (first, rest) = values.split_at_checked(estimate.differences.len())?;
        let gains = Gains::new(&estimate.ar, &estimate.ma)?;
        let before = first.iter().rev().copied().collect();
        let mut filtered = Self { estimate: estimate.clone(), state: gains.state(), gains, before };
        for &value in rest {
            filtered.observe(value);
        }
        Some(filtered)
    }

    /// The forecast of the next value.
    fn next(&self) -> f64 {
        let differences = forecast_of_differences(&self.estimate.differences, self.before.iter());
        self.estimate.mean + self.state[0][0] + differences
    }

    /// Takes the next value; a missing one, NaN, is taken as forecast.
    fn observe(&mut self, value: f64) {
        let forecast = self.next();
        let value = if value.is_nan() { forecast } else { value };
        let differenced = value - (forecast - self.state[0][0]);
        self.gains.update(&mut self.state, [differenced]);
        self.gains.advance();
        if self.before.pop_back().is_some() {
            self.before.push_front(value);
        }
    }
}

struct FittedArima {
    scale: Scale,
    seasons: Seasons,
    state: FilteredArima,
}

impl Fitted for FittedArima {
    fn predict(&self, horizon: usize) -> Vec<f64> {
        let mut state = self.state.clone();
        let step = |_| {
            let forecast = state.next();
            state.observe(forecast);
            forecast
        };
        let mut forecast: Vec<f64> = (0..horizon).map(step).collect();
        self.seasons.add(&mut forecast);
        self.scale.undo(forecast)
    }

    /// The weights of the innovations still to come; the state is taken as known.
    fn spread(&self, horizon: usize) -> Vec<f64> {
        let Estimate { ar, ma, differences, sigma, .. } = &self.state.estimate;
        let weights = weights(&product(ar, differences), ma, horizon);
        let deviation = |h: usize| sigma * dot(&weights[..=h], &weights[..=h]).sqrt();
        self.scale.undo_spread((0..horizon).map(deviation).collect())
    }

    fn observe(&mut self, values: &[f64]) {
        let mut values = self.scale.apply(values);
        self.seasons.remove(&mut values);
        for value in values {
            self.state.observe(value);
        }
    }
}
