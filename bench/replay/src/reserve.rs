//! How much a host needs beside what is predicted of its machines.

use crate::demand::View;
use crate::settings::Settings;

/// The reserve with which the predictions of the last [`Settings::calibration`] steps would have covered the sums of
/// hosts with probability [`Settings::quantile`], as a share of a host's CPU: machines grouped as they are now.
///
/// It may be negative: a sum of quantiles is more than the quantile of the sum. `predicted` gives what was predicted
/// at an earlier replan; where that is one value for the horizon, it is held against the largest sum in the horizon.
pub(crate) fn reserve(
    view: &View<'_>,
    settings: &Settings,
    predicted: impl Fn(usize) -> Vec<Vec<f64>>,
) -> f64 {
    let occupied: Vec<bool> = (0..view.hosts).map(|host| view.host_of.contains(&host)).collect();
    let origins = (1..).map(|back| view.now.checked_sub(back * settings.interval));
    let origins = origins.map_while(|origin| origin.filter(|at| at + settings.calibration >= view.now));
    let mut missing = Vec::new();
    // A horizon may be longer than the interval; then the latest ones have not been seen to the end.
    for origin in origins.filter(|at| at + settings.horizon <= view.now) {
        let predicted = predicted(origin);
        let width = predicted.first().map_or(1, Vec::len);
        let mut short = vec![vec![0.0; settings.horizon]; view.hosts];
        for ((history, values), &host) in view.histories().zip(&predicted).zip(view.host_of) {
            for (step, short) in short[host].iter_mut().enumerate() {
                *short += history[origin + step] - values[step.min(width - 1)];
            }
        }
        for short in
            short.into_iter().zip(&occupied).filter_map(|(short, &occupied)| occupied.then_some(short))
        {
            match width {
                1 => missing.push(short.into_iter().fold(f64::NEG_INFINITY, f64::max)),
                _ => missing.extend(short),
            }
        }
    }
    (quantile(&mut missing, settings.quantile).unwrap_or(0.0) / view.capacity).clamp(-1.0, 1.0)
}

/// The least value that a share `q` of `values` does not exceed; `None` of nothing.
pub(crate) fn quantile(values: &mut [f64], q: f64) -> Option<f64> {
    let rank = (q * values.len() as f64).ceil() as usize;
    let index = rank.max(1).checked_sub(1).filter(|&index| index < values.len())?;
    Some(*values.select_nth_unstable_by(index, f64::total_cmp).1)
}
