//! C9: moves in progress keep their target.

use crate::check::Tally;
use crate::violation::Row;

use super::Violations;

/// A component that is being moved is on its target.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (component, host) in tally.placed() {
        let c = tally.problem.component(component);
        if c.moving_from.is_some() && c.initial != Some(host) {
            violations.counted(Row::Moving { component }, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::MovingDraft;
    use crate::ids::ComponentId;

    use super::*;

    #[test]
    fn a_moving_component_keeps_its_target() {
        let mut draft = draft(3);
        serve(&mut draft, "web", &[Some(0)]);
        draft.moving.push(MovingDraft { component: "web.0".into(), to: "h1".into() });
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        assert_eq!(excesses(&problem, &[(0, 2)]), [(Row::Moving { component: ComponentId(0) }, 1)]);
    }
}
