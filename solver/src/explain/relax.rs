//! The problem with some rows raised.

use std::collections::BTreeMap;

use colocate_model::quantity::excess_ppm;
use colocate_model::{
    Amount, ComponentId, Cost, DomainId, HostId, HostSet, HostState, PPM, Problem, Row, ServiceId, UNLIMITED,
};

/// The problem with the limits of `rows` raised by these amounts, in the units of the rows.
///
/// A limit that several rows share (the steps of a capacity, the services of a budget) is raised by the largest of
/// their amounts. What has no limit to raise is let go: an exclusion, a dependency, a latency ceiling, a move group, the
/// limit on the latency of migrations. A move in progress that is let go becomes one that budgets count. A component
/// without a host still needs one.
#[must_use]
pub fn relax(problem: &Problem, rows: &[(Row, i64)]) -> Problem {
    let mut relaxed = problem.clone();
    let mut limits: BTreeMap<Row, i64> = BTreeMap::new();
    for &(row, amount) in rows {
        let known = limits.entry(shared(row)).or_insert(0);
        *known = amount.max(*known);
    }
    limits.into_iter().filter(|&(_, amount)| amount > 0).for_each(|(row, amount)| {
        raise(&mut relaxed, row, amount);
    });
    relaxed
}

/// `amount` of `row` in parts per million of its limit; 10^6 a unit where the row counts.
#[must_use]
pub fn weight(problem: &Problem, row: Row, amount: i64) -> Cost {
    let budgets = &problem.policy.budgets;
    let of = |limits: &[(colocate_model::PartitionId, i64)], partition| {
        limits.iter().find(|limit| limit.0 == partition).map_or(1, |limit| limit.1)
    };
    let limit = match row {
        Row::HostCapacity { host, resource, .. } => problem.host(host).capacity[resource.index()],
        Row::DomainCapacity { partition, domain, resource, .. } => {
            problem.partitions[partition.index()].domains[domain.index()].capacity[resource.index()]
        }
        Row::Uplink { partition, domain, .. } => {
            problem.partitions[partition.index()].domains[domain.index()].uplink.unwrap_or(1)
        }
        Row::Power { partition, domain, .. } => {
            problem.partitions[partition.index()].domains[domain.index()].power_mw.unwrap_or(1)
        }
        Row::MoveBudget => budgets.moves.unwrap_or(1),
        Row::ByteBudget => budgets.bytes.unwrap_or(1),
        Row::ServiceBudget { .. } => budgets.moves_per_service.unwrap_or(1),
        Row::SourceBudget { partition, .. } => of(&budgets.moves_per_source, partition),
        Row::TargetBudget { partition, .. } => of(&budgets.moves_per_target, partition),
        _ => return amount.saturating_mul(PPM),
    };
    excess_ppm(amount, limit)
}

/// The row that stands for all that share its limit.
pub(super) fn shared(row: Row) -> Row {
    match row {
        Row::HostCapacity { host, resource, .. } => Row::HostCapacity { host, resource, step: 0 },
        Row::DomainCapacity { partition, domain, resource, .. } => {
            Row::DomainCapacity { partition, domain, resource, step: 0 }
        }
        Row::Uplink { partition, domain, .. } => Row::Uplink { partition, domain, step: 0 },
        Row::Power { partition, domain, .. } => Row::Power { partition, domain, step: 0 },
        Row::ServiceBudget { .. } => Row::ServiceBudget { service: ServiceId(0) },
        Row::SourceBudget { partition, .. } => Row::SourceBudget { partition, domain: DomainId(0) },
        Row::TargetBudget { partition, .. } => Row::TargetBudget { partition, domain: DomainId(0) },
        other => other,
    }
}

