//! C1, C1b and C2: hosts and domains hold no more than they can.

use colocate_model::{DomainId, PartitionId, ResourceId, Row, UNLIMITED};

use crate::milp::formulation::Formulation;

/// load + held (+ what left, where the resource is transient) of a host, and load of a domain, at most capacity.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for resource in (0..problem.resources.len()).map(ResourceId::new) {
        for step in 0..problem.steps() {
            host_rows(formulation, resource, step);
            domain_rows(formulation, resource, step);
        }
    }
}

fn host_rows(formulation: &mut Formulation<'_>, resource: ResourceId, step: usize) {
    let problem = formulation.problem;
    let dimension = resource.index() * problem.steps() + step;
    let transient = problem.resources[resource.index()].transient;
    for host in problem.host_ids() {
        let capacity = problem.host(host).capacity[resource.index()];
        if capacity == UNLIMITED {
            continue;
        }
        let mut load = formulation.load(host, dimension) + problem.host(host).held[dimension] as f64;
        if transient {
            let left = formulation
                .blocks
                .iter()
                .filter(|block| block.source == Some(host) && problem.component(block.first()).is_settled());
            left.for_each(|block| {
                load.add_mul(problem.demand(block.first())[dimension] as f64, block.moved());
            });
        }
        formulation.elastic(Row::HostCapacity { host, resource, step: step as u32 }, load, capacity, 0.0);
    }
}

fn domain_rows(formulation: &mut Formulation<'_>, resource: ResourceId, step: usize) {
    let problem = formulation.problem;
    let dimension = resource.index() * problem.steps() + step;
    for (index, partition) in problem.partitions.iter().enumerate() {
        for (domain, limits) in partition.domains.iter().enumerate() {
            let capacity = limits.capacity[resource.index()];
            if capacity != UNLIMITED {
                let (partition, domain) = (PartitionId::new(index), DomainId::new(domain));
                let load = formulation.domain_load(partition, domain, dimension);
                let row = Row::DomainCapacity { partition, domain, resource, step: step as u32 };
                formulation.elastic(row, load, capacity, 0.0);
            }
        }
    }
}
