//! Static: the most that a machine used before the replay.

use super::{Demand, Input, Prediction, View};

pub(super) const INPUT: Input =
    Input { name: "static peak", new: |_, _, _| Box::new(StaticPeak { peaks: None }) };

struct StaticPeak {
    peaks: Option<Vec<Vec<f64>>>,
}

impl Demand for StaticPeak {
    fn predict(&mut self, view: &View<'_>) -> Prediction {
        let peak = |history: &[f64]| vec![history.iter().copied().fold(0.0, f64::max)];
        let peaks = self.peaks.get_or_insert_with(|| view.histories().map(peak).collect());
        Prediction::plain(peaks.clone())
    }
}
