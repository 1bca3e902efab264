//! What an instance exercises: one switch per constraint, per term and per special case.

use rand::RngExt;

use crate::rng::{Stream, stream};

macro_rules! features {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// Switches, each of which adds one constraint, term or special case to an instance.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Features {
            $($(#[$doc])* pub $name: bool,)*
        }

        impl Features {
            /// The name of every switch.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Everything on.
            #[must_use]
            pub const fn all() -> Self {
                Self { $($name: true,)* }
            }

            /// Everything off: hosts, services and components that fit.
            #[must_use]
            pub const fn none() -> Self {
                Self { $($name: false,)* }
            }

            /// Each switch on or off with equal odds.
            #[must_use]
            pub fn from_seed(seed: u64) -> Self {
                let mut rng = stream(seed, Stream::Features);
                Self { $($name: rng.random_bool(0.5),)* }
            }

            /// Turns the switch of that name on or off; whether there is one.
            pub fn set(&mut self, name: &str, on: bool) -> bool {
                match name {
                    $(stringify!($name) => self.$name = on,)*
                    _ => return false,
                }
                true
            }

            /// The names of the switches that are on.
            #[must_use]
            pub fn enabled(&self) -> Vec<&'static str> {
                [$((stringify!($name), self.$name)),*]
                    .into_iter()
                    .filter_map(|(name, on)| on.then_some(name))
                    .collect()
            }
        }
    };
}

features! {
    /// A forecast with series of demand that peak at different times.
    forecast;
    /// Forecasts of traffic edges.
    edge_forecast;
    /// The resource `cpu.request`, which is reserved, beside those that are used.
    requests;
    /// The resource `network`.
    network_resource;
    /// Hosts that do not limit some resource.
    unlimited_capacity;
    /// A partition into power feeds that crosses racks and zones.
    crossing_partition;
    /// C1: some hosts start above a capacity.
    overfull;
    /// C1b: racks, zones and feeds have capacities.
    domain_capacity;
    /// C1b: racks and zones have uplinks.
    uplink;
    /// C1b: racks limit power.
    power_limit;
    /// C2: the resource `disk`, which is transient.
    transient;
    /// C3: components of a service on distinct hosts or racks.
    anti_affinity;
    /// C3 and C6: static ports, some of them taken.
    static_ports;
    /// C4.
    spread;
    /// C5.
    dependency;
    /// C6: components that need a label.
    labels;
    /// C6: components that need a volume.
    volumes;
    /// C6: components that name their hosts.
    allowed_hosts;
    /// C6: components that must stay.
    pinned;
    /// C6: a host that drains.
    draining;
    /// C6: a host that is down.
    down;
    /// C7.
    latency_ceiling;
    /// C8: moves in all.
    move_budget;
    /// C8: bytes in all.
    byte_budget;
    /// C8: moves per service.
    service_budget;
    /// C8: moves out of a domain.
    source_budget;
    /// C8: moves into a domain.
    target_budget;
    /// C9.
    moving;
    /// C10.
    migration_latency;
    /// C11.
    move_groups;
    /// Components without a host.
    pending;
    /// Starts that break C1b, C3, C4, C5, C6 and C7.
    broken_rules;
    /// A reserve of CPU on every host.
    reserve;
    /// A reserve of memory below zero.
    negative_reserve;
    /// Overload: soft limits of hosts.
    soft_limits;
    /// Overload: soft limits of racks.
    domain_soft_limits;
    /// Overload: weights per resource.
    overload_weights;
    /// The term of latency, over a matrix of racks whose entries depend on the distance only.
    latency;
    /// A matrix whose entries are independent, in both directions.
    asymmetric_latency;
    /// A matrix a step.
    step_latency;
    /// Pairs that nobody measured.
    unknown_pairs;
    /// A matrix of hosts in place of racks.
    host_latency;
    /// The term of network cost.
    network_cost;
    /// The term of energy.
    energy;
    /// Hosts that are switched off when empty.
    power_managed;
    /// Balance: triples of two resources and a target.
    balance_triples;
    /// Balance: the highest utilisation of each resource.
    peak_utilisation;
    /// Migration: prices of a move, of its bytes and of its downtime.
    migration_costs;
    /// Migration: the largest number moved of any one service.
    per_service_max;
    /// Migration: costs per pair of hosts.
    pair_costs;
    /// Edges routed local-first among those routed uniformly.
    local_first;
    /// Local-first as the routing of edges that do not say.
    local_first_default;
    /// Edges that begin or end at a single component.
    component_edges;
    /// Edges from a service to itself.
    self_edges;
    /// What one wave of a plan may hold.
    wave_caps;
}

impl Features {
    /// What an ordinary cluster has: a forecast, requests, replicas apart, soft limits, and every running cost.
    #[must_use]
    pub const fn typical() -> Self {
        Self {
            forecast: true,
            requests: true,
            anti_affinity: true,
            spread: true,
            labels: true,
            pinned: true,
            draining: true,
            reserve: true,
            soft_limits: true,
            latency: true,
            asymmetric_latency: true,
            network_cost: true,
            energy: true,
            power_managed: true,
            peak_utilisation: true,
            migration_costs: true,
            ..Self::none()
        }
    }

    /// Whether latency is measured at all.
    pub(crate) const fn measures_latency(&self) -> bool {
        self.latency || self.latency_ceiling || self.migration_latency
    }

    /// Whether hosts have power data.
    pub(crate) const fn knows_power(&self) -> bool {
        self.energy || self.power_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_switch_everything_both_ways() {
        let mut on = vec![0; Features::NAMES.len()];
        for seed in 0..100 {
            for name in Features::from_seed(seed).enabled() {
                on[Features::NAMES.iter().position(|&n| n == name).expect("enabled names are names")] += 1;
            }
        }
        assert!(on.iter().all(|&count| (20..80).contains(&count)), "{on:?}");
        assert_eq!(Features::all().enabled(), Features::NAMES);
        assert!(Features::none().enabled().is_empty());
    }
}
