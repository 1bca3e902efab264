//! C5: services beside the ones they need.

use colocate_model::{DomainId, PPM, Row, ServiceId, Term};

use crate::milp::formulation::{Formulation, is_constant};

/// No component of a service in a domain without one of the service it needs.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for (index, service) in problem.services.iter().enumerate() {
        let needing = formulation.blocks_of(&service.components);
        for dependency in &service.depends_on {
            let needed = formulation.blocks_of(&problem.service(dependency.service).components);
            let partition = dependency.within;
            for domain in (0..problem.partitions[partition.index()].domains.len()).map(DomainId::new) {
                let row = Row::Dependency {
                    service: ServiceId::new(index),
                    on: dependency.service,
                    partition,
                    domain,
                };
                let here = formulation.in_domain(&needed, partition, domain);
                let mut may = formulation.presence(here);
                if formulation.allowed(&row) > 0 {
                    let excess = formulation.binary();
                    formulation.term(Term::Violation).add(PPM as f64, excess);
                    may += excess;
                }
                if formulation.is_left() {
                    return;
                }
                for &block in &needing {
                    let here = formulation.in_domain(&[block], partition, domain);
                    let most = formulation.blocks[block].size() as f64;
                    let lacking = here - may.clone() * most;
                    if !is_constant(&lacking) {
                        formulation.require(lacking.leq(0));
                    }
                }
            }
        }
    }
}
