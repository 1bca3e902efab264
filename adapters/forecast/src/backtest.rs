//! A backtest from outside: the whole method at past origins, knowing only what was known then, and its scores.

use crate::forecast::{Forecast, Input, Settings};
use crate::forecaster::forecast;
use crate::prepared::Prepared;
use crate::quantile::pinball;
use crate::series::Series;
use crate::window_max::maximum;

/// Where a backtest forecasts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backtest {
    /// How many origins, at least 1.
    pub origins: usize,
    /// How many last steps they are spread over, evenly; the newest leaves room for a horizon.
    pub span: usize,
    /// Most steps of history before an origin.
    pub most_history: usize,
}

/// A forecast from a past origin, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Which of the inputs.
    pub series: usize,
    /// Index of the first forecast step in the input's values.
    pub origin: usize,
    /// The forecast.
    pub forecast: Forecast,
    /// The values that came; NaN where one is missing.
    pub actual: Vec<f64>,
    /// The mean absolute difference of values a season apart in the history before the origin, the unit of the scores:
    /// what the seasonal naive forecast errs there (Hyndman & Koehler 2006).
    pub scale: f64,
}

/// The scores of a series, or of several together.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Mean absolute scaled error of the point forecast.
    pub mase: f64,
    /// Per quantile the pinball loss, scaled.
    pub pinball: Vec<f64>,
    /// Per quantile the share of values that were no larger.
    pub coverage: Vec<f64>,
    /// Per quantile of the window maximum the pinball loss, scaled.
    pub window_pinball: Vec<f64>,
    /// Per quantile of the window maximum the share of windows whose maximum was no larger.
    pub window_coverage: Vec<f64>,
}

impl Backtest {
    /// The origins in a series of `length` values, oldest first: those that have history before them.
    fn origins(self, length: usize, horizon: usize) -> Vec<Option<usize>> {
        let gaps = self.origins.saturating_sub(1).max(1) as f64;
        let room = self.span.saturating_sub(horizon) as f64;
        let first = length.checked_sub(self.span.max(horizon));
        let origin = |index: usize| Some(first? + (index as f64 * room / gaps).round_ties_even() as usize);
        (0..self.origins).map(|index| origin(index).filter(|&origin| origin > 0)).collect()
    }

    /// Forecasts all series from every origin. `done` is called once for each forecast.
    #[must_use]
    pub fn run(self, inputs: &[Input], settings: &Settings, done: &(dyn Fn() + Sync)) -> Vec<Trial> {
        let horizon = settings.horizon;
        let origins: Vec<_> =
            inputs.iter().map(|input| self.origins(input.series.values.len(), horizon)).collect();
        let mut trials = Vec::new();
        for turn in 0..self.origins {
            let known = inputs.iter().zip(&origins).enumerate();
            let known = known.filter_map(|(index, (input, origins))| {
                Some((index, origins[turn]?, self.before(input, origins[turn]?)))
            });
            let (places, past): (Vec<(usize, usize)>, Vec<Input>) =
                known.map(|(series, origin, input)| ((series, origin), input)).unzip();
            let forecasts = forecast(&past, settings, done);
            for (((series, origin), input), forecast) in places.into_iter().zip(&past).zip(forecasts) {
                let actual = inputs[series].series.values[origin..origin + horizon].to_vec();
                trials.push(Trial { series, origin, forecast, actual, scale: scale(&input.series) });
            }
        }
        trials
    }

    /// What was known of an input before `origin`.
    fn before(self, input: &Input, origin: usize) -> Input {
        let from = origin.saturating_sub(self.most_history);
        let start = input.series.start + from as i64 * i64::from(input.series.step_s);
        let series = Series { start, values: input.series.values[from..origin].to_vec(), ..input.series };
        let requests = input.requests.as_ref().map(|requests| requests.before(series.end()));
        Input { series, requests, ..*input }
    }
}

fn scale(series: &Series) -> f64 {
    let prepared = Prepared::new(series);
    let season = prepared.periods.first().copied().unwrap_or(1);
    let pairs = prepared.values.iter().zip(prepared.values.get(season..).unwrap_or_default());
    let changes: Vec<f64> = pairs.map(|(before, after)| (after - before).abs()).collect();
    changes.iter().sum::<f64>() / changes.len() as f64
}

