//! C5: services that need another one in the same domain.

use crate::check::Tally;
use crate::ids::ServiceId;
use crate::violation::Row;

use super::Violations;

/// A domain with a component of a service has one of each service it depends on.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (service, id) in tally.problem.services.iter().zip(0..) {
        for dependency in &service.depends_on {
            let (on, partition) = (dependency.service, dependency.within);
            let served = tally.domains(&tally.problem.service(on).components, partition);
            let mut domains = tally.domains(&service.components, partition);
            domains.dedup();
            for domain in domains.into_iter().filter(|domain| served.binary_search(domain).is_err()) {
                violations.counted(Row::Dependency { service: ServiceId(id), on, partition, domain }, 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::ids::{DomainId, PartitionId};

    use super::*;

    #[test]
    fn a_service_runs_only_where_what_it_needs_does() {
        let mut draft = draft(4);
        serve(&mut draft, "cache", &[Some(0)]);
        serve(&mut draft, "web", &[Some(1), Some(1)]).depends_on.push(("cache".into(), "rack".into()));
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        let (service, on, partition) = (ServiceId(1), ServiceId(0), PartitionId(1));
        let row = Row::Dependency { service, on, partition, domain: DomainId(1) };
        assert_eq!(excesses(&problem, &[(1, 2), (2, 3)]), [(row, 1)]);
    }
}
