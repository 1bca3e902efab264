//! Quantiles of the maximum over the whole horizon. A step's 95 % quantile is no bound on the peak of the next two hours,
//! so the maximum is forecast as a quantity of its own: by the peaks of forecasts and of past windows, each corrected by
//! its own past errors, and the best of them combined.

use crate::quantile::{conformal_level, of_sorted, pinball};

/// How many are combined.
const COMBINED: usize = 8;
/// How many windows, side by side, the peak before the origin is taken over.
const RECENT: [usize; 6] = [1, 2, 4, 8, 12, 24];
/// How many periods the same window is looked up in.
const PERIODS: [usize; 3] = [1, 2, 6];

/// Peaks as they were at past origins: of what happened, and as each predictor would have had them.
#[derive(Debug)]
pub(crate) struct Peaks {
    /// Per past origin the maximum that came.
    pub(crate) actual: Vec<f64>,
    /// Per past origin one value a predictor.
    pub(crate) predicted: Vec<Vec<f64>>,
}

/// What the past says of the peak of `horizon` steps from `origin`: the peaks just before, and those of the same window
/// in earlier periods. The list has the same length at every origin.
pub(crate) fn past_peaks(
    values: &[f64],
    origin: usize,
    horizon: usize,
    periods: &[usize],
    peaks: &mut Vec<f64>,
) {
    peaks.extend(RECENT.map(|windows| maximum(&values[origin.saturating_sub(windows * horizon)..origin])));
    for &period in periods {
        let ahead = horizon.div_ceil(period);
        let same = |back: usize| {
            let from = origin.checked_sub((ahead + back) * period)?;
            Some(maximum(&values[from..(from + horizon).min(origin)]))
        };
        for count in PERIODS {
            let known: Vec<f64> = (0..count).map_while(same).collect();
            let last = values[origin - 1];
            peaks.push(known.iter().copied().reduce(f64::max).unwrap_or(last));
            peaks.push(if known.is_empty() { last } else { known.iter().sum::<f64>() / known.len() as f64 });
        }
    }
}

/// The largest of the values; minus infinity of none.
pub(crate) fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

impl Peaks {
    /// The quantile `q` of the maximum to come, from what each predictor says `now`, and what it would have been at past
    /// origins. `disjoint` is the number of past windows side by side.
    pub(crate) fn quantile(&self, now: &[f64], q: f64, disjoint: f64) -> (f64, Vec<f64>) {
        let level = conformal_level(q, disjoint);
        let judge = |predictor: usize| {
            let pairs = self.actual.iter().zip(&self.predicted);
            let mut errors: Vec<f64> = pairs.map(|(actual, peaks)| actual - peaks[predictor]).collect();
            errors.sort_unstable_by(f64::total_cmp);
            let correction = of_sorted(&errors, level);
            let loss = errors.iter().map(|&error| pinball(error, correction, level)).sum::<f64>();
            (loss, predictor, correction)
        };
        let mut judged: Vec<(f64, usize, f64)> = (0..now.len()).map(judge).collect();
        judged.retain(|(loss, ..)| loss.is_finite());
        judged.sort_by(|a, b| a.0.total_cmp(&b.0));
        judged.truncate(COMBINED);
        let combined = |peaks: &[f64]| {
            let corrected = judged.iter().map(|&(_, predictor, correction)| peaks[predictor] + correction);
            corrected.sum::<f64>() / judged.len() as f64
        };
        (combined(now), self.predicted.iter().map(|peaks| combined(peaks)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Peaks, past_peaks};

    #[test]
    fn a_predictor_that_is_always_too_low_is_corrected() {
        let actual: Vec<f64> = (0..100).map(f64::from).collect();
        let predicted: Vec<Vec<f64>> = actual.iter().map(|peak| vec![peak - 7.0]).collect();
        let (now, past) = Peaks { actual: actual.clone(), predicted }.quantile(&[50.0], 0.95, 100.0);
        assert_eq!(now, 57.0);
        assert_eq!(past, actual);
    }

    #[test]
    fn peaks_of_the_same_window_in_earlier_periods_are_known() {
        let mut values = vec![0.0; 30];
        values[12] = 9.0;
        let peaks = |origin: usize| {
            let mut peaks = Vec::new();
            past_peaks(&values, origin, 3, &[10], &mut peaks);
            peaks
        };
        // The window from 21 on held the peak at 12 one period before; that from 25 on did not.
        assert_eq!(peaks(21)[6], 9.0);
        assert_eq!(peaks(25)[6], 0.0);
        assert_eq!(peaks(5).len(), peaks(25).len());
    }
}
