//! C4: services in several domains.

use colocate_model::{DomainId, Row, ServiceId};
use good_lp::Expression;

use crate::milp::formulation::Formulation;

/// The domains that hold a component are at least as many as wanted.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for (index, service) in problem.services.iter().enumerate() {
        let blocks = formulation.blocks_of(&service.components);
        for &(partition, least) in &service.spread {
            let mut missing = Expression::from(f64::from(least));
            for domain in (0..problem.partitions[partition.index()].domains.len()).map(DomainId::new) {
                let here = formulation.in_domain(&blocks, partition, domain);
                missing -= formulation.presence(here);
            }
            let row = Row::Spread { service: ServiceId::new(index), partition };
            formulation.elastic(row, missing, 0, 0.0);
        }
    }
}
