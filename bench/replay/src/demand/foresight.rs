//! Perfect foresight: what will be used. No forecast can do better than this.

use std::rc::Rc;

use super::{Demand, Input, Prediction, View};
use crate::trace::Trace;

pub(super) const INPUT: Input = Input {
    name: "foresight",
    new: |trace, _, settings| Box::new(Foresight { trace: Rc::clone(trace), horizon: settings.horizon }),
};

struct Foresight {
    trace: Rc<Trace>,
    horizon: usize,
}

impl Demand for Foresight {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let end = (view.now + self.horizon).min(self.trace.steps());
        let future = |history: &[f64]| history[view.now..end].to_vec();
        Prediction::plain(self.trace.machines.iter().map(|machine| future(&machine.cpu)).collect())
    }
}
