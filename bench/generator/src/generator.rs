//! The generator: from parameters to a draft.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::draft::{
    AllowedDraft, BalanceDraft, ComponentDraft, ForecastDraft, HostDraft, MovingDraft, ServiceDraft,
};
use colocate_model::{Draft, UNLIMITED};
use rand::RngExt;

use crate::compatibility::Compatibility;
use crate::demand::Demand;
use crate::latency::Latencies;
use crate::limits::Limits;
use crate::moves::{MoveData, move_costs};
use crate::params::GeneratorParams;
use crate::policy::policy;
use crate::reserve::reserves;
use crate::resources::{ResourceSpec, resources};
use crate::rng::{Rng, Stream, between, stream};
use crate::rules::Rules;
use crate::services::Services;
use crate::start::Start;
use crate::topology::{Level, Topology};
use crate::traffic::Traffic;

/// Makes instances: the same parameters always make the same one.
#[derive(Debug, Clone, Default)]
pub struct Generator {
    params: GeneratorParams,
}

impl Generator {
    /// A generator with these parameters.
    #[must_use]
    pub const fn new(params: GeneratorParams) -> Self {
        Self { params }
    }

    /// Its parameters.
    #[must_use]
    pub const fn params(&self) -> &GeneratorParams {
        &self.params
    }

    /// The instance. It is valid, and nothing has to move unless a component is pending.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let params = &self.params;
        let resources = resources(&params.features);
        let mut topology = Topology::new(params, &resources);
        let services = Services::new(params, topology.hosts());
        let demand = Demand::new(params, &resources, &topology, &services);
        let compatibility = Compatibility::new(params, &topology, &services);
        let start = Start::new(params, &resources, &mut topology, &services, &demand, &compatibility);
        let traffic = Traffic::new(params, &services, demand.steps);
        let latencies = Latencies::new(params, &topology, demand.steps);
        let moves = MoveData::of_services(params, &services);
        let world = World {
            params,
            resources: &resources,
            topology: &topology,
            services: &services,
            demand: &demand,
            compatibility: &compatibility,
            start: &start,
            moves: &moves,
        };
        let mut service_drafts = world.services();
        let rules = Rules {
            params,
            topology: &topology,
            services: &services,
            start: &start,
            traffic: &traffic,
            latencies: latencies.as_ref(),
        };
        rules.add_to(&mut service_drafts);
        let pinned = world.pinned();
        let components = world.components(&pinned, &rules.move_groups(&pinned));
        let bytes = components.iter().map(|component| component.bytes).sum::<i64>() / components.len() as i64;
        let limits = Limits {
            params,
            resources: &resources,
            topology: &topology,
            services: &services,
            demand: &demand,
            start: &start,
            traffic: &traffic,
        };
        let policy = policy(params, &topology, latencies.as_ref(), components.len(), bytes);
        Draft {
            resources: resources.iter().map(|resource| resource.draft.clone()).collect(),
            partitions: topology.levels().into_iter().map(|level| level.name().to_owned()).collect(),
            domains: limits.domains(),
            hosts: world.hosts(),
            services: service_drafts,
            components,
            moving: world.moving(),
            balances: world.balances(),
            move_costs: move_costs(params, topology.hosts()),
            edges: traffic.drafts(&services),
            latency: latencies.map(|latencies| latencies.draft(&topology)),
            forecast: world.forecast(&traffic),
            policy,
        }
    }
}

/// The parts of an instance, by position.
#[derive(Debug, Clone, Copy)]
struct World<'a> {
    params: &'a GeneratorParams,
    resources: &'a [ResourceSpec],
    topology: &'a Topology,
    services: &'a Services,
    demand: &'a Demand,
    compatibility: &'a Compatibility,
    start: &'a Start,
    moves: &'a [MoveData],
}

