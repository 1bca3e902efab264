//! C11: components that a scheduler can only move together.

use crate::check::Tally;
use crate::violation::Row;

use super::Violations;

/// All settled components of a group moved, or none.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let groups = &tally.problem.move_groups;
    let mut moved = vec![0; groups.len()];
    for (component, _, _) in tally.moves() {
        if let Some(group) = tally.problem.component(component).move_group {
            moved[group as usize] += 1;
        }
    }
    for ((members, moved), group) in groups.iter().zip(moved).zip(0..) {
        let settled = members.iter().filter(|&&member| tally.problem.component(member).is_settled()).count();
        if moved > 0 && moved < settled {
            violations.counted(Row::MoveGroup { group }, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};

    use super::*;

    #[test]
    fn a_group_moves_whole_or_not_at_all() {
        let mut draft = draft(2);
        serve(&mut draft, "web", &[Some(0), Some(0), None]);
        draft.components.iter_mut().for_each(|component| component.moves_with = Some("g".into()));
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(2, 1)]), []);
        assert_eq!(excesses(&problem, &[(0, 1), (2, 1)]), [(Row::MoveGroup { group: 0 }, 1)]);
        assert_eq!(excesses(&problem, &[(0, 1), (1, 1), (2, 1)]), []);
    }
}
