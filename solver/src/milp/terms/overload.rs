//! Load above the soft limits of hosts and domains.

use colocate_model::{Amount, DomainId, PartitionId, ResourceId, Term, UNLIMITED};
use good_lp::Expression;

use crate::milp::formulation::Formulation;

use super::step_factor;

/// Sum of round(weight x mean over the horizon of max(0, load - soft limit)).
pub(super) fn add(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for resource in (0..problem.resources.len()).map(ResourceId::new) {
        for host in problem.host_ids() {
            let soft_limit = problem.host(host).soft_limit[resource.index()];
            add_one(formulation, resource, soft_limit, |formulation, dimension| {
                formulation.load(host, dimension)
            });
        }
        for (index, partition) in problem.partitions.iter().enumerate() {
            for (domain, limits) in partition.domains.iter().enumerate() {
                let (partition, domain) = (PartitionId::new(index), DomainId::new(domain));
                add_one(
                    formulation,
                    resource,
                    limits.soft_limit[resource.index()],
                    |formulation, dimension| formulation.domain_load(partition, domain, dimension),
                );
            }
        }
    }
}

fn add_one(
    formulation: &mut Formulation<'_>,
    resource: ResourceId,
    soft_limit: Amount,
    load: impl Fn(&Formulation<'_>, usize) -> Expression,
) {
    let problem = formulation.problem;
    let weight = problem.policy.overload_weight[resource.index()];
    if soft_limit == UNLIMITED || weight.numerator == 0 {
        return;
    }
    let mut is_whole = true;
    for step in 0..problem.steps() {
        let above = load(formulation, resource.index() * problem.steps() + step) - soft_limit as f64;
        let overload = formulation.at_least([above]);
        let (factor, whole) = step_factor(problem, weight, step);
        formulation.term(Term::Overload).add(factor, overload);
        is_whole &= whole;
    }
    formulation.term(Term::Overload).rounded(is_whole);
}
