//! Where components are at the start.

use std::collections::BTreeSet;

use colocate_model::{HostState, UNLIMITED};
use rand::seq::SliceRandom;

use crate::compatibility::Compatibility;
use crate::demand::Demand;
use crate::packing::Packing;
use crate::params::GeneratorParams;
use crate::resources::ResourceSpec;
use crate::rng::{Rng, Stream, stream};
use crate::services::Services;
use crate::topology::Topology;

/// Where components are, and the state of hosts.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// The host of every component: where a moving one goes to, and where a pending one would fit.
    pub(crate) host: Vec<usize>,
    /// Where moving components come from.
    pub(crate) moving_from: Vec<Option<usize>>,
    /// Whether the component waits for a host.
    pub(crate) pending: Vec<bool>,
    /// State of every host.
    pub(crate) states: Vec<HostState>,
}

impl Start {
    /// A start that holds capacities and exclusions wherever a host is found that does, with what is violated where
    /// that is asked for.
    pub(crate) fn new(
        params: &GeneratorParams,
        resources: &[ResourceSpec],
        topology: &mut Topology,
        services: &Services,
        demand: &Demand,
        compatibility: &Compatibility,
    ) -> Self {
        let mut packing = Packing::new(params, resources, topology, services, demand, compatibility);
        packing.place_all(&mut stream(params.seed, Stream::Placement));
        let mut unfit = vec![false; services.components()];
        if params.features.broken_rules {
            packing.scatter(&mut unfit, &mut stream(params.seed, Stream::Scatter));
        }
        let states = states(params, topology.hosts());
        let moving_from = packing.set_in_motion(params, &states);
        let Packing { host, load, .. } = packing;
        let mut start = Self { pending: vec![false; host.len()], host, moving_from, states };
        if params.features.pending {
            start.choose_pending(&unfit, &mut stream(params.seed, Stream::Pending));
        }
        if params.features.overfull {
            let places = start.pending_places();
            overfill(topology, &load, demand.steps, &places, &mut stream(params.seed, Stream::Overfull));
        }
        start
    }

    /// Whether a component is placed and at rest.
    pub(crate) fn is_settled(&self, component: usize) -> bool {
        !self.pending[component] && self.moving_from[component].is_none()
    }

    /// The components at rest, in random order.
    pub(crate) fn settled(&self, rng: &mut Rng) -> Vec<usize> {
        let mut settled = (0..self.host.len()).filter(|&i| self.is_settled(i)).collect::<Vec<_>>();
        settled.shuffle(rng);
        settled
    }

    /// Lets a few components of ready hosts wait; their places stay free. Those that are where they should not be
    /// would have no place to come back to.
    fn choose_pending(&mut self, unfit: &[bool], rng: &mut Rng) {
        let candidates = self.settled(rng);
        let fit = candidates.into_iter().filter(|&i| !unfit[i]);
        let ready = fit.filter(|&i| self.states[self.host[i]] == HostState::Ready);
        for component in ready.take(1 + self.host.len() / 40).collect::<Vec<_>>() {
            self.pending[component] = true;
        }
    }

    /// The hosts that are kept free for pending components.
    fn pending_places(&self) -> BTreeSet<usize> {
        self.host.iter().zip(&self.pending).filter_map(|(&host, &pending)| pending.then_some(host)).collect()
    }
}

/// Hosts that drain and hosts that are down; at least one stays ready.
fn states(params: &GeneratorParams, hosts: usize) -> Vec<HostState> {
    let mut rng = stream(params.seed, Stream::States);
    let mut order = (0..hosts).collect::<Vec<_>>();
    order.shuffle(&mut rng);
    let count = |wanted: bool, per: usize| if wanted { 1 + hosts / per } else { 0 };
    let draining = std::iter::repeat_n(HostState::Draining, count(params.features.draining, 60));
    let down = std::iter::repeat_n(HostState::Down, count(params.features.down, 120));
    let mut states = vec![HostState::Ready; hosts];
    for (&host, state) in order.iter().skip(1).zip(draining.chain(down)) {
        states[host] = state;
    }
    states
}

/// Lowers a capacity of a few hosts, those in `spared` apart, below what they carry.
fn overfill(topology: &mut Topology, load: &[i64], steps: usize, spared: &BTreeSet<usize>, rng: &mut Rng) {
    let (hosts, resources) = (topology.hosts(), topology.resources);
    let mut cells = (0..hosts * resources).collect::<Vec<_>>();
    cells.shuffle(rng);
    let mut left = 1 + hosts / 15;
    for cell in cells {
        let most = load[cell * steps..][..steps].iter().copied().max().unwrap_or(0);
        if left > 0
            && most > 1
            && !spared.contains(&(cell / resources))
            && topology.capacity[cell] != UNLIMITED
        {
            topology.capacity[cell] = (most as f64 * crate::rng::between(rng, 0.85, 0.95)) as i64;
            left -= 1;
        }
    }
}
