//! C1b: the power the hosts of a domain draw together.

use crate::check::Tally;
use crate::ids::{DomainId, HostId, PartitionId};
use crate::objective::energy_slope;
use crate::quantity::Ratio;
use crate::violation::Row;

use super::Violations;

/// Sum over the hosts of a domain of idle + round(slope x demand / capacity) <= power, in mW, at every step.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let problem = tally.problem;
    for (partition, id) in
        problem.partitions.iter().zip(0..).filter(|(p, _)| p.domains.iter().any(|d| d.power_mw.is_some()))
    {
        let id = PartitionId(id);
        for step in 0..problem.steps() {
            let mut loads = vec![0; partition.domains.len()];
            for host in problem.host_ids() {
                loads[problem.domain(id, host).index()] += power(tally, host, step);
            }
            for (index, domain) in partition.domains.iter().enumerate() {
                if let Some(limit) = domain.power_mw {
                    let row = Row::Power { partition: id, domain: DomainId::new(index), step: step as u32 };
                    violations.at_most(row, loads[index], limit);
                }
            }
        }
    }
}

/// Power of `host` at `step` in mW; 0 where there is no power data.
fn power(tally: &Tally, host: HostId, step: usize) -> i64 {
    let Some(power) = tally.problem.host(host).power else { return 0 };
    let idle = if tally.is_powered(host) { power.idle_mw } else { 0 };
    let slope = energy_slope(tally.problem, host).map_or(0, |(resource, capacity)| {
        Ratio::new(power.slope_mw.into(), capacity.into()).times(tally.demand(host, resource, step).into())
    });
    idle + slope
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::PowerDraft;

    use super::*;

    #[test]
    fn idle_power_counts_where_something_runs_or_nobody_switches_off() {
        let mut draft = draft(4);
        draft.domains[0].power_w = Some(220.0);
        for (host, power_managed) in [(0, false), (1, true)] {
            draft.hosts[host].power = Some(PowerDraft { idle_w: 100.0, max_w: 150.0, power_managed });
        }
        serve(&mut draft, "web", &[Some(0), Some(2)]);
        let problem = draft.build().unwrap();
        // 100 W + 10 % of 50 W, h1 is off.
        assert_eq!(excesses(&problem, &[]), []);
        let row = Row::Power { partition: PartitionId(1), domain: DomainId(0), step: 0 };
        // 2 x 105 W; then 220 W would be reached at 20 % of each.
        assert_eq!(excesses(&problem, &[(1, 1)]), []);
        draft.domains[0].power_w = Some(209.0);
        assert_eq!(excesses(&draft.build().unwrap(), &[(1, 1)]), [(row, 1000)]);
    }
}
