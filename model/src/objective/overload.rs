//! Load above the soft limits of hosts and domains.

use crate::check::Tally;
use crate::ids::{PartitionId, ResourceId};
use crate::quantity::{Amount, Cost, UNLIMITED};

use super::mean;

/// Sum over hosts, domains and resources with a soft limit of
/// round(weight x mean over the horizon of max(0, load - soft limit)).
pub(super) fn value(tally: &Tally) -> Cost {
    (0..tally.problem.resources.len()).map(|resource| resource_value(tally, ResourceId::new(resource))).sum()
}

fn resource_value(tally: &Tally, resource: ResourceId) -> Cost {
    let hosts = tally.problem.host_ids().map(|host| {
        let soft_limit = tally.problem.host(host).soft_limit[resource.index()];
        overload(tally, resource, soft_limit, |step| tally.load(host, resource, step))
    });
    let partitions = (0..tally.problem.partitions.len()).map(PartitionId::new);
    hosts.sum::<Cost>() + partitions.map(|partition| domains_value(tally, partition, resource)).sum::<Cost>()
}

fn domains_value(tally: &Tally, partition: PartitionId, resource: ResourceId) -> Cost {
    let domains = &tally.problem.partitions[partition.index()].domains;
    if domains.iter().all(|domain| domain.soft_limit[resource.index()] == UNLIMITED) {
        return 0;
    }
    let steps = 0..tally.problem.steps();
    let loads: Vec<_> = steps.map(|step| tally.domain_loads(partition, resource, step)).collect();
    let costs = domains.iter().enumerate().map(|(index, domain)| {
        overload(tally, resource, domain.soft_limit[resource.index()], |step| loads[step][index])
    });
    costs.sum()
}

fn overload(tally: &Tally, resource: ResourceId, soft_limit: Amount, load: impl Fn(usize) -> Amount) -> Cost {
    if soft_limit == UNLIMITED {
        return 0;
    }
    let weight = tally.problem.policy.overload_weight[resource.index()];
    mean(tally.problem, weight, |step| (load(step) - soft_limit).max(0).into())
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::score::Term;

    #[test]
    fn load_above_the_soft_limits_of_hosts_and_domains_costs_its_weight() {
        let mut draft = draft(2);
        draft.policy.overload_weights = [("cpu".to_owned(), 2.0)].into();
        draft.hosts[0].soft_limit.insert("cpu".into(), 15);
        serve(&mut draft, "web", &[Some(0), Some(0)]);
        let problem = draft.build().unwrap();
        assert_eq!(value(&problem, Term::Overload, &[]), 10);
        assert_eq!(value(&problem, Term::Overload, &[(0, 1)]), 0);
        draft.domains[0].soft_limit.insert("cpu".into(), 8);
        assert_eq!(value(&draft.build().unwrap(), Term::Overload, &[(0, 1)]), 24);
    }

    #[test]
    fn the_mean_over_the_horizon_is_rounded_half_up() {
        let mut draft = draft(1);
        draft.policy.overload_weights = [("cpu".to_owned(), 1.0)].into();
        draft.hosts[0].soft_limit.insert("cpu".into(), 10);
        serve(&mut draft, "web", &[Some(0)]);
        draft.forecast = Some(super::super::tests::forecast("web.0", &[11.0, 4.0]));
        assert_eq!(value(&draft.build().unwrap(), Term::Overload, &[]), 1);
    }
}
