//! C1b: bytes across the borders of domains.

use colocate_model::{DomainId, PartitionId, Problem, Row};
use good_lp::Expression;

use crate::milp::formulation::{Formulation, Relaxed};
use crate::milp::transport::{self, Transport};

/// Sum over the edges of round(bytes x units that cross) at most the uplink.
///
/// At least |supply - demand| of a domain crosses its border: exactly that where paths get dearer from level to level
/// and the domain is one of a level, and between two components.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for (index, partition) in problem.partitions.iter().enumerate() {
        for (domain, limits) in partition.domains.iter().enumerate() {
            if let Some(uplink) = limits.uplink {
                domain_rows(formulation, PartitionId::new(index), DomainId::new(domain), uplink);
            }
        }
    }
}

fn domain_rows(formulation: &mut Formulation<'_>, partition: PartitionId, domain: DomainId, uplink: i64) {
    let problem = formulation.problem;
    let levels = formulation.levels().map(<[_]>::to_vec);
    let is_level = levels.is_some_and(|levels| levels.iter().any(|level| level.partition == Some(partition)));
    let mut loads = vec![Expression::default(); problem.steps()];
    let mut errors = vec![0.0; problem.steps()];
    for edge in 0..problem.traffic.edges.len() {
        let bytes = &problem.traffic.edges[edge].bytes;
        if bytes.iter().all(|&bytes| bytes == 0) {
            continue;
        }
        let transports = transport::of_edge(formulation, edge);
        if transports
            .iter()
            .any(|transport| transport.is_routed && !(is_level && transport.ceiling.is_none()))
        {
            formulation.relax(Relaxed::LocalFirstFlow);
        }
        let alone = transport::is_one_unit(problem, edge);
        let crossing: Expression =
            transports.iter().map(|transport| crossing(formulation, transport, partition, domain)).sum();
        for step in 0..problem.steps() {
            loads[step].add_mul(bytes_a_unit(problem, edge, step, alone), &crossing);
            errors[step] += if alone || bytes[step] == 0 { 0.0 } else { 0.5 };
        }
    }
    for (step, load) in loads.into_iter().enumerate() {
        let row = Row::Uplink { partition, domain, step: step as u32 };
        formulation.elastic(row, load, uplink, errors[step]);
    }
}

fn bytes_a_unit(problem: &Problem, edge: usize, step: usize, alone: bool) -> f64 {
    let edge = &problem.traffic.edges[edge];
    let bytes = edge.bytes[step];
    let share = edge.byte_share;
    if alone {
        return share.times(bytes.into()) as f64;
    }
    share.numerator as f64 * bytes as f64 / share.denominator as f64
}

/// |supply - demand| of the domain.
fn crossing(
    formulation: &mut Formulation<'_>,
    transport: &Transport,
    partition: PartitionId,
    domain: DomainId,
) -> Expression {
    let problem = formulation.problem;
    let inside = |host| problem.domain(partition, host) == domain;
    let surplus = transport.supply.on(formulation, inside) - transport.demand.on(formulation, inside);
    formulation.at_least([surplus.clone(), -surplus])
}