impl Score {
    /// The score of the trials of one series, over their first `steps` steps; none where nothing came that is known.
    #[must_use]
    pub fn of_series<'a>(
        trials: impl Iterator<Item = &'a Trial>,
        settings: &Settings,
        steps: usize,
    ) -> Option<Self> {
        let quantiles = &settings.quantiles;
        let none = vec![0.0; quantiles.len()];
        let mut score = Self {
            mase: 0.0,
            pinball: none.clone(),
            coverage: none.clone(),
            window_pinball: none.clone(),
            window_coverage: none,
        };
        let (mut values, mut windows) = (0.0, 0.0);
        for Trial { forecast, actual, scale, .. } in trials.filter(|trial| trial.scale > 0.0) {
            let actual = &actual[..steps.min(actual.len())];
            for (step, &value) in actual.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                values += 1.0;
                score.mase += (value - forecast.point[step]).abs() / scale;
                for (index, &q) in quantiles.iter().enumerate() {
                    score.pinball[index] += pinball(value, forecast.quantiles[index][step], q) / scale;
                    score.coverage[index] += f64::from(u8::from(value <= forecast.quantiles[index][step]));
                }
            }
            let peak = maximum(actual);
            if peak.is_finite() {
                windows += 1.0;
                for (index, &q) in quantiles.iter().enumerate() {
                    score.window_pinball[index] += pinball(peak, forecast.window_max[index], q) / scale;
                    score.window_coverage[index] += f64::from(u8::from(peak <= forecast.window_max[index]));
                }
            }
        }
        if values == 0.0 {
            return None;
        }
        score.mase /= values;
        score.pinball.iter_mut().chain(&mut score.coverage).for_each(|value| *value /= values);
        score.window_pinball.iter_mut().chain(&mut score.window_coverage).for_each(|value| *value /= windows);
        Some(score)
    }

    /// Of several series together: errors by the geometric mean, coverages by the arithmetic one; none of none.
    #[must_use]
    pub fn together(scores: &[Self]) -> Option<Self> {
        let count = scores.len() as f64;
        let first = scores.first()?;
        // A series that is forecast without any error must not make all others count for nothing.
        let error = |of: &dyn Fn(&Self) -> f64| {
            (scores.iter().map(|score| of(score).max(1e-9).ln()).sum::<f64>() / count).exp()
        };
        let share = |of: &dyn Fn(&Self) -> f64| scores.iter().map(of).sum::<f64>() / count;
        let each = 0..first.pinball.len();
        Some(Self {
            mase: error(&|score| score.mase),
            pinball: each.clone().map(|q| error(&|score| score.pinball[q])).collect(),
            coverage: each.clone().map(|q| share(&|score| score.coverage[q])).collect(),
            window_pinball: each.clone().map(|q| error(&|score| score.window_pinball[q])).collect(),
            window_coverage: each.map(|q| share(&|score| score.window_coverage[q])).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Basis;

    #[test]
    fn origins_are_spread_evenly_over_the_span() {
        let backtest = Backtest { origins: 20, span: 2016, most_history: 4032 };
        let origins: Vec<usize> = backtest.origins(4032, 24).into_iter().flatten().collect();
        assert_eq!(origins[..5], [2016, 2121, 2226, 2331, 2435]);
        assert_eq!(origins[19], 4032 - 24);
        assert!(
            backtest.origins(2016, 24).starts_with(&[None, Some(105)]),
            "before the first there is no history"
        );
    }

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let forecast = Forecast {
            start: 0,
            point: vec![10.0, 10.0],
            mean: vec![10.0, 10.0],
            quantiles: vec![vec![14.0, 14.0]],
            window_max: vec![20.0],
            by: Vec::new(),
            periods: Vec::new(),
            basis: Basis::Backtest,
            past: None,
        };
        let trial = Trial { series: 0, origin: 5, forecast, actual: vec![12.0, 18.0], scale: 2.0 };
        let settings =
            Settings { horizon: 2, quantiles: vec![0.9], method: crate::Method::Auto, keep_past: None };
        let score = Score::of_series([&trial].into_iter(), &settings, 2).expect("there are values");
        assert_eq!(score.mase, (1.0 + 4.0) / 2.0);
        // 2 below costs a tenth, 4 above nine tenths.
        assert!((score.pinball[0] - (0.1 * 2.0 + 0.9 * 4.0) / 2.0 / 2.0).abs() < 1e-12);
        assert_eq!((score.coverage[0], score.window_coverage[0]), (0.5, 1.0));
        assert!((score.window_pinball[0] - 0.1 * 2.0 / 2.0).abs() < 1e-12);
    }
}
