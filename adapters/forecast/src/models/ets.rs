//! Exponential smoothing.

mod states;

use self::states::{Form, Parameters, States, Trend};
use super::least_squares::{dot, solve};
use super::optimise::nelder_mead;
use super::scale::Scale;
use crate::{FitError, Fitted, Model};

/// The longest season with states of its own; longer ones are [`Mstl`](super::Mstl)'s.
const LONGEST_SEASON: usize = 24;
/// Parameters plus the variance of the smallest form, and what AICc needs on top.
const SHORTEST: usize = 5;
/// Variances below this, of series of variance 1, are rounding.
const SMALLEST_VARIANCE: f64 = 1e-20;

/// Exponential smoothing with additive errors: simple, Holt's, damped, each also with an additive season of at most
/// 24 steps; the form with the least corrected AIC.
///
/// Smoothing parameters by maximum likelihood within the usual bounds, so that every form is stable; the seed states by
/// least squares, in which the errors are linear. Errors are additive only: multiplicative ones make intervals explode
/// where a level comes near zero.
///
/// # Source
///
/// Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing: ch. 2 (forms), 5.1 (likelihood), 6.3
/// (variances of class 1), 7 (choice).
#[derive(Debug, Clone, Copy, Default)]
pub struct Ets;

impl Model for Ets {
    fn name(&self) -> &'static str {
        "ets"
    }

    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError> {
        let (scale, values) = Scale::of(history, SHORTEST)?;
        let smoothing = Smoothing::fit(&values, seasons)?;
        Ok(Box::new(FittedEts { scale, smoothing }))
    }
}

struct FittedEts {
    scale: Scale,
    smoothing: Smoothing,
}

impl Fitted for FittedEts {
    fn predict(&self, horizon: usize) -> Vec<f64> {
        self.scale.undo(self.smoothing.predict(horizon))
    }

    fn spread(&self, horizon: usize) -> Vec<f64> {
        self.scale.undo_spread(self.smoothing.spread(horizon))
    }

    fn observe(&mut self, values: &[f64]) {
        self.smoothing.observe(&self.scale.apply(values));
    }
}

/// Exponential smoothing of values on a [`Scale`], fitted.
#[derive(Debug, Clone)]
pub(super) struct Smoothing {
    parameters: Parameters,
    states: States,
    /// Standard deviation of the one-step errors.
    sigma: f64,
}

impl Smoothing {
    /// The form with the least AICc among those that the season and the number of values allow.
    pub(super) fn fit(values: &[f64], seasons: &[usize]) -> Result<Self, FitError> {
        let season = seasons.iter().copied().find(|&season| (2..=LONGEST_SEASON).contains(&season));
        let seasons = [Some(0), season.filter(|&season| values.len() > 2 * season)];
        let forms = seasons.into_iter().flatten().flat_map(|season| {
            [Trend::None, Trend::Additive, Trend::Damped].map(|trend| Form { trend, season })
        });
        forms
            .filter_map(|form| Self::fit_form(form, values))
            .min_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, smoothing)| smoothing)
            .ok_or(FitError::TooShort { needed: SHORTEST, found: values.len() })
    }

    /// One form and its AICc. None where there are too few values for it.
    fn fit_form(form: Form, values: &[f64]) -> Option<(f64, Self)> {
        let n = values.len() as f64;
        let k = (form.parameters() + form.seeds() + 1) as f64;
        if n <= k + 1.0 {
            return None;
        }
        let likelihood = |angles: &[f64]| {
            let (_, squares) = seed(form, &Parameters::new(form, angles), values);
            (squares / n).max(SMALLEST_VARIANCE).ln()
        };
        // The likelihood may have several hills: the best of a few starts is climbed.
        let starts = [-0.9, -0.4, 0.1, 0.6].map(|alpha| {
            let mut angles = vec![-0.9; form.parameters()];
            angles[0] = alpha * std::f64::consts::FRAC_PI_2;
            (likelihood(&angles), angles)
        });
        let (_, start) = starts.into_iter().min_by(|(a, _), (b, _)| a.total_cmp(b))?;
        let angles = nelder_mead(likelihood, start, 0.3)?;

        let parameters = Parameters::new(form, &angles);
        let (mut states, squares) = seed(form, &parameters, values);
        for &value in values {
            states.step(&parameters, value);
        }
        let variance = (squares / n).max(SMALLEST_VARIANCE);
        let aicc = n * variance.ln() + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
        let sigma = (squares / (n - k)).sqrt();
        Some((aicc, Self { parameters, states, sigma }))
    }

    pub(super) fn predict(&self, horizon: usize) -> Vec<f64> {
        let mut states = self.states.clone();
        let forecast = |_| {
            let season = states.season.get(states.next).copied().unwrap_or(0.0);
            let forecast = states.level + self.parameters.phi * states.trend + season;
            states.step(&self.parameters, forecast);
            forecast
        };
        (0..horizon).map(forecast).collect()
    }

    /// Hyndman et al. (2008), 6.3: variance of step h = sigma² (1 + sum of c_j² for j < h).
    pub(super) fn spread(&self, horizon: usize) -> Vec<f64> {
        let Parameters { alpha, beta, gamma, phi } = self.parameters;
        let mut sum = 1.0;
        let (mut power, mut powers) = (1.0, 0.0);
        let deviation = |h: usize| {
            if h > 0 {
                power *= phi;
                powers += power;
                let seasonal = !self.states.season.is_empty() && h.is_multiple_of(self.states.season.len());
                let c = alpha + beta * powers + if seasonal { gamma } else { 0.0 };
                sum += c * c;
            }
            self.sigma * f64::sqrt(sum)
        };
        (0..horizon).map(deviation).collect()
    }

    pub(super) fn observe(&mut self, values: &[f64]) {
        for &value in values {
            self.states.step(&self.parameters, value);
        }
    }
}

