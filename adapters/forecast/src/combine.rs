//! Choice and combination: the forecasters that did best lately, and the middle of what they say.

use crate::candidate::median;

/// How many are combined. Their median follows two that agree, whatever the third does.
const COMBINED: usize = 3;

/// The forecasters with the least loss, best first; of equal ones the first. None loses more than `most` times the best.
pub(crate) fn best(losses: &[f64], most: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..losses.len()).filter(|&index| losses[index].is_finite()).collect();
    order.sort_by(|&a, &b| losses[a].total_cmp(&losses[b]).then(a.cmp(&b)));
    if let Some(&first) = order.first() {
        order.retain(|&index| losses[index] <= most * losses[first]);
    }
    order.truncate(COMBINED);
    order
}

/// Step by step the median of at least one forecast, all of the same length.
pub(crate) fn medians(forecasts: &[&[f64]]) -> Vec<f64> {
    let mut same = Vec::with_capacity(forecasts.len());
    let middle = |step: usize| {
        same.clear();
        same.extend(forecasts.iter().map(|forecast| forecast[step]));
        median(&mut same)
    };
    (0..forecasts[0].len()).map(middle).collect()
}
