//! Which instances call which: the flows of the traffic edges.

mod levels;
mod transportation;

use std::collections::BTreeMap;

use crate::ids::{ComponentId, EdgeId, HostId};
use crate::latency::UNKNOWN;
use crate::placement::Placement;
use crate::problem::Problem;
use crate::quantity::Nanos;
use crate::traffic::{Edge, Routing};

use levels::Levels;
use transportation::Transportation;

/// Units between two hosts: from, to, how many.
pub(crate) type Cell = (HostId, HostId, i64);

/// An amount per host, in order of host.
pub(crate) type Shares = Vec<(HostId, i64)>;

/// The canonical local-first flow of `edge`, whatever its routing: units per pair of hosts, in order of host,
/// pairs without any left out.
///
/// Of the cheapest flows it is the one whose vector of units is lexicographically smallest, so it is unique and
/// fit to be published as routing weights. Time O((a + b) a b) and more where there are many ties, for ends on
/// a and b hosts.
#[must_use]
pub fn local_first_flow(
    problem: &Problem,
    edge: EdgeId,
    placement: &Placement,
) -> Vec<(HostId, HostId, i64)> {
    let edge = &problem.traffic.edges[edge.index()];
    let (supply, demand) = unit_shares(problem, edge, placement);
    canonical_flow(problem, &supply, &demand, edge.ceiling)
}

/// The units of an edge between pairs of hosts.
pub(crate) enum Flow {
    /// One unit between any two instances: instances per host at both ends.
    Uniform(Shares, Shares),
    /// The nearest first.
    LocalFirst(Vec<Cell>),
}

impl Flow {
    /// Calls `visit` with every pair of hosts that has units.
    pub(crate) fn for_each(&self, mut visit: impl FnMut(HostId, HostId, i64)) {
        match self {
            Self::Uniform(from, to) => {
                for &(a, count) in from {
                    to.iter().for_each(|&(b, other)| visit(a, b, count * other));
                }
            }
            Self::LocalFirst(cells) => cells.iter().for_each(|&(a, b, units)| visit(a, b, units)),
        }
    }
}

/// Finds flows whose every value (latency, network cost, bytes across uplinks) is that of the canonical one.
#[derive(Debug)]
pub(crate) struct Router {
    levels: Option<Levels>,
}

impl Router {
    /// A router for `problem`.
    pub(crate) fn new(problem: &Problem) -> Self {
        let is_local = |edge: &Edge| edge.routing == Routing::LocalFirst;
        let needed = problem.traffic.edges.iter().any(is_local);
        Self { levels: needed.then(|| Levels::find(problem)).flatten() }
    }

    /// The flow of `edge`, or one of the same values.
    pub(crate) fn flow(&self, problem: &Problem, edge: EdgeId, placement: &Placement) -> Flow {
        let edge = &problem.traffic.edges[edge.index()];
        if edge.routing == Routing::Uniform {
            let ends = [edge.from, edge.to].map(|end| &problem.traffic.groups[end.index()].members);
            return Flow::Uniform(instances(ends[0], placement), instances(ends[1], placement));
        }
        let (supply, demand) = unit_shares(problem, edge, placement);
        let levels = self.levels.as_ref().filter(|levels| {
            edge.ceiling.is_none() && (total(&supply) == total(&demand) || !levels.has_uplinks())
        });
        Flow::LocalFirst(match levels {
            Some(levels) => levels.flow(problem, supply, demand),
            None => canonical_flow(problem, &supply, &demand, edge.ceiling),
        })
    }
}

/// Whether all that `from` and `to` exchange can flow between hosts within `ceiling` of each other (C7).
pub(crate) fn flows_within(
    problem: &Problem,
    from: &[ComponentId],
    to: &[ComponentId],
    placement: &Placement,
    ceiling: Nanos,
) -> bool {
    let supply = scaled(instances(from, placement), to.len());
    let demand = scaled(instances(to, placement), from.len());
    let cost = |a, b| is_within(problem, a, b, ceiling).then_some(0);
    Transportation::new(&supply, &demand, cost).sends_everything()
}

/// Whether the ceiling latency from `a` to `b` is known and at most `ceiling`.
pub(crate) fn is_within(problem: &Problem, a: HostId, b: HostId, ceiling: Nanos) -> bool {
    let latency = problem.ceiling_latency(a, b);
    latency != UNKNOWN && latency <= ceiling
}