/// The seed states with the least sum of squared errors, and that sum. The errors are linear in the seeds.
fn seed(form: Form, parameters: &Parameters, values: &[f64]) -> (States, f64) {
    let run = |mut states: States, values: &mut dyn Iterator<Item = f64>| -> Vec<f64> {
        values.map(|value| states.step(parameters, value)).collect()
    };
    let directions: Vec<States> = (0..form.seeds()).map(|i| form.seed(i)).collect();
    let mut states = form.seed(0);
    states.level = 0.0;
    let mut errors = run(states.clone(), &mut values.iter().copied());
    let effects: Vec<Vec<f64>> =
        directions.iter().map(|direction| run(direction.clone(), &mut values.iter().map(|_| 0.0))).collect();

    let matrix = (0..effects.len())
        .map(|i| effects[..=i].iter().map(|effect| dot(&effects[i], effect)).collect())
        .collect();
    let right = effects.iter().map(|effect| -dot(effect, &errors)).collect();
    for (factor, (direction, effect)) in solve(matrix, right).into_iter().zip(directions.iter().zip(&effects))
    {
        states.add(factor, direction);
        for (error, effect) in errors.iter_mut().zip(effect) {
            *error += factor * effect;
        }
    }
    (states, dot(&errors, &errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observing_is_filtering_the_longer_series() {
        let values: Vec<f64> = (0..90).map(|i| f64::from(i * i % 23) / 10.0 + f64::from(i % 4)).collect();
        let form = Form { trend: Trend::Damped, season: 4 };
        let (_, mut rolled) = Smoothing::fit_form(form, &values[..60]).unwrap();
        let (mut states, _) = seed(form, &rolled.parameters, &values[..60]);
        for &value in &values {
            states.step(&rolled.parameters, value);
        }
        rolled.observe(&values[60..]);
        let filtered = Smoothing { states, ..rolled.clone() };
        assert_eq!(rolled.predict(12), filtered.predict(12));
    }

    /// Of a random walk nothing is known but its last value, and the error of its forecast grows with the root of time.
    #[test]
    fn a_random_walk_is_forecast_by_its_last_value() {
        let mut state = 1_u64;
        let mut level = 0.0;
        let step = |_| {
            state = (state * 1_103_515_245 + 12345) % (1 << 31);
            level += state as f64 / f64::from(1_u32 << 31) - 0.5;
            level
        };
        let values: Vec<f64> = (0..1000).map(step).collect();
        let fitted = Ets.fit(&values, &[]).unwrap();
        let (forecast, spread) = (fitted.predict(100), fitted.spread(100));
        assert!((forecast[99] - values[999]).abs() < 0.1, "{} {}", forecast[99], values[999]);
        assert!((spread[0] / f64::sqrt(1.0 / 12.0) - 1.0).abs() < 0.05, "{}", spread[0]);
        assert!((spread[99] / spread[0] / 10.0 - 1.0).abs() < 0.05, "{}", spread[99] / spread[0]);
    }
}
