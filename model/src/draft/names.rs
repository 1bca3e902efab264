//! Names and what they stand for.

use std::collections::HashMap;

use crate::fault::{Document, FaultCode, Faults};
use crate::ids::PartitionId;

/// A kind of named thing, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) noun: &'static str,
    pub(super) unknown: FaultCode,
}

pub(super) const RESOURCE: Kind = Kind { noun: "resource", unknown: FaultCode::UnknownResource };
pub(super) const PARTITION: Kind = Kind { noun: "partition", unknown: FaultCode::UnknownPartition };
pub(super) const DOMAIN: Kind = Kind { noun: "domain", unknown: FaultCode::UnknownDomain };
pub(super) const HOST: Kind = Kind { noun: "host", unknown: FaultCode::UnknownHost };
pub(super) const SERVICE: Kind = Kind { noun: "service", unknown: FaultCode::UnknownService };
pub(super) const COMPONENT: Kind = Kind { noun: "component", unknown: FaultCode::UnknownComponent };

/// Positions by name.
#[derive(Debug)]
pub(super) struct Names<'a> {
    kind: Kind,
    count: usize,
    positions: HashMap<&'a str, usize>,
}

impl<'a> Names<'a> {
    /// Indexes `names`, whose elements are at `place`/0, `place`/1, ...; notes duplicates and empty names.
    pub(super) fn collect(
        kind: Kind,
        names: impl Iterator<Item = &'a str>,
        place: &str,
        faults: &mut Faults,
    ) -> Self {
        let mut positions = HashMap::new();
        let mut count = 0;
        for (index, name) in names.enumerate() {
            count += 1;
            if name.is_empty() {
                let cause = format!("a {} without a name", kind.noun);
                faults.add(
                    Document::Cluster,
                    format!("{place}/{index}"),
                    FaultCode::OutOfRange,
                    cause,
                    "name it",
                );
            } else if positions.insert(name, index).is_some() {
                let cause = format!("a second {} named `{name}`", kind.noun);
                let action = "give each a name of its own";
                faults.add(
                    Document::Cluster,
                    format!("{place}/{index}"),
                    FaultCode::Duplicate,
                    cause,
                    action,
                );
            }
        }
        Self { kind, count, positions }
    }

    /// How many there are, duplicates included.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The position of `name`, without complaint.
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// The position of `name`; notes a fault at `place()` when it is unknown.
    pub(super) fn find(
        &self,
        name: &str,
        document: Document,
        place: impl FnOnce() -> String,
        faults: &mut Faults,
    ) -> Option<usize> {
        let found = self.get(name);
        if found.is_none() {
            let cause = format!("there is no {} `{name}`", self.kind.noun);
            let action = format!("name a {} of the cluster", self.kind.noun);
            faults.add(document, place(), self.kind.unknown, cause, action);
        }
        found
    }
}

/// All the names of a cluster.
#[derive(Debug)]
pub(super) struct Registry<'a> {
    pub(super) resources: Names<'a>,
    /// Partition 0 is `host`.
    pub(super) partitions: Names<'a>,
    /// Domains per partition; those of partition 0 are the hosts.
    pub(super) domains: Vec<Names<'a>>,
    pub(super) hosts: Names<'a>,
    pub(super) services: Names<'a>,
    pub(super) components: Names<'a>,
}

impl<'a> Registry<'a> {
    pub(super) fn new(draft: &'a super::Draft, faults: &mut Faults) -> Self {
        let partition_names = std::iter::once("host").chain(draft.partitions.iter().map(String::as_str));
        let hosts = |faults: &mut Faults, kind| {
            Names::collect(kind, draft.hosts.iter().map(|h| h.name.as_str()), "/hosts", faults)
        };
        let mut domains = vec![hosts(&mut Faults::default(), DOMAIN)];
        for partition in &draft.partitions {
            let mut positions = HashMap::new();
            let mut count = 0;
            let members = draft.domains.iter().enumerate().filter(|(_, d)| d.partition == *partition);
            for (order, (index, domain)) in members.enumerate() {
                count += 1;
                if positions.insert(domain.name.as_str(), order).is_some() {
                    let cause = format!("a second domain `{}` of `{partition}`", domain.name);
                    let place = format!("/domains/{index}/id");
                    faults.add(
                        Document::Cluster,
                        place,
                        FaultCode::Duplicate,
                        cause,
                        "give each a name of its own",
                    );
                }
            }
            domains.push(Names { kind: DOMAIN, count, positions });
        }
        Self {
            resources: Names::collect(
                RESOURCE,
                draft.resources.iter().map(|r| r.name.as_str()),
                "/resources",
                faults,
            ),
            partitions: Names::collect(PARTITION, partition_names, "/partitions", faults),
            domains,
            hosts: hosts(faults, HOST),
            services: Names::collect(
                SERVICE,
                draft.services.iter().map(|s| s.name.as_str()),
                "/services",
                faults,
            ),
            components: Names::collect(
                COMPONENT,
                draft.components.iter().map(|c| c.name.as_str()),
                "/components",
                faults,
            ),
        }
    }

    pub(super) fn partition(
        &self,
        name: &str,
        document: Document,
        place: impl FnOnce() -> String,
        faults: &mut Faults,
    ) -> Option<PartitionId> {
        self.partitions.find(name, document, place, faults).map(PartitionId::new)
    }
}
