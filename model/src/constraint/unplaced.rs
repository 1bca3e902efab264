//! Components without a host.

use crate::check::Tally;
use crate::violation::Row;

use super::Violations;

/// Every component has a host.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (component, _) in tally.placement.iter().filter(|(_, host)| host.is_none()) {
        violations.counted(Row::Unplaced { component }, 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::check;
    use crate::check::fixture::{draft, moved, serve};
    use crate::ids::ComponentId;
    use crate::quantity::PPM;
    use crate::score::Term;

    use super::*;

    #[test]
    fn a_pending_component_has_to_be_placed() {
        let mut draft = draft(1);
        serve(&mut draft, "web", &[None]);
        let problem = draft.build().unwrap();
        let pending = check(&problem, &problem.initial_placement());
        assert_eq!(
            pending.broken.iter().map(|violation| violation.row).collect::<Vec<_>>(),
            [Row::Unplaced { component: ComponentId(0) }]
        );
        assert_eq!(pending.terms.get(Term::Violation), PPM);
        assert!(check(&problem, &moved(&problem, &[(0, 0)])).is_feasible());
    }
}
