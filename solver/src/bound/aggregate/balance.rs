//! ROADEF's balance triples and the highest utilisation of each resource.

use colocate_model::{Balance, HostId, PPM, Ratio, UNLIMITED};

use super::{Totals, room, rounded, start_demand};

/// The least balance term of any placement.
pub(super) fn least(totals: &Totals<'_>) -> i128 {
    let problem = totals.problem;
    let triples: i128 = problem.balances.iter().map(|triple| imbalance(totals, triple)).sum();
    if !problem.policy.peak_utilisation {
        return triples;
    }
    let start = start_demand(problem);
    let horizon = Ratio::new(1, problem.total_step_weight().into());
    let peaks = (0..problem.resources.len())
        .map(|resource| rounded(horizon, totals.weighted(|step| peak(totals, &start, resource, step)), 1));
    triples + peaks.sum::<i128>()
}

/// Sum over the hosts of max(0, target x free k1 - free k2), as one host.
fn imbalance(totals: &Totals<'_>, triple: &Balance) -> i128 {
    let problem = totals.problem;
    let (first, second) = (triple.first.index(), triple.second.index());
    let counted = |host: &HostId| {
        let capacity = &problem.host(*host).capacity;
        capacity[first] != UNLIMITED && capacity[second] != UNLIMITED
    };
    let hosts: Vec<HostId> = problem.host_ids().filter(counted).collect();
    let all = hosts.len() == problem.hosts.len();
    if !all && triple.target < 0 {
        return 0;
    }
    let missing = |step| {
        let free = |resource: usize, load: i128| -> i128 {
            let empty = |host: &HostId| {
                let at = problem.host(*host);
                i128::from(at.capacity[resource]) - i128::from(at.base[resource])
            };
            hosts.iter().map(empty).sum::<i128>() - load
        };
        // Where some hosts do not count, all of k1 and none of k2 may be on those that do.
        let load = if all { totals.demand(second, step) } else { 0 };
        let lacking =
            free(first, totals.demand(first, step)) * i128::from(triple.target) - free(second, load);
        lacking.max(0)
    };
    let weight = Ratio::new(triple.weight.into(), problem.total_step_weight().into());
    rounded(weight, totals.weighted(missing), hosts.len())
}

/// The highest utilisation is at least that of all hosts together, and that of each with what is there for certain.
fn peak(totals: &Totals<'_>, start: &[i64], resource: usize, step: usize) -> i128 {
    let problem = totals.problem;
    let mut demand = Some(totals.demand(resource, step));
    let (mut base, mut capacity, mut highest) = (0, 0, 0);
    for host in problem.host_ids() {
        let at = problem.host(host);
        if at.capacity[resource] == UNLIMITED || at.capacity[resource] == 0 {
            // Its utilisation does not count, so that it hides what it can hold.
            let hidden = room(problem, start, host, resource, step).map(|room| room.max(0));
            demand = demand.zip(hidden).map(|(demand, hidden)| (demand - hidden).max(0));
            continue;
        }
        base += i128::from(at.base[resource]);
        capacity += i128::from(at.capacity[resource]);
        let certain = i128::from(at.base[resource]) + totals.forced(host, resource, step);
        highest = highest.max(certain * i128::from(PPM) / i128::from(at.capacity[resource]));
    }
    let load = demand.map_or(0, |demand| demand + base);
    highest.max(if capacity > 0 { load * i128::from(PPM) / capacity } else { 0 }).max(0)
}
