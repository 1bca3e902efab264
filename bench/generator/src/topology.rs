//! Zones, racks, power feeds and hosts.

use colocate_model::UNLIMITED;
use colocate_model::draft::PowerDraft;
use rand::RngExt;

use crate::params::GeneratorParams;
use crate::resources::{CPU, ResourceSpec};
use crate::rng::{Stream, between, stream};

/// Sizes of hosts; the frequent ones more than once.
const SIZES: [i64; 5] = [1, 2, 2, 2, 4];
/// Share of (host, resource) pairs without a limit, where that is asked for.
const UNLIMITED_SHARE: f64 = 0.15;
/// Number of power feeds.
const FEEDS: usize = 2;

/// A partition of the hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Host,
    Rack,
    Zone,
    Feed,
}

impl Level {
    /// Its name in drafts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Rack => "rack",
            Self::Zone => "zone",
            Self::Feed => "feed",
        }
    }
}

/// Hosts and the domains they lie in.
#[derive(Debug, Clone)]
pub(crate) struct Topology {
    pub(crate) zones: usize,
    /// The zone of every rack.
    pub(crate) zone_of_rack: Vec<usize>,
    /// The rack of every host.
    pub(crate) rack_of: Vec<usize>,
    /// The feed of every host, where there are feeds.
    pub(crate) feed_of: Vec<usize>,
    /// Capacity per resource, host by host.
    pub(crate) capacity: Vec<i64>,
    pub(crate) power: Vec<Option<PowerDraft>>,
    pub(crate) resources: usize,
}

impl Topology {
    /// Racks of hosts of mixed sizes.
    pub(crate) fn new(params: &GeneratorParams, resources: &[ResourceSpec]) -> Self {
        let mut rng = stream(params.seed, Stream::Topology);
        let (zones, racks_per_zone) = (params.zones.max(1), params.racks_per_zone.max(1));
        let hosts_per_rack = params.hosts_per_rack.max(1);
        let hosts =
            (zones * racks_per_zone * hosts_per_rack).min(params.max_hosts.unwrap_or(usize::MAX)).max(1);
        let racks = hosts.div_ceil(hosts_per_rack);
        let mut topology = Self {
            zones: racks.div_ceil(racks_per_zone),
            zone_of_rack: (0..racks).map(|rack| rack / racks_per_zone).collect(),
            rack_of: (0..hosts).map(|host| host / hosts_per_rack).collect(),
            feed_of: Vec::new(),
            capacity: Vec::with_capacity(hosts * resources.len()),
            power: Vec::with_capacity(hosts),
            resources: resources.len(),
        };
        if params.features.crossing_partition && hosts >= FEEDS {
            topology.feed_of = (0..hosts).map(|host| host % FEEDS).collect();
        }
        for _ in 0..hosts {
            let size = SIZES[rng.random_range(0..SIZES.len())];
            for (index, resource) in resources.iter().enumerate() {
                let unlimited = rng.random_bool(UNLIMITED_SHARE);
                let limited = index == CPU || !(params.features.unlimited_capacity && unlimited);
                topology.capacity.push(if limited { size * resource.unit_capacity } else { UNLIMITED });
            }
            let idle_w = 60.0 * size as f64 + between(&mut rng, 0.0, 40.0).round();
            let max_w = idle_w + 90.0 * size as f64 + between(&mut rng, 0.0, 60.0).round();
            let power_managed = rng.random_bool(0.5) && params.features.power_managed;
            let power = PowerDraft { idle_w, max_w, power_managed };
            // One host in ten is not metered.
            let metered = !rng.random_bool(0.1);
            topology.power.push((metered && params.features.knows_power()).then_some(power));
        }
        topology
    }

    /// Number of hosts.
    pub(crate) fn hosts(&self) -> usize {
        self.rack_of.len()
    }

    /// Capacity of `host` in `resource`.
    pub(crate) fn capacity(&self, host: usize, resource: usize) -> i64 {
        self.capacity[host * self.resources + resource]
    }

    /// The partitions beside that into hosts, innermost first.
    pub(crate) fn levels(&self) -> Vec<Level> {
        let feed = (!self.feed_of.is_empty()).then_some(Level::Feed);
        feed.into_iter().chain([Level::Rack, Level::Zone]).collect()
    }

    /// Number of domains of a partition.
    pub(crate) fn domains(&self, level: Level) -> usize {
        match level {
            Level::Host => self.hosts(),
            Level::Rack => self.zone_of_rack.len(),
            Level::Zone => self.zones,
            Level::Feed => FEEDS,
        }
    }

    /// The domain of `host` in a partition.
    pub(crate) fn domain(&self, level: Level, host: usize) -> usize {
        match level {
            Level::Host => host,
            Level::Rack => self.rack_of[host],
            Level::Zone => self.zone_of_rack[self.rack_of[host]],
            Level::Feed => self.feed_of[host],
        }
    }

    /// The name of a domain.
    pub(crate) fn domain_name(&self, level: Level, domain: usize) -> String {
        match level {
            Level::Host => format!("h{domain}"),
            Level::Rack => format!("r{domain}"),
            Level::Zone => format!("z{domain}"),
            Level::Feed => format!("feed-{}", if domain == 0 { "a" } else { "b" }),
        }
    }

    /// The name of a host.
    pub(crate) fn host_name(&self, host: usize) -> String {
        self.domain_name(Level::Host, host)
    }
}
