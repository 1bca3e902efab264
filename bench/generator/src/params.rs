//! How large and of what shape an instance is.

use colocate_model::draft::DemandKind;

use crate::features::Features;

/// How the terms are grouped into goals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Goals {
    /// The default policy: violation, overload, what costs money, balance.
    #[default]
    Default,
    /// One goal: a weighted sum of the terms in play.
    OneGoal,
    /// Two goals, of which the second may worsen the first within a tolerance.
    Tolerance,
}

/// Parameters of a [`Generator`](crate::Generator).
///
/// ```
/// use colocate_generator::{Features, Generator, GeneratorParams};
///
/// let params = GeneratorParams::default().with_seed(7).with_topology(2, 2, 3).with_features(Features::typical());
/// let draft = Generator::new(params).draft();
/// assert_eq!(draft.hosts.len(), 12);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorParams {
    /// Seed of everything.
    pub seed: u64,
    /// Zones; at least one.
    pub zones: usize,
    /// Racks in each zone; at least one.
    pub racks_per_zone: usize,
    /// Hosts in each rack; at least one.
    pub hosts_per_rack: usize,
    /// The topology ends after this many hosts.
    pub max_hosts: Option<usize>,
    /// Services; at least one.
    pub services: usize,
    /// Components; at least one per service.
    pub components: usize,
    /// Skew of the sizes of services: 0 makes them equal, 1 makes the n-th largest 1/n of the largest.
    pub size_skew: f64,
    /// Services of one application, which mostly call each other.
    pub services_per_application: usize,
    /// Edges a service.
    pub edges_per_service: f64,
    /// Skew of the traffic of edges, like [`size_skew`](Self::size_skew).
    pub traffic_skew: f64,
    /// Steps of the forecast.
    pub steps: usize,
    /// Length of a step in seconds.
    pub step_s: i64,
    /// Mean utilisation of CPU and memory.
    pub fill: f64,
    /// Constraints and terms.
    pub features: Features,
    /// Goals.
    pub goals: Goals,
    /// Period over which moves must pay, in seconds.
    pub payback_s: Option<i64>,
    /// Which demand of the forecast counts.
    pub demand: DemandKind,
}

impl Default for GeneratorParams {
    fn default() -> Self {
        Self {
            seed: 0,
            zones: 2,
            racks_per_zone: 2,
            hosts_per_rack: 3,
            max_hosts: None,
            services: 20,
            components: 100,
            size_skew: 0.9,
            services_per_application: 6,
            edges_per_service: 1.5,
            traffic_skew: 0.95,
            steps: 6,
            step_s: 300,
            fill: 0.6,
            features: Features::typical(),
            goals: Goals::Default,
            payback_s: Some(6 * 3600),
            demand: DemandKind::Quantile(0.95),
        }
    }
}

impl GeneratorParams {
    /// With a seed.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With a topology.
    #[must_use]
    pub const fn with_topology(mut self, zones: usize, racks_per_zone: usize, hosts_per_rack: usize) -> Self {
        (self.zones, self.racks_per_zone, self.hosts_per_rack) = (zones, racks_per_zone, hosts_per_rack);
        self
    }

    /// With at most so many hosts.
    #[must_use]
    pub const fn with_max_hosts(mut self, hosts: usize) -> Self {
        self.max_hosts = Some(hosts);
        self
    }

    /// With so many services and components.
    #[must_use]
    pub const fn with_components(mut self, services: usize, components: usize) -> Self {
        (self.services, self.components) = (services, components);
        self
    }

    /// With a horizon.
    #[must_use]
    pub const fn with_horizon(mut self, steps: usize, step_s: i64) -> Self {
        (self.steps, self.step_s) = (steps, step_s);
        self
    }

    /// With a mean utilisation.
    #[must_use]
    pub const fn with_fill(mut self, fill: f64) -> Self {
        self.fill = fill;
        self
    }

    /// With these constraints and terms.
    #[must_use]
    pub const fn with_features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// With these goals.
    #[must_use]
    pub const fn with_goals(mut self, goals: Goals) -> Self {
        self.goals = goals;
        self
    }

    /// With or without a payback.
    #[must_use]
    pub const fn with_payback(mut self, payback_s: Option<i64>) -> Self {
        self.payback_s = payback_s;
        self
    }

    /// With this demand.
    #[must_use]
    pub const fn with_demand(mut self, demand: DemandKind) -> Self {
        self.demand = demand;
        self
    }
}
