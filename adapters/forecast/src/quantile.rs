//! Quantiles of samples, plain and weighted, and the loss they minimise.

/// The quantile `q` of sorted values, interpolated between neighbours (Hyndman & Fan 1996, type 7); NaN of none.
pub(crate) fn of_sorted(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// The pinball loss of the quantile forecast `forecast` for `q` (Koenker & Bassett 1978), in the unit of the value.
#[must_use]
pub fn pinball(value: f64, forecast: f64, q: f64) -> f64 {
    let error = value - forecast;
    if error >= 0.0 { q * error } else { (q - 1.0) * error }
}

/// The level at which a sample of `samples` exchangeable errors has the quantile that covers a new one with probability
/// `q` (split conformal: Lei et al. 2018, Theorem 2); at most 1.
pub(crate) fn conformal_level(q: f64, samples: f64) -> f64 {
    if q <= 0.5 { q } else { (q * (samples + 1.0) / samples).min(1.0) }
}
