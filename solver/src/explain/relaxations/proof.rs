//! Where less is known not to be enough.

use colocate_model::quantity::excess_ppm;
use colocate_model::{ComponentId, Cost, HostId, PPM, Problem, Row, UNLIMITED, check};

use super::super::relax::shared;
use super::Target;

/// Whether no relaxation of less weight places everything, or no smaller amount of the only row lets the limit hold.
pub(super) fn is_least(problem: &Problem, target: Target, rows: &[(Row, i64)], weight: Cost) -> bool {
    match (target, rows) {
        (_, []) => true,
        (Target::Placed, _) => weight == least_to_place(problem),
        (Target::Limit(limit), &[(row, amount)]) if shared(row) == limit => {
            amount == least_to_hold(problem, limit)
        }
        (Target::Limit(_), _) => false,
    }
}

/// The least weight that places the pending component that is hardest to place, with every other one gone: it has to
/// be on some host, and there it needs at least what it lacks.
fn least_to_place(problem: &Problem) -> Cost {
    let start = check(problem, &problem.initial_placement());
    // A row may stay as it is at the start, so that only more than that asks for a relaxation.
    let allowed = |row: Row| {
        start.violations.iter().find(|violation| violation.row == row).map_or(0, |violation| violation.excess)
    };
    let steps = problem.steps();
    let lacks = |component: ComponentId, host: HostId| -> Cost {
        let (at, demand) = (problem.host(host), problem.demand(component));
        let mut weight = if problem.may_be_on(component, host) { 0 } else { PPM };
        for (k, resource) in (0..problem.resources.len()).zip(0..) {
            let capacity = at.capacity[k];
            if capacity == UNLIMITED {
                continue;
            }
            let over = |step: usize| {
                let load = demand[k * steps + step] + at.base[k] + at.held[k * steps + step];
                let resource = colocate_model::ResourceId(resource);
                let row = Row::HostCapacity { host, resource, step: step as u32 };
                Some(load - capacity).filter(|&over| over > allowed(row))
            };
            let most = (0..steps).filter_map(over).max().unwrap_or(0);
            weight += excess_ppm(most, capacity);
        }
        weight
    };
    let pending = problem.component_ids().filter(|&id| problem.component(id).initial.is_none());
    let least = pending.filter_map(|id| problem.host_ids().map(|host| lacks(id, host)).min());
    least.max().unwrap_or(0)
}

/// The least amount by which a limit has to be raised, because of components that may be nowhere else; 0 where nothing
/// is known.
fn least_to_hold(problem: &Problem, limit: Row) -> i64 {
    let only = |component: ComponentId, host: HostId| {
        problem.component(component).initial == Some(host)
            && problem.host_ids().all(|other| other == host || !problem.may_be_on(component, other))
    };
    match limit {
        Row::Compatibility { component, host } => i64::from(only(component, host)),
        Row::HostCapacity { host, resource, .. } => {
            let (at, steps, k) = (problem.host(host), problem.steps(), resource.index());
            let stuck: Vec<ComponentId> =
                problem.component_ids().filter(|&component| only(component, host)).collect();
            let over = |step: usize| {
                let dimension = k * steps + step;
                let demand: i64 = stuck.iter().map(|&id| problem.demand(id)[dimension]).sum();
                demand + at.base[k] + at.held[dimension] - at.capacity[k]
            };
            (0..steps).map(over).max().unwrap_or(0).max(0)
        }
        _ => 0,
    }
}
