//! What the paths of calls and bytes cost: latency and network cost.

use colocate_model::{HostId, Problem, Ratio, Routing, Term};

use crate::milp::formulation::{Formulation, Relaxed};
use crate::milp::transport::is_one_unit;

/// Sum over the edges of round(calls x expected path latency).
pub(super) fn add_latency(formulation: &mut Formulation<'_>) {
    add(formulation, Term::Latency, |problem, edge, a, b| {
        let edge = &problem.traffic.edges[edge];
        let step = |step: usize| {
            i128::from(problem.step_weights[step])
                * i128::from(edge.calls[step])
                * i128::from(problem.path_price(step, a, b))
        };
        (edge.call_rate, (0..problem.steps()).map(step).sum())
    });
}

/// Sum over the edges of round(bytes x price of the path).
pub(super) fn add_network_cost(formulation: &mut Formulation<'_>) {
    add(formulation, Term::NetworkCost, |problem, edge, a, b| {
        let edge = &problem.traffic.edges[edge];
        let step = |step: usize| i128::from(problem.step_weights[step]) * i128::from(edge.bytes[step]);
        let bytes: i128 = (0..problem.steps()).map(step).sum();
        (edge.byte_rate, bytes * i128::from(problem.network_price(a, b)))
    });
}

/// Adds rate x the units of each path x `unit`.
fn add(
    formulation: &mut Formulation<'_>,
    term: Term,
    unit: impl Fn(&Problem, usize, HostId, HostId) -> (Ratio, i128),
) {
    let problem = formulation.problem;
    let has_volume = |edge: usize| {
        let edge = &problem.traffic.edges[edge];
        let volume = if term == Term::Latency { &edge.calls } else { &edge.bytes };
        volume.iter().any(|&volume| volume > 0)
    };
    let levels = formulation.levels().map(<[_]>::to_vec);
    for edge in (0..problem.traffic.edges.len()).filter(|&edge| has_volume(edge)) {
        if formulation.is_left() {
            return;
        }
        let alone = is_one_unit(problem, edge);
        let price = |a, b| {
            let (rate, amount) = unit(problem, edge, a, b);
            // The path of a single unit is rounded like the edge itself.
            if alone {
                return rate.times(amount) as f64;
            }
            rate.numerator as f64 * amount as f64 / rate.denominator as f64
        };
        let flows = formulation.flows(edge);
        for flow in &flows {
            let cost = flow.cost(levels.as_deref(), price);
            formulation.term(term).add(1.0, cost);
        }
        formulation.term(term).rounded(alone);
        if problem.traffic.edges[edge].routing == Routing::LocalFirst
            && !follows_route(formulation, edge, term)
        {
            formulation.relax(Relaxed::LocalFirstFlow);
        }
    }
}

/// Whether a local-first flow that makes the term smallest is one that the model takes.
fn follows_route(formulation: &Formulation<'_>, edge: usize, term: Term) -> bool {
    let problem = formulation.problem;
    let ceiling = problem.traffic.edges[edge].ceiling.is_some();
    (formulation.levels().is_some() && !ceiling)
        || is_one_unit(problem, edge)
        || (term == Term::Latency && problem.latency.price.len() == 1)
}
