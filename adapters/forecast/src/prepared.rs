//! A series made ready: complete, with its periods.

use crate::complete::complete;
use crate::seasons;
use crate::series::Series;

/// Periods of the clock that operators' loads follow, in s, and how often each must have passed to be looked at.
const CLOCK: [(u32, usize); 2] = [(86_400, 2), (7 * 86_400, 3)];
/// Periods that are this close to each other are one.
const SAME: f64 = 0.03;
/// Missing steps that are bridged by a straight line.
const SHORT_GAP: usize = 6;

/// A series without missing values.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) values: Vec<f64>,
    /// Unix time of the first value, in s.
    pub(crate) start: i64,
    pub(crate) step_s: u32,
    /// What the pool looks back by, in steps: day and week, then other seasons that were found.
    pub(crate) periods: Vec<usize>,
}

impl Prepared {
    pub(crate) fn new(series: &Series) -> Self {
        let (cut, bridged) = complete(&series.values, None, SHORT_GAP);
        let of_clock = CLOCK.map(|(period_s, passed)| ((period_s / series.step_s) as usize, passed));
        let of_clock =
            of_clock.into_iter().filter(|(period, passed)| *period > 1 && bridged.len() >= passed * period);
        let mut periods: Vec<usize> = of_clock.map(|(period, _)| period).collect();
        for found in seasons::find(&bridged) {
            if periods.iter().all(|&period| (found as f64 / period as f64 - 1.0).abs() > SAME) {
                periods.push(found);
            }
        }
        let (_, values) = complete(&series.values, periods.first().copied(), SHORT_GAP);
        Self {
            values,
            start: series.start + cut as i64 * i64::from(series.step_s),
            step_s: series.step_s,
            periods,
        }
    }

    /// Unix time of the step at `index`, in s.
    pub(crate) fn time(&self, index: usize) -> i64 {
        self.start + index as i64 * i64::from(self.step_s)
    }

    /// The values of another series at the times of this one; none where it has another step, or is not there.
    pub(crate) fn beside(&self, other: Option<&Series>) -> Vec<f64> {
        let Some(other) = other else { return Vec::new() };
        let step = i64::from(self.step_s);
        let ahead = self.start - other.start;
        if other.step_s != self.step_s || ahead.rem_euclid(step) != 0 {
            return Vec::new();
        }
        let at = |index: usize| usize::try_from(ahead / step + index as i64).ok();
        let values: Vec<f64> = (0..self.values.len())
            .map(|index| at(index).and_then(|at| other.values.get(at)).copied().unwrap_or(f64::NAN))
            .collect();
        let (cut, mut filled) = complete(&values, self.periods.first().copied(), SHORT_GAP);
        let first = filled.first().copied();
        filled.splice(0..0, first.into_iter().flat_map(|first| std::iter::repeat_n(first, cut)));
        filled
    }
}
