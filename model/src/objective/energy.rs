//! Power x price.

use crate::check::Tally;
use crate::ids::{HostId, ResourceId};
use crate::problem::Problem;
use crate::quantity::{Amount, Cost, Ratio, UNLIMITED};

use super::weighted_sum;

/// Sum over the hosts with power data of round((idle x W + slope x sum of weight x demand / capacity) x rate / W).
pub(super) fn value(tally: &Tally) -> Cost {
    tally.problem.host_ids().map(|host| host_value(tally, host)).sum()
}

fn host_value(tally: &Tally, host: HostId) -> Cost {
    let problem = tally.problem;
    let Some(power) = problem.host(host).power else { return 0 };
    let idle = if tally.is_powered(host) { power.idle_mw } else { 0 };
    let horizon = i128::from(problem.total_step_weight());
    let slope = slope(problem, host);
    // In mW x W x capacity.
    let capacity = slope.map_or(1, |(_, capacity)| i128::from(capacity));
    let demand = slope
        .map_or(0, |(resource, _)| weighted_sum(problem, |step| tally.demand(host, resource, step).into()));
    let energy = i128::from(idle) * horizon * capacity + i128::from(power.slope_mw) * demand;
    let rate = problem.policy.prices.energy_rate;
    Ratio::new(rate.numerator, rate.denominator * horizon * capacity).times(energy)
}

/// The resource whose use raises the power of `host`, and its capacity there; `None` where that is unlimited or 0.
pub(crate) fn slope(problem: &Problem, host: HostId) -> Option<(ResourceId, Amount)> {
    let resource = problem.policy.prices.energy_resource?;
    let capacity = problem.host(host).capacity[resource.index()];
    (capacity != UNLIMITED && capacity > 0).then_some((resource, capacity))
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::draft::PowerDraft;
    use crate::score::Term;

    #[test]
    fn hosts_pay_for_idling_and_for_what_they_run() {
        let mut draft = draft(2);
        for (host, power_managed) in [(0, false), (1, true)] {
            draft.hosts[host].power = Some(PowerDraft { idle_w: 100.0, max_w: 200.0, power_managed });
        }
        serve(&mut draft, "web", &[Some(0)]);
        let problem = draft.build().unwrap();
        // 0.11 kWh at 0.12 $; then 0.21 kWh, since only h1 is switched off when empty.
        assert_eq!(value(&problem, Term::Energy, &[]), 13_200_000);
        assert_eq!(value(&problem, Term::Energy, &[(0, 1)]), 25_200_000);
    }

    #[test]
    fn a_host_without_a_capacity_pays_for_idling_only() {
        let mut draft = draft(1);
        draft.hosts[0].capacity.clear();
        draft.hosts[0].power = Some(PowerDraft { idle_w: 100.0, max_w: 200.0, power_managed: true });
        serve(&mut draft, "web", &[Some(0)]);
        assert_eq!(value(&draft.build().unwrap(), Term::Energy, &[]), 12_000_000);
    }
}