/// `members` per host, those without a host left out.
pub(crate) fn instances(members: &[ComponentId], placement: &Placement) -> Shares {
    let mut counts = BTreeMap::new();
    for host in members.iter().filter_map(|&member| placement.host(member)) {
        *counts.entry(host).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

/// Weight of every price matrix in a sum over the steps, where `weight` is that of a step.
pub(crate) fn matrix_weights(problem: &Problem, weight: impl Fn(usize) -> i128) -> Vec<i128> {
    let mut weights = vec![0; problem.latency.price.len()];
    let last = weights.len() - 1;
    (0..problem.steps()).for_each(|step| weights[step.min(last)] += weight(step));
    weights
}

/// Sum of the prices of a path, weighted by matrix.
pub(crate) fn weighted_price(problem: &Problem, weights: &[i128], a: HostId, b: HostId) -> i128 {
    let price = |step| i128::from(problem.path_price(step, a, b));
    weights.iter().enumerate().map(|(step, weight)| weight * price(step)).sum()
}

/// The canonical flow; pairs beyond `ceiling` are left out unless something cannot flow without them.
fn canonical_flow(
    problem: &Problem,
    supply: &[(HostId, i64)],
    demand: &[(HostId, i64)],
    ceiling: Option<Nanos>,
) -> Vec<Cell> {
    let weights = matrix_weights(problem, |step| problem.step_weights[step].into());
    let route = |a, b| weighted_price(problem, &weights, a, b);
    let near = |a, b| ceiling.is_none_or(|ceiling| is_within(problem, a, b, ceiling));
    let within = Transportation::new(supply, demand, |a, b| near(a, b).then(|| route(a, b)));
    within.canonical().unwrap_or_else(|| {
        let all = Transportation::new(supply, demand, |a, b| Some(route(a, b)));
        all.canonical().expect("everything flows when every pair may be used")
    })
}

/// The units that the hosts at both ends of `edge` supply and take.
fn unit_shares(problem: &Problem, edge: &Edge, placement: &Placement) -> (Shares, Shares) {
    let [from, to] = [edge.from, edge.to].map(|end| &problem.traffic.groups[end.index()].members);
    (scaled(instances(from, placement), to.len()), scaled(instances(to, placement), from.len()))
}

/// `shares`, each times `factor`.
fn scaled(mut shares: Shares, factor: usize) -> Shares {
    shares.iter_mut().for_each(|(_, share)| *share *= factor as i64);
    shares
}

/// Sum of `shares`.
fn total(shares: &[(HostId, i64)]) -> i64 {
    shares.iter().map(|&(_, share)| share).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::{draft, path, serve};
    use crate::draft::{Draft, EdgeDraft};

    /// a on h0 and h2 calls b on these hosts, local-first, over at most 100 µs.
    fn calling(b: &[Option<usize>]) -> Draft {
        let mut draft = draft(4);
        serve(&mut draft, "a", &[Some(0), Some(2)]).max_latency.push(("b".into(), 100.0));
        serve(&mut draft, "b", b);
        let (from, to, routing) = ("a".into(), "b".into(), Some(Routing::LocalFirst));
        draft.edges.push(EdgeDraft { from, to, routing, calls_per_s: 1.0, ..EdgeDraft::default() });
        draft
    }

    fn flow(draft: &Draft) -> Vec<(u32, u32, i64)> {
        let problem = draft.build().unwrap();
        let cells = local_first_flow(&problem, EdgeId(0), &problem.initial_placement());
        cells.iter().map(|&(a, b, units)| (a.0, b.0, units)).collect()
    }

    #[test]
    fn the_nearest_instances_are_called_first() {
        assert_eq!(flow(&calling(&[Some(1), Some(3)])), [(0, 1, 2), (2, 3, 2)]);
        assert_eq!(flow(&calling(&[Some(0), Some(1)])), [(0, 0, 2), (2, 1, 2)]);
        assert_eq!(flow(&calling(&[Some(0), None])), [(0, 0, 2)]);
    }

    #[test]
    fn pairs_beyond_the_ceiling_are_left_out_unless_calls_would_be_lost() {
        let mut draft = calling(&[Some(1), Some(3)]);
        let mut slow_at_times = path(10.0);
        slow_at_times.percentiles.insert("p95".into(), vec![500.0]);
        let paths = &mut draft.latency.as_mut().unwrap().paths;
        paths.iter_mut().for_each(|(_, _, path)| *path = slow_at_times.clone());
        assert_eq!(flow(&draft), [(0, 3, 2), (2, 1, 2)]);
        draft.services[0].max_latency[0].1 = 1.0;
        assert_eq!(flow(&draft), [(0, 1, 2), (2, 3, 2)]);
    }
}
