//! One phase: a goal to minimise while the earlier ones hold.

use colocate_model::Cost;

use crate::state::SearchState;

/// What one phase minimises, and what it must keep.
#[derive(Debug, Clone)]
pub(crate) struct Phase {
    /// Position of the goal.
    pub(crate) goal: usize,
    /// The most each earlier goal may reach.
    pub(crate) limits: Vec<Cost>,
    /// Whether components may be without a host.
    pub(crate) partial: bool,
}

impl Phase {
    /// The total to minimise.
    #[inline]
    pub(crate) fn total(&self, state: &SearchState<'_>) -> Cost {
        state.total(&state.problem().policy.goals[self.goal])
    }

    /// Whether the placement is feasible (pending components apart, in a partial phase) and earlier goals are within their limits.
    #[inline]
    pub(crate) fn admits(&self, state: &SearchState<'_>) -> bool {
        (state.is_feasible() || self.partial && state.breaks_nothing()) && {
            let goals = state.problem().policy.goals.iter().zip(&self.limits);
            goals.into_iter().all(|(goal, &limit)| state.total(goal) <= limit)
        }
    }
}
