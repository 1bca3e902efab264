//! Names of a problem and what they stand for.

use std::collections::HashMap;
use std::fmt::Display;

use colocate_files::closest;
use colocate_model::{
    ComponentId, Document, DomainId, FaultCode, Faults, HostId, PartitionId, Problem, ResourceId, ServiceId,
};

/// Suggestions look at every name, so only the first few faults of a message come with them.
const SUGGESTIONS: usize = 20;

/// The names of a problem.
#[derive(Debug)]
pub struct Names<'p> {
    pub(super) problem: &'p Problem,
    components: HashMap<&'p str, ComponentId>,
    hosts: HashMap<&'p str, HostId>,
    services: HashMap<&'p str, ServiceId>,
    domains: HashMap<(PartitionId, &'p str), DomainId>,
}

impl<'p> Names<'p> {
    /// The names of `problem`.
    #[must_use]
    pub fn new(problem: &'p Problem) -> Self {
        let services = problem.services.iter().enumerate();
        let mut domains = HashMap::new();
        for (position, partition) in problem.partitions.iter().enumerate() {
            let named = partition.domains.iter().enumerate();
            domains.extend(
                named.map(|(index, domain)| {
                    ((PartitionId::new(position), &*domain.name), DomainId::new(index))
                }),
            );
        }
        Self {
            problem,
            components: problem.component_ids().map(|id| (&*problem.component(id).name, id)).collect(),
            hosts: problem.host_ids().map(|id| (&*problem.host(id).name, id)).collect(),
            services: services.map(|(index, service)| (&*service.name, ServiceId::new(index))).collect(),
            domains,
        }
    }

    pub(super) fn component(&self, name: &str, at: &mut At<'_>, place: impl Display) -> Option<ComponentId> {
        let names = || self.problem.components.iter().map(|component| &*component.name);
        at.found(
            self.components.get(name).copied(),
            "component",
            FaultCode::UnknownComponent,
            name,
            names,
            place,
        )
    }

    pub(super) fn host(&self, name: &str, at: &mut At<'_>, place: impl Display) -> Option<HostId> {
        let names = || self.problem.hosts.iter().map(|host| &*host.name);
        at.found(self.hosts.get(name).copied(), "host", FaultCode::UnknownHost, name, names, place)
    }

    pub(super) fn service(&self, name: &str, at: &mut At<'_>, place: impl Display) -> Option<ServiceId> {
        let names = || self.problem.services.iter().map(|service| &*service.name);
        at.found(self.services.get(name).copied(), "service", FaultCode::UnknownService, name, names, place)
    }

    pub(super) fn resource(&self, name: &str, at: &mut At<'_>, place: impl Display) -> Option<ResourceId> {
        let names = || self.problem.resources.iter().map(|resource| &*resource.name);
        let found = names().position(|known| known == name).map(ResourceId::new);
        at.found(found, "resource", FaultCode::UnknownResource, name, names, place)
    }

    pub(super) fn partition(&self, name: &str, at: &mut At<'_>, place: impl Display) -> Option<PartitionId> {
        let names = || self.problem.partitions.iter().map(|partition| &*partition.name);
        at.found(
            self.problem.partition_named(name),
            "partition",
            FaultCode::UnknownPartition,
            name,
            names,
            place,
        )
    }

    pub(super) fn domain(
        &self,
        partition: PartitionId,
        name: &str,
        at: &mut At<'_>,
        place: impl Display,
    ) -> Option<DomainId> {
        let names = || self.problem.partitions[partition.index()].domains.iter().map(|domain| &*domain.name);
        at.found(
            self.domains.get(&(partition, name)).copied(),
            "domain",
            FaultCode::UnknownDomain,
            name,
            names,
            place,
        )
    }
}

/// Where faults of one message go.
#[derive(Debug)]
pub(super) struct At<'f> {
    pub(super) document: Document,
    pub(super) faults: &'f mut Faults,
}

impl<'f> At<'f> {
    pub(super) fn new(document: Document, faults: &'f mut Faults) -> Self {
        Self { document, faults }
    }

    pub(super) fn add(
        &mut self,
        place: impl Display,
        code: FaultCode,
        cause: impl Into<String>,
        action: &str,
    ) {
        self.faults.add(self.document, place.to_string(), code, cause, action);
    }

    fn found<'n, T, I: Iterator<Item = &'n str>>(
        &mut self,
        found: Option<T>,
        noun: &str,
        code: FaultCode,
        name: &str,
        names: impl FnOnce() -> I,
        place: impl Display,
    ) -> Option<T> {
        if found.is_none() {
            let near = (self.faults.0.len() < SUGGESTIONS && name.len() < 200)
                .then(|| closest(name, names()))
                .flatten();
            let action = near.map_or_else(
                || format!("name a {noun} of the cluster"),
                |name| format!("maybe you meant `{name}`"),
            );
            self.add(place, code, format!("there is no {noun} `{name}`"), &action);
        }
        found
    }
}
