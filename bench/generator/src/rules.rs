//! C4, C5, C7 and C11: rules between components, chosen so that the start holds them unless it should not.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::draft::ServiceDraft;
use rand::RngExt;

use crate::latency::Latencies;
use crate::params::GeneratorParams;
use crate::rng::{Rng, Stream, between, decimals, stream};
use crate::services::Services;
use crate::start::Start;
use crate::topology::{Level, Topology};
use crate::traffic::{End, Traffic};

/// A ceiling is only given between services with at most so many pairs of components.
const MOST_PAIRS: usize = 2_000;

/// What rules are chosen from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) params: &'a GeneratorParams,
    pub(crate) topology: &'a Topology,
    pub(crate) services: &'a Services,
    pub(crate) start: &'a Start,
    pub(crate) traffic: &'a Traffic,
    pub(crate) latencies: Option<&'a Latencies>,
}

impl Rules<'_> {
    /// Adds the rules to the services.
    pub(crate) fn add_to(&self, drafts: &mut [ServiceDraft]) {
        let features = &self.params.features;
        if features.spread {
            self.spread(drafts, &mut stream(self.params.seed, Stream::Spread));
        }
        if features.dependency {
            self.dependencies(drafts, &mut stream(self.params.seed, Stream::Dependency));
        }
        if let (true, Some(latencies)) = (features.latency_ceiling, self.latencies) {
            self.ceilings(drafts, latencies, &mut stream(self.params.seed, Stream::Ceilings));
        }
    }

    /// Breaks a rule at the start with this probability.
    fn breaks(&self, rng: &mut Rng) -> bool {
        rng.random_bool(0.3) && self.params.features.broken_rules
    }

    /// The domains in which a service is.
    fn domains(&self, service: usize, level: Level) -> BTreeSet<usize> {
        let members = self.services.members(service);
        members.map(|i| self.topology.domain(level, self.start.host[i])).collect()
    }

    fn spread(&self, drafts: &mut [ServiceDraft], rng: &mut Rng) {
        let mut levels = self.topology.levels();
        levels.push(Level::Host);
        for (service, draft) in drafts.iter_mut().enumerate() {
            let level = levels[rng.random_range(0..levels.len())];
            let (chosen, breaks) = (rng.random_bool(0.5), self.breaks(rng));
            let size = self.services.members(service).len();
            let reached = self.domains(service, level).len() + usize::from(breaks);
            let least = rng.random_range(2..=4).min(reached).min(self.topology.domains(level)).min(size);
            if chosen && least > 1 {
                draft.spread.insert(level.name().into(), least as u32);
            }
        }
    }

    fn dependencies(&self, drafts: &mut [ServiceDraft], rng: &mut Rng) {
        let levels = self.topology.levels();
        for edge in &self.traffic.edges {
            let (End::Service(from), End::Service(to)) = (edge.from, edge.to) else { continue };
            let level = levels[rng.random_range(0..levels.len())];
            let (chosen, breaks) = (rng.random_bool(0.5), self.breaks(rng));
            let holds = breaks || self.domains(from, level).is_subset(&self.domains(to, level));
            if chosen && holds && from != to && drafts[from].depends_on.is_empty() {
                drafts[from].depends_on.push((drafts[to].name.clone(), level.name().into()));
            }
        }
    }

    /// Ceilings along edges, and a few where there is no edge.
    fn ceilings(&self, drafts: &mut [ServiceDraft], latencies: &Latencies, rng: &mut Rng) {
        let mut pairs = BTreeSet::new();
        for edge in &self.traffic.edges {
            let chosen = rng.random_bool(0.4);
            if let (End::Service(from), End::Service(to), true) = (edge.from, edge.to, chosen) {
                pairs.insert((from, to));
            }
        }
        for _ in 0..=self.services.len() / 20 {
            let service = |rng: &mut Rng| rng.random_range(0..self.services.len());
            pairs.insert((service(rng), service(rng)));
        }
        for (from, to) in pairs {
            let factor = if self.breaks(rng) { between(rng, 0.4, 0.9) } else { between(rng, 1.0, 1.5) };
            let (sources, targets) = (self.services.members(from), self.services.members(to));
            if sources.len() * targets.len() > MOST_PAIRS {
                continue;
            }
            let host = |component: usize| self.start.host[component];
            let ends = sources.flat_map(|a| targets.clone().map(move |b| (host(a), host(b))));
            let furthest = ends
                .map(|(a, b)| latencies.ceiling_us(self.topology, a, b))
                .try_fold(0.0, |most, us| Some(f64::max(most, us?)));
            if let Some(furthest) = furthest {
                let ceiling = decimals(factor * furthest + 0.1, 1);
                drafts[from].max_latency.push((drafts[to].name.clone(), ceiling));
            }
        }
    }

    /// C11: the group of components that move together, by component.
    pub(crate) fn move_groups(&self, pinned: &BTreeSet<usize>) -> BTreeMap<usize, String> {
        let mut groups = BTreeMap::new();
        if !self.params.features.move_groups {
            return groups;
        }
        let mut rng = stream(self.params.seed, Stream::Groups);
        let free = |component: &usize| self.start.is_settled(*component) && !pinned.contains(component);
        for index in 0..1 + self.services.components() / 40 {
            let service = rng.random_range(0..self.services.len());
            let siblings = self.services.siblings(service);
            // Either some of one service, or some of its application.
            let whole = rng.random_bool(0.5);
            let pool = if whole { siblings } else { service..service + 1 };
            let mut pool = pool.flat_map(|s| self.services.members(s)).filter(free).collect::<Vec<_>>();
            rand::seq::SliceRandom::shuffle(pool.as_mut_slice(), &mut rng);
            pool.retain(|component| !groups.contains_key(component));
            pool.truncate(rng.random_range(2..=3));
            if pool.len() > 1 {
                groups.extend(pool.into_iter().map(|component| (component, format!("g{index}"))));
            }
        }
        groups
    }
}
