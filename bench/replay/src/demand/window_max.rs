//! A high quantile of the maximum over the horizon, with a reserve calibrated on the sums of hosts.

use std::rc::Rc;

use super::{Demand, Input, Prediction, View};
use crate::forecasts::Forecasts;
use crate::reserve::reserve;
use crate::settings::Settings;

pub(super) const INPUT: Input = Input {
    name: "window maximum",
    new: |_, forecasts, settings| {
        Box::new(WindowMax { forecasts: Rc::clone(forecasts), settings: settings.clone() })
    },
};

struct WindowMax {
    forecasts: Rc<Forecasts>,
    settings: Settings,
}

impl Demand for WindowMax {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let at = |origin| {
            let forecasts = self.forecasts.made_at(origin).iter();
            forecasts.map(|forecast| vec![forecast.window_max]).collect()
        };
        Prediction { values: at(view.now), reserve: reserve(view, &self.settings, at) }
    }
}
