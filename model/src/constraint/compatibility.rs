//! C6: components only on hosts that may run them.

use crate::check::Tally;
use crate::host::HostState;
use crate::violation::Row;

use super::Violations;

/// A host is ready and allowed; for a pinned component, allowed means that it is there at the start.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (component, host) in tally.placed() {
        let c = tally.problem.component(component);
        let allowed = if c.pinned {
            c.initial == Some(host)
        } else {
            tally.problem.host_sets[c.host_set as usize].contains(host)
        };
        if !allowed || tally.problem.host(host).state != HostState::Ready {
            violations.counted(Row::Compatibility { component, host }, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::check;
    use crate::check::fixture::{draft, excesses, moved, serve};
    use crate::ids::{ComponentId, HostId};

    use super::*;

    fn row(host: u32) -> Row {
        Row::Compatibility { component: ComponentId(0), host: HostId(host) }
    }

    #[test]
    fn a_component_keeps_to_its_allowed_hosts() {
        let mut draft = draft(3);
        serve(&mut draft, "web", &[Some(0)]);
        draft.components[0].allowed.hosts = Some(vec!["h0".into(), "h1".into()]);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 1)]), []);
        assert_eq!(excesses(&problem, &[(0, 2)]), [(row(2), 1)]);
    }

    #[test]
    fn a_pinned_component_stays_wherever_it_is() {
        let mut draft = draft(2);
        serve(&mut draft, "web", &[Some(0)]);
        draft.components[0].pinned = true;
        draft.components[0].allowed.hosts = Some(vec!["h1".into()]);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        assert_eq!(excesses(&problem, &[(0, 1)]), [(row(1), 1)]);
    }

    #[test]
    fn a_component_may_stay_on_a_draining_host_but_not_go_to_another() {
        let mut draft = draft(3);
        serve(&mut draft, "web", &[Some(0)]);
        draft.hosts[0].state = HostState::Draining;
        draft.hosts[1].state = HostState::Draining;
        let problem = draft.build().unwrap();
        let stays = check(&problem, &problem.initial_placement());
        assert_eq!((stays.violations.len(), stays.is_feasible()), (1, true));
        let goes = check(&problem, &moved(&problem, &[(0, 1)]));
        assert_eq!((goes.broken[0].row, goes.broken.len()), (row(1), 1));
        assert_eq!(excesses(&problem, &[(0, 2)]), []);
    }
}
