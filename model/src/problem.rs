//! The immutable, validated problem.

use serde::Serialize;

use crate::component::Component;
use crate::host::{Host, HostState};
use crate::ids::{ComponentId, DomainId, HostId, PartitionId, ResourceId, ServiceId};
use crate::latency::{Latency, UNKNOWN};
use crate::outcome::Bound;
use crate::placement::Placement;
use crate::policy::Policy;
use crate::quantity::{Amount, Cost, NanoDollars, Nanos, PPM};
use crate::resource::Resource;
use crate::score::Score;
use crate::service::{Exclusion, MigrationStrategy, Service};
use crate::topology::{HostSet, Partition};
use crate::traffic::Traffic;

/// A placement problem. Built by [`Draft::build`](crate::Draft::build), which validates; nothing changes it after.
///
/// Amounts per dimension are stored with the resource as the outer index: dimension = resource x steps + step.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Resources.
    pub resources: Vec<Resource>,
    /// Weight of each step of the horizon; at least one.
    pub step_weights: Vec<i64>,
    /// Length of the horizon in seconds; 0 when there is no forecast.
    pub horizon_s: i64,
    /// Partitions; the first is the one into single hosts.
    pub partitions: Vec<Partition>,
    /// Hosts.
    pub hosts: Vec<Host>,
    /// Services.
    pub services: Vec<Service>,
    /// Components.
    pub components: Vec<Component>,
    /// The members of each class of interchangeable components, in order of id.
    pub classes: Vec<Vec<ComponentId>>,
    /// Demand of every component and dimension, component by component.
    pub demands: Vec<Amount>,
    /// C3.
    pub exclusions: Vec<Exclusion>,
    /// C11: components that move together or not at all.
    pub move_groups: Vec<Vec<ComponentId>>,
    /// Distinct sets of hosts that components may move to.
    pub host_sets: Vec<HostSet>,
    /// Traffic.
    pub traffic: Traffic,
    /// Latency.
    pub latency: Latency,
    /// ROADEF's balance triples.
    pub balances: Vec<Balance>,
    /// Move costs beside those of the components.
    pub move_costs: MoveCosts,
    /// Goals, prices and limits.
    pub policy: Policy,
}

/// A wish that `target` units of free `first` go with every unit of free `second`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Balance {
    /// k1.
    pub first: ResourceId,
    /// k2.
    pub second: ResourceId,
    /// Free units of k2 wanted per free unit of k1.
    pub target: i64,
    /// Cost of one unit missing.
    pub weight: i64,
}

/// Move costs beside those of the components.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MoveCosts {
    /// Cost of the largest number of components moved of any one service, per component.
    pub per_service_max: Cost,
    /// Cost of a unit of `pairs`.
    pub pair_weight: Cost,
    /// Per (from, to) pair of hosts, row by row; empty when there is none.
    pub pairs: Vec<u32>,
}

impl Problem {
    /// Number of steps.
    #[must_use]
    #[inline]
    pub fn steps(&self) -> usize {
        self.step_weights.len()
    }

    /// Sum of the step weights.
    #[must_use]
    pub fn total_step_weight(&self) -> i64 {
        self.step_weights.iter().sum()
    }

    /// Number of dimensions: resources x steps.
    #[must_use]
    #[inline]
    pub fn dimensions(&self) -> usize {
        self.resources.len() * self.steps()
    }

    /// Demand of `component`, per dimension.
    #[must_use]
    #[inline]
    pub fn demand(&self, component: ComponentId) -> &[Amount] {
        let dimensions = self.dimensions();
        &self.demands[component.index() * dimensions..][..dimensions]
    }

    /// The component.
    #[must_use]
    #[inline]
    pub fn component(&self, component: ComponentId) -> &Component {
        &self.components[component.index()]
    }

    /// The host.
    #[must_use]
    #[inline]
    pub fn host(&self, host: HostId) -> &Host {
        &self.hosts[host.index()]
    }

    /// The service.
    #[must_use]
    #[inline]
    pub fn service(&self, service: ServiceId) -> &Service {
        &self.services[service.index()]
    }

    /// All component ids.
    pub fn component_ids(&self) -> impl ExactSizeIterator<Item = ComponentId> + use<> {
        (0..self.components.len()).map(ComponentId::new)
    }

    /// All host ids.
    pub fn host_ids(&self) -> impl ExactSizeIterator<Item = HostId> + use<> {
        (0..self.hosts.len()).map(HostId::new)
    }

    /// The domain of `host` in `partition`.
    #[must_use]
    #[inline]
    pub fn domain(&self, partition: PartitionId, host: HostId) -> DomainId {
        self.partitions[partition.index()].domain_of[host.index()]
    }

    /// The partition of that name.
    #[must_use]
    pub fn partition_named(&self, name: &str) -> Option<PartitionId> {
        self.partitions.iter().position(|partition| partition.name == name).map(PartitionId::new)
    }

