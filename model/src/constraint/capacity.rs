//! C1, C1b and C2: hosts and domains hold no more than they can.

use crate::check::Tally;
use crate::ids::{PartitionId, ResourceId};
use crate::quantity::{Amount, UNLIMITED};
use crate::violation::Row;

use super::Violations;

/// load + held (+ what left, where the resource is transient) <= capacity, for hosts; load <= capacity, for domains.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for resource in (0..tally.problem.resources.len()).map(ResourceId::new) {
        for step in 0..tally.problem.steps() {
            host_rows(tally, resource, step, violations);
            domain_rows(tally, resource, step, violations);
        }
    }
}

fn host_rows(tally: &Tally, resource: ResourceId, step: usize, violations: &mut Violations) {
    let problem = tally.problem;
    let dimension = resource.index() * problem.steps() + step;
    let mut left: Vec<Amount> = vec![0; problem.hosts.len()];
    if problem.resources[resource.index()].transient {
        for (component, source, _) in tally.moves() {
            left[source.index()] += problem.demand(component)[dimension];
        }
    }
    for host in problem.host_ids() {
        let capacity = problem.host(host).capacity[resource.index()];
        if capacity != UNLIMITED {
            let load =
                tally.load(host, resource, step) + problem.host(host).held[dimension] + left[host.index()];
            violations.at_most(Row::HostCapacity { host, resource, step: step as u32 }, load, capacity);
        }
    }
}

fn domain_rows(tally: &Tally, resource: ResourceId, step: usize, violations: &mut Violations) {
    for (partition, id) in tally.problem.partitions.iter().zip(0..) {
        let limited = |capacity: &[Amount]| capacity[resource.index()] != UNLIMITED;
        if !partition.domains.iter().any(|domain| limited(&domain.capacity)) {
            continue;
        }
        let id = PartitionId(id);
        let loads = tally.domain_loads(id, resource, step);
        for (index, domain) in partition.domains.iter().enumerate().filter(|(_, d)| limited(&d.capacity)) {
            let row = Row::DomainCapacity {
                partition: id,
                domain: crate::DomainId::new(index),
                resource,
                step: step as u32,
            };
            violations.at_most(row, loads[index], domain.capacity[resource.index()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::MovingDraft;
    use crate::ids::{DomainId, HostId};

    use super::*;

    fn host(host: u32) -> Row {
        Row::HostCapacity { host: HostId(host), resource: ResourceId(0), step: 0 }
    }

    #[test]
    fn a_host_holds_its_capacity_and_no_more() {
        let mut draft = draft(2);
        draft.hosts[0].capacity.insert("cpu".into(), 20);
        serve(&mut draft, "web", &[Some(0), Some(0), Some(1)]);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        assert_eq!(excesses(&problem, &[(2, 0)]), [(host(0), 10)]);
    }

    #[test]
    fn a_moving_component_counts_on_both_hosts() {
        let mut draft = draft(2);
        draft.hosts.iter_mut().for_each(|host| _ = host.capacity.insert("cpu".into(), 15));
        serve(&mut draft, "web", &[Some(0), Some(1)]);
        draft.moving.push(MovingDraft { component: "web.0".into(), to: "h1".into() });
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), [(host(1), 5)]);
        assert_eq!(excesses(&problem, &[(1, 0)]), [(host(0), 5)]);
    }

    #[test]
    fn a_transient_resource_is_needed_at_the_source_too() {
        let mut draft = draft(2);
        draft.resources[0].transient = true;
        draft.hosts[0].capacity.insert("cpu".into(), 10);
        serve(&mut draft, "web", &[Some(0), Some(1)]);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 1)]), []);
        assert_eq!(excesses(&problem, &[(0, 1), (1, 0)]), [(host(0), 10)]);
    }

    #[test]
    fn a_domain_holds_its_capacity_and_no_more() {
        let mut draft = draft(4);
        draft.domains[0].capacity.insert("cpu".into(), 20);
        serve(&mut draft, "web", &[Some(0), Some(1), Some(2)]);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        let (partition, domain) = (PartitionId(1), DomainId(0));
        let row = Row::DomainCapacity { partition, domain, resource: ResourceId(0), step: 0 };
        assert_eq!(excesses(&problem, &[(2, 0)]), [(row, 10)]);
    }
}
