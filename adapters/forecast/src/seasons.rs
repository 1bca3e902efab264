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

/// The lag of the highest peak, of nearly equal ones the shortest.
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
    peaks.into_iter().find(|&lag| correlation[lag] >= NEARLY * highest)
}

/// Takes away the mean of every phase of a period.
fn remove(values: &mut [f64], period: usize) {
    for phase in 0..period.min(values.len()) {
        let same = values.iter().skip(phase).step_by(period);
        let mean = same.clone().sum::<f64>() / same.len() as f64;
        values.iter_mut().skip(phase).step_by(period).for_each(|value| *value -= mean);
    }
}
