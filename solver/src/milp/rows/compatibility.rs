//! C6: components on hosts that may run them.

use colocate_model::{PPM, Term};
use good_lp::Expression;

use crate::milp::formulation::Formulation;

/// The counts are for hosts where a component may be; those where it may only stay violate the row.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    let misplaced: Expression = formulation
        .blocks
        .iter()
        .map(|block| block.on(|host| problem.is_misplaced(block.first(), host)))
        .sum();
    formulation.term(Term::Violation).add(PPM as f64, misplaced);
}
