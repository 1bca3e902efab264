//! The forecasts of all replans, made once for every input and seed: they do not depend on where machines are.

use colocate_forecast::{Input, Method, Series, Settings as Ask, forecast};

use crate::settings::Settings;
use crate::trace::{DAY, STEP_S, Trace};

/// The history that is looked at, in steps.
const MOST_HISTORY: usize = 14 * DAY;

/// What is expected of a machine over the horizon, in MHz.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecast {
    /// Per step.
    pub mean: Vec<f64>,
    /// Per step, the quantile asked for.
    pub upper: Vec<f64>,
    /// That quantile of the largest value in the horizon.
    pub window_max: f64,
}

/// Forecasts of every machine, at every replan and in the time on which reserves are calibrated before.
#[derive(Debug, Clone, Default)]
pub struct Forecasts {
    first: usize,
    interval: usize,
    by_origin: Vec<Vec<Forecast>>,
}

impl Forecasts {
    /// Makes them, each from what came before it.
    #[must_use]
    pub fn new(trace: &Trace, settings: &Settings) -> Self {
        let start = trace.steps().saturating_sub(settings.replayed);
        let back = settings.calibration.min(start) / settings.interval * settings.interval;
        let first = start - back;
        let ask = Ask {
            horizon: settings.horizon,
            quantiles: vec![settings.quantile],
            method: Method::Auto,
            keep_past: None,
        };
        let made_at = |now: usize| -> Vec<Forecast> {
            let from = now.saturating_sub(MOST_HISTORY);
            let series = |values: &[f64]| Series {
                start: (from * STEP_S) as i64,
                step_s: STEP_S as u32,
                values: values[from..now].to_vec(),
            };
            let machines = trace.machines.iter().enumerate();
            // Nobody stands in for anybody: machines are not instances of a service.
            let inputs: Vec<Input> = machines
                .map(|(kin, machine)| Input { series: series(&machine.cpu), kin: kin as u32, requests: None })
                .collect();
            let made = forecast(&inputs, &ask, &|| ()).into_iter();
            made.map(|mut made| Forecast {
                mean: made.mean,
                upper: made.quantiles.swap_remove(0),
                window_max: made.window_max[0],
            })
            .collect()
        };
        let origins = (first..trace.steps()).step_by(settings.interval);
        Self { first, interval: settings.interval, by_origin: origins.map(made_at).collect() }
    }

    /// The forecasts made at the replan at step `now`, one a machine; none where there was no replan.
    #[must_use]
    pub fn made_at(&self, now: usize) -> &[Forecast] {
        let index = now.checked_sub(self.first).map(|since| since / self.interval.max(1));
        index.and_then(|index| self.by_origin.get(index)).map_or(&[], Vec::as_slice)
    }
}
