//! C3: components in distinct domains, because of anti-affinity or a port.

use std::collections::BTreeMap;

use crate::check::Tally;
use crate::violation::Row;

use super::Violations;

/// At most one member of an exclusion in a domain.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (exclusion, index) in tally.problem.exclusions.iter().zip(0..) {
        let mut members = BTreeMap::new();
        for domain in tally.domains(&exclusion.members, exclusion.partition) {
            *members.entry(domain).or_insert(0) += 1;
        }
        for (domain, members) in members {
            violations.counted(Row::Exclusion { exclusion: index, domain }, members - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::ids::DomainId;

    use super::*;

    #[test]
    fn an_anti_affine_service_has_one_component_a_domain() {
        let mut draft = draft(4);
        serve(&mut draft, "web", &[Some(0), Some(2)]).anti_affinity = Some("rack".into());
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 1)]), []);
        let row = Row::Exclusion { exclusion: 0, domain: DomainId(1) };
        assert_eq!(excesses(&problem, &[(0, 3)]), [(row, 1)]);
    }

    #[test]
    fn a_port_is_taken_once_a_host() {
        let mut draft = draft(2);
        serve(&mut draft, "a", &[Some(0)]);
        serve(&mut draft, "b", &[Some(1)]);
        draft.components.iter_mut().for_each(|component| component.allowed.ports.push(80));
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        let row = Row::Exclusion { exclusion: 0, domain: DomainId(0) };
        assert_eq!(excesses(&problem, &[(1, 0)]), [(row, 1)]);
    }
}
