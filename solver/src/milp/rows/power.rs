//! C1b: power of the hosts of a domain.

use colocate_model::{DomainId, HostId, PartitionId, Row};
use good_lp::Expression;

use crate::milp::formulation::Formulation;
use crate::milp::terms;

/// Idle power of hosts that are on, and slope x demand / capacity, rounded a host.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for (index, partition) in problem.partitions.iter().enumerate() {
        for (domain, limits) in partition.domains.iter().enumerate() {
            let Some(limit) = limits.power_mw else { continue };
            let (partition, domain) = (PartitionId::new(index), DomainId::new(domain));
            let hosts: Vec<HostId> =
                problem.host_ids().filter(|&host| problem.domain(partition, host) == domain).collect();
            let on: Vec<(HostId, Expression)> =
                hosts.iter().map(|&host| (host, idle(formulation, host))).collect();
            for step in 0..problem.steps() {
                let (mut power, mut error) = (Expression::default(), 0.0);
                for (host, idle) in &on {
                    power += idle;
                    error += add_slope(formulation, *host, step, &mut power);
                }
                let row = Row::Power { partition, domain, step: step as u32 };
                formulation.elastic(row, power, limit, error);
            }
        }
    }
}

fn idle(formulation: &mut Formulation<'_>, host: HostId) -> Expression {
    let Some(power) = formulation.problem.host(host).power else { return Expression::default() };
    let on = if power.power_managed { formulation.is_used(host) } else { Expression::from(1.0) };
    on * power.idle_mw as f64
}

/// Adds what `host` draws above idling; returns how much rounding may take away.
fn add_slope(formulation: &Formulation<'_>, host: HostId, step: usize, power: &mut Expression) -> f64 {
    let problem = formulation.problem;
    let data = problem.host(host).power;
    let (Some(data), Some((resource, capacity))) = (data, terms::energy_slope(problem, host)) else {
        return 0.0;
    };
    let dimension = resource.index() * problem.steps() + step;
    power.add_mul(data.slope_mw as f64 / capacity as f64, formulation.demand(host, dimension));
    0.5
}