impl World<'_> {
    fn hosts(&self) -> Vec<HostDraft> {
        let mut rng = stream(self.params.seed, Stream::SoftLimits);
        (0..self.topology.hosts()).map(|host| self.host(host, &mut rng)).collect()
    }

    fn host(&self, host: usize, rng: &mut Rng) -> HostDraft {
        let mut draft = HostDraft::new(&self.topology.host_name(host));
        for level in self.topology.levels().into_iter().filter(|&level| level != Level::Zone) {
            let domain = self.topology.domain_name(level, self.topology.domain(level, host));
            draft.within.insert(level.name().into(), domain);
        }
        // One host in two has soft limits of its own; the policy fills in those of the others.
        let own_limits = rng.random_bool(0.5) && self.params.features.soft_limits;
        for (k, resource) in self.resources.iter().enumerate() {
            let capacity = self.topology.capacity(host, k);
            let share = between(rng, 0.5, 0.9);
            let basis = if capacity == UNLIMITED { resource.unit_capacity } else { capacity };
            if capacity != UNLIMITED {
                draft.capacity.insert(resource.draft.name.clone(), capacity);
            }
            if own_limits {
                draft.soft_limit.insert(resource.draft.name.clone(), (share * basis as f64) as i64);
            }
        }
        draft.state = self.start.states[host];
        draft.power = self.topology.power[host];
        draft.labels = self.compatibility.labels(host);
        draft.volumes = self.compatibility.volumes(host);
        draft.ports = self.compatibility.taken_ports(host);
        draft
    }

    fn services(&self) -> Vec<ServiceDraft> {
        let service = |service: usize| {
            let mut draft = ServiceDraft::new(&self.services.name(service));
            draft.anti_affinity = self.compatibility.anti_affinity[service].map(|level| level.name().into());
            draft.strategies = self.moves[service].strategies.clone();
            draft.max_in_motion = self.moves[service].max_in_motion;
            draft
        };
        (0..self.services.len()).map(service).collect()
    }

    /// C6: a few components that must stay.
    fn pinned(&self) -> BTreeSet<usize> {
        if !self.params.features.pinned {
            return BTreeSet::new();
        }
        let settled = self.start.settled(&mut stream(self.params.seed, Stream::Pins));
        settled.into_iter().take(1 + self.services.components() / 30).collect()
    }

    fn components(&self, pinned: &BTreeSet<usize>, groups: &BTreeMap<usize, String>) -> Vec<ComponentDraft> {
        let mut rng = stream(self.params.seed, Stream::Pins);
        let mut drafts = Vec::with_capacity(self.services.components());
        for (component, &service) in self.services.service_of.iter().enumerate() {
            let name = self.services.component_name(component);
            let mut draft = ComponentDraft::new(&name, &self.services.name(service));
            if !self.start.pending[component] {
                let host = self.start.moving_from[component].unwrap_or(self.start.host[component]);
                draft.host = Some(self.topology.host_name(host));
            }
            for (k, resource) in self.resources.iter().enumerate() {
                draft.demand.insert(resource.draft.name.clone(), self.demand.now(component, k));
            }
            draft.allowed = self.allowed(component, &mut rng);
            draft.pinned = pinned.contains(&component);
            draft.moves_with = groups.get(&component).cloned();
            let data = &self.moves[service];
            draft.bytes = data.bytes;
            draft.fixed_cost = data.fixed_cost;
            draft.downtime_ms = data.downtime_ms.clone();
            drafts.push(draft);
        }
        drafts
    }

    /// What the service allows; of one component in ten only a few hosts by name.
    fn allowed(&self, component: usize, rng: &mut Rng) -> AllowedDraft {
        let service = self.services.service_of[component];
        let mut allowed = self.compatibility.allowed(service);
        let (named, breaks) =
            (rng.random_bool(0.1), rng.random_bool(0.3) && self.params.features.broken_rules);
        if !named || !self.params.features.allowed_hosts {
            return allowed;
        }
        let hosts = self.topology.hosts();
        let mut some = BTreeSet::new();
        for _ in 0..1 + hosts / 3 {
            some.insert(rng.random_range(0..hosts));
        }
        if breaks && !self.start.pending[component] {
            some.remove(&self.start.host[component]);
        } else {
            some.insert(self.start.host[component]);
        }
        allowed.hosts = Some(some.into_iter().map(|host| self.topology.host_name(host)).collect());
        allowed
    }

    fn moving(&self) -> Vec<MovingDraft> {
        let moving = self.start.moving_from.iter().enumerate().filter(|(_, source)| source.is_some());
        let draft = |(component, _): (usize, _)| MovingDraft {
            component: self.services.component_name(component),
            to: self.topology.host_name(self.start.host[component]),
        };
        moving.map(draft).collect()
    }

    /// Memory wanted per free CPU, CPU per free GiB the other way round.
    fn balances(&self) -> Vec<BalanceDraft> {
        if !self.params.features.balance_triples {
            return Vec::new();
        }
        let balance = |first: &str, second: &str, target, weight| BalanceDraft {
            first: first.into(),
            second: second.into(),
            target,
            weight,
        };
        let other = self.resources.last().map_or("memory", |resource| &resource.draft.name);
        vec![balance("cpu", "memory", 4_300_000, 1), balance("cpu", other, 1, 3)]
    }

    fn forecast(&self, traffic: &Traffic) -> Option<ForecastDraft> {
        let reserve = reserves(self.params);
        let components = self.demand.forecasts(self.resources, self.services);
        if !self.params.features.forecast && reserve.is_empty() {
            return None;
        }
        let ranking = components.keys().take(20).cloned().collect();
        let edges = traffic.forecasts(self.services);
        let steps = self.demand.steps;
        Some(ForecastDraft { step_s: self.params.step_s, steps, components, edges, reserve, ranking })
    }
}
