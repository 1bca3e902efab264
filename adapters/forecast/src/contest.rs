//! The pool judged at the past origins of one series.

use crate::candidate::{self, Candidate, History, LEAST_HISTORY};
use crate::combine;
use crate::forecast::{Demand, Settings};
use crate::rolling::Origins;
use crate::window_max::{self, Peaks};

/// A series, its pool and the origins at which it is judged.
#[derive(Debug)]
pub(crate) struct Contest<'a> {
    pub(crate) history: &'a History<'a>,
    pub(crate) origins: Origins,
    pub(crate) horizon: usize,
    pool: Vec<Candidate>,
    periods: Vec<usize>,
}

/// How the pool did.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The candidates that did best.
    pub(crate) chosen: Vec<usize>,
    /// Per quantile asked for that of the maximum over the horizon.
    pub(crate) window_max: Vec<f64>,
    /// The same at past origins, for the quantile it is kept of; else empty.
    pub(crate) past_window_max: Vec<f64>,
}

impl<'a> Contest<'a> {
    pub(crate) fn new(history: &'a History<'a>, periods: &[usize], horizon: usize) -> Self {
        Self {
            history,
            origins: Origins::new(history.values.len(), horizon, LEAST_HISTORY),
            horizon,
            pool: candidate::pool(periods),
            periods: periods.to_vec(),
        }
    }

    /// Who did best, and the maximum of the window by all peaks.
    pub(crate) fn judge(&self, settings: &Settings) -> Verdict {
        let values = self.history.values;
        let mut losses = vec![0.0; self.pool.len()];
        let mut forecasts = vec![0.0; self.pool.len() * self.horizon];
        let mut past = Peaks { actual: Vec::new(), predicted: Vec::new() };
        for (&origin, weight) in self.origins.at.iter().zip(&self.origins.weights) {
            let actual = &values[origin..origin + self.horizon];
            candidate::forecast(&self.pool, self.history, origin, self.horizon, &mut forecasts);
            for (loss, forecast) in losses.iter_mut().zip(forecasts.chunks_exact(self.horizon)) {
                *loss += weight * absolute_error(actual, forecast);
            }
            past.actual.push(window_max::maximum(actual));
            past.predicted.push(self.peaks(origin, &forecasts));
        }
        candidate::forecast(&self.pool, self.history, values.len(), self.horizon, &mut forecasts);
        let now = self.peaks(values.len(), &forecasts);
        let disjoint = self.origins.disjoint();
        let (mut window_max, mut past_window_max) = (Vec::new(), Vec::new());
        for (index, &q) in settings.quantiles.iter().enumerate() {
            let (quantile, past) = past.quantile(&now, q, disjoint);
            window_max.push(quantile);
            if settings.keep_past == Some(Demand::WindowMax(index)) {
                past_window_max = past;
            }
        }
        Verdict { chosen: combine::best(&losses, f64::MAX), window_max, past_window_max }
    }

    /// The combination of these candidates from `origin`.
    pub(crate) fn combined(&self, chosen: &[usize], origin: usize) -> Vec<f64> {
        let chosen: Vec<Candidate> = chosen.iter().map(|&index| self.pool[index]).collect();
        let mut forecasts = vec![0.0; chosen.len() * self.horizon];
        candidate::forecast(&chosen, self.history, origin, self.horizon, &mut forecasts);
        combine::medians(&forecasts.chunks_exact(self.horizon).collect::<Vec<_>>())
    }

    fn peaks(&self, origin: usize, forecasts: &[f64]) -> Vec<f64> {
        let mut peaks: Vec<f64> = forecasts.chunks_exact(self.horizon).map(window_max::maximum).collect();
        window_max::past_peaks(self.history.values, origin, self.horizon, &self.periods, &mut peaks);
        peaks
    }
}

/// The sum of absolute errors.
pub(crate) fn absolute_error(actual: &[f64], forecast: &[f64]) -> f64 {
    actual.iter().zip(forecast).map(|(actual, forecast)| (actual - forecast).abs()).sum()
}
