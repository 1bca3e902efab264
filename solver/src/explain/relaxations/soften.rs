//! Placements that break rows, at the least price that is found.

use colocate_model::{ComponentId, HostId, Placement, Problem, Row, Term};

use super::super::obstacles::involved;
use super::super::relax::shared;
use super::Target;
use crate::search::{SearchParams, search};
use crate::state::SearchState;
use crate::stop::Stop;

/// Moves made one after the other.
const MOVES: usize = 32;
/// Components tried for each of them.
const COMPONENTS: usize = 64;

/// Puts components without a host, and then those involved in the target, where the violation is least, whatever rows
/// that breaks, while it gets less.
///
/// The only goal of `problem` is the violation. What is done until `stop` counts. Time O(moves x components x hosts).
pub(super) fn soften(problem: &Problem, base: &Placement, target: Target, stop: &Stop) -> Placement {
    let mut state = SearchState::new(problem);
    state.restore(base);
    let homeless: Vec<ComponentId> = problem.component_ids().filter(|&id| state.host(id).is_none()).collect();
    for component in homeless {
        if stop.reason().is_some() {
            break;
        }
        if let Some((_, host)) = cheapest(&mut state, component) {
            state.set(component, Some(host));
        }
    }
    let Target::Limit(limit) = target else { return state.placement().clone() };
    for _ in 0..MOVES {
        let before = state.terms().get(Term::Violation);
        let mut best: Option<(i64, ComponentId, HostId)> = None;
        for component in involved_in(problem, state.placement(), limit) {
            if stop.reason().is_some() {
                return state.placement().clone();
            }
            let Some((violation, host)) = cheapest(&mut state, component) else { continue };
            if violation < best.map_or(before, |known| known.0) {
                best = Some((violation, component, host));
            }
        }
        let Some((_, component, host)) = best else { break };
        state.set(component, Some(host));
    }
    state.placement().clone()
}

/// Lets the search reduce what a placement breaks while components that had no host stay placed.
///
/// In the problem that is searched, these are where `placement` has them from the start, so that what they break there
/// may stay broken but not get worse.
pub(super) fn refine(
    problem: &Problem,
    placement: &Placement,
    params: &SearchParams,
    stop: &Stop,
) -> Option<Placement> {
    let mut placed = problem.clone();
    for (component, host) in placement.iter() {
        let c = &mut placed.components[component.index()];
        c.initial = c.initial.or(host);
    }
    let mut state = SearchState::new(&placed);
    if !state.is_feasible() {
        return None;
    }
    search(&mut state, params, stop);
    Some(state.placement().clone())
}

/// The other host with the least violation for `component`, and that violation.
fn cheapest(state: &mut SearchState<'_>, component: ComponentId) -> Option<(i64, HostId)> {
    let home = state.host(component);
    let mut best: Option<(i64, HostId)> = None;
    for host in state.problem().host_ids().filter(|&host| Some(host) != home) {
        state.set(component, Some(host));
        let violation = state.terms().get(Term::Violation);
        if best.is_none_or(|known| violation < known.0) {
            best = Some((violation, host));
        }
    }
    state.set(component, home);
    best
}

fn involved_in(problem: &Problem, placement: &Placement, limit: Row) -> Vec<ComponentId> {
    let at = |step: u32| match limit {
        Row::HostCapacity { host, resource, .. } => Row::HostCapacity { host, resource, step },
        Row::DomainCapacity { partition, domain, resource, .. } => {
            Row::DomainCapacity { partition, domain, resource, step }
        }
        other => other,
    };
    let mut components = Vec::new();
    for step in 0..problem.steps() as u32 {
        let row = at(step);
        debug_assert_eq!(shared(row), limit);
        for component in involved(problem, placement, row) {
            if !components.contains(&component) {
                components.push(component);
            }
        }
        if components.len() >= COMPONENTS || row == limit && step > 0 {
            break;
        }
    }
    components.truncate(COMPONENTS);
    components
}
