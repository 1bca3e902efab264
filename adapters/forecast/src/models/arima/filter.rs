//! The Kalman filter of a stationary ARMA process, in time proportional to the dimension of its state.

use super::polynomial::{autocovariances, weights};

/// A covariance that changes by less than this part of the innovations' variance no longer changes.
const STEADY: f64 = 1e-11;

/// Gain and variance of the filter as they go to their limits. Innovations have variance 1.
///
/// # Source
///
/// State of dimension max(p, q + 1) after Harvey (1989), Forecasting, Structural Time Series Models and the Kalman
/// Filter, 3.3; the recursion of Morf, Sidhu, Kailath (1974), Some New Algorithms for Recursive Estimation in Constant,
/// Linear, Discrete-Time Systems, IEEE Transactions on Automatic Control 19: the covariance of the state changes by
/// `change` x `direction` x `direction`' a step.
#[derive(Debug, Clone)]
pub(super) struct Gains {
    /// Autoregressive coefficients, as many as the state has entries.
    ar: Vec<f64>,
    /// The gain times the variance.
    gain: Vec<f64>,
    /// Variance of the next value, given those before.
    pub(super) variance: f64,
    direction: Vec<f64>,
    change: f64,
    pub(super) steady: bool,
}

impl Gains {
    /// At the first value. None where the process is not stationary.
    pub(super) fn new(ar: &[f64], ma: &[f64]) -> Option<Self> {
        let dimension = ar.len().max(ma.len() + 1);
        let covariances = autocovariances(ar, ma, dimension)?;
        let psi = weights(ar, ma, dimension);
        let mut ar = ar.to_vec();
        ar.resize(dimension, 0.0);
        // Entry i of the state is the sum over j >= i of ar[j] y(t-1-j+i) - ma[j-1] e(t-j+i); this is its covariance with y.
        let theta = |j: usize| if j == 0 { 1.0 } else { ma.get(j - 1).map_or(0.0, |c| -c) };
        let with_value =
            |i: usize| (i..dimension).map(|j| ar[j] * covariances[1 + j - i] + theta(j) * psi[j - i]).sum();
        let mut gain: Vec<f64> = (0..dimension).map(with_value).collect();
        let variance = gain[0];
        transition(&ar, &mut gain);
        (variance.is_finite() && variance > 0.0).then(|| Self {
            direction: gain.clone(),
            change: -1.0 / variance,
            steady: false,
            ar,
            gain,
            variance,
        })
    }

    /// To the next value.
    pub(super) fn advance(&mut self) {
        if self.steady {
            return;
        }
        let first = self.direction[0];
        let before = first / self.variance;
        let after = (self.variance + first * first * self.change).max(1.0);
        let size: f64 = self.direction.iter().map(|d| d * d).sum();
        self.steady = size * self.change.abs() < STEADY;
        transition(&self.ar, &mut self.direction);
        for (gain, direction) in self.gain.iter_mut().zip(&mut self.direction) {
            let old = *gain;
            *gain += *direction * first * self.change;
            *direction -= old * before;
        }
        self.change *= self.variance / after;
        self.variance = after;
    }

    /// Takes one value into a state; returns its error.
    pub(super) fn update<const N: usize>(&self, state: &mut [[f64; N]], value: [f64; N]) -> [f64; N] {
        let first = state[0];
        let error: [f64; N] = std::array::from_fn(|n| value[n] - first[n]);
        let scaled = error.map(|error| error / self.variance);
        let last = state.len() - 1;
        for i in 0..last {
            let next = state[i + 1];
            state[i] = std::array::from_fn(|n| self.ar[i] * first[n] + next[n] + self.gain[i] * scaled[n]);
        }
        state[last] = std::array::from_fn(|n| self.ar[last] * first[n] + self.gain[last] * scaled[n]);
        error
    }

    /// A state before the first value.
    pub(super) fn state<const N: usize>(&self) -> Vec<[f64; N]> {
        vec![[0.0; N]; self.ar.len()]
    }
}

/// The state's step without innovation.
fn transition(ar: &[f64], state: &mut [f64]) {
    let first = state[0];
    for i in 0..state.len() {
        state[i] = ar[i] * first + state.get(i + 1).copied().unwrap_or(0.0);
    }
}

/// What maximum likelihood needs of a series under given polynomials.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likelihood {
    /// The mean by generalised least squares; 0 where there is none.
    pub(super) mean: f64,
    /// Sum of squared innovations.
    pub(super) squares: f64,
    /// -2 log likelihood / n at the best variance, without the constant 1 + log 2 pi.
    pub(super) deviance: f64,
}

/// The exact Gaussian likelihood, mean and variance concentrated out. None where the process is not stationary.
pub(super) fn likelihood(ar: &[f64], ma: &[f64], values: &[f64], has_mean: bool) -> Option<Likelihood> {
    let gains = Gains::new(ar, ma)?;
    let n = values.len() as f64;
    let (mean, squares, logarithms) = if has_mean {
        // The filter is linear: the errors of the values and of their mean, side by side.
        let ([with_itself, with_mean], logarithms) = moments(gains, [ar, ma], values, |value| [value, 1.0]);
        let mean = with_itself[1] / with_mean[1];
        (mean, with_itself[0] - mean * with_itself[1], logarithms)
    } else {
        let ([[squares]], logarithms) = moments(gains, [ar, ma], values, |value| [value]);
        (0.0, squares, logarithms)
    };
    let squares = squares.max(SMALLEST_VARIANCE * n);
    Some(Likelihood { mean, squares, deviance: (squares / n).ln() + logarithms / n })
}

