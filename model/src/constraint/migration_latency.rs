//! C10: components move over near paths only.

use crate::check::Tally;
use crate::host::HostState;
use crate::routing::is_within;
use crate::violation::Row;

use super::Violations;

/// A moved component, unless its source is down, came over a path of known latency within the limit.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let Some(limit) = tally.problem.policy.max_migration_latency else { return };
    for (component, source, target) in tally.moves() {
        let down = tally.problem.host(source).state == HostState::Down;
        if !down && !is_within(tally.problem, source, target, limit) {
            violations.counted(Row::MigrationLatency { component }, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::ids::ComponentId;

    use super::*;

    #[test]
    fn a_component_moves_over_a_near_path_only() {
        let mut draft = draft(4);
        serve(&mut draft, "web", &[Some(0)]);
        draft.policy.max_migration_latency_us = Some(10.0);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 1)]), []);
        let row = Row::MigrationLatency { component: ComponentId(0) };
        assert_eq!(excesses(&problem, &[(0, 2)]), [(row, 1)]);
    }

    #[test]
    fn no_path_leads_out_of_a_host_that_is_down() {
        let mut draft = draft(4);
        serve(&mut draft, "web", &[Some(0)]);
        draft.hosts[0].state = HostState::Down;
        draft.policy.max_migration_latency_us = Some(10.0);
        assert_eq!(excesses(&draft.build().unwrap(), &[(0, 2)]), []);
    }

    #[test]
    fn no_component_moves_over_a_path_that_will_be_slow_or_may_be() {
        let row = Row::MigrationLatency { component: ComponentId(0) };
        let moving = |us: &[f64], relative_error| {
            let mut draft = draft(4);
            serve(&mut draft, "web", &[Some(0)]);
            draft.policy.max_migration_latency_us = Some(10.0);
            let latency = draft.latency.as_mut().unwrap();
            latency.step_s = Some(300);
            latency.paths[0].2.percentiles.insert("p50".into(), us.to_vec());
            latency.paths[0].2.relative_error = relative_error;
            excesses(&draft.build().unwrap(), &[(0, 1)])
        };
        assert_eq!(moving(&[5.0, 5.0, 9.0], 0.1), []);
        assert_eq!(moving(&[5.0, 5.0, 11.0], 0.0), [(row, 1)]);
        assert_eq!(moving(&[5.0, 5.0, 9.0], 0.2), [(row, 1)]);
    }
}
