//! Latency as a tree of nested partitions, where it is one.

use colocate_model::{DomainId, HostId, PartitionId, Problem};

/// A level of the tree: pairs whose innermost common domain is of this partition.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// `None` for the whole cluster.
    pub(crate) partition: Option<PartitionId>,
    /// Price per step, in ns.
    pub(crate) price: Vec<i64>,
    /// 1e-9 $ per GB.
    pub(crate) tier: i64,
}

/// The levels from the host outward, the route price strictly rising; `None` where latency is no such tree.
pub(crate) fn levels(problem: &Problem) -> Option<Vec<Level>> {
    let chain = nested_partitions(problem);
    let hosts = problem.hosts.len();
    let steps = problem.steps();
    let mut found: Vec<Option<(Vec<i64>, i64)>> = vec![None; chain.len() + 1];
    for a in (0..hosts).map(HostId::new) {
        for b in (0..hosts).map(HostId::new) {
            let level = chain.iter().position(|&p| problem.domain(p, a) == problem.domain(p, b));
            let price: Vec<i64> = (0..steps).map(|step| problem.path_price(step, a, b)).collect();
            let here = (price, problem.network_price(a, b));
            match &found[level.unwrap_or(chain.len())] {
                None => found[level.unwrap_or(chain.len())] = Some(here),
                Some(known) if *known == here => {}
                Some(_) => return None,
            }
        }
    }
    let partitions = chain.into_iter().map(Some).chain([None]);
    let mut levels: Vec<Level> = Vec::new();
    for (partition, found) in partitions.zip(found) {
        let Some((price, tier)) = found else { continue };
        let route = |price: &[i64]| -> i128 {
            price.iter().zip(&problem.step_weights).map(|(&p, &w)| i128::from(p) * i128::from(w)).sum()
        };
        match levels.last_mut() {
            // A level priced like the one inside it is the same level, reaching further.
            Some(last) if last.price == price && last.tier == tier => last.partition = partition,
            Some(last) if route(&last.price) >= route(&price) => return None,
            _ => levels.push(Level { partition, price, tier }),
        }
    }
    // What no level serves is served by the outermost one.
    if let Some(last) = levels.last_mut() {
        last.partition = None;
    }
    Some(levels)
}

/// The partition into hosts and those that nest around it, innermost first.
fn nested_partitions(problem: &Problem) -> Vec<PartitionId> {
    let mut order: Vec<PartitionId> = (0..problem.partitions.len()).map(PartitionId::new).collect();
    order.sort_by_key(|p| std::cmp::Reverse(problem.partitions[p.index()].domains.len()));
    let mut chain = vec![PartitionId(0)];
    for partition in order.into_iter().filter(|p| p.index() != 0) {
        let inner = *chain.last().expect("the chain starts with the hosts");
        let mut outer: Vec<Option<DomainId>> = vec![None; problem.partitions[inner.index()].domains.len()];
        let nests = problem.host_ids().all(|host| {
            let slot = &mut outer[problem.domain(inner, host).index()];
            *slot.get_or_insert(problem.domain(partition, host)) == problem.domain(partition, host)
        });
        if nests {
            chain.push(partition);
        }
    }
    chain
}
