//! Prophet's model: a line with bends, and Fourier series for the seasons.

use std::f64::consts::TAU;

use super::least_squares::{dot, solve};
use crate::{FitError, Fitted, Model};

/// Prophet without holidays: piecewise-linear trend, additive seasons, the most probable parameters.
///
/// The first season given has the order of Prophet's daily one, the others that of the weekly one. Time runs from 0 at
/// the first value to 1 at the last; values are divided by the largest absolute one, so a shifted history is another
/// problem. The mode is found by expectation maximisation instead of Stan's L-BFGS: Laplace's prior is a scale mixture
/// of normal ones, which makes every step a ridge regression, exact where the prior is not smooth.
///
/// # Source
///
/// Taylor, Letham (2018), Forecasting at Scale, <https://doi.org/10.1080/00031305.2017.1380080>, with the defaults of
/// Prophet 1.5; Figueiredo (2003), Adaptive Sparseness for Supervised Learning,
/// <https://doi.org/10.1109/TPAMI.2003.1227989>, for the algorithm.
#[derive(Debug, Clone)]
pub struct Prophet {
    /// Bends of the trend, evenly spaced over [`range`](Self::range).
    pub changepoints: usize,
    /// The part of the history, from its beginning, that may bend.
    pub range: f64,
    /// Scale of Laplace's prior on the change of slope at a bend.
    pub changepoint_scale: f64,
    /// Order of the Fourier series of the first season.
    pub first_order: usize,
    /// That of the others.
    pub order: usize,
    /// Standard deviation of the prior on their coefficients.
    pub season_scale: f64,
}

impl Prophet {
    /// Prophet's defaults.
    pub const DEFAULT: Self = Self {
        changepoints: 25,
        range: 0.8,
        changepoint_scale: 0.05,
        first_order: 4,
        order: 3,
        season_scale: 10.0,
    };
}

/// Standard deviation of the priors on slope and offset.
const TREND_SCALE: f64 = 5.0;
/// That of the half-normal prior on the noise.
const NOISE_SCALE: f64 = 0.5;
/// Changes of slope below this are none.
const NO_CHANGE: f64 = 1e-9;
/// Noise below this is rounding: the posterior has no mode where the fit is perfect.
const NO_NOISE: f64 = 1e-6;
/// The algorithm stops when an iteration gains less than this of the logarithm of the posterior, or after so many.
const TOLERANCE: f64 = 1e-6;
const ITERATIONS: usize = 1000;

impl Default for Prophet {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Model for Prophet {
    fn name(&self) -> &'static str {
        "prophet"
    }

    fn fit(&self, history: &[f64], seasons: &[usize]) -> Result<Box<dyn Fitted>, FitError> {
        if history.len() < 2 {
            return Err(FitError::TooShort { needed: 2, found: history.len() });
        }
        if history.iter().any(|value| !value.is_finite()) {
            return Err(FitError::NoConvergence);
        }
        let largest = history.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let values: Vec<f64> = history.iter().map(|value| value / scale).collect();

        let design = Design::new(self, values.len(), seasons);
        let (coefficients, noise) = self.mode(&design, &values);
        Ok(Box::new(FittedProphet { scale, design, coefficients, noise, next: values.len() }))
    }
}

impl Prophet {
    /// Coefficients and standard deviation of the noise at the mode of the posterior.
    fn mode(&self, design: &Design, values: &[f64]) -> (Vec<f64>, f64) {
        let rows: Vec<Vec<f64>> = (0..values.len()).map(|step| design.row(step)).collect();
        let width = design.width();
        let mut gram = vec![vec![0.0; width]; width];
        let mut right = vec![0.0; width];
        for (row, value) in rows.iter().zip(values) {
            for (i, a) in row.iter().enumerate() {
                right[i] += a * value;
                for (sum, b) in gram[i][..=i].iter_mut().zip(row) {
                    *sum += a * b;
                }
            }
        }

        let n = values.len() as f64;
        let bends = 2..2 + design.bends.len();
        let mut coefficients = vec![self.changepoint_scale; width];
        let mut noise = NOISE_SCALE;
        let mut last = f64::INFINITY;
        for _ in 0..ITERATIONS {
            // Expectation: each Laplace prior as the normal one that touches it where the coefficient is.
            let precision = |i: usize| match i {
                0 | 1 => TREND_SCALE.powi(-2),
                i if bends.contains(&i) => {
                    1.0 / (self.changepoint_scale * coefficients[i].abs().max(NO_CHANGE))
                }
                _ => self.season_scale.powi(-2),
            };
            // Maximisation: a ridge regression, then the noise, the root of 4 noise⁴ + n noise² = squares.
            let mut matrix = gram.clone();
            for (i, row) in matrix.iter_mut().enumerate() {
                row[i] += noise * noise * precision(i);
            }
            coefficients = solve(matrix, right.clone());
            let error = |(row, value): (&Vec<f64>, &f64)| value - dot(row, &coefficients);
            let squares: f64 = rows.iter().zip(values).map(|pair| error(pair).powi(2)).sum();
            let prior = NOISE_SCALE.powi(-2);
            noise = (2.0 * squares / (n + (n * n + 4.0 * prior * squares).sqrt())).sqrt().max(NO_NOISE);

            let priors = |i: usize| match i {
                0 | 1 => 0.5 * (coefficients[i] / TREND_SCALE).powi(2),
                i if bends.contains(&i) => coefficients[i].abs() / self.changepoint_scale,
                _ => 0.5 * (coefficients[i] / self.season_scale).powi(2),
            };
            let cost = n * noise.ln()
                + 0.5 * squares / (noise * noise)
                + 0.5 * prior * noise * noise
                + (0..width).map(priors).sum::<f64>();
            if (last - cost).abs() < TOLERANCE {
                break;
            }
            last = cost;
        }
        (coefficients, noise)
    }
}

