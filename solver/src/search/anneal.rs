//! Simulated annealing over relocations and swaps, one goal at a time.

use colocate_model::{ComponentId, HostId, Problem};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::phase::Phase;
use crate::state::{Change, SearchState};

/// Share of proposals that are swaps.
const SWAP_SHARE: f64 = 0.5;
/// Share of proposals that go home: what has left a host still counts there in transient resources.
const HOME_SHARE: f64 = 0.3;
/// Share of proposals that go to the host of a traffic neighbour, where there is one.
const NEIGHBOUR_SHARE: f64 = 0.5;

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

/// A relocation or a swap that fits where it goes.
fn propose(state: &SearchState<'_>, rng: &mut Pcg64Mcg) -> Option<Vec<Change>> {
    let problem = state.problem();
    let component = ComponentId::new(rng.random_range(0..problem.components.len()));
    let from = state.host(component)?;
    let to = target(state, problem, component, rng);
    if to == from {
        return None;
    }
    if rng.random::<f64>() >= SWAP_SHARE {
        return state.fits(component, to).then(|| vec![Change { component, to: Some(to) }]);
    }
    let members = state.members(to);
    if members.is_empty() {
        return None;
    }
    let other = members[rng.random_range(0..members.len())];
    let fits = state.fits_without(component, to, other) && state.fits_without(other, from, component);
    fits.then(|| vec![Change { component, to: Some(to) }, Change { component: other, to: Some(from) }])
}

/// A host to go to: that of a traffic neighbour, or any.
fn target(state: &SearchState<'_>, problem: &Problem, component: ComponentId, rng: &mut Pcg64Mcg) -> HostId {
    let any = HostId::new(rng.random_range(0..problem.hosts.len()));
    if rng.random::<f64>() < HOME_SHARE {
        return problem.component(component).initial.unwrap_or(any);
    }
    let groups = &problem.component(component).groups;
    if groups.is_empty() || rng.random::<f64>() >= NEIGHBOUR_SHARE {
        return any;
    }
    let group = groups[rng.random_range(0..groups.len())];
    let edges = &problem.traffic.groups[group.index()].edges;
    let edge = &problem.traffic.edges[edges[rng.random_range(0..edges.len())].index()];
    let other = if edge.from == group { edge.to } else { edge.from };
    let members = &problem.traffic.groups[other.index()].members;
    state.host(members[rng.random_range(0..members.len())]).unwrap_or(any)
}
