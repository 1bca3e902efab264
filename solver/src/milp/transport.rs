//! What an edge sends between hosts: transports between two vectors of shares.
//!
//! A local-first edge is one transport, the cheapest there is. A uniform edge is one a pair of instances, each of which
//! has a single host at both ends, so that its cheapest transport is its only one; a cut over the counts of whole
//! services would compute local-first.

use std::collections::BTreeSet;

use colocate_model::{HostId, Nanos, Problem, Routing};
use good_lp::Expression;

use super::formulation::Formulation;

/// Units from the hosts of some blocks to those of others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Transport {
    /// Where the units come from.
    pub(super) supply: Side,
    /// Where they go.
    pub(super) demand: Side,
    /// Whether it is a choice which units go where.
    pub(super) is_routed: bool,
    /// The highest ceiling latency a unit may cross.
    pub(super) ceiling: Option<Nanos>,
}

impl Transport {
    /// The same units the other way.
    pub(super) fn reversed(&self) -> Self {
        Self { supply: self.demand.clone(), demand: self.supply.clone(), ..self.clone() }
    }
}

/// An end of a transport: blocks, and the units that each of their components has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Side(Vec<(usize, i64)>);

impl Side {
    /// The units on the hosts that `wanted` names.
    pub(super) fn on(&self, formulation: &Formulation<'_>, wanted: impl Fn(HostId) -> bool) -> Expression {
        let mut sum = Expression::default();
        for &(block, units) in &self.0 {
            for &(host, count) in &formulation.blocks[block].counts {
                if wanted(host) {
                    count.add_to(&mut sum, units as f64);
                }
            }
        }
        sum
    }

    /// The hosts that may have units, in order.
    pub(super) fn hosts(&self, formulation: &Formulation<'_>) -> Vec<HostId> {
        let counts = self.0.iter().flat_map(|&(block, _)| &formulation.blocks[block].counts);
        counts.map(|&(host, _)| host).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// All its units.
    pub(super) fn units(&self, formulation: &Formulation<'_>) -> i64 {
        self.0.iter().map(|&(block, units)| units * formulation.blocks[block].size()).sum()
    }
}

/// The transports of an edge.
pub(super) fn of_edge(formulation: &Formulation<'_>, edge: usize) -> Vec<Transport> {
    let problem = formulation.problem;
    let edge = &problem.traffic.edges[edge];
    let members = [edge.from, edge.to].map(|end| &problem.traffic.groups[end.index()].members);
    let [from, to] = members.map(|members| formulation.blocks_of(members));
    if edge.routing == Routing::LocalFirst {
        let side = |blocks: Vec<usize>, units: usize| {
            Side(blocks.into_iter().map(|block| (block, units as i64)).collect())
        };
        return vec![Transport {
            supply: side(from, members[1].len()),
            demand: side(to, members[0].len()),
            is_routed: true,
            ceiling: edge.ceiling.filter(|&ceiling| !all_within(problem, ceiling)),
        }];
    }
    let size = |block: usize| formulation.blocks[block].size();
    let pairs = from.iter().flat_map(|&first| to.iter().map(move |&second| (first, second)));
    pairs
        .map(|(first, second)| Transport {
            supply: Side(vec![(first, size(second))]),
            demand: Side(vec![(second, size(first))]),
            is_routed: false,
            ceiling: None,
        })
        .collect()
}

/// Whether the edge is a single unit: its figures are then those of one path, and can be rounded beforehand.
pub(super) fn is_one_unit(problem: &Problem, edge: usize) -> bool {
    let edge = &problem.traffic.edges[edge];
    [edge.from, edge.to].iter().all(|end| problem.traffic.groups[end.index()].members.len() == 1)
}

fn all_within(problem: &Problem, ceiling: Nanos) -> bool {
    let within = |a, b| super::rows::is_within(problem, a, b, ceiling);
    problem.host_ids().all(|a| problem.host_ids().all(|b| within(a, b)))
}
