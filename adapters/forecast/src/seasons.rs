//! Seasons found in a history: the lags at which it resembles itself.

use realfft::RealFftPlanner;

/// Most seasons looked for.
const MOST: usize = 2;
/// The least autocorrelation that is called a season.
const LEAST_CORRELATION: f64 = 0.2;
/// How often a season must have been seen: two alike may be chance.
const REPEATS: usize = 3;
/// A shorter lag is preferred if it is nearly as good: a day rather than two days.
const NEARLY: f64 = 0.9;
/// A lag that divides a season is one of its own from this share of its correlation on: days in a week.
const INNER: f64 = 0.5;
/// Lags shorter than this are the usual kinship of neighbours.
const SHORTEST: usize = 4;

/// The periods of a history without missing values, in steps, shortest first.
#[must_use]
pub fn find(values: &[f64]) -> Vec<usize> {
    let mut rest = detrended(values);
    let mut found = Vec::new();
    while found.len() < MOST
        && let Some(period) = strongest(&autocorrelation(&rest))
    {
        remove(&mut rest, period);
        found.push(period);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The values less the line that fits them best.
fn detrended(values: &[f64]) -> Vec<f64> {
    let middle = (values.len() as f64 - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let times = (0..values.len()).map(|time| time as f64 - middle);
    let (mut products, mut squares) = (0.0, 0.0);
    for (time, value) in times.clone().zip(values) {
        products += time * (value - mean);
        squares += time * time;
    }
    let slope = if squares > 0.0 { products / squares } else { 0.0 };
    times.zip(values).map(|(time, value)| value - mean - slope * time).collect()
}

/// The autocorrelation for lags of which the history holds enough (Wiener-Khinchin), each by as many pairs as it has.
fn autocorrelation(values: &[f64]) -> Vec<f64> {
    let length = values.len();
    let padded = (2 * length).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, backward) = (planner.plan_fft_forward(padded), planner.plan_fft_inverse(padded));
    let mut signal = forward.make_input_vec();
    signal[..length].copy_from_slice(values);
    let mut spectrum = forward.make_output_vec();
    if forward.process(&mut signal, &mut spectrum).is_err() {
        return Vec::new();
    }
    for value in &mut spectrum {
        *value = (value.norm_sqr()).into();
    }
    if backward.process(&mut spectrum, &mut signal).is_err() || signal[0] <= 0.0 || !signal[0].is_finite() {
        return Vec::new();
    }
    let variance = signal[0] / length as f64;
    (0..=length / REPEATS).map(|lag| signal[lag] / (length - lag) as f64 / variance).collect()
}

/// The lag of the highest peak, of nearly equal ones the shortest; else what divides it.
fn strongest(correlation: &[f64]) -> Option<usize> {
    // A peak is above all around it, further around the longer the lag, which the noise on top of a slow wave is not.
    let peak = |lag: usize| {
        let reach = (lag / 2).max(1);
        let around = &correlation[lag - reach..=(lag + reach).min(correlation.len() - 1)];
        correlation[lag] >= LEAST_CORRELATION && around.iter().all(|&other| other <= correlation[lag])
    };
    let peaks: Vec<usize> =
        (SHORTEST..correlation.len().saturating_sub(1)).filter(|&lag| peak(lag)).collect();
    let highest = peaks.iter().map(|&lag| correlation[lag]).reduce(f64::max)?;
    let lag = peaks.iter().copied().find(|&lag| correlation[lag] >= NEARLY * highest)?;
    let divides = |inner: usize| lag % inner <= 1 || inner - lag % inner <= 1;
    peaks.into_iter().find(|&inner| inner == lag || divides(inner) && correlation[inner] >= INNER * highest)
}

/// Takes away the mean of every phase of a period.
fn remove(values: &mut [f64], period: usize) {
    for phase in 0..period.min(values.len()) {
        let same = values.iter().skip(phase).step_by(period);
        let mean = same.clone().sum::<f64>() / same.len() as f64;
        values.iter_mut().skip(phase).step_by(period).for_each(|value| *value -= mean);
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::find;

    fn noise(length: usize) -> Vec<f64> {
        let mut state = 1u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / f64::from(u32::MAX) - 0.5
        };
        (0..length).map(|_| next()).collect()
    }

    fn with(length: usize, value: impl Fn(f64) -> f64) -> Vec<f64> {
        noise(length).iter().enumerate().map(|(time, noise)| value(time as f64) + noise).collect()
    }

    #[test]
    fn a_season_is_found_under_noise_and_a_trend() {
        let found = find(&with(600, |time| (TAU * time / 24.0).sin() + 0.1 * time));
        assert_eq!(found, [24]);
    }

    #[test]
    fn two_seasons_are_found() {
        let found = find(&with(24 * 7 * 6, |time| {
            2.0 * (TAU * time / 24.0).sin() + 2.0 * (TAU * time / 168.0).cos()
        }));
        assert!(found.contains(&24) && found.iter().any(|&period| period.abs_diff(168) <= 2), "{found:?}");
    }

    #[test]
    fn noise_constants_and_what_was_seen_twice_have_none() {
        assert_eq!(find(&noise(1000)), [0usize; 0]);
        assert_eq!(find(&[5.0; 100]), [0usize; 0]);
        assert_eq!(find(&[]), [0usize; 0]);
        assert_eq!(find(&with(48, |time| 10.0 * (TAU * time / 24.0).sin())), [0usize; 0]);
    }
}
