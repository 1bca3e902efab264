//! What the tests share.

#![allow(dead_code, reason = "every test file uses a part")]

use colocate_forecast::{Forecast, Input, Method, Series, Settings};

/// Steps a day.
pub(crate) const DAY: usize = 288;

/// Noise between -1 and 1: the generator of Knuth's MMIX.
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// A series of 5-minute steps.
pub(crate) fn input(values: Vec<f64>) -> Input {
    Input { series: Series { start: 0, step_s: 300, values }, kin: 0, requests: None }
}

/// Two hours, median and 95 %.
pub(crate) fn settings(method: Method) -> Settings {
    Settings { horizon: 24, quantiles: vec![0.5, 0.95], method, keep_past: None }
}

/// All numbers of a forecast.
pub(crate) fn steps(forecast: &Forecast) -> impl Iterator<Item = f64> {
    let lists =
        [&forecast.point, &forecast.mean, &forecast.window_max].into_iter().chain(&forecast.quantiles);
    lists.flatten().copied()
}
