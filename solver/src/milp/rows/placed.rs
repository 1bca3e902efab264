//! Every component has a host.

use good_lp::Expression;

use crate::milp::formulation::Formulation;

/// The counts of a block add up to its size.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let sums: Vec<(Expression, i64)> =
        formulation.blocks.iter().map(|block| (block.on(|_| true), block.size())).collect();
    sums.into_iter().for_each(|(sum, size)| formulation.require(sum.eq(size as f64)));
}
