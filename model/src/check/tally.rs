//! What several rows and terms need to know of a placement.

use crate::ids::{ComponentId, DomainId, EdgeId, HostId, PartitionId, ResourceId};
use crate::placement::Placement;
use crate::problem::Problem;
use crate::quantity::Amount;
use crate::routing::{Flow, Router};

/// Loads, moves and flows of a placement, counted once.
pub(crate) struct Tally<'a> {
    /// The problem.
    pub(crate) problem: &'a Problem,
    /// The placement.
    pub(crate) placement: &'a Placement,
    /// Demand of the components on every host, host by host, per dimension.
    demand: Vec<Amount>,
    /// Components on every host.
    occupants: Vec<usize>,
    /// Flow of every edge.
    flows: Vec<Flow>,
}

impl<'a> Tally<'a> {
    /// Counts what `placement` puts on every host and routes every edge.
    pub(crate) fn new(problem: &'a Problem, placement: &'a Placement, router: &Router) -> Self {
        let dimensions = problem.dimensions();
        let mut demand = vec![0; problem.hosts.len() * dimensions];
        let mut occupants = vec![0; problem.hosts.len()];
        for (component, host) in placed(placement) {
            occupants[host.index()] += 1;
            add(&mut demand[host.index() * dimensions..][..dimensions], problem.demand(component));
        }
        let edges = 0..problem.traffic.edges.len();
        let flows = edges.map(|edge| router.flow(problem, EdgeId::new(edge), placement)).collect();
        Self { problem, placement, demand, occupants, flows }
    }

    /// Demand of the components on `host`.
    pub(crate) fn demand(&self, host: HostId, resource: ResourceId, step: usize) -> Amount {
        let dimension = resource.index() * self.problem.steps() + step;
        self.demand[host.index() * self.problem.dimensions() + dimension]
    }

    /// Load of `host`: its base and the demand of its components.
    pub(crate) fn load(&self, host: HostId, resource: ResourceId, step: usize) -> Amount {
        self.problem.host(host).base[resource.index()] + self.demand(host, resource, step)
    }

    /// Load of every domain of `partition` in `resource` at `step`.
    pub(crate) fn domain_loads(
        &self,
        partition: PartitionId,
        resource: ResourceId,
        step: usize,
    ) -> Vec<Amount> {
        let mut loads = vec![0; self.problem.partitions[partition.index()].domains.len()];
        for host in self.problem.host_ids() {
            loads[self.problem.domain(partition, host).index()] += self.load(host, resource, step);
        }
        loads
    }

    /// Whether `host` draws idle power: it runs something, or nobody switches it off.
    pub(crate) fn is_powered(&self, host: HostId) -> bool {
        let managed = self.problem.host(host).power.is_some_and(|power| power.power_managed);
        self.occupants[host.index()] > 0 || !managed
    }

    /// Components that have a host.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (ComponentId, HostId)> + '_ {
        placed(self.placement)
    }

    /// The domains of `partition` that hold some of `components`, once a component, in order.
    pub(crate) fn domains(&self, components: &[ComponentId], partition: PartitionId) -> Vec<DomainId> {
        let hosts = components.iter().filter_map(|&component| self.placement.host(component));
        let mut domains: Vec<_> = hosts.map(|host| self.problem.domain(partition, host)).collect();
        domains.sort_unstable();
        domains
    }

    /// Moved components: (component, where it was, where it is).
    pub(crate) fn moves(&self) -> impl Iterator<Item = (ComponentId, HostId, HostId)> + '_ {
        self.placed().filter_map(|(id, host)| {
            let component = self.problem.component(id);
            let source = component.initial.filter(|&source| component.is_settled() && source != host);
            source.map(|source| (id, source, host))
        })
    }

    /// The flow of every edge.
    pub(crate) fn flows(&self) -> impl Iterator<Item = (EdgeId, &Flow)> + '_ {
        self.flows.iter().enumerate().map(|(index, flow)| (EdgeId::new(index), flow))
    }
}

/// Components of `placement` that have a host.
fn placed(placement: &Placement) -> impl Iterator<Item = (ComponentId, HostId)> + '_ {
    placement.iter().filter_map(|(component, host)| host.map(|host| (component, host)))
}

/// Adds `amounts` to `totals`.
fn add(totals: &mut [Amount], amounts: &[Amount]) {
    for (total, amount) in totals.iter_mut().zip(amounts) {
        *total += amount;
    }
}
