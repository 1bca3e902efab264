//! How full racks are before and after a plan.

use colocate_model::{Amount, Placement, Problem, ResourceId, UNLIMITED};

use crate::report;

/// Load of every rack in `resource`, per step.
pub(crate) fn loads(problem: &Problem, placement: &Placement, resource: ResourceId) -> Vec<Vec<Amount>> {
    let racks = problem.racks();
    let steps = problem.steps();
    let mut loads = vec![vec![0; steps]; problem.partitions[racks.index()].domains.len()];
    for host in problem.host_ids() {
        let base = problem.host(host).base[resource.index()];
        loads[problem.domain(racks, host).index()].iter_mut().for_each(|load| *load += base);
    }
    for (component, host) in placement.iter() {
        let Some(host) = host else { continue };
        let load = &mut loads[problem.domain(racks, host).index()];
        let demand = &problem.demand(component)[resource.index() * steps..][..steps];
        load.iter_mut().zip(demand).for_each(|(load, demand)| *load += demand);
    }
    loads
}

/// The highest load of a rack in a resource over the horizon.
struct Peak {
    rack: usize,
    resource: ResourceId,
    capacity: Amount,
    before: Amount,
    after: Amount,
}

/// The highest utilisation of racks over the horizon, before and after: the `shown` fullest, in the order of racks.
///
/// Racks and resources without a capacity are left out.
pub(crate) fn table(problem: &Problem, start: &Placement, end: &Placement, shown: usize) -> String {
    let racks = &problem.partitions[problem.racks().index()];
    let resources = (0..problem.resources.len()).map(ResourceId::new);
    let mut peaks: Vec<Peak> = resources.flat_map(|resource| peaks(problem, start, end, resource)).collect();
    let all = peaks.len();
    let fullness = |peak: &Peak| peak.before.max(peak.after) as f64 / peak.capacity as f64;
    peaks.sort_by(|a, b| fullness(b).total_cmp(&fullness(a)));
    peaks.truncate(shown);
    peaks.sort_by_key(|peak| (peak.resource, peak.rack));
    let mut table = report::table(&[&racks.name, "resource", "soft limit", "before", "after"]);
    for peak in &peaks {
        let percent = |amount: Amount| format!("{:.1}", amount as f64 * 100.0 / peak.capacity as f64);
        let limit = soft_limit(problem, peak);
        table.add_row([
            racks.domains[peak.rack].name.clone(),
            problem.resources[peak.resource.index()].name.clone(),
            if limit == UNLIMITED { String::new() } else { percent(limit) },
            percent(peak.before),
            percent(peak.after),
        ]);
    }
    let more = if all > shown { format!("and {} emptier\n", all - shown) } else { String::new() };
    if all == 0 { String::new() } else { format!("{table}\n{more}") }
}

/// The soft limit of a rack; where racks are single hosts, that of the host.
fn soft_limit(problem: &Problem, peak: &Peak) -> Amount {
    let racks = problem.racks();
    let of = |limits: &[Amount]| limits[peak.resource.index()];
    if racks.index() == 0 {
        of(&problem.hosts[peak.rack].soft_limit)
    } else {
        of(&problem.partitions[racks.index()].domains[peak.rack].soft_limit)
    }
}

/// The highest load in `resource` of every rack that has a capacity.
fn peaks(problem: &Problem, start: &Placement, end: &Placement, resource: ResourceId) -> Vec<Peak> {
    let racks = problem.racks();
    let mut capacity: Vec<Amount> = vec![0; problem.partitions[racks.index()].domains.len()];
    for host in problem.host_ids() {
        let sum = &mut capacity[problem.domain(racks, host).index()];
        *sum = sum.saturating_add(problem.host(host).capacity[resource.index()]);
    }
    let highest = |loads: Vec<Amount>| loads.into_iter().max().unwrap_or(0);
    let before = loads(problem, start, resource).into_iter().map(highest);
    let after = loads(problem, end, resource).into_iter().map(highest);
    let peaks = capacity.into_iter().zip(before.zip(after)).enumerate();
    let known = peaks.filter(|(_, (capacity, _))| (1..UNLIMITED).contains(capacity));
    known
        .map(|(rack, (capacity, (before, after)))| Peak { rack, resource, capacity, before, after })
        .collect()
}
