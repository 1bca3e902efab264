//! C1b: bytes across the border of a domain.

use std::collections::BTreeMap;

use crate::check::Tally;
use crate::ids::{DomainId, PartitionId};
use crate::violation::Row;

use super::Violations;

/// Per domain and step, the sum over the edges of round(bytes x units that cross / (n n')) <= uplink.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let partitions = (0..tally.problem.partitions.len()).map(PartitionId::new);
    partitions.for_each(|partition| partition_rows(tally, partition, violations));
}

fn partition_rows(tally: &Tally, partition: PartitionId, violations: &mut Violations) {
    let domains = &tally.problem.partitions[partition.index()].domains;
    if domains.iter().all(|domain| domain.uplink.is_none()) {
        return;
    }
    let mut loads = vec![vec![0; tally.problem.steps()]; domains.len()];
    for (edge, flow) in tally.flows() {
        let edge = &tally.problem.traffic.edges[edge.index()];
        let mut crossing: BTreeMap<DomainId, i64> = BTreeMap::new();
        flow.for_each(|a, b, units| {
            let ends = [a, b].map(|host| tally.problem.domain(partition, host));
            if ends[0] != ends[1] {
                ends.iter().for_each(|&end| *crossing.entry(end).or_default() += units);
            }
        });
        for (domain, units) in crossing {
            for (load, &bytes) in loads[domain.index()].iter_mut().zip(&edge.bytes) {
                *load += edge.byte_share.times(i128::from(bytes) * i128::from(units));
            }
        }
    }
    for (index, domain) in domains.iter().enumerate() {
        for (step, &load) in loads[index].iter().enumerate() {
            if let Some(uplink) = domain.uplink {
                let row = Row::Uplink { partition, domain: DomainId::new(index), step: step as u32 };
                violations.at_most(row, load, uplink);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::{Draft, EdgeDraft};
    use crate::traffic::Routing;

    use super::*;

    fn row(domain: u32) -> Row {
        Row::Uplink { partition: PartitionId(1), domain: DomainId(domain), step: 0 }
    }

    fn linked(routing: Routing) -> Draft {
        let mut draft = draft(4);
        draft.domains[0].uplink = Some(60);
        serve(&mut draft, "a", &[Some(0), Some(2)]);
        serve(&mut draft, "b", &[Some(0), Some(2)]);
        let (from, to) = ("a".into(), "b".into());
        draft.edges.push(EdgeDraft {
            from,
            to,
            bytes_per_s: 100.0,
            routing: Some(routing),
            ..EdgeDraft::default()
        });
        draft
    }

    #[test]
    fn half_of_uniform_traffic_crosses_and_local_first_traffic_does_not() {
        let uniform = linked(Routing::Uniform).build().unwrap();
        assert_eq!(excesses(&uniform, &[]), []);
        assert_eq!(excesses(&uniform, &[(1, 0), (2, 2)]), [(row(0), 40)]);
        let local_first = linked(Routing::LocalFirst).build().unwrap();
        assert_eq!(excesses(&local_first, &[(1, 1), (2, 2)]), [(row(0), 40)]);
        assert_eq!(excesses(&local_first, &[(0, 1), (2, 1)]), []);
    }

    #[test]
    fn the_bytes_of_an_edge_are_rounded_before_they_are_added() {
        let mut draft = draft(4);
        draft.domains[0].uplink = Some(0);
        serve(&mut draft, "a", &[Some(0), Some(0), Some(2)]);
        serve(&mut draft, "b", &[Some(0)]);
        for (from, to) in [("a", "b"), ("b", "a")] {
            let (from, to) = (from.into(), to.into());
            draft.edges.push(EdgeDraft { from, to, bytes_per_s: 5.0, ..EdgeDraft::default() });
        }
        assert_eq!(excesses(&draft.build().unwrap(), &[]), [(row(0), 4)]);
    }
}
