//! Reactive: what is used now will be used.

use super::{Demand, Input, Prediction, View};

pub(super) const INPUT: Input = Input { name: "reactive", new: |_, _, _| Box::new(LastValue) };

struct LastValue;

impl Demand for LastValue {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let last = |history: &[f64]| vec![history.last().copied().unwrap_or(0.0)];
        Prediction::plain(view.histories().map(last).collect())
    }
}
