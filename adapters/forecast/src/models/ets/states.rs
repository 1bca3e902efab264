//! What is smoothed, and how.

/// What the states beside the level are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    pub(super) trend: Trend,
    /// Steps; 0 without a season.
    pub(super) season: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Trend {
    None,
    Additive,
    Damped,
}

impl Form {
    /// Smoothing parameters, each an angle of [`within`].
    pub(super) fn parameters(self) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 1,
            Trend::Damped => 2,
        };
        1 + trend + usize::from(self.season > 0)
    }

    /// Free seed states: the seasonal ones sum to zero.
    pub(super) fn seeds(self) -> usize {
        1 + usize::from(self.trend != Trend::None) + self.season.saturating_sub(1)
    }

    /// The `i`th direction in the space of seed states.
    pub(super) fn seed(self, i: usize) -> States {
        let mut states = States { level: 0.0, trend: 0.0, season: vec![0.0; self.season], next: 0 };
        match (i, self.trend) {
            (0, _) => states.level = 1.0,
            (1, Trend::Additive | Trend::Damped) => states.trend = 1.0,
            _ => {
                let first = if self.trend == Trend::None { 1 } else { 2 };
                states.season[i - first] = 1.0;
                states.season[self.season - 1] = -1.0;
            }
        }
        states
    }
}

/// A parameter between two bounds as a function of an angle.
fn within(low: f64, high: f64, angle: f64) -> f64 {
    low + (high - low) * (0.5 + 0.5 * angle.sin())
}

/// Smoothing parameters in the form of the error correction: l' = l + phi b + alpha e, b' = phi b + beta e, s' = s + gamma e.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
}

impl Parameters {
    /// The usual bounds (Hyndman et al. 2008, 2.5.1) and phi where a damped trend differs from both others (7.2).
    pub(super) fn new(form: Form, angles: &[f64]) -> Self {
        let mut angles = angles.iter().copied();
        let mut next = |low, high| within(low, high, angles.next().unwrap_or(0.0));
        let alpha = next(1e-4, 0.9999);
        let (beta, phi) = match form.trend {
            Trend::None => (0.0, 0.0),
            Trend::Additive => (next(0.0, 1.0) * alpha, 1.0),
            Trend::Damped => (next(0.0, 1.0) * alpha, next(0.8, 0.98)),
        };
        let gamma = if form.season > 0 { next(0.0, 1.0) * (1.0 - alpha) } else { 0.0 };
        Self { alpha, beta, gamma, phi }
    }
}

#[derive(Debug, Clone)]
pub(super) struct States {
    pub(super) level: f64,
    pub(super) trend: f64,
    pub(super) season: Vec<f64>,
    /// Where the next step is in the season.
    pub(super) next: usize,
}

impl States {
    /// Takes one value; returns the error of its forecast. A missing value, NaN, is taken as forecast.
    pub(super) fn step(&mut self, parameters: &Parameters, value: f64) -> f64 {
        let level = self.level + parameters.phi * self.trend;
        let season = self.season.get(self.next).copied().unwrap_or(0.0);
        let error = value - level - season;
        let error = if error.is_nan() { 0.0 } else { error };
        self.level = level + parameters.alpha * error;
        self.trend = parameters.phi * self.trend + parameters.beta * error;
        if let Some(season) = self.season.get_mut(self.next) {
            *season += parameters.gamma * error;
            self.next = (self.next + 1) % self.season.len();
        }
        error
    }

    /// Adds `factor` x `other`.
    pub(super) fn add(&mut self, factor: f64, other: &Self) {
        self.level += factor * other.level;
        self.trend += factor * other.trend;
        for (season, other) in self.season.iter_mut().zip(&other.season) {
            *season += factor * other;
        }
    }
}
