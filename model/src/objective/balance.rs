//! ROADEF's balance triples and the highest utilisation of each resource.

use crate::check::Tally;
use crate::ids::{HostId, ResourceId};
use crate::problem::Balance;
use crate::quantity::{Cost, PPM, Ratio, UNLIMITED};

use super::mean;

/// Sum over triples and hosts of round(weight x mean of max(0, target x free k1 - free k2)), and, where the policy
/// wants it, over resources of round(mean of the highest utilisation in ppm).
pub(super) fn value(tally: &Tally) -> Cost {
    let problem = tally.problem;
    let triples = problem.balances.iter();
    let triples: Cost =
        triples.flat_map(|triple| problem.host_ids().map(|host| imbalance(tally, triple, host))).sum();
    if !problem.policy.peak_utilisation {
        return triples;
    }
    let resources = (0..problem.resources.len()).map(ResourceId::new);
    let peaks = resources.map(|resource| mean(problem, Ratio::ONE, |step| peak(tally, resource, step)));
    triples + peaks.sum::<Cost>()
}

/// What `triple` costs on `host`; nothing where either resource is unlimited.
fn imbalance(tally: &Tally, triple: &Balance, host: HostId) -> Cost {
    let capacity = |resource: ResourceId| tally.problem.host(host).capacity[resource.index()];
    if capacity(triple.first) == UNLIMITED || capacity(triple.second) == UNLIMITED {
        return 0;
    }
    let free = |resource, step| i128::from(capacity(resource) - tally.load(host, resource, step));
    let missing = |step| i128::from(triple.target) * free(triple.first, step) - free(triple.second, step);
    mean(tally.problem, Ratio::new(triple.weight.into(), 1), |step| missing(step).max(0))
}

/// The highest utilisation in ppm, rounded down, at least 0; hosts of unlimited or no capacity have none.
fn peak(tally: &Tally, resource: ResourceId, step: usize) -> i128 {
    let hosts = tally.problem.host_ids().filter_map(|host| {
        let capacity = tally.problem.host(host).capacity[resource.index()];
        let load = i128::from(tally.load(host, resource, step)).max(0);
        (capacity != UNLIMITED && capacity > 0).then(|| load * i128::from(PPM) / i128::from(capacity))
    });
    hosts.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, serve, value};
    use crate::draft::{BalanceDraft, ResourceDraft};
    use crate::score::Term;

    #[test]
    fn free_k1_wants_free_k2_beside_it() {
        let mut draft = draft(2);
        draft.resources.push(ResourceDraft::used("memory", "bytes"));
        draft.hosts[0].capacity.insert("memory".into(), 0);
        serve(&mut draft, "web", &[Some(0)]);
        let (first, second) = ("cpu".into(), "memory".into());
        draft.balances.push(BalanceDraft { first, second, target: 2, weight: 3 });
        let problem = draft.build().unwrap();
        // 3 x (2 x 90 - 0) on h0; on h1 memory is not limited.
        assert_eq!(value(&problem, Term::Balance, &[]), 540);
        assert_eq!(value(&problem, Term::Balance, &[(0, 1)]), 600);
    }

    #[test]
    fn the_highest_utilisation_of_each_resource_counts_where_it_is_wanted() {
        let mut draft = draft(2);
        draft.policy.peak_utilisation = true;
        draft.hosts[1].capacity.insert("cpu".into(), 30);
        serve(&mut draft, "web", &[Some(0), Some(0)]);
        let problem = draft.build().unwrap();
        assert_eq!(value(&problem, Term::Balance, &[]), 200_000);
        assert_eq!(value(&problem, Term::Balance, &[(0, 1)]), 333_333);
    }
}
