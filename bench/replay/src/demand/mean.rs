//! The mean of the forecast, a step.

use std::rc::Rc;

use super::{Demand, Input, Prediction, View};
use crate::forecasts::Forecasts;

pub(super) const INPUT: Input =
    Input { name: "mean", new: |_, forecasts, _| Box::new(Mean { forecasts: Rc::clone(forecasts) }) };

struct Mean {
    forecasts: Rc<Forecasts>,
}

impl Demand for Mean {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let forecasts = self.forecasts.made_at(view.now);
        Prediction::plain(forecasts.iter().map(|forecast| forecast.mean.clone()).collect())
    }
}
