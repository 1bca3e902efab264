//! A forecaster's record: what it said at past origins, and what it says now.

use crate::combine;
use crate::contest::{Contest, absolute_error};
use crate::interval::Errors;
use crate::model::{FitError, Model};

/// The forecasts of one forecaster.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) name: &'static str,
    pub(crate) point: Line,
    /// One a quantile asked for.
    pub(crate) quantiles: Vec<Line>,
}

/// Forecasts of one quantity.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// One a past origin, newest first, one after the other.
    pub(crate) past: Vec<f64>,
    pub(crate) now: Vec<f64>,
}

impl Line {
    /// What `forecast` says from an origin, at all past origins and now.
    pub(crate) fn of(contest: &Contest<'_>, mut forecast: impl FnMut(usize) -> Vec<f64>) -> Self {
        let past = contest.origins.at.iter().flat_map(|&origin| forecast(origin)).collect();
        Self { past, now: forecast(contest.history.values.len()) }
    }

    /// Fits a model before the oldest origin, rolls it forward from origin to origin, and fits it once more to all.
    pub(crate) fn of_model(
        model: &dyn Model,
        contest: &Contest<'_>,
        seasons: &[usize],
    ) -> Result<Self, FitError> {
        let (values, horizon) = (contest.history.values, contest.horizon);
        let mut past = vec![0.0; contest.origins.at.len() * horizon];
        if let Some(&oldest) = contest.origins.at.last() {
            let mut fitted = model.fit(&values[..oldest], seasons)?;
            let mut seen = oldest;
            for (&origin, forecast) in
                contest.origins.at.iter().rev().zip(past.chunks_exact_mut(horizon).rev())
            {
                fitted.observe(&values[seen..origin]);
                forecast.copy_from_slice(&fitted.predict(horizon));
                seen = origin;
            }
        }
        Ok(Self { past, now: model.fit(values, seasons)?.predict(horizon) })
    }

    /// The middle of several, step by step.
    pub(crate) fn median(lines: &[&Self]) -> Self {
        let middle = |of: &dyn Fn(&Self) -> &[f64]| {
            combine::medians(&lines.iter().map(|line| of(line)).collect::<Vec<_>>())
        };
        Self { past: middle(&|line| &line.past), now: middle(&|line| &line.now) }
    }

    /// The weighted sum of absolute errors at past origins.
    pub(crate) fn loss(&self, contest: &Contest<'_>) -> f64 {
        let origins = contest.origins.at.iter().zip(&contest.origins.weights);
        let judged =
            origins.zip(self.past.chunks_exact(contest.horizon)).map(|((&origin, weight), forecast)| {
                weight * absolute_error(&contest.history.values[origin..origin + contest.horizon], forecast)
            });
        judged.sum()
    }

    /// By how much the past values were above.
    pub(crate) fn errors(&self, contest: &Contest<'_>) -> Errors {
        let past = contest.origins.at.iter().zip(self.past.chunks_exact(contest.horizon));
        let errors = past.flat_map(|(&origin, forecast)| {
            contest.history.values[origin..].iter().zip(forecast).map(|(actual, forecast)| actual - forecast)
        });
        Errors::new(errors, &contest.origins)
    }

    /// The same, higher by what `shift` says of each step.
    pub(crate) fn shifted(&self, shift: impl Fn(usize) -> f64) -> Self {
        let horizon = self.now.len();
        let shifts: Vec<f64> = (0..horizon).map(shift).collect();
        let shifted = |values: &[f64]| {
            values.iter().zip(shifts.iter().cycle()).map(|(value, shift)| value + shift).collect()
        };
        Self { past: shifted(&self.past), now: shifted(&self.now) }
    }
}

impl Track {
    /// A track whose quantiles are those of its own past errors.
    pub(crate) fn with_errors(
        name: &'static str,
        point: Line,
        contest: &Contest<'_>,
        quantiles: &[f64],
    ) -> Self {
        let errors = point.errors(contest);
        let quantiles = quantiles.iter().map(|&q| point.shifted(|step| errors.quantile(step, q))).collect();
        Self { name, point, quantiles }
    }
}
