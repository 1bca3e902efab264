//! What each directive of a plan changes.

use colocate_model::{ComponentId, Contribution, HostId, Problem};

use super::difference;
use crate::state::SearchState;

/// Follows `steps` from the start of `problem`, in order, and notes the terms of every prefix.
///
/// Terms that no goal counts are 0. Time O(steps x the change of one).
#[must_use]
pub fn contributions(problem: &Problem, steps: &[(ComponentId, HostId)]) -> Vec<Contribution> {
    let mut state = SearchState::new(problem);
    let mut contributions = Vec::with_capacity(steps.len());
    for &(component, target) in steps {
        let (source, before) = (state.host(component), *state.terms());
        state.set(component, Some(target));
        let gain = difference(&before, state.terms());
        contributions.push(Contribution { component, source, target, gain });
    }
    contributions
}
