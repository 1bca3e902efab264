//! Rows that are violated in every placement.

use colocate_model::{HostId, HostState, PPM, Problem, UNLIMITED};

use super::{Totals, only_host, start_demand};

/// The most one row counts.
const MOST_PPM: i128 = 1_000_000_000_000;

/// The least violation of any placement: load that no host has capacity for, and components that may not leave where
/// they should not be.
pub(super) fn least(totals: &Totals<'_>) -> i128 {
    let problem = totals.problem;
    let resources = 0..problem.resources.len();
    let steps = |resource| (0..problem.steps()).map(move |step| (resource, step));
    let rows: i128 = resources.flat_map(steps).map(|(resource, step)| overfull(totals, resource, step)).sum();
    rows + misplaced(problem)
}

/// Excess over the capacities of the hosts: of each for certain, or of all together.
fn overfull(totals: &Totals<'_>, resource: usize, step: usize) -> i128 {
    let problem = totals.problem;
    let dimension = resource * problem.steps() + step;
    let (mut largest, mut certain, mut lacking) = (1, 0, Some(totals.demand(resource, step)));
    for host in problem.host_ids() {
        let at = problem.host(host);
        if at.capacity[resource] == UNLIMITED {
            lacking = None;
            continue;
        }
        let capacity = i128::from(at.capacity[resource]);
        let present = i128::from(at.base[resource]) + i128::from(at.held[dimension]);
        certain += ppm(present + totals.forced(host, resource, step) - capacity, capacity.max(1));
        lacking = lacking.map(|lacking| lacking + present - capacity);
        largest = largest.max(capacity);
    }
    certain.max(lacking.map_or(0, |lacking| ppm(lacking, largest)))
}

/// Excess in ppm of the capacity, rounded up.
fn ppm(excess: i128, capacity: i128) -> i128 {
    let ppm = excess.max(0) * i128::from(PPM);
    ((ppm + capacity - 1) / capacity).min(MOST_PPM)
}

/// C6, for components that have no other place.
fn misplaced(problem: &Problem) -> i128 {
    let unfit = |host: HostId, set: u32, pinned: bool| {
        problem.host(host).state != HostState::Ready
            || !pinned && !problem.host_sets[set as usize].contains(host)
    };
    let start = start_demand(problem);
    let stuck = problem.component_ids().filter(|&id| {
        let c = problem.component(id);
        only_host(problem, &start, id).is_some_and(|host| unfit(host, c.host_set, c.pinned))
    });
    stuck.count() as i128 * i128::from(PPM)
}
