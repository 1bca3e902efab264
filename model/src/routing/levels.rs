//! Local-first flows where paths get dearer from domain to surrounding domain.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::ids::{DomainId, HostId, PartitionId};
use crate::problem::Problem;
use crate::quantity::{NanoDollars, Nanos};

use super::{Cell, Shares, matrix_weights, weighted_price};

/// Partitions, the innermost first, each made of whole domains of the one before, such that all prices of a path
/// depend only on its *level*, the first partition whose domain holds both ends (or the level beyond them all),
/// and the route price rises strictly from level to level.
///
/// Then every maximum flow of least route cost has the same values, and [`Levels::flow`] is one of them. Let
/// c(j) be the route price at level j, F the units that flow, and in(D) the units that stay inside domain D. The
/// cost of a flow is
///
/// ```text
/// c(last) x F - sum over partitions j of (c(j + 1) - c(j)) x sum over domains D of j of in(D)
/// ```
///
/// since a path of level l stays inside a domain of each partition from l on. Every factor c(j + 1) - c(j) is
/// positive and in(D) <= min(supply of D, demand of D). Serving level by level, and passing on what is left,
/// reaches all these bounds at once, for it leaves a domain with supply or with demand, not both. So it is
/// cheapest, and every cheapest flow has in(D) = min(supply, demand) in every domain. That fixes
///
/// - the units per level, hence latency and network cost, whose prices depend on the level alone;
/// - where all supply and all demand flows, the units across the border of D, |supply - demand|, hence the
///   bytes across uplinks, provided that the domains with an uplink are domains of these partitions.
#[derive(Debug)]
pub(super) struct Levels {
    partitions: Vec<PartitionId>,
    has_uplinks: bool,
}

/// The prices of a path.
#[derive(PartialEq)]
struct PathPrices {
    route: i128,
    steps: Vec<Nanos>,
    network: NanoDollars,
}

impl Levels {
    /// The levels of `problem`, or `None` where prices do not follow any that this looks at.
    pub(super) fn find(problem: &Problem) -> Option<Self> {
        let chain = nested_partitions(problem);
        let mut levels = prices_by_level(problem, &chain)?;
        // A level that no path has, or that costs what the next one does, is none.
        levels.dedup_by(|outer, inner| {
            let alike = outer.1 == inner.1;
            inner.0 = if alike { outer.0 } else { inner.0 };
            alike
        });
        if !levels.is_sorted_by(|inner, outer| inner.1.route < outer.1.route) {
            return None;
        }
        levels.pop();
        let partitions: Vec<_> = levels.iter().map(|&(level, _)| chain[level]).collect();
        let mut uplinks = (0..problem.partitions.len()).map(PartitionId::new).filter(|partition| {
            problem.partitions[partition.index()].domains.iter().any(|domain| domain.uplink.is_some())
        });
        let has_uplinks = uplinks.clone().next().is_some();
        uplinks.all(|partition| partitions.contains(&partition)).then_some(Self { partitions, has_uplinks })
    }

    /// Whether some domain has an uplink.
    pub(super) fn has_uplinks(&self) -> bool {
        self.has_uplinks
    }

    /// A cheapest maximum flow: within every domain as much as possible, level by level.
    pub(super) fn flow(&self, problem: &Problem, mut supply: Shares, mut demand: Shares) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &partition in &self.partitions {
            serve(&mut supply, &mut demand, |host| problem.domain(partition, host), &mut cells);
        }
        serve(&mut supply, &mut demand, |_| DomainId::new(0), &mut cells);
        cells
    }
}

/// Sends what it can within every domain.
fn serve(
    supply: &mut Shares,
    demand: &mut Shares,
    domain: impl Fn(HostId) -> DomainId,
    cells: &mut Vec<Cell>,
) {
    let mut wanted: BTreeMap<DomainId, Vec<&mut (HostId, i64)>> = BTreeMap::new();
    for share in demand.iter_mut() {
        wanted.entry(domain(share.0)).or_default().push(share);
    }
    for (a, waiting) in supply.iter_mut() {
        let Some(takers) = wanted.get_mut(&domain(*a)) else { continue };
        while *waiting > 0
            && let Some((b, open)) = takers.last_mut()
        {
            let units = (*waiting).min(*open);
            cells.push((*a, *b, units));
            *waiting -= units;
            *open -= units;
            if *open == 0 {
                takers.pop();
            }
        }
    }
    supply.retain(|&(_, units)| units > 0);
    demand.retain(|&(_, units)| units > 0);
}

