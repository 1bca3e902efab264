//! The forecasts of all replans, made once for every input and seed: they do not depend on where machines are.

use crate::reference;
use crate::settings::Settings;
use crate::trace::Trace;

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
        let made_at = |now: usize| {
            let machines = trace.machines.iter();
            machines
                .map(|m| reference::forecast(&m.cpu[..now], settings.horizon, settings.quantile))
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
