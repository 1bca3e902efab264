//! What becomes of the solutions and bounds that a backend reports: placements, checked, and proven totals.

use colocate_model::{Checker, Cost, Placement, Score, Verdict};

use super::backend::MilpEvent;
use super::formulation::{Formulation, TermSum};
use super::program::Program;
use crate::stop::{Progress, Stop};

/// How far a bound of HiGHS may be off: so much of it, and so many units of what is minimised.
const RELATIVE_ERROR: f64 = 1e-10;
/// See [`RELATIVE_ERROR`].
pub(super) const ABSOLUTE_ERROR: f64 = 1e-6;
/// Hears what a backend reports about one goal.
pub(super) struct Listener<'a> {
    pub(super) formulation: &'a Formulation<'a>,
    pub(super) checker: &'a Checker<'a>,
    pub(super) stop: &'a Stop,
    pub(super) goal: usize,
    pub(super) limits: &'a [Cost],
    pub(super) incumbent: &'a mut Option<(Placement, Verdict)>,
    pub(super) program: &'a Program,
    pub(super) sum: &'a TermSum,
    pub(super) first: Option<f64>,
    pub(super) bound: Option<Cost>,
}

impl Listener<'_> {
    /// Keeps what is better.
    pub(super) fn hear(&mut self, event: MilpEvent) {
        match event {
            MilpEvent::Incumbent(values) => {
                self.first.get_or_insert_with(|| self.program.objective(&values));
                let placement = self.formulation.placement(&values);
                let verdict = self.checker.check(&placement);
                if verdict.is_feasible() && self.is_better(&verdict.score) {
                    *self.incumbent = Some((placement, verdict));
                    self.report(true);
                }
            }
            MilpEvent::Bound(bound) => {
                if self.prove(bound) {
                    self.report(false);
                }
            }
        }
    }

    /// Whether a feasible placement of that score is better, the earlier goals being within their limits.
    fn is_better(&self, score: &Score) -> bool {
        let within = score.totals.iter().zip(self.limits).all(|(total, limit)| total <= limit);
        let known = self.incumbent.as_ref().map(|(_, verdict)| &verdict.score);
        within && known.is_none_or(|known| score.totals[self.goal..] < known.totals[self.goal..])
    }

    /// Lowers a bound of HiGHS by all that rounding may have added; whether that is better than what was known.
    pub(super) fn prove(&mut self, bound: f64) -> bool {
        if !bound.is_finite() {
            return false;
        }
        let error = RELATIVE_ERROR * bound.abs() + ABSOLUTE_ERROR * self.program.scale + self.sum.below;
        let proven = (bound - error).ceil() as Cost;
        let better = self.bound.is_none_or(|known| proven > known);
        self.bound = self.bound.max(Some(proven));
        better
    }

    fn report(&self, is_new: bool) {
        if let Some((placement, verdict)) = &self.incumbent {
            let (goal, total, bound) = (self.goal, verdict.score.totals[self.goal], self.bound);
            let placement = is_new.then_some(placement);
            self.stop.report(&Progress { goal, total, steps: 0, bound, placement });
        }
    }
}