/// Partitions each of which is made of whole domains of the one before, from the one into hosts on.
fn nested_partitions(problem: &Problem) -> Vec<PartitionId> {
    let mut chain = vec![PartitionId::new(0)];
    let mut candidates: Vec<_> = (1..problem.partitions.len()).map(PartitionId::new).collect();
    candidates.sort_by_key(|candidate| usize::MAX - problem.partitions[candidate.index()].domains.len());
    for outer in candidates {
        let inner = chain[chain.len() - 1];
        let mut around = BTreeMap::new();
        let nests = problem.host_ids().all(|host| {
            let outer = problem.domain(outer, host);
            *around.entry(problem.domain(inner, host)).or_insert(outer) == outer
        });
        chain.extend(nests.then_some(outer));
    }
    chain
}

/// The prices of every level that some path has, or `None` where two paths of one level differ.
fn prices_by_level(problem: &Problem, chain: &[PartitionId]) -> Option<Vec<(usize, PathPrices)>> {
    let weights = matrix_weights(problem, |step| problem.step_weights[step].into());
    let mut levels: BTreeMap<usize, PathPrices> = BTreeMap::new();
    for (a, b) in typical_pairs(&typical_hosts(problem, chain)) {
        let meets = |&partition: &PartitionId| problem.domain(partition, a) == problem.domain(partition, b);
        let level = chain.iter().position(meets).unwrap_or(chain.len());
        let prices = PathPrices {
            route: weighted_price(problem, &weights, a, b),
            steps: (0..weights.len()).map(|step| problem.path_price(step, a, b)).collect(),
            network: problem.network_price(a, b),
        };
        match levels.entry(level) {
            Entry::Vacant(entry) => _ = entry.insert(prices),
            Entry::Occupied(entry) if *entry.get() != prices => return None,
            Entry::Occupied(_) => {}
        }
    }
    Some(levels.into_iter().collect())
}

/// Up to two hosts of every set of hosts alike in all partitions that prices or levels know.
fn typical_hosts(problem: &Problem, chain: &[PartitionId]) -> Vec<Vec<HostId>> {
    let tiers = problem.policy.prices.network_tiers.iter().map(|&(partition, _)| partition);
    let varies = problem.latency.price.iter().any(|matrix| !matrix.is_flat());
    let latency = varies.then_some(problem.latency.level);
    let known: Vec<_> = chain[1..].iter().copied().chain(latency).chain(tiers).collect();
    let mut alike: BTreeMap<Vec<DomainId>, Vec<HostId>> = BTreeMap::new();
    for host in problem.host_ids() {
        let domains = known.iter().map(|&partition| problem.domain(partition, host)).collect();
        let hosts = alike.entry(domains).or_default();
        hosts.extend((hosts.len() < 2).then_some(host));
    }
    alike.into_values().collect()
}

