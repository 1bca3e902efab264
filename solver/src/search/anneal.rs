//! Simulated annealing over small moves, one goal at a time.

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
    let before = phase.total(state);
    state.apply(&mut changes);
    let worse = phase.total(state) - before;
    let kept = phase.admits(state)
        && (worse <= 0 || (temperature > 0.0 && rng.random::<f64>() < (-(worse as f64) / temperature).exp()));
    if !kept {
        state.undo(&changes);
    }
    kept.then_some(changes)
}