/// The regressors of every step: time, 1, time since each bend, sines and cosines.
#[derive(Debug, Clone)]
struct Design {
    /// Steps to a unit of time.
    unit: f64,
    /// Times of the bends.
    bends: Vec<f64>,
    /// Frequencies in cycles a step.
    frequencies: Vec<f64>,
}

impl Design {
    /// Bends where Prophet puts them: at evenly spaced values, not times, after the first.
    fn new(model: &Prophet, n: usize, seasons: &[usize]) -> Self {
        let unit = (n - 1) as f64;
        let early = (n as f64 * model.range).floor().max(1.0);
        let count = model.changepoints.min(early as usize - 1);
        let bend = |i: usize| (i as f64 * (early - 1.0) / count as f64).round_ties_even() / unit;
        let order = |i: usize| if i == 0 { model.first_order } else { model.order };
        // A season as long as the history is no season, and no wave is shorter than two steps.
        let seasons = seasons.iter().filter(|&&season| season >= 2 && season <= n / 2).enumerate();
        let frequencies = seasons
            .flat_map(|(i, &season)| {
                (1..=order(i).min((season - 1) / 2).max(1)).map(move |k| k as f64 / season as f64)
            })
            .collect();
        Self { unit, bends: (1..=count).map(bend).collect(), frequencies }
    }

    fn width(&self) -> usize {
        2 + self.bends.len() + 2 * self.frequencies.len()
    }

    fn row(&self, step: usize) -> Vec<f64> {
        let time = step as f64 / self.unit;
        let bends = self.bends.iter().map(|bend| (time - bend).max(0.0));
        let waves = self.frequencies.iter().flat_map(|frequency| {
            let (sin, cos) = (TAU * (frequency * step as f64).fract()).sin_cos();
            [sin, cos]
        });
        [time, 1.0].into_iter().chain(bends).chain(waves).collect()
    }
}

struct FittedProphet {
    scale: f64,
    design: Design,
    coefficients: Vec<f64>,
    noise: f64,
    /// The step that is forecast next.
    next: usize,
}

impl Fitted for FittedProphet {
    fn predict(&self, horizon: usize) -> Vec<f64> {
        let forecast = |step| {
            let value = dot(&self.design.row(self.next + step), &self.coefficients);
            (self.scale * value).clamp(f64::MIN, f64::MAX)
        };
        (0..horizon).map(forecast).collect()
    }

    /// The noise, and bends to come as often and as sharp as those seen (Taylor, Letham 2018, 3.1.4). Prophet draws them;
    /// with rate r a unit of time and mean absolute change d, the variance after time s is 2/3 r d² s³.
    fn spread(&self, horizon: usize) -> Vec<f64> {
        let count = self.design.bends.len();
        let change = self.coefficients[2..2 + count].iter().map(|change| change.abs()).sum::<f64>()
            / count.max(1) as f64;
        let deviation = |step: usize| {
            let after = (self.next + step) as f64 / self.design.unit - 1.0;
            let trend = 2.0 / 3.0 * count as f64 * change.powi(2) * after.powi(3);
            (self.scale * (self.noise.powi(2) + trend).sqrt()).min(f64::MAX)
        };
        (0..horizon).map(deviation).collect()
    }

    /// Time passes; Prophet has no state that values could change.
    fn observe(&mut self, values: &[f64]) {
        self.next += values.len();
    }
}
