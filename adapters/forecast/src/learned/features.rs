//! What the learned model knows of a step to come: lags, calendar, service and request rates, all relative to the combined
//! forecast and in units of the series, so that one model serves series of any size.

use crate::candidate::{History, LEAST_HISTORY};
use crate::prepared::Prepared;

/// Features a row.
pub(crate) const WIDTH: usize = 17;

/// A series as features see it.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) history: &'a History<'a>,
    /// The request rate of the component, step for step beside the values; empty where it is not known.
    pub(crate) requests: &'a [f64],
    /// The period that repeats most, in steps.
    pub(crate) period: usize,
    /// Unix time of the first value, and the step, both in s.
    pub(crate) start: i64,
    pub(crate) step_s: u32,
    /// Which service the component is of, as a number.
    pub(crate) service: u32,
    /// The unit: the usual change from period to period.
    scale: f64,
    requests_scale: f64,
}

const DAY_S: i64 = 86_400;

impl<'a> View<'a> {
    pub(crate) fn new(
        prepared: &Prepared,
        history: &'a History<'a>,
        requests: &'a [f64],
        service: u32,
    ) -> Self {
        let (start, step_s) = (prepared.start, prepared.step_s);
        let period = prepared.periods.first().copied().unwrap_or(1);
        let (scale, requests_scale) = (usual_change(history.values, period), usual_change(requests, period));
        Self { history, requests, period, start, step_s, service, scale, requests_scale }
    }

    /// `value` less the forecast, in the unit of the series.
    pub(crate) fn relative(&self, value: f64, forecast: f64) -> f32 {
        ((value - forecast) / self.scale) as f32
    }

    /// The value that is `relative` above the forecast.
    pub(crate) fn absolute(&self, relative: f32, forecast: f64) -> f64 {
        forecast + f64::from(relative) * self.scale
    }

    /// Appends the rows of the steps from `origin`, one a step of `forecast`, the combined forecast made there.
    pub(crate) fn rows(
        &self,
        origin: usize,
        forecast: &[f64],
        steps: impl Iterator<Item = usize>,
        rows: &mut Vec<f32>,
    ) {
        let values = &self.history.values[..origin];
        let last = values[origin - 1];
        let mean = |length: usize| self.history.mean(origin.saturating_sub(length), origin);
        let recent = &values[origin.saturating_sub(LEAST_HISTORY)..];
        let window = &values[origin.saturating_sub(forecast.len())..];
        let peak = crate::window_max::maximum(window);
        let (short, long) = (deviation(recent), deviation(&values[origin.saturating_sub(self.period)..]));
        let [usual_requests, change_of_requests] = self.requests_at(origin);
        for step in steps {
            let combined = forecast[step];
            let back = step / self.period + 1;
            let same =
                |periods: usize| (origin + step).checked_sub(periods * self.period).map(|at| values[at]);
            let days = (back..back + 6).map_while(same).collect::<Vec<_>>();
            let usual = if days.is_empty() { last } else { days.iter().sum::<f64>() / days.len() as f64 };
            let time = self.start + (origin + step) as i64 * i64::from(self.step_s);
            let relative = |value: f64| self.relative(value, combined);
            rows.extend_from_slice(&[
                step as f32,
                relative(last),
                relative(mean(3)),
                relative(mean(12)),
                relative(mean(36)),
                relative(days.first().copied().unwrap_or(last)),
                relative(usual),
                relative(peak),
                (short / self.scale) as f32,
                (long / self.scale) as f32,
                relative(mean(origin)),
                ((last - mean(12)) / self.scale) as f32,
                time.rem_euclid(DAY_S) as f32 / DAY_S as f32,
                (time.div_euclid(DAY_S) + 3).rem_euclid(7) as f32,
                usual_requests,
                change_of_requests,
                self.service as f32,
            ]);
        }
    }

    /// How far the request rate is from the same time a period ago, and from a window ago.
    fn requests_at(&self, origin: usize) -> [f32; 2] {
        let around = |at: usize| {
            let values = self.requests.get(at.checked_sub(3)?..at)?;
            Some(values.iter().sum::<f64>() / values.len() as f64)
        };
        let change = |back: usize| {
            let (now, before) = (around(origin)?, around(origin.checked_sub(back)?)?);
            Some(((now - before) / self.requests_scale) as f32)
        };
        [self.period, LEAST_HISTORY]
            .map(|back| change(back).filter(|change| change.is_finite()).unwrap_or(0.0))
    }
}

/// The mean absolute change from period to period, else from value to value, else 1.
fn usual_change(values: &[f64], period: usize) -> f64 {
    let change = |lag: usize| {
        let pairs = values.iter().zip(values.get(lag..)?);
        let changes: Vec<f64> = pairs.map(|(before, after)| (after - before).abs()).collect();
        let mean = changes.iter().sum::<f64>() / changes.len() as f64;
        (mean > 0.0 && mean.is_finite()).then_some(mean)
    };
    change(period).or_else(|| change(1)).unwrap_or(1.0)
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}
