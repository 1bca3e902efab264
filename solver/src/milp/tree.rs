//! Latency as a tree of nested partitions, in which the cut form holds.

use colocate_model::{HostId, PartitionId, Problem};

use crate::state::{Level, levels};

/// A level of the latency tree: the partition whose domains it joins, and two hosts of which it is the level.
#[derive(Debug, Clone, Copy)]
pub(super) struct TreeLevel {
    /// `None` for the whole cluster.
    pub(super) partition: Option<PartitionId>,
    /// Two hosts whose innermost common domain is of this level.
    pub(super) example: (HostId, HostId),
}

/// The latency tree of `problem`, if it has one in which no price falls from a level to the next.
pub(super) fn tree(problem: &Problem) -> Option<Vec<TreeLevel>> {
    let levels = levels(problem)?;
    let rises = |inner: &Level, outer: &Level| {
        inner.tier <= outer.tier && inner.price.iter().zip(&outer.price).all(|(inner, outer)| inner <= outer)
    };
    if !levels.is_sorted_by(rises) {
        return None;
    }
    let hosts: Vec<HostId> = problem.host_ids().collect();
    let level_of = |a, b| {
        let shares = |partition: PartitionId| problem.domain(partition, a) == problem.domain(partition, b);
        levels.iter().position(|level| level.partition.is_none_or(shares))
    };
    let mut examples = vec![None; levels.len()];
    for &a in &hosts {
        for &b in &hosts {
            if let Some(level) = level_of(a, b) {
                examples[level].get_or_insert((a, b));
            }
        }
    }
    let known = levels.iter().zip(examples);
    known.map(|(level, example)| Some(TreeLevel { partition: level.partition, example: example? })).collect()
}
