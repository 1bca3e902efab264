//! C6 and C3: what hosts offer, what services need, and which components keep apart.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::draft::AllowedDraft;
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::params::GeneratorParams;
use crate::rng::{Rng, Stream, stream};
use crate::services::Services;
use crate::topology::{Level, Topology};

/// Static ports that services ask for.
const PORTS: [u16; 2] = [8080, 9090];
/// Volumes that hosts offer.
const VOLUMES: [&str; 3] = ["fast", "archive", "shared"];
/// Share of services that need a label, or a volume.
const NEEDY: f64 = 0.25;

/// What a host offers.
#[derive(Debug, Clone, Default)]
struct Offer {
    disk: &'static str,
    volumes: Vec<&'static str>,
    taken_ports: Vec<u16>,
}

/// What every component of a service needs.
#[derive(Debug, Clone, Default)]
struct Need {
    disk: Option<&'static str>,
    volume: Option<&'static str>,
    port: Option<u16>,
}

/// Components in distinct domains of a partition.
#[derive(Debug, Clone)]
pub(crate) struct Exclusion {
    pub(crate) level: Level,
    pub(crate) services: Vec<usize>,
}

/// Offers, needs and exclusions.
#[derive(Debug, Clone)]
pub(crate) struct Compatibility {
    offers: Vec<Offer>,
    needs: Vec<Need>,
    pub(crate) exclusions: Vec<Exclusion>,
    /// The partition of the anti-affinity of every service.
    pub(crate) anti_affinity: Vec<Option<Level>>,
}

impl Compatibility {
    /// Needs that hosts can meet.
    pub(crate) fn new(params: &GeneratorParams, topology: &Topology, services: &Services) -> Self {
        let mut rng = stream(params.seed, Stream::Compatibility);
        let offers = (0..topology.hosts()).map(|_| offer(&mut rng)).collect();
        let mut compatibility = Self {
            offers,
            needs: vec![Need::default(); services.len()],
            exclusions: Vec::new(),
            anti_affinity: vec![None; services.len()],
        };
        compatibility.choose_needs(params, services, &mut rng);
        compatibility.choose_ports(params, services, &mut rng);
        compatibility.choose_anti_affinity(params, topology, services, &mut rng);
        if !params.features.labels {
            compatibility.offers.iter_mut().for_each(|offer| offer.disk = "");
        }
        if !params.features.volumes {
            compatibility.offers.iter_mut().for_each(|offer| offer.volumes.clear());
        }
        if !params.features.static_ports {
            compatibility.offers.iter_mut().for_each(|offer| offer.taken_ports.clear());
        }
        compatibility
    }

    fn choose_needs(&mut self, params: &GeneratorParams, services: &Services, rng: &mut Rng) {
        for service in 0..services.len() {
            // What some host offers, so that it can be met at least once.
            let model = &self.offers[rng.random_range(0..self.offers.len())];
            let (disk, volume) = (model.disk, model.volumes.first().copied());
            let (wants_disk, wants_volume) = (rng.random_bool(NEEDY), rng.random_bool(NEEDY));
            let need = Need {
                disk: (wants_disk && params.features.labels).then_some(disk),
                volume: volume.filter(|_| wants_volume && params.features.volumes),
                port: None,
            };
            self.needs[service] = need;
            if 2 * self.homes(service) < services.members(service).len() {
                self.needs[service] = Need::default();
            }
        }
    }

    /// Gives each port to a few services whose components find hosts where it is free.
    fn choose_ports(&mut self, params: &GeneratorParams, services: &Services, rng: &mut Rng) {
        if !params.features.static_ports {
            return;
        }
        for port in PORTS {
            let free = self.offers.iter().filter(|offer| !offer.taken_ports.contains(&port)).count();
            let mut order = (0..services.len()).filter(|&s| self.needs[s].port.is_none()).collect::<Vec<_>>();
            order.shuffle(rng);
            let mut users = Vec::new();
            let mut members = 0;
            for service in order.into_iter().take(4) {
                let size = services.members(service).len();
                self.needs[service].port = Some(port);
                if members + size <= (2 * free).div_ceil(3) && self.homes(service) >= members + size {
                    members += size;
                    users.push(service);
                } else {
                    self.needs[service].port = None;
                }
            }
            if members > 1 {
                self.exclusions.push(Exclusion { level: Level::Host, services: users });
            }
        }
    }

    fn choose_anti_affinity(
        &mut self,
        params: &GeneratorParams,
        topology: &Topology,
        services: &Services,
        rng: &mut Rng,
    ) {
        for service in 0..services.len() {
            let size = services.members(service).len();
            let (chosen, per_rack) = (rng.random_bool(0.6), rng.random_bool(0.4));
            let homes = (0..topology.hosts()).filter(|&host| self.permits(service, host));
            let racks = homes.map(|host| topology.rack_of[host]).collect::<BTreeSet<_>>().len();
            // Components that need one port exclude each other on hosts already.
            let per_rack = per_rack && size <= racks && self.needs[service].port.is_none();
            let level = if per_rack { Level::Rack } else { Level::Host };
            let fits = size <= (2 * self.homes(service)).div_ceil(3);
            if params.features.anti_affinity && chosen && size > 1 && fits {
                self.anti_affinity[service] = Some(level);
                self.exclusions.push(Exclusion { level, services: vec![service] });
            }
        }
    }

    /// Number of hosts that offer what a service needs.
    pub(crate) fn homes(&self, service: usize) -> usize {
        (0..self.offers.len()).filter(|&host| self.permits(service, host)).count()
    }

    /// Whether `host` offers what `service` needs.
    pub(crate) fn permits(&self, service: usize, host: usize) -> bool {
        let (need, offer) = (&self.needs[service], &self.offers[host]);
        need.disk.is_none_or(|disk| disk == offer.disk)
            && need.volume.is_none_or(|volume| offer.volumes.contains(&volume))
            && need.port.is_none_or(|port| !offer.taken_ports.contains(&port))
    }

    /// What a component of `service` allows.
    pub(crate) fn allowed(&self, service: usize) -> AllowedDraft {
        let need = &self.needs[service];
        AllowedDraft {
            hosts: None,
            labels: need.disk.iter().map(|&disk| ("disk".to_owned(), disk.to_owned())).collect(),
            volumes: need.volume.iter().map(|&volume| volume.to_owned()).collect(),
            ports: need.port.into_iter().collect(),
        }
    }

    /// The labels of a host.
    pub(crate) fn labels(&self, host: usize) -> BTreeMap<String, String> {
        let disk = self.offers[host].disk;
        if disk.is_empty() { BTreeMap::new() } else { [("disk".to_owned(), disk.to_owned())].into() }
    }

    /// The volumes of a host.
    pub(crate) fn volumes(&self, host: usize) -> Vec<String> {
        self.offers[host].volumes.iter().map(|&volume| volume.to_owned()).collect()
    }

    /// The ports that are taken on a host.
    pub(crate) fn taken_ports(&self, host: usize) -> Vec<u16> {
        self.offers[host].taken_ports.clone()
    }
}

fn offer(rng: &mut Rng) -> Offer {
    Offer {
        disk: if rng.random_bool(0.6) { "ssd" } else { "hdd" },
        volumes: VOLUMES.into_iter().filter(|_| rng.random_bool(0.5)).collect(),
        taken_ports: PORTS.into_iter().filter(|_| rng.random_bool(0.2)).collect(),
    }
}
