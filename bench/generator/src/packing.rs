//! Packing components into hosts.

use std::collections::BTreeSet;

use colocate_model::{HostState, UNLIMITED};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::compatibility::Compatibility;
use crate::demand::Demand;
use crate::params::GeneratorParams;
use crate::reserve::reserve;
use crate::resources::ResourceSpec;
use crate::rng::{Rng, Stream, stream};
use crate::services::Services;
use crate::topology::Topology;

/// Random hosts tried for a component before all are.
const TRIES: usize = 8;

/// Components being packed into hosts.
pub(crate) struct Packing<'a> {
    topology: &'a Topology,
    services: &'a Services,
    demand: &'a Demand,
    compatibility: &'a Compatibility,
    /// Capacity less reserve, per resource, host by host.
    room: Vec<i64>,
    /// The exclusions of every service.
    exclusions_of: Vec<Vec<usize>>,
    pub(crate) host: Vec<usize>,
    /// Load per resource and step, host by host.
    pub(crate) load: Vec<i64>,
    /// (exclusion, domain) pairs that hold a component.
    occupied: BTreeSet<(usize, usize)>,
}

impl<'a> Packing<'a> {
    pub(crate) fn new(
        params: &GeneratorParams,
        resources: &[ResourceSpec],
        topology: &'a Topology,
        services: &'a Services,
        demand: &'a Demand,
        compatibility: &'a Compatibility,
    ) -> Self {
        let mut exclusions_of = vec![Vec::new(); services.len()];
        for (index, exclusion) in compatibility.exclusions.iter().enumerate() {
            exclusion.services.iter().for_each(|&service| exclusions_of[service].push(index));
        }
        let room = |(cell, &capacity): (usize, &i64)| match capacity {
            UNLIMITED => UNLIMITED,
            capacity => capacity - reserve(params, cell % resources.len(), capacity),
        };
        Self {
            room: topology.capacity.iter().enumerate().map(room).collect(),
            exclusions_of,
            host: vec![usize::MAX; services.components()],
            load: vec![0; topology.capacity.len() * demand.steps],
            occupied: BTreeSet::new(),
            topology,
            services,
            demand,
            compatibility,
        }
    }

    /// Random placement; those with exclusions first, among them those that suit the fewest hosts.
    pub(crate) fn place_all(&mut self, rng: &mut Rng) {
        let mut order = (0..self.services.components()).collect::<Vec<_>>();
        order.shuffle(rng);
        let homes = (0..self.services.len()).map(|s| self.compatibility.homes(s)).collect::<Vec<_>>();
        order.sort_by_key(|&i| {
            let service = self.services.service_of[i];
            if self.exclusions_of[service].is_empty() { usize::MAX } else { homes[service] }
        });
        for component in order {
            let host = self.choose(component, rng);
            self.put(component, host);
        }
    }

    /// A random host that fits, else the first that fits, else the one that is exceeded least.
    fn choose(&self, component: usize, rng: &mut Rng) -> usize {
        let hosts = self.topology.hosts();
        for _ in 0..TRIES {
            let host = rng.random_range(0..hosts);
            if self.is_compatible(component, host) && self.excess(component, host) <= 0.0 {
                return host;
            }
        }
        let offset = rng.random_range(0..hosts);
        let rotated = || (0..hosts).map(|index| (index + offset) % hosts);
        let least = |hosts: &mut dyn Iterator<Item = usize>| {
            let mut best: Option<(f64, usize)> = None;
            for host in hosts {
                let excess = self.excess(component, host);
                if excess <= 0.0 {
                    return Some(host);
                }
                if best.is_none_or(|(least, _)| excess < least) {
                    best = Some((excess, host));
                }
            }
            best.map(|(_, host)| host)
        };
        least(&mut rotated().filter(|&host| self.is_compatible(component, host)))
            .or_else(|| least(&mut rotated().filter(|&host| self.is_permitted(component, host))))
            .unwrap_or(offset)
    }

    fn is_permitted(&self, component: usize, host: usize) -> bool {
        self.compatibility.permits(self.services.service_of[component], host)
    }

    fn is_compatible(&self, component: usize, host: usize) -> bool {
        let exclusions = &self.exclusions_of[self.services.service_of[component]];
        let free = |&index: &usize| !self.occupied.contains(&(index, self.excluded_domain(index, host)));
        self.is_permitted(component, host) && exclusions.iter().all(free)
    }

    fn excluded_domain(&self, exclusion: usize, host: usize) -> usize {
        self.topology.domain(self.compatibility.exclusions[exclusion].level, host)
    }

    /// By how much the fullest dimension of `host` would exceed its room, as a share; not positive when it fits.
    fn excess(&self, component: usize, host: usize) -> f64 {
        let demand = self.demand.counted(component);
        let load = &self.load[host * demand.len()..][..demand.len()];
        let mut most = f64::NEG_INFINITY;
        for (dimension, (load, demand)) in load.iter().zip(demand).enumerate() {
            let room = self.room[host * self.topology.resources + dimension / self.demand.steps];
            if room != UNLIMITED {
                most = most.max((load + demand - room) as f64 / room.max(1) as f64);
            }
        }
        most
    }

    fn put(&mut self, component: usize, host: usize) {
        self.add_load(component, host, 1);
        for index in self.exclusions_of[self.services.service_of[component]].clone() {
            self.occupied.insert((index, self.excluded_domain(index, host)));
        }
        self.host[component] = host;
    }

    fn add_load(&mut self, component: usize, host: usize, sign: i64) {
        let demand = self.demand.counted(component);
        let load = &mut self.load[host * demand.len()..][..demand.len()];
        load.iter_mut().zip(demand).for_each(|(load, demand)| *load += sign * demand);
    }

    /// Throws a few components onto hosts that may be anything but suitable.
    pub(crate) fn scatter(&mut self, unfit: &mut [bool], rng: &mut Rng) {
        let components = self.host.len();
        for _ in 0..1 + components / 30 {
            let component = rng.random_range(0..components);
            self.add_load(component, self.host[component], -1);
            let host = rng.random_range(0..self.topology.hosts());
            self.put(component, host);
            unfit[component] = true;
        }
    }

    /// Sends a few components to hosts with room for them; their sources are held as well.
    pub(crate) fn set_in_motion(
        &mut self,
        params: &GeneratorParams,
        states: &[HostState],
    ) -> Vec<Option<usize>> {
        let components = self.host.len();
        let mut moving_from = vec![None; components];
        if !params.features.moving {
            return moving_from;
        }
        let mut rng = stream(params.seed, Stream::Moving);
        let mut left = 1 + components / 50;
        for _ in 0..TRIES * left {
            let component = rng.random_range(0..components);
            let (source, target) = (self.host[component], rng.random_range(0..self.topology.hosts()));
            let suitable = left > 0
                && target != source
                && states[target] == HostState::Ready
                && moving_from[component].is_none()
                && self.is_compatible(component, target)
                && self.excess(component, target) <= 0.0;
            if suitable {
                self.put(component, target);
                moving_from[component] = Some(source);
                left -= 1;
            }
        }
        moving_from
    }
}
