//! The problem with whole kinds of rows lifted.

use colocate_model::{Budgets, Problem};

/// Without budgets; `None` where there are none.
pub(super) fn unbudgeted(problem: &Problem) -> Option<Problem> {
    let budgets = &problem.policy.budgets;
    let any = budgets.moves.is_some()
        || budgets.bytes.is_some()
        || budgets.moves_per_service.is_some()
        || !budgets.moves_per_source.is_empty()
        || !budgets.moves_per_target.is_empty();
    any.then(|| {
        let mut variant = problem.clone();
        variant.policy.budgets = Budgets::default();
        variant
    })
}

/// Without pins, moves in progress, groups that move together, and the limit on the latency of migrations; `None`
/// where there are none.
pub(super) fn untied(problem: &Problem) -> Option<Problem> {
    let tied = |c: &colocate_model::Component| c.pinned || c.moving_from.is_some() || c.move_group.is_some();
    if !problem.components.iter().any(tied) && problem.policy.max_migration_latency.is_none() {
        return None;
    }
    let mut variant = problem.clone();
    variant.policy.max_migration_latency = None;
    variant.move_groups.iter_mut().for_each(Vec::clear);
    for component in &mut variant.components {
        component.pinned = false;
        component.moving_from = None;
        component.move_group = None;
    }
    Some(variant)
}
