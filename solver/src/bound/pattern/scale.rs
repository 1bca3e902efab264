//! The resource that patterns are limited by, in whole cells.

use std::cmp::Reverse;

use colocate_model::{ComponentId, Host, PartitionId, Problem, UNLIMITED};

use crate::bound::aggregate::{room, start_demand};

/// A site has at most so many cells.
const CELLS: i128 = 200;

/// The scarcest resource and step, and the amount that makes a cell.
pub(super) struct Scale {
    /// `None` where nothing limits anything: then everything fills 0 cells.
    dimension: Option<usize>,
    cell: i128,
    /// The most demand that every domain can hold.
    space: Vec<i128>,
}

impl Scale {
    /// The scale for the domains of `partition` that loses least of the demands of `linked` when they are rounded down.
    pub(super) fn new(
        problem: &Problem,
        partition: PartitionId,
        linked: impl Iterator<Item = ComponentId>,
    ) -> Self {
        let domains = &problem.partitions[partition.index()];
        let mut scale = Self { dimension: scarcest(problem), cell: 1, space: vec![0; domains.domains.len()] };
        let Some(dimension) = scale.dimension else { return scale };
        let start = start_demand(problem);
        for host in problem.host_ids() {
            let (resource, step) = (dimension / problem.steps(), dimension % problem.steps());
            let room = room(problem, &start, host, resource, step).unwrap_or(0);
            scale.space[domains.domain_of[host.index()].index()] += room.max(0);
        }
        let largest = scale.largest();
        if largest > CELLS {
            let sizes: Vec<i128> = linked.map(|component| scale.amount(problem, component)).collect();
            let lost = |cells: i128| sizes.iter().map(|size| size % (largest / cells)).sum::<i128>();
            let best = (CELLS / 2..=CELLS).min_by_key(|&cells| (lost(cells), Reverse(cells)));
            scale.cell = largest / best.unwrap_or(CELLS);
        }
        scale
    }

    /// Whether anything is limited.
    pub(super) fn is_limited(&self) -> bool {
        self.dimension.is_some()
    }

    /// The most that any domain can hold.
    pub(super) fn largest(&self) -> i128 {
        self.space.iter().copied().max().unwrap_or(0)
    }

    /// What `component` takes.
    pub(super) fn amount(&self, problem: &Problem, component: ComponentId) -> i128 {
        self.dimension.map_or(0, |dimension| problem.demand(component)[dimension].into())
    }

    /// Cells of a domain.
    pub(super) fn cells(&self, domain: usize) -> u32 {
        self.down(self.space[domain])
    }

    /// Whole cells in an amount. What fits in amounts fits in these: sums of whole parts are no more than the whole part
    /// of the sum.
    pub(super) fn down(&self, amount: i128) -> u32 {
        (amount / self.cell) as u32
    }

    /// Cells that hold an amount.
    pub(super) fn up(&self, amount: i128) -> u32 {
        ((amount + self.cell - 1) / self.cell) as u32
    }
}

/// The dimension whose demand fills the largest part of its capacity; `None` where nothing is limited on every host.
fn scarcest(problem: &Problem) -> Option<usize> {
    let fill = |dimension: usize| {
        let capacity = |host: &Host| {
            let capacity = host.capacity[dimension / problem.steps()];
            (capacity != UNLIMITED).then_some(i128::from(capacity))
        };
        let capacity = problem.hosts.iter().map(capacity).sum::<Option<i128>>()?.max(1);
        let all = problem.component_ids();
        let demand: i128 = all.map(|component| i128::from(problem.demand(component)[dimension])).sum();
        Some((demand.saturating_mul(1_000_000) / capacity, Reverse(dimension)))
    };
    let best = (0..problem.dimensions()).filter_map(fill).max();
    best.map(|(_, dimension)| dimension.0)
}