    /// The racks: the partition of that name, or else the one that latencies are measured between.
    #[must_use]
    pub fn racks(&self) -> PartitionId {
        self.partition_named("rack").unwrap_or(self.latency.level)
    }

    /// Where every component is at the start.
    #[must_use]
    pub fn initial_placement(&self) -> Placement {
        Placement::new(self.components.iter().map(|component| component.initial).collect())
    }

    /// Whether C6, C9 and C10 let `component` be on `host`; it may always be where it is at the start.
    #[must_use]
    #[inline]
    pub fn may_be_on(&self, component: ComponentId, host: HostId) -> bool {
        let c = self.component(component);
        if c.initial == Some(host) {
            return true;
        }
        !c.pinned
            && c.moving_from.is_none()
            && self.host_sets[c.host_set as usize].contains(host)
            && c.initial.is_none_or(|source| self.may_migrate(source, host))
    }

    /// C10: whether a component may move from `source` to `target`.
    #[must_use]
    #[inline]
    pub fn may_migrate(&self, source: HostId, target: HostId) -> bool {
        match self.policy.max_migration_latency {
            Some(limit) if self.host(source).state != HostState::Down => {
                let latency = self.ceiling_latency(source, target);
                latency != UNKNOWN && latency <= limit
            }
            _ => true,
        }
    }

    /// C6: whether `component` should not be on `host`; it may stay only because it was there at the start.
    #[must_use]
    pub fn is_misplaced(&self, component: ComponentId, host: HostId) -> bool {
        let c = self.component(component);
        if c.pinned {
            return c.initial != Some(host) || self.host(host).state != HostState::Ready;
        }
        !self.host_sets[c.host_set as usize].contains(host)
    }

    /// Ceiling latency between two hosts; [`UNKNOWN`] where it is.
    #[must_use]
    #[inline]
    pub fn ceiling_latency(&self, from: HostId, to: HostId) -> Nanos {
        if from == to {
            return self.latency.same_host;
        }
        self.latency.ceiling.get(self.domain(self.latency.level, from), self.domain(self.latency.level, to))
    }

    /// Price of a path at step `step`, in ns.
    #[must_use]
    #[inline]
    pub fn path_price(&self, step: usize, from: HostId, to: HostId) -> Nanos {
        if from == to {
            return self.latency.same_host;
        }
        let matrix = &self.latency.price[step.min(self.latency.price.len() - 1)];
        matrix.get(self.domain(self.latency.level, from), self.domain(self.latency.level, to))
    }

    /// Price of a GB over a path.
    #[must_use]
    #[inline]
    pub fn network_price(&self, from: HostId, to: HostId) -> NanoDollars {
        if from == to {
            return 0;
        }
        let prices = &self.policy.prices;
        let tier = prices.network_tiers.iter().find(|&&(p, _)| self.domain(p, from) == self.domain(p, to));
        tier.map_or(prices.network_beyond, |&(_, price)| price)
    }

    /// Cost of a move between two hosts whatever moves.
    #[must_use]
    #[inline]
    pub fn pair_cost(&self, source: HostId, target: HostId) -> Cost {
        if self.move_costs.pairs.is_empty() {
            return 0;
        }
        let cell = source.index() * self.hosts.len() + target.index();
        self.move_costs.pair_weight * Cost::from(self.move_costs.pairs[cell])
    }

    /// The strategy a component of `service` moves by when it leaves a host in `state`.
    #[must_use]
    pub fn strategy(service: &Service, state: HostState) -> MigrationStrategy {
        match state {
            HostState::Down => MigrationStrategy::StopFirst,
            _ => service.strategies[0],
        }
    }

    /// Whether `bounds`, one a goal, prove that no feasible score is better: the last goal reaches its bound, and every
    /// earlier one is no further from its own than its tolerance lets later goals go.
    #[must_use]
    pub fn is_proven(&self, score: &Score, bounds: &[Option<Bound>]) -> bool {
        let goals = &self.policy.goals;
        goals.iter().zip(bounds).zip(&score.totals).enumerate().all(|(index, ((goal, bound), &total))| {
            let last = index + 1 == goals.len();
            bound.is_some_and(|bound| {
                total <= if last { bound.value } else { goal.tolerance.limit(bound.value) }
            })
        })
    }

    /// Load of `host` in `resource` as parts per million of its capacity; `None` where that is unlimited or 0.
    #[must_use]
    pub fn utilisation_ppm(&self, host: HostId, resource: ResourceId, load: Amount) -> Option<i64> {
        let capacity = self.host(host).capacity[resource.index()];
        if capacity == crate::UNLIMITED || capacity == 0 {
            return None;
        }
        Some((i128::from(load) * i128::from(PPM)).div_euclid(i128::from(capacity)) as i64)
    }
}
