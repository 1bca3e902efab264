//! What the moves cost, once.

use colocate_model::Term;
use good_lp::Expression;

use crate::milp::formulation::Formulation;
use crate::state::move_cost;

/// The cost of every move, and that of the largest number of components moved of one service.
pub(super) fn add(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    let mut cost = Expression::default();
    for block in formulation.blocks.iter().filter(|block| problem.component(block.first()).is_settled()) {
        if formulation.is_left() {
            return;
        }
        for &(host, count) in block.counts.iter().filter(|&&(host, _)| block.source != Some(host)) {
            count.add_to(&mut cost, move_cost(problem, block.first(), host) as f64);
        }
    }
    formulation.term(Term::Migration).add(1.0, cost);
    let per_service_max = problem.move_costs.per_service_max;
    if per_service_max > 0 {
        let moved: Vec<Expression> = problem
            .services
            .iter()
            .map(|service| {
                let settled: Vec<_> = service
                    .components
                    .iter()
                    .copied()
                    .filter(|&id| problem.component(id).is_settled())
                    .collect();
                formulation
                    .blocks_of(&settled)
                    .into_iter()
                    .map(|block| formulation.blocks[block].moved())
                    .sum()
            })
            .collect();
        let most = formulation.at_least(moved);
        formulation.term(Term::Migration).add(per_service_max as f64, most);
    }
}
