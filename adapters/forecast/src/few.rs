//! Too few values for a backtest: the last values go on, as uncertain as they have been.

use crate::candidate::median;
use crate::forecast::{Basis, Forecast, Settings};
use crate::prepared::Prepared;
use crate::quantile::{conformal_level, of_sorted};
use crate::window_max::maximum;

/// How many last values are gone by.
const LAST: usize = 12;

/// The forecast from what little there is; zero where there is nothing.
pub(crate) fn forecast(prepared: &Prepared, settings: &Settings) -> Forecast {
    let values = &prepared.values;
    let last = &values[values.len().saturating_sub(LAST)..];
    let usual = if last.is_empty() { 0.0 } else { median(&mut last.to_vec()) };
    let mean = if last.is_empty() { 0.0 } else { last.iter().sum::<f64>() / last.len() as f64 };
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let quantile = |&q: &f64| {
        if sorted.is_empty() { 0.0 } else { of_sorted(&sorted, conformal_level(q, sorted.len() as f64)) }
    };
    let quantiles: Vec<f64> = settings.quantiles.iter().map(quantile).collect();
    // Of the maximum nothing is known but that it was no larger so far.
    let most = if values.is_empty() { 0.0 } else { maximum(values) };
    let mut forecast = Forecast {
        start: prepared.time(values.len()),
        point: vec![usual; settings.horizon],
        mean: vec![mean; settings.horizon],
        window_max: vec![most; quantiles.len()],
        quantiles: quantiles.into_iter().map(|quantile| vec![quantile; settings.horizon]).collect(),
        by: Vec::new(),
        periods: Vec::new(),
        basis: if values.is_empty() { Basis::Nothing } else { Basis::FewValues },
        past: None,
    };
    forecast.restrain(settings, values);
    forecast
}