/// The inner products of the columns' errors, each divided by its variance, and the sum of the variances' logarithms.
fn moments<const N: usize>(
    mut gains: Gains,
    [ar, ma]: [&[f64]; 2],
    values: &[f64],
    columns: impl Fn(f64) -> [f64; N],
) -> ([[f64; N]; N], f64) {
    let lags = |c: &[f64]| -> Vec<(usize, f64)> {
        c.iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(j, c)| (j + 1, *c)).collect()
    };
    let (ar_lags, ma_lags) = (lags(ar), lags(ma));
    let mut state = gains.state();
    let mut errors: Vec<[f64; N]> = Vec::with_capacity(values.len());
    let mut products = [[0.0; N]; N];
    // The logarithm of a product, taken before it overflows.
    let (mut logarithms, mut variances) = (0.0, 1.0);
    for (t, &value) in values.iter().enumerate() {
        let error = if gains.steady && t >= state.len() {
            // In the limit the filter is the ARMA equation itself, which is sparse.
            let mut error = columns(value);
            for &(lag, c) in &ar_lags {
                let past = columns(values[t - lag]);
                error = std::array::from_fn(|n| error[n] - c * past[n]);
            }
            for &(lag, c) in &ma_lags {
                let past = errors[t - lag];
                error = std::array::from_fn(|n| error[n] + c * past[n]);
            }
            error
        } else {
            gains.update(&mut state, columns(value))
        };
        for (products, a) in products.iter_mut().zip(error) {
            for (product, b) in products.iter_mut().zip(error) {
                *product += a * b / gains.variance;
            }
        }
        variances *= gains.variance;
        if variances > 1e100 {
            logarithms += variances.ln();
            variances = 1.0;
        }
        errors.push(error);
        gains.advance();
    }
    (products, logarithms + variances.ln())
}

/// Variances below this, of series of variance 1, are rounding.
const SMALLEST_VARIANCE: f64 = 1e-20;

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook filter with whole covariance matrices, from a long iteration of Lyapunov's equation.
    fn textbook(ar: &[f64], ma: &[f64], values: &[f64]) -> (f64, f64) {
        let r = ar.len().max(ma.len() + 1);
        let at = |c: &[f64], i: usize| c.get(i).copied().unwrap_or(0.0);
        let noise: Vec<f64> = (0..r).map(|i| if i == 0 { 1.0 } else { -at(ma, i - 1) }).collect();
        let step = |p: &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            let t = |i: usize, j: usize| if j == 0 { at(ar, i) } else { f64::from(u8::from(j == i + 1)) };
            let entry = |i: usize, j: usize| {
                let inner = |a: usize| (0..r).map(|b| t(i, a) * p[a][b] * t(j, b)).sum::<f64>();
                noise[i] * noise[j] + (0..r).map(inner).sum::<f64>()
            };
            (0..r).map(|i| (0..r).map(|j| entry(i, j)).collect()).collect()
        };
        let mut p = vec![vec![0.0; r]; r];
        for _ in 0..2000 {
            p = step(&p);
        }
        let mut a = vec![0.0; r];
        let (mut squares, mut logarithms) = (0.0, 0.0);
        for value in values {
            let f = p[0][0];
            let error = value - a[0];
            squares += error * error / f;
            logarithms += f.ln();
            let k: Vec<f64> = (0..r).map(|i| p[i][0] / f).collect();
            for i in 0..r {
                a[i] += k[i] * error;
            }
            let old = p.clone();
            for i in 0..r {
                for j in 0..r {
                    p[i][j] -= k[i] * old[0][j];
                }
            }
            p = step(&p);
            transition(&(0..r).map(|i| at(ar, i)).collect::<Vec<_>>(), &mut a);
        }
        (squares, logarithms)
    }

    #[test]
    fn the_fast_recursion_is_the_kalman_filter() {
        let values: Vec<f64> =
            (0..60).map(|i| (f64::from(i) * 0.7).sin() + (f64::from(i * i % 17)) / 17.0).collect();
        let seasonal =
            super::super::polynomial::product(&[0.4], &super::super::polynomial::stretch(&[0.5], 4));
        for (ar, ma) in [
            (vec![0.6, 0.2], vec![]),
            (vec![], vec![-0.5, 0.3]),
            (vec![0.5, -0.3], vec![-0.4, 0.1, 0.2]),
            (seasonal.clone(), seasonal),
        ] {
            let (squares, logarithms) = textbook(&ar, &ma, &values);
            let fast = likelihood(&ar, &ma, &values, false).unwrap();
            assert!((fast.squares / squares - 1.0).abs() < 1e-8, "{ar:?} {ma:?}: {} {squares}", fast.squares);
            let deviance = (squares / 60.0_f64).ln() + logarithms / 60.0;
            assert!((fast.deviance - deviance).abs() < 1e-8, "{ar:?} {ma:?}: {} {deviance}", fast.deviance);
        }
    }
}
