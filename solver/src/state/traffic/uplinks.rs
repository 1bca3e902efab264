//! C1b: bytes across the border of domains.

use colocate_model::quantity::excess_ppm;
use colocate_model::{EdgeId, HostId, PartitionId, Problem, Term};

use super::super::counter::Counter;
use super::super::tally::Tally;
use super::edge::EdgeState;
use super::levels::Level;

/// Bytes/s across the borders that limit them.
#[derive(Debug, Clone)]
pub(super) struct Uplinks {
    steps: usize,
    pending: bool,
    borders: Vec<Border>,
    /// Per border and edge, units across it.
    crossing: Vec<Vec<i64>>,
}

/// A domain with a limit on the bytes across its border.
#[derive(Debug, Clone)]
struct Border {
    partition: PartitionId,
    domain: usize,
    capacity: i64,
    bytes: Vec<i64>,
    limit: Vec<i64>,
}

impl Border {
    fn count(&self, step: usize, sign: i64, tally: &mut Tally) {
        if self.bytes[step] > self.capacity {
            tally.add(Term::Violation, sign * excess_ppm(self.bytes[step] - self.capacity, self.capacity));
            tally.add_broken(sign * i64::from(self.bytes[step] > self.limit[step]));
        }
    }
}

impl Uplinks {
    pub(super) fn new(problem: &Problem) -> Self {
        let steps = problem.steps();
        let mut borders = Vec::new();
        for (index, partition) in problem.partitions.iter().enumerate() {
            for (domain, limits) in partition.domains.iter().enumerate() {
                borders.extend(limits.uplink.map(|capacity| Border {
                    partition: PartitionId::new(index),
                    domain,
                    capacity,
                    bytes: vec![0; steps],
                    limit: vec![i64::MAX; steps],
                }));
            }
        }
        let crossing = vec![vec![0; problem.traffic.edges.len()]; borders.len()];
        let pending = problem.components.iter().any(|component| component.initial.is_none());
        Self { steps, pending, borders, crossing }
    }

    /// Whether the crossings follow from what passes the domains of `levels`.
    pub(super) fn follow(&self, levels: &[Level]) -> bool {
        let level = |border: &Border| levels.iter().any(|level| level.partition == Some(border.partition));
        self.borders.is_empty() || (!self.pending && self.borders.iter().all(level))
    }

    pub(super) fn open(&self, tally: &mut Tally) {
        self.borders.iter().for_each(|border| (0..self.steps).for_each(|step| border.count(step, 1, tally)));
    }

    /// Bytes/s across every border and step, with their limits.
    pub(super) fn rows(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        let rows = |border: &'_ Border| border.bytes.clone().into_iter().zip(border.limit.clone());
        self.borders.iter().flat_map(rows)
    }

    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        for border in &mut self.borders {
            for step in 0..self.steps {
                border.count(step, -1, tally);
                border.limit[step] = border.capacity.max(border.bytes[step]);
                border.count(step, 1, tally);
            }
        }
    }

    /// Follows a change of the flow of an edge.
    pub(super) fn update(
        &mut self,
        problem: &Problem,
        id: EdgeId,
        state: &EdgeState,
        groups: &[Counter],
        tally: &mut Tally,
    ) {
        let edge = &problem.traffic.edges[id.index()];
        for (border, crossing) in self.borders.iter_mut().zip(&mut self.crossing) {
            let inside = |host: HostId| problem.domain(border.partition, host).index() == border.domain;
            let units = if let Some(levels) = state.levels() {
                let level = levels.iter().find(|level| level.level().partition == Some(border.partition));
                level.map_or(0, |level| level.passing(border.domain))
            } else if let Some(flow) = state.flow() {
                flow.iter().filter(|&&(a, b, _)| inside(a) != inside(b)).map(|cell| cell.2).sum()
            } else {
                let split = |counter: &Counter| {
                    counter.iter().fold((0, 0), |(inner, outer), (host, count)| {
                        let count = i64::from(count);
                        if inside(HostId::new(host)) {
                            (inner + count, outer)
                        } else {
                            (inner, outer + count)
                        }
                    })
                };
                let (from, to) = (split(&groups[edge.from.index()]), split(&groups[edge.to.index()]));
                from.0 * to.1 + from.1 * to.0
            };
            let before = std::mem::replace(&mut crossing[id.index()], units);
            if units == before {
                continue;
            }
            for step in 0..self.steps {
                let bytes =
                    |units: i64| edge.byte_share.times(i128::from(edge.bytes[step]) * i128::from(units));
                border.count(step, -1, tally);
                border.bytes[step] += bytes(units) - bytes(before);
                border.count(step, 1, tally);
            }
        }
    }
}
