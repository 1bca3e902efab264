//! Simulated annealing over small moves, one goal at a time.

use colocate_model::Cost;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::moves::propose;
use super::phase::Phase;
use crate::state::{Change, SearchState};

/// Makes one proposal and keeps it by the Metropolis rule at `temperature`; what would undo it, if it was kept.
///
/// # Source
/// Kirkpatrick, Gelatt and Vecchi (1983), "Optimization by Simulated Annealing".
pub(crate) fn step(
    state: &mut SearchState<'_>,
    phase: &Phase,
    temperature: f64,
    rng: &mut Pcg64Mcg,
) -> Option<Vec<Change>> {
    let mut changes = propose(state, rng)?;
    // The Metropolis rule, with the random number drawn first: keep what is worse by at most this.
    let slack = (-temperature * rng.random::<f64>().max(f64::MIN_POSITIVE).ln()) as Cost;
    let goal = &state.problem().policy.goals[phase.goal];
    if state.evaluate(&changes, goal).is_some_and(|worse| worse > slack) {
        return None;
    }
    let before = phase.total(state);
    state.apply(&mut changes);
    let kept = phase.total(state) - before <= slack && phase.admits(state);
    if !kept {
        state.undo(&changes);
    }
    kept.then_some(changes)
}
