//! The axes of a front: terms of the objective, and the number of moves.

use std::collections::BTreeMap;

use colocate_model::{Axis, ClassId, Cost, HostId, Placement, Problem, Terms};

/// The value of a placement with these terms.
pub(super) fn value(axis: Axis, problem: &Problem, placement: &Placement, terms: &Terms) -> Cost {
    match axis {
        Axis::Term(term) => terms.get(term),
        Axis::Moves => moves(problem, placement),
    }
}

/// Where the volume that the front dominates ends: the value of the start, which has these terms; of moves, the
/// number of components that may move.
pub(super) fn reference(axis: Axis, problem: &Problem, start: &Terms) -> Cost {
    match axis {
        Axis::Term(term) => start.get(term),
        Axis::Moves => problem.components.iter().filter(|c| c.is_settled() && !c.pinned).count() as Cost,
    }
}

/// Moves as the budgets count them (C8).
fn moves(problem: &Problem, placement: &Placement) -> Cost {
    let mut nets: BTreeMap<(ClassId, HostId), Cost> = BTreeMap::new();
    for (id, host) in placement.iter() {
        let component = problem.component(id);
        if !component.is_settled() || host == component.initial {
            continue;
        }
        for (end, sign) in [(host, 1), (component.initial, -1)] {
            if let Some(end) = end {
                *nets.entry((component.class, end)).or_default() += sign;
            }
        }
    }
    nets.into_values().map(|net| net.max(0)).sum()
}

#[cfg(test)]
mod tests {
    use colocate_generator::{every_placement, tiny};
    use colocate_model::{Row, check};

    use super::*;

    #[test]
    fn moves_are_what_a_budget_just_allows() {
        let mut moved = 0;
        for seed in 0..100 {
            let mut problem = tiny(seed).build().expect("generated drafts are valid");
            for placement in every_placement(&problem).step_by(29).take(8).collect::<Vec<_>>() {
                let count = moves(&problem, &placement);
                let over = |problem: &Problem| {
                    let broken = check(problem, &placement).broken;
                    broken.iter().find(|v| v.row == Row::MoveBudget).map(|v| v.excess)
                };
                problem.policy.budgets.moves = Some(count);
                assert_eq!(over(&problem), None, "seed {seed}");
                if count > 0 {
                    problem.policy.budgets.moves = Some(count - 1);
                    assert_eq!(over(&problem), Some(1), "seed {seed}");
                    moved += 1;
                }
            }
        }
        assert!(moved > 40, "{moved}");
    }
}
