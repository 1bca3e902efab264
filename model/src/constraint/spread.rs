//! C4: services that keep to several domains.

use crate::check::Tally;
use crate::ids::ServiceId;
use crate::violation::Row;

use super::Violations;

/// At least so many domains of a partition have a component of the service.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    for (service, id) in tally.problem.services.iter().zip(0..) {
        for &(partition, least) in &service.spread {
            let mut domains = tally.domains(&service.components, partition);
            domains.dedup();
            let row = Row::Spread { service: ServiceId(id), partition };
            violations.counted(row, i64::from(least) - domains.len() as i64);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::ids::PartitionId;

    use super::*;

    #[test]
    fn a_service_keeps_to_at_least_so_many_domains() {
        let mut draft = draft(4);
        serve(&mut draft, "web", &[Some(0), Some(1), Some(2)]).spread.insert("rack".into(), 2);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[]), []);
        let row = Row::Spread { service: ServiceId(0), partition: PartitionId(1) };
        assert_eq!(excesses(&problem, &[(2, 1)]), [(row, 1)]);
    }
}
