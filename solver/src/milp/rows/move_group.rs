//! C11: components that move together or not at all.

use crate::milp::formulation::Formulation;

/// Of a group's settled components all move or none does.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for group in &problem.move_groups {
        let settled: Vec<_> =
            group.iter().copied().filter(|&id| problem.component(id).is_settled()).collect();
        let blocks = formulation.blocks_of(&settled);
        let moves = formulation.binary();
        for block in blocks {
            let (moved, size) = (formulation.blocks[block].moved(), formulation.blocks[block].size());
            formulation.require((moved - size as f64 * moves).eq(0));
        }
    }
}
