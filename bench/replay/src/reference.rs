//! The reference forecaster: a daily profile with a level that decays, or a level alone, whichever did best lately.

use crate::forecasts::Forecast;
use crate::reserve::quantile;
use crate::trace::DAY;

/// Origins of the backtest on the history, and steps between them.
const ORIGINS: usize = 240;
const STRIDE: usize = 5;
/// Steps whose errors are put together for a quantile.
const BLOCK: usize = 3;
/// Steps over which the present level is taken.
const LEVEL: usize = 3;
/// Days of a profile, and what is left of the level's error after each step.
const PROFILES: [(usize, f64); 9] =
    [(1, 0.5), (1, 0.9), (1, 0.98), (3, 0.5), (3, 0.9), (3, 0.98), (6, 0.5), (6, 0.9), (6, 0.98)];
/// Steps whose mean is the forecast.
const LEVELS: [usize; 4] = [1, 3, 12, 36];

/// A way to forecast.
#[derive(Debug, Clone, Copy)]
enum Candidate {
    Profile { days: usize, decay: f64 },
    Level { steps: usize },
}

/// Forecasts `horizon` steps from `history`, with the `q` quantile of each and of their maximum.
///
/// Of all candidates it takes the one with the least absolute error in a backtest on the history; quantiles are those
/// of its errors there. A value is at least 0 and at most the largest there was: machines have only so many cores.
pub(crate) fn forecast(history: &[f64], horizon: usize, q: f64) -> Forecast {
    let most = history.iter().copied().fold(0.0, f64::max);
    let candidates = PROFILES.map(|(days, decay)| Candidate::Profile { days, decay });
    let candidates = candidates.into_iter().chain(LEVELS.map(|steps| Candidate::Level { steps }));
    let usable = candidates.filter(|c| c.needs() + horizon + STRIDE <= history.len());
    let tested = usable.map(|candidate| (candidate, candidate.backtest(history, horizon)));
    let total = |errors: &[Vec<f64>]| errors.iter().flatten().map(|error| error.abs()).sum::<f64>();
    let Some((best, errors)) = tested.min_by(|a, b| total(&a.1).total_cmp(&total(&b.1))) else {
        return Forecast { mean: vec![most; horizon], upper: vec![most; horizon], window_max: most };
    };
    let mean: Vec<f64> =
        best.predict(history, horizon).into_iter().map(|value| value.clamp(0.0, most)).collect();
    let mut upper = Vec::with_capacity(horizon);
    for (block, means) in mean.chunks(BLOCK).enumerate() {
        let mut errors: Vec<f64> =
            errors.iter().flat_map(|e| e.chunks(BLOCK).nth(block).unwrap_or(&[])).copied().collect();
        let above = quantile(&mut errors, q).unwrap_or(0.0);
        upper.extend(means.iter().map(|mean| (mean + above).clamp(0.0, most)));
    }
    // The error of the maximum is not the maximum of the errors: it is measured on its own.
    let starts = origins(history.len(), horizon, best.needs());
    let mut of_maxima: Vec<f64> = starts
        .zip(&errors)
        .map(|(origin, errors)| {
            let actual = &history[origin..origin + horizon];
            let predicted = actual.iter().zip(errors).map(|(actual, error)| actual - error);
            maximum(actual.iter().copied()) - maximum(predicted)
        })
        .collect();
    let above = quantile(&mut of_maxima, q).unwrap_or(0.0);
    let window_max = (maximum(mean.iter().copied()) + above).clamp(0.0, most);
    Forecast { mean, upper, window_max }
}

fn maximum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

/// Where the backtest starts forecasts, the latest first.
fn origins(length: usize, horizon: usize, needs: usize) -> impl Iterator<Item = usize> {
    (0..ORIGINS)
        .map_while(move |back| length.checked_sub(horizon + back * STRIDE))
        .take_while(move |&at| at >= needs)
}

impl Candidate {
    /// Values it needs before its first forecast.
    fn needs(self) -> usize {
        match self {
            Self::Profile { days, .. } => days * DAY + LEVEL,
            Self::Level { steps } => steps,
        }
    }

    /// The `horizon` values after `history`; a horizon is at most a day.
    fn predict(self, history: &[f64], horizon: usize) -> Vec<f64> {
        let now = history.len();
        match self {
            Self::Level { steps } => {
                vec![history[now - steps..].iter().sum::<f64>() / steps as f64; horizon]
            }
            Self::Profile { days, decay } => {
                let profile =
                    |at: usize| (1..=days).map(|day| history[at - day * DAY]).sum::<f64>() / days as f64;
                let mut above =
                    (now - LEVEL..now).map(|at| history[at] - profile(at)).sum::<f64>() / LEVEL as f64;
                let values = (now..now + horizon).map(|at| {
                    above *= decay;
                    profile(at) + above
                });
                values.collect()
            }
        }
    }

    /// Actual less predicted, a row of `horizon` errors for each of [`origins`].
    fn backtest(self, history: &[f64], horizon: usize) -> Vec<Vec<f64>> {
        let errors = |origin: usize| {
            let predicted = self.predict(&history[..origin], horizon);
            history[origin..].iter().zip(predicted).map(|(actual, predicted)| actual - predicted).collect()
        };
        origins(history.len(), horizon, self.needs()).map(errors).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_changes_stays() {
        let forecast = forecast(&[5.0; 3 * DAY], 24, 0.95);
        assert_eq!(forecast, Forecast { mean: vec![5.0; 24], upper: vec![5.0; 24], window_max: 5.0 });
    }

    #[test]
    fn a_daily_rhythm_is_found() {
        let history: Vec<f64> = (0..7 * DAY + 100).map(|step| (step % DAY / 24) as f64).collect();
        let forecast = forecast(&history, 24, 0.95);
        let next = (100..124).map(|step| (step / 24) as f64);
        assert!(forecast.mean.iter().zip(next).all(|(mean, actual)| (mean - actual).abs() < 1e-9));
        assert!((forecast.window_max - 5.0).abs() < 1e-9);
    }

    #[test]
    fn upper_values_cover_what_surprises() {
        // A burst of ten in every hundred steps, whose time of day moves: seen in a share of 0.1 of the past.
        let history: Vec<f64> = (0..10 * DAY).map(|step| if step % 100 < 10 { 9.0 } else { 1.0 }).collect();
        // Two steps after a burst, and 88 before the next.
        let calm = forecast(&history[..1_912], 24, 0.95);
        assert!(calm.window_max >= maximum(calm.mean.iter().copied()));
        assert!(calm.upper.iter().zip(&calm.mean).all(|(upper, mean)| upper >= mean));
        assert!(calm.window_max <= 9.0);
    }

    #[test]
    fn a_short_history_gives_its_largest_value() {
        assert_eq!(forecast(&[1.0, 4.0, 2.0], 2, 0.5).mean, [4.0, 4.0]);
        assert_eq!(forecast(&[], 1, 0.5).window_max, 0.0);
    }
}
