//! Cold start: a component with little history is forecast as its siblings, the other instances of its service, at its
//! own level where it has one.

use crate::candidate::median;
use crate::forecast::{Basis, Forecast, Input, Settings};

/// Replaces forecasts that rest on few values or none by the mean of those of their kin that rest on a backtest.
pub(crate) fn stand_in(inputs: &[Input], settings: &Settings, forecasts: &mut [Forecast]) {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|&index| (inputs[index].kin, index));
    for kin in order.chunk_by(|&a, &b| inputs[a].kin == inputs[b].kin) {
        let (known, cold): (Vec<usize>, Vec<usize>) =
            kin.iter().partition(|&&index| forecasts[index].basis == Basis::Backtest);
        for index in cold {
            let levels: Vec<f64> =
                known.iter().filter_map(|&sibling| level(&inputs[index], &inputs[sibling])).collect();
            let scale = if levels.is_empty() { 1.0 } else { median(&mut levels.clone()) };
            if let Some(forecast) = mean_of(&known, forecasts, scale, settings) {
                forecasts[index] = Forecast { start: forecasts[index].start, ..forecast };
            }
        }
    }
}

/// How large a series is beside a sibling, over the times both have values; none where they have not, or where there is
/// no ratio.
fn level(input: &Input, sibling: &Input) -> Option<f64> {
    let (own, other) = (&input.series, &sibling.series);
    if own.step_s != other.step_s {
        return None;
    }
    let ahead = (own.start - other.start) / i64::from(own.step_s);
    let (mut own_sum, mut other_sum) = (0.0, 0.0);
    for (index, value) in own.values.iter().enumerate() {
        let beside = usize::try_from(ahead + index as i64).ok().and_then(|at| other.values.get(at));
        if let Some(beside) = beside.filter(|beside| beside.is_finite() && value.is_finite()) {
            own_sum += value;
            other_sum += beside;
        }
    }
    let ratio = own_sum / other_sum;
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// The mean of the forecasts of `known`, times `scale`; none of none.
fn mean_of(known: &[usize], forecasts: &[Forecast], scale: f64, settings: &Settings) -> Option<Forecast> {
    let count = known.len() as f64;
    let mean = |of: &dyn Fn(&Forecast) -> f64| {
        scale * known.iter().map(|&index| of(&forecasts[index])).sum::<f64>() / count
    };
    let steps = |of: &dyn Fn(&Forecast, usize) -> f64| {
        (0..settings.horizon).map(|step| mean(&|forecast| of(forecast, step))).collect()
    };
    let first = &forecasts[*known.first()?];
    Some(Forecast {
        start: first.start,
        point: steps(&|forecast, step| forecast.point[step]),
        mean: steps(&|forecast, step| forecast.mean[step]),
        quantiles: (0..settings.quantiles.len())
            .map(|q| steps(&|forecast, step| forecast.quantiles[q][step]))
            .collect(),
        window_max: (0..settings.quantiles.len()).map(|q| mean(&|forecast| forecast.window_max[q])).collect(),
        by: first.by.clone(),
        periods: first.periods.clone(),
        basis: Basis::Siblings,
        past: None,
    })
}
