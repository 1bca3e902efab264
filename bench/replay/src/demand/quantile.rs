//! A high quantile of the forecast, a step, with a reserve calibrated on the sums of hosts.

use std::rc::Rc;

use super::{Demand, Input, Prediction, View};
use crate::forecasts::Forecasts;
use crate::reserve::reserve;
use crate::settings::Settings;

pub(super) const INPUT: Input = Input {
    name: "q95",
    new: |_, forecasts, settings| {
        Box::new(Quantile { forecasts: Rc::clone(forecasts), settings: settings.clone() })
    },
};

struct Quantile {
    forecasts: Rc<Forecasts>,
    settings: Settings,
}

impl Demand for Quantile {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let at =
            |origin| self.forecasts.made_at(origin).iter().map(|forecast| forecast.upper.clone()).collect();
        Prediction { values: at(view.now), reserve: reserve(view, &self.settings, at) }
    }
}
