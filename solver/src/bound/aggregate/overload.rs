//! Load above the soft limits of hosts and domains.

use colocate_model::{Amount, HostId, Problem, Ratio, UNLIMITED};

use super::{Totals, room, rounded, start_demand};

/// A host or a domain.
struct Site {
    /// `None` where load costs nothing.
    soft_limit: Option<i128>,
    base: i128,
    /// Demand that is there in every placement.
    forced: i128,
    /// The most demand it can take; `None` without a limit.
    room: Option<i128>,
}

/// The least overload of any placement.
pub(super) fn least(totals: &Totals<'_>) -> i128 {
    let problem = totals.problem;
    let start = start_demand(problem);
    let resources = 0..problem.resources.len();
    resources.map(|resource| hosts(totals, &start, resource) + domains(totals, &start, resource)).sum()
}

fn hosts(totals: &Totals<'_>, start: &[i64], resource: usize) -> i128 {
    let problem = totals.problem;
    let limited = problem.hosts.iter().filter(|host| host.soft_limit[resource] != UNLIMITED).count();
    let sites = |step| problem.host_ids().map(|host| site(totals, start, host, resource, step)).collect();
    cost(totals, resource, limited, sites)
}

fn domains(totals: &Totals<'_>, start: &[i64], resource: usize) -> i128 {
    let problem = totals.problem;
    let partition = |partition: &colocate_model::Partition| {
        let limited =
            partition.domains.iter().filter(|domain| domain.soft_limit[resource] != UNLIMITED).count();
        if limited == 0 {
            return 0;
        }
        let sites = |step| {
            let empty = |domain: &colocate_model::Domain| Site {
                soft_limit: limit(domain.soft_limit[resource]),
                base: 0,
                forced: 0,
                room: Some(0),
            };
            let mut sites: Vec<Site> = partition.domains.iter().map(empty).collect();
            for host in problem.host_ids() {
                let part = site(totals, start, host, resource, step);
                let whole = &mut sites[partition.domain_of[host.index()].index()];
                whole.base += part.base;
                whole.forced += part.forced;
                whole.room = whole.room.zip(part.room).map(|(a, b)| a + b.max(0));
            }
            sites
        };
        cost(totals, resource, limited, sites)
    };
    problem.partitions.iter().map(partition).sum()
}

fn site(totals: &Totals<'_>, start: &[i64], host: HostId, resource: usize, step: usize) -> Site {
    let problem: &Problem = totals.problem;
    let at = problem.host(host);
    Site {
        soft_limit: limit(at.soft_limit[resource]),
        base: at.base[resource].into(),
        forced: totals.forced(host, resource, step),
        room: room(problem, start, host, resource, step),
    }
}

fn limit(amount: Amount) -> Option<i128> {
    (amount != UNLIMITED).then_some(amount.into())
}

/// What the sites of a partition cost at least in `resource`; `limited` of them have a soft limit.
fn cost(totals: &Totals<'_>, resource: usize, limited: usize, sites: impl Fn(usize) -> Vec<Site>) -> i128 {
    let problem = totals.problem;
    let weight = problem.policy.overload_weight[resource];
    let horizon = Ratio::new(1, problem.total_step_weight().into());
    let Some(factor) = weight.checked_mul(horizon).filter(|_| limited > 0) else { return 0 };
    let excess = totals.weighted(|step| excess(&sites(step), totals.demand(resource, step)));
    rounded(factor, excess, limited)
}

/// The least sum of max(0, load - soft limit): what every site has for certain, or what does not go into all of them.
fn excess(sites: &[Site], demand: i128) -> i128 {
    let certain = |site: &Site| site.soft_limit.map_or(0, |soft| (site.base + site.forced - soft).max(0));
    let space = |site: &Site| match site.soft_limit {
        Some(soft) => Some(soft - site.base),
        None => site.room.map(|room| room.max(0)),
    };
    let together = sites.iter().map(space).sum::<Option<i128>>().map_or(0, |space| demand - space);
    sites.iter().map(certain).sum::<i128>().max(together)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(soft_limit: Option<i128>, room: Option<i128>, forced: i128) -> Site {
        Site { soft_limit, base: 0, forced, room }
    }

    #[test]
    fn what_goes_nowhere_else_is_over_the_soft_limits() {
        let limited = [site(Some(10), Some(20), 0), site(Some(5), Some(20), 0)];
        assert_eq!(excess(&limited, 12), 0);
        assert_eq!(excess(&limited, 18), 3);
        let open = [site(Some(10), Some(20), 12), site(None, Some(4), 0)];
        assert_eq!(excess(&open, 12), 2);
        assert_eq!(excess(&open, 17), 3);
        assert_eq!(excess(&[site(Some(10), Some(20), 0), site(None, None, 0)], 99), 0);
    }
}
