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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Machine, Trace};

    #[test]
    fn a_quantile_is_a_value_that_the_share_does_not_exceed() {
        let values = || [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&mut values(), 0.75), Some(3.0));
        assert_eq!(quantile(&mut values(), 0.76), Some(4.0));
        assert_eq!(quantile(&mut values(), 0.0), Some(1.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }

    /// Two machines of a host take turns, 100 and 20 MHz, in a period of 4 steps.
    fn turns() -> Trace {
        let machine = |name: &str, first: usize| Machine {
            name: name.into(),
            memory: 1,
            cpu: (0..40).map(|step| if step % 4 / 2 == first { 100.0 } else { 20.0 }).collect(),
        };
        Trace { machines: vec![machine("a", 0), machine("b", 1)] }
    }

    fn settings() -> Settings {
        Settings { interval: 4, horizon: 4, calibration: 20, ..Settings::default() }
    }

    #[test]
    fn machines_that_take_turns_need_less_than_the_sum_of_their_maxima() {
        let trace = turns();
        let view = View::new(&trace, 40, &[0, 0], 2, 1_000.0);
        let maxima = reserve(&view, &settings(), |_| vec![vec![100.0]; 2]);
        assert!((maxima + 0.08).abs() < 1e-12, "{maxima}");
        // Apart, each host needs what its machine needs.
        let apart = View::new(&trace, 40, &[0, 1], 2, 1_000.0);
        assert_eq!(reserve(&apart, &settings(), |_| vec![vec![100.0]; 2]), 0.0);
    }

    #[test]
    fn what_predictions_miss_a_step_is_added() {
        let trace = turns();
        let view = View::new(&trace, 40, &[0, 0], 1, 1_000.0);
        let missing = reserve(&view, &settings(), |_| vec![vec![50.0; 4]; 2]);
        assert!((missing - 0.02).abs() < 1e-12, "{missing}");
    }

    #[test]
    fn without_a_past_there_is_none() {
        let trace = turns();
        let view = View::new(&trace, 3, &[0, 0], 1, 1_000.0);
        assert_eq!(reserve(&view, &settings(), |_| vec![vec![50.0; 4]; 2]), 0.0);
    }
}
