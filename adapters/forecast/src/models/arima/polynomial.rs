//! Polynomials of the lag operator B, written as the coefficients c of 1 - c1 B - c2 B² - …

/// Sums are worth something where they are more than this part of their summands.
const ROUNDING: f64 = 1e-9;

/// Autoregressive coefficients with these partial autocorrelations: stationary where all are within (-1, 1).
///
/// # Source
///
/// Jones (1980), Maximum Likelihood Fitting of ARMA Models to Time Series with Missing Observations, Technometrics 22;
/// Levinson and Durbin's recursion.
pub(super) fn from_partials(partials: &[f64]) -> Vec<f64> {
    let mut c: Vec<f64> = Vec::with_capacity(partials.len());
    for &partial in partials {
        lengthen(&mut c, partial);
    }
    c
}

/// One step of Levinson and Durbin's recursion.
pub(super) fn lengthen(c: &mut Vec<f64>, partial: f64) {
    let reversed: Vec<f64> = c.iter().rev().copied().collect();
    for (c, reversed) in c.iter_mut().zip(reversed) {
        *c -= partial * reversed;
    }
    c.push(partial);
}

/// The partial autocorrelations of a polynomial. None where a root is on or inside the unit circle.
pub(super) fn partials(c: &[f64]) -> Option<Vec<f64>> {
    let mut c = c.to_vec();
    let mut partials = vec![0.0; c.len()];
    for k in (0..c.len()).rev() {
        let partial = c[k];
        if partial.is_nan() || partial.abs() >= 1.0 {
            return None;
        }
        partials[k] = partial;
        let shorter = (0..k).map(|j| (c[j] + partial * c[k - 1 - j]) / (1.0 - partial * partial)).collect();
        c = shorter;
    }
    Some(partials)
}

/// Whether all roots are further from 0 than `radius`.
pub(super) fn roots_beyond(c: &[f64], radius: f64) -> bool {
    let stretched: Vec<f64> = c.iter().enumerate().map(|(j, c)| c * radius.powi(j as i32 + 1)).collect();
    partials(&stretched).is_some()
}

/// The product of two polynomials.
pub(super) fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut c = vec![0.0; a.len() + b.len()];
    for (i, a) in a.iter().enumerate() {
        c[i] += a;
        for (j, b) in b.iter().enumerate() {
            c[i + j + 1] -= a * b;
        }
    }
    for (j, b) in b.iter().enumerate() {
        c[j] += b;
    }
    c
}

/// The polynomial in B to the power of `season`.
pub(super) fn stretch(c: &[f64], season: usize) -> Vec<f64> {
    let mut stretched = vec![0.0; c.len() * season];
    for (i, c) in c.iter().enumerate() {
        stretched[(i + 1) * season - 1] = *c;
    }
    stretched
}

/// (1 - B)^`times` in steps of `season`.
pub(super) fn difference(times: usize, season: usize) -> Vec<f64> {
    let one = stretch(&[1.0], season);
    (0..times).fold(Vec::new(), |c, _| product(&c, &one))
}

/// The first `count` weights of past innovations in the process with this autoregressive and moving average polynomial.
pub(super) fn weights(ar: &[f64], ma: &[f64], count: usize) -> Vec<f64> {
    let mut weights: Vec<f64> = Vec::with_capacity(count);
    for k in 0..count {
        let innovation = if k == 0 { 1.0 } else { ma.get(k - 1).map_or(0.0, |c| -c) };
        let past: f64 = ar.iter().zip(weights.iter().rev()).map(|(c, weight)| c * weight).sum();
        weights.push(innovation + past);
    }
    weights
}

/// Autocovariances at lags 0 to `lags` of the process with innovations of variance 1. None where it is not stationary, or so
/// nearly not that rounding decides.
pub(super) fn autocovariances(ar: &[f64], ma: &[f64], lags: usize) -> Option<Vec<f64>> {
    // Those of the autoregression alone, by Levinson and Durbin's recursion.
    let partials = partials(ar)?;
    let last = lags + ma.len();
    let mut pure = vec![partials.iter().fold(1.0, |variance, partial| variance / (1.0 - partial * partial))];
    let mut error = pure[0];
    let mut c = Vec::with_capacity(ar.len());
    for k in 1..=last {
        let past: f64 = c.iter().zip(pure.iter().rev()).map(|(c, pure)| c * pure).sum();
        match partials.get(k - 1) {
            Some(&partial) => {
                pure.push(past + partial * error);
                error *= 1.0 - partial * partial;
                lengthen(&mut c, partial);
            }
            None => pure.push(past),
        }
    }
    // A moving average of it.
    let theta: Vec<f64> = std::iter::once(1.0).chain(ma.iter().map(|c| -c)).collect();
    let shifted = |lag: usize| -> f64 { theta[lag..].iter().zip(&theta).map(|(a, b)| a * b).sum() };
    let moments: Vec<f64> = (0..theta.len()).map(shifted).collect();
    let covariance = |lag: usize| {
        let both = |(j, moment): (usize, &f64)| moment * (pure[lag + j] + pure[lag.abs_diff(j)]);
        moments[0] * pure[lag] + moments.iter().enumerate().skip(1).map(both).sum::<f64>()
    };
    let covariances: Vec<f64> = (0..=lags).map(covariance).collect();
    let summands: f64 = pure[0] * moments.iter().map(|moment| moment.abs()).sum::<f64>();
    (summands * ROUNDING < covariances[0]).then_some(covariances)
}