fn raise(problem: &mut Problem, row: Row, amount: i64) {
    let budgets = &mut problem.policy.budgets;
    match row {
        Row::HostCapacity { host, resource, .. } => {
            add(&mut problem.hosts[host.index()].capacity[resource.index()], amount);
        }
        Row::DomainCapacity { partition, domain, resource, .. } => {
            let domain = &mut problem.partitions[partition.index()].domains[domain.index()];
            add(&mut domain.capacity[resource.index()], amount);
        }
        Row::Uplink { partition, domain, .. } => {
            let domain = &mut problem.partitions[partition.index()].domains[domain.index()];
            domain.uplink.iter_mut().for_each(|limit| add(limit, amount));
        }
        Row::Power { partition, domain, .. } => {
            let domain = &mut problem.partitions[partition.index()].domains[domain.index()];
            domain.power_mw.iter_mut().for_each(|limit| add(limit, amount));
        }
        Row::Exclusion { exclusion, .. } => problem.exclusions[exclusion as usize].members.clear(),
        Row::Spread { service, partition } => {
            let spread = &mut problem.services[service.index()].spread;
            let amount = u32::try_from(amount).unwrap_or(u32::MAX);
            spread.iter_mut().filter(|entry| entry.0 == partition).for_each(|entry| {
                entry.1 = entry.1.saturating_sub(amount);
            });
        }
        Row::Dependency { service, on, partition, .. } => {
            let needs = &mut problem.services[service.index()].depends_on;
            needs.retain(|need| need.service != on || need.within != partition);
        }
        Row::Compatibility { component, host } => allow(problem, component, host),
        Row::LatencyCeiling { service, to } => {
            problem.services[service.index()].max_latency.retain(|ceiling| ceiling.to != to);
            let services = [service, to].map(colocate_model::Endpoint::Service);
            let groups = &problem.traffic.groups;
            for edge in &mut problem.traffic.edges {
                if [edge.from, edge.to].map(|group| groups[group.index()].endpoint) == services {
                    edge.ceiling = None;
                }
            }
        }
        Row::MoveBudget => budgets.moves.iter_mut().for_each(|limit| add(limit, amount)),
        Row::ByteBudget => budgets.bytes.iter_mut().for_each(|limit| add(limit, amount)),
        Row::ServiceBudget { .. } => {
            budgets.moves_per_service.iter_mut().for_each(|limit| add(limit, amount));
        }
        Row::SourceBudget { partition, .. } => {
            let limits = budgets.moves_per_source.iter_mut();
            limits.filter(|entry| entry.0 == partition).for_each(|entry| add(&mut entry.1, amount));
        }
        Row::TargetBudget { partition, .. } => {
            let limits = budgets.moves_per_target.iter_mut();
            limits.filter(|entry| entry.0 == partition).for_each(|entry| add(&mut entry.1, amount));
        }
        Row::Moving { component } => problem.components[component.index()].moving_from = None,
        Row::MigrationLatency { .. } => problem.policy.max_migration_latency = None,
        Row::MoveGroup { group } => {
            for member in std::mem::take(&mut problem.move_groups[group as usize]) {
                problem.components[member.index()].move_group = None;
            }
        }
        Row::Unplaced { .. } => {}
    }
}

fn add(limit: &mut Amount, amount: i64) {
    if *limit != UNLIMITED {
        *limit = limit.saturating_add(amount);
    }
}

/// Lets `component` be on `host`, besides where it already may be. A host that is not ready counts as ready, which lets
/// nobody else go there: the sets of allowed hosts leave it out. Classes stay as they are, and so does what budgets count.
fn allow(problem: &mut Problem, component: ComponentId, host: HostId) {
    let c = problem.component(component);
    let (pinned, initial) = (c.pinned, c.initial);
    let known = &problem.host_sets[c.host_set as usize];
    let set = HostSet::from_fn(problem.hosts.len(), |other| {
        other == host || if pinned { initial == Some(other) } else { known.contains(other) }
    });
    problem.hosts[host.index()].state = HostState::Ready;
    problem.host_sets.push(set);
    let c = &mut problem.components[component.index()];
    c.host_set = (problem.host_sets.len() - 1) as u32;
    c.pinned = false;
}
