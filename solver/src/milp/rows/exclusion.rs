//! C3: components in distinct domains.

use colocate_model::{DomainId, Row};

use crate::milp::formulation::Formulation;

/// At most one member in a domain.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for (exclusion, index) in problem.exclusions.iter().zip(0..) {
        let blocks = formulation.blocks_of(&exclusion.members);
        for domain in (0..problem.partitions[exclusion.partition.index()].domains.len()).map(DomainId::new) {
            let members = formulation.in_domain(&blocks, exclusion.partition, domain);
            formulation.elastic(Row::Exclusion { exclusion: index, domain }, members, 1, 0.0);
        }
    }
}