/// Pairs of hosts among which any other pair has one of the same prices and level.
fn typical_pairs(alike: &[Vec<HostId>]) -> impl Iterator<Item = (HostId, HostId)> {
    let within = alike.iter().filter(|hosts| hosts.len() == 2).map(|hosts| (hosts[0], hosts[1]));
    let between = alike.iter().flat_map(|from| alike.iter().map(|to| (from[0], to[0])));
    within.chain(between)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::fixture::{draft, path, serve};
    use crate::draft::{DomainDraft, Draft, EdgeDraft, PathDraft};
    use crate::ids::EdgeId;
    use crate::routing::{Router, local_first_flow};
    use crate::traffic::Routing;

    /// Eight hosts in racks of two and zones of four; per step, µs within a rack, within a zone and beyond.
    fn zoned(steps: &[[u8; 3]]) -> Draft {
        let mut draft = draft(8);
        draft.partitions.push("zone".into());
        for zone in 0..2 {
            let name = format!("z{zone}");
            draft.domains.push(DomainDraft { partition: "zone".into(), name, ..DomainDraft::default() });
        }
        for rack in 0..4 {
            draft.domains[rack].parent = Some(format!("z{}", rack / 2));
            draft.domains[rack].uplink = Some(0);
        }
        let racks = (0..4).flat_map(|a| (0..4).map(move |b| (a, b)));
        let level = |a: usize, b: usize| usize::from(a != b) + usize::from(a / 2 != b / 2);
        let us = |a, b| steps.iter().map(|us| f64::from(us[level(a, b)])).collect();
        let path = |a, b| PathDraft { percentiles: [("p50".to_owned(), us(a, b))].into(), ..path(0.0) };
        let latency = draft.latency.as_mut().expect("the fixture has latency");
        latency.paths = racks.map(|(a, b)| (format!("r{a}"), format!("r{b}"), path(a, b))).collect();
        latency.step_s = Some(300);
        draft
    }

    /// a calls b, local-first.
    fn edge(draft: &mut Draft) {
        let (from, to, routing) = ("a".into(), "b".into(), Some(Routing::LocalFirst));
        draft.edges.push(EdgeDraft { from, to, routing, bytes_per_s: 1.0, ..EdgeDraft::default() });
    }

    /// Latency per step, network price and units across the border of every rack.
    fn values(problem: &Problem, cells: &[Cell]) -> (Vec<i64>, i64, Vec<i64>) {
        let steps = 0..problem.steps();
        let latency = |step| cells.iter().map(|&(a, b, units)| units * problem.path_price(step, a, b)).sum();
        let network = |&(a, b, units): &Cell| units * problem.network_price(a, b);
        let mut crossing = vec![0; 4];
        for &(a, b, units) in cells {
            let [a, b] = [a, b].map(|host| problem.domain(PartitionId(1), host).index());
            if a != b {
                crossing[a] += units;
                crossing[b] += units;
            }
        }
        (steps.map(latency).collect(), cells.iter().map(network).sum(), crossing)
    }

    fn levels(draft: &Draft) -> Option<Vec<u32>> {
        let levels = Levels::find(&draft.build().unwrap())?;
        Some(levels.partitions.iter().map(|partition| partition.0).collect())
    }

    #[test]
    fn levels_are_the_partitions_that_prices_know() {
        assert_eq!(levels(&zoned(&[[1, 2, 3]])), Some(vec![0, 1, 2]));
        assert_eq!(levels(&zoned(&[[1, 2, 2]])), None, "traffic between zones costs more than within them");
        let mut flat = zoned(&[[1, 2, 2]]);
        flat.policy.prices.network_usd_per_gb = Some([].into());
        assert_eq!(levels(&flat), Some(vec![0, 1]));
        assert_eq!(levels(&zoned(&[[1, 3, 2]])), None, "prices fall outward");
    }

    #[test]
    fn racks_that_differ_are_no_level() {
        let mut draft = zoned(&[[1, 2, 3]]);
        draft.latency.as_mut().unwrap().paths[0].2 = path(1.5);
        assert_eq!(levels(&draft), None);
    }

    #[test]
    fn an_uplink_needs_a_level() {
        let mut draft = draft(4);
        draft.latency = None;
        assert_eq!(levels(&draft), Some(vec![]));
        draft.domains[0].uplink = Some(1);
        assert_eq!(levels(&draft), None);
    }

    proptest! {
        #[test]
        fn the_fast_flow_has_the_values_of_the_canonical_one(
            a in prop::collection::vec(prop::option::weighted(0.9, 0_usize..8), 1..7),
            b in prop::collection::vec(prop::option::weighted(0.9, 0_usize..8), 1..7),
            now in [0_u8..3, 0_u8..3, 0_u8..3],
            later in [0_u8..3, 0_u8..3, 0_u8..3],
            uplinks in any::<bool>(),
            tiers in any::<bool>(),
        ) {
            let now = [now[0], now[0] + now[1], now[0] + now[1] + 2 * now[2]];
            let mut draft = zoned(&[now, later]);
            serve(&mut draft, "a", &a);
            serve(&mut draft, "b", &b);
            edge(&mut draft);
            if !uplinks {
                draft.domains.iter_mut().for_each(|domain| domain.uplink = None);
            }
            if !tiers {
                draft.policy.prices.network_usd_per_gb = Some([].into());
            }
            let problem = draft.build().unwrap();
            let mut cells = Vec::new();
            let placement = problem.initial_placement();
            let flow = Router::new(&problem).flow(&problem, EdgeId(0), &placement);
            flow.for_each(|a, b, units| cells.push((a, b, units)));
            let fast = values(&problem, &cells);
            let canonical = values(&problem, &local_first_flow(&problem, EdgeId(0), &placement));
            prop_assert_eq!((fast.0, fast.1), (canonical.0, canonical.1));
            if uplinks {
                prop_assert_eq!(fast.2, canonical.2);
            }
        }
    }
}
