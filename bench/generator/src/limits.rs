//! C1b and soft limits: what racks, zones and feeds may carry as a whole.

use colocate_model::UNLIMITED;
use colocate_model::draft::DomainDraft;
use rand::RngExt;

use crate::demand::Demand;
use crate::params::GeneratorParams;
use crate::reserve::reserve;
use crate::resources::{CPU, ResourceSpec};
use crate::rng::{Rng, Stream, between, stream};
use crate::services::Services;
use crate::start::Start;
use crate::topology::{Level, Topology};
use crate::traffic::Traffic;

/// What limits are derived from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) params: &'a GeneratorParams,
    pub(crate) resources: &'a [ResourceSpec],
    pub(crate) topology: &'a Topology,
    pub(crate) services: &'a Services,
    pub(crate) demand: &'a Demand,
    pub(crate) start: &'a Start,
    pub(crate) traffic: &'a Traffic,
}

impl Limits<'_> {
    /// The domains with their limits.
    pub(crate) fn domains(&self) -> Vec<DomainDraft> {
        let features = &self.params.features;
        let seed = self.params.seed;
        let load = self.host_loads();
        let mut drafts = Vec::new();
        for level in self.topology.levels() {
            let first = drafts.len();
            drafts.extend((0..self.topology.domains(level)).map(|domain| self.unlimited(level, domain)));
            let drafts: &mut [DomainDraft] = &mut drafts[first..];
            if features.domain_capacity {
                self.capacities(level, drafts, &load, &mut stream(seed, Stream::DomainCapacity));
            }
            if features.domain_soft_limits && level == Level::Rack {
                self.soft_limits(level, drafts, &load, &mut stream(seed, Stream::DomainSoftLimits));
            }
            if features.uplink && level != Level::Feed {
                self.uplinks(level, drafts, &mut stream(seed, Stream::Uplink));
            }
            if features.power_limit && level == Level::Rack {
                self.power(drafts, &load, &mut stream(seed, Stream::PowerLimit));
            }
        }
        drafts
    }

    fn unlimited(&self, level: Level, domain: usize) -> DomainDraft {
        let zone = || self.topology.domain_name(Level::Zone, self.topology.zone_of_rack[domain]);
        DomainDraft {
            partition: level.name().into(),
            name: self.topology.domain_name(level, domain),
            parent: (level == Level::Rack).then(zone),
            ..DomainDraft::default()
        }
    }

    /// Load per resource and step, host by host; pending components count where they would fit.
    fn host_loads(&self) -> Vec<i64> {
        let dimensions = self.resources.len() * self.demand.steps;
        let mut load = vec![0; self.topology.hosts() * dimensions];
        for (component, &host) in self.start.host.iter().enumerate() {
            let row = &mut load[host * dimensions..][..dimensions];
            row.iter_mut().zip(self.demand.counted(component)).for_each(|(load, demand)| *load += demand);
        }
        load
    }

    /// The highest load of a domain over the steps, its reserve included.
    fn peak(&self, level: Level, domain: usize, resource: usize, load: &[i64]) -> i64 {
        let (resources, steps) = (self.resources.len(), self.demand.steps);
        let mut per_step = vec![0; steps];
        for host in (0..self.topology.hosts()).filter(|&host| self.topology.domain(level, host) == domain) {
            let base = match self.topology.capacity(host, resource) {
                UNLIMITED => 0,
                capacity => reserve(self.params, resource, capacity),
            };
            let row = &load[(host * resources + resource) * steps..][..steps];
            per_step.iter_mut().zip(row).for_each(|(sum, load)| *sum += load + base);
        }
        per_step.into_iter().max().unwrap_or(0).max(0)
    }

    /// A little more than is used, or less where the start should break rules.
    fn factor(&self, rng: &mut Rng) -> f64 {
        let (above, below) = (between(rng, 1.03, 1.3), between(rng, 0.6, 0.98));
        if rng.random_bool(0.3) && self.params.features.broken_rules { below } else { above }
    }

    fn capacities(&self, level: Level, drafts: &mut [DomainDraft], load: &[i64], rng: &mut Rng) {
        for (domain, draft) in drafts.iter_mut().enumerate() {
            for (k, resource) in self.resources.iter().enumerate() {
                let factor = self.factor(rng);
                if rng.random_bool(0.4) {
                    // A domain that is empty at the start still has room for something.
                    let least = resource.unit_capacity / 4;
                    let peak = self.peak(level, domain, k, load).max(least) as f64;
                    draft.capacity.insert(resource.draft.name.clone(), (peak * factor).ceil() as i64);
                }
            }
        }
    }

    fn soft_limits(&self, level: Level, drafts: &mut [DomainDraft], load: &[i64], rng: &mut Rng) {
        for (domain, draft) in drafts.iter_mut().enumerate() {
            for (k, resource) in self.resources.iter().enumerate() {
                let (chosen, factor) = (rng.random_bool(0.5), between(rng, 0.7, 1.1));
                if chosen {
                    let peak = self.peak(level, domain, k, load) as f64;
                    draft.soft_limit.insert(resource.draft.name.clone(), (peak * factor) as i64);
                }
            }
        }
    }

    /// Uplinks by the bytes that cross when calls are spread uniformly.
    fn uplinks(&self, level: Level, drafts: &mut [DomainDraft], rng: &mut Rng) {
        let mut crossing = vec![0.0; drafts.len()];
        for edge in &self.traffic.edges {
            let counts = [edge.from, edge.to].map(|end| {
                let mut counts = std::collections::BTreeMap::<usize, f64>::new();
                for component in end.members(self.services) {
                    *counts.entry(self.topology.domain(level, self.start.host[component])).or_default() +=
                        1.0;
                }
                counts
            });
            let [n, m] = [edge.from, edge.to].map(|end| end.members(self.services).len() as f64);
            let bytes = self.traffic.peak_bytes(edge);
            for (&domain, &a) in &counts[0] {
                let b = counts[1].get(&domain).copied().unwrap_or(0.0);
                crossing[domain] += bytes * a * (m - b) / (n * m);
            }
            for (&domain, &b) in &counts[1] {
                let a = counts[0].get(&domain).copied().unwrap_or(0.0);
                crossing[domain] += bytes * b * (n - a) / (n * m);
            }
        }
        for (draft, bytes) in drafts.iter_mut().zip(crossing) {
            let (chosen, factor) = (rng.random_bool(0.7), self.factor(rng));
            draft.uplink = chosen.then_some((bytes * factor) as i64 + 1_000);
        }
    }

    fn power(&self, drafts: &mut [DomainDraft], load: &[i64], rng: &mut Rng) {
        let (resources, steps) = (self.resources.len(), self.demand.steps);
        let mut watts = vec![0.0; drafts.len()];
        for host in 0..self.topology.hosts() {
            let Some(power) = self.topology.power[host] else { continue };
            let peak = load[(host * resources + CPU) * steps..][..steps].iter().max().copied().unwrap_or(0);
            let utilisation = peak as f64 / self.topology.capacity(host, CPU).max(1) as f64;
            let is_on = !power.power_managed || self.start.host.contains(&host);
            watts[self.topology.rack_of[host]] +=
                if is_on { power.idle_w } else { 0.0 } + (power.max_w - power.idle_w) * utilisation;
        }
        for (draft, watts) in drafts.iter_mut().zip(watts) {
            let factor = self.factor(rng);
            draft.power_w = (watts > 0.0).then(|| (watts * factor).ceil());
        }
    }
}
