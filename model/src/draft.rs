//! Inputs by name, before validation: what every format, file or wire, is translated into.
//!
//! Units: amounts in the unit of their resource, latency in µs, money in $, ratios as fractions.
//! [`Draft::build`] validates everything at once; places in faults are JSON pointers into the native files.

mod build;
mod components;
mod demand;
mod latency;
mod names;
mod policy;
mod topology;
mod traffic;

use std::collections::BTreeMap;

use crate::host::HostState;
use crate::resource::Basis;
use crate::service::MigrationStrategy;
use crate::traffic::Routing;

/// A whole problem by name.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Resources.
    pub resources: Vec<ResourceDraft>,
    /// Names of the partitions, innermost first, the one into hosts left out.
    pub partitions: Vec<String>,
    /// Domains.
    pub domains: Vec<DomainDraft>,
    /// Hosts.
    pub hosts: Vec<HostDraft>,
    /// Services.
    pub services: Vec<ServiceDraft>,
    /// Components.
    pub components: Vec<ComponentDraft>,
    /// Moves in progress.
    pub moving: Vec<MovingDraft>,
    /// ROADEF's balance triples.
    pub balances: Vec<BalanceDraft>,
    /// Move costs beside those of the components.
    pub move_costs: MoveCostsDraft,
    /// Traffic.
    pub edges: Vec<EdgeDraft>,
    /// Latency.
    pub latency: Option<LatencyDraft>,
    /// Forecast.
    pub forecast: Option<ForecastDraft>,
    /// Policy.
    pub policy: PolicyDraft,
}

/// A resource by name.
#[derive(Debug, Clone)]
pub struct ResourceDraft {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// Use or request.
    pub basis: Basis,
    /// C2.
    pub transient: bool,
}

impl ResourceDraft {
    /// A resource that is used and not transient.
    #[must_use]
    pub fn used(name: &str, unit: &str) -> Self {
        Self { name: name.into(), unit: unit.into(), basis: Basis::Use, transient: false }
    }
}

/// A domain by name.
#[derive(Debug, Clone, Default)]
pub struct DomainDraft {
    /// Its partition.
    pub partition: String,
    /// Name.
    pub name: String,
    /// The domain of an outer partition it lies in.
    pub parent: Option<String>,
    /// Capacity per resource.
    pub capacity: BTreeMap<String, i64>,
    /// Soft limit per resource.
    pub soft_limit: BTreeMap<String, i64>,
    /// Bytes/s across its border.
    pub uplink: Option<i64>,
    /// Watts.
    pub power_w: Option<f64>,
}

/// A host by name.
#[derive(Debug, Clone)]
pub struct HostDraft {
    /// Name.
    pub name: String,
    /// Domain per partition; outer domains follow from inner ones.
    pub within: BTreeMap<String, String>,
    /// Capacity per resource.
    pub capacity: BTreeMap<String, i64>,
    /// Soft limit per resource.
    pub soft_limit: BTreeMap<String, i64>,
    /// State.
    pub state: HostState,
    /// Power data.
    pub power: Option<PowerDraft>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Ports that are taken.
    pub ports: Vec<u16>,
    /// Volumes it offers.
    pub volumes: Vec<String>,
}

impl HostDraft {
    /// A ready host without limits.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            within: BTreeMap::new(),
            capacity: BTreeMap::new(),
            soft_limit: BTreeMap::new(),
            state: HostState::Ready,
            power: None,
            labels: BTreeMap::new(),
            ports: Vec::new(),
            volumes: Vec::new(),
        }
    }

    /// With a capacity.
    #[must_use]
    pub fn with_capacity(mut self, resource: &str, amount: i64) -> Self {
        self.capacity.insert(resource.into(), amount);
        self
    }

    /// In a domain.
    #[must_use]
    pub fn in_domain(mut self, partition: &str, domain: &str) -> Self {
        self.within.insert(partition.into(), domain.into());
        self
    }
}

/// Power data of a host, in W.
#[derive(Debug, Clone, Copy)]
pub struct PowerDraft {
    /// Empty.
    pub idle_w: f64,
    /// At full utilisation.
    pub max_w: f64,
    /// Switched off when empty.
    pub power_managed: bool,
}

/// A service by name.
#[derive(Debug, Clone, Default)]
pub struct ServiceDraft {
    /// Name.
    pub name: String,
    /// C3: the partition (or `host`).
    pub anti_affinity: Option<String>,
    /// C4: least number of domains per partition.
    pub spread: BTreeMap<String, u32>,
    /// C5: (service, partition).
    pub depends_on: Vec<(String, String)>,
    /// C7: (service, µs).
    pub max_latency: Vec<(String, f64)>,
    /// Preferred first; empty means start-first.
    pub strategies: Vec<MigrationStrategy>,
    /// In motion at a time.
    pub max_in_motion: Option<u32>,
}

impl ServiceDraft {
    /// A service without rules.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// A component by name.
#[derive(Debug, Clone)]
pub struct ComponentDraft {
    /// Name.
    pub name: String,
    /// Service.
    pub service: String,
    /// Host; `None` when pending.
    pub host: Option<String>,
    /// Demand per resource.
    pub demand: BTreeMap<String, i64>,
    /// C6.
    pub allowed: AllowedDraft,
    /// Must stay.
    pub pinned: bool,
    /// Bytes to copy.
    pub bytes: i64,
    /// Multiple of the policy's price of a move.
    pub fixed_cost: f64,
    /// Interruption per strategy, in ms.
    pub downtime_ms: BTreeMap<MigrationStrategy, i64>,
    /// C11.
    pub moves_with: Option<String>,
}

impl ComponentDraft {
    /// A pending component that takes nothing.
    #[must_use]
    pub fn new(name: &str, service: &str) -> Self {
        Self {
            name: name.into(),
            service: service.into(),
            host: None,
            demand: BTreeMap::new(),
            allowed: AllowedDraft::default(),
            pinned: false,
            bytes: 0,
            fixed_cost: 1.0,
            downtime_ms: BTreeMap::new(),
            moves_with: None,
        }
    }

    /// On a host.
    #[must_use]
    pub fn on(mut self, host: &str) -> Self {
        self.host = Some(host.into());
        self
    }

    /// With a demand.
    #[must_use]
    pub fn with_demand(mut self, resource: &str, amount: i64) -> Self {
        self.demand.insert(resource.into(), amount);
        self
    }
}

/// C6: the hosts a component may be on; everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowedDraft {
    /// These hosts.
    pub hosts: Option<Vec<String>>,
    /// Hosts with these labels.
    pub labels: BTreeMap<String, String>,
    /// Hosts with these volumes.
    pub volumes: Vec<String>,
    /// Hosts where these ports are free.
    pub ports: Vec<u16>,
}

/// C9: a move in progress.
#[derive(Debug, Clone)]
pub struct MovingDraft {
    /// Component.
    pub component: String,
    /// Host it goes to.
    pub to: String,
}

/// A balance triple by name.
#[derive(Debug, Clone)]
pub struct BalanceDraft {
    /// k1.
    pub first: String,
    /// k2.
    pub second: String,
    /// Free k2 wanted per free k1.
    pub target: i64,
    /// Cost of a missing unit.
    pub weight: i64,
}

/// Move costs beside those of the components.
#[derive(Debug, Clone, Default)]
pub struct MoveCostsDraft {
    /// Per component of the service most of whose components move.
    pub per_service_max: i64,
    /// Per unit of `pairs`.
    pub pair_weight: i64,
    /// Hosts x hosts, row by row; empty when there is none.
    pub pairs: Vec<u32>,
}

/// An edge by name.
#[derive(Debug, Clone, Default)]
pub struct EdgeDraft {
    /// Service or component.
    pub from: String,
    /// Service or component.
    pub to: String,
    /// Calls/s.
    pub calls_per_s: f64,
    /// Bytes/s.
    pub bytes_per_s: f64,
    /// The policy's where absent.
    pub routing: Option<Routing>,
}

/// Measured latency by name.
#[derive(Debug, Clone, Default)]
pub struct LatencyDraft {
    /// Partition, or `host`.
    pub level: String,
    /// Two components on one host, µs.
    pub same_host_us: f64,
    /// Pairs not listed, µs.
    pub default_us: Option<f64>,
    /// Length of a step of the arrays in `paths`.
    pub step_s: Option<i64>,
    /// (from, to, path).
    pub paths: Vec<(String, String, PathDraft)>,
}

/// What is known of a path; every list has one entry or one a step.
#[derive(Debug, Clone, Default)]
pub struct PathDraft {
    /// Percentiles such as `p50`, in µs.
    pub percentiles: BTreeMap<String, Vec<f64>>,
    /// Jitter, µs.
    pub jitter_us: Vec<f64>,
    /// Share of packets lost.
    pub loss: Vec<f64>,
    /// Half-width of the confidence interval, relative.
    pub relative_error: f64,
}

impl PathDraft {
    /// All that may change over the horizon.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.percentiles.values().chain([&self.jitter_us, &self.loss])
    }
}

/// A forecast by name.
#[derive(Debug, Clone, Default)]
pub struct ForecastDraft {
    /// Length of a step.
    pub step_s: i64,
    /// Number of steps.
    pub steps: usize,
    /// Component -> resource -> series.
    pub components: BTreeMap<String, BTreeMap<String, SeriesDraft>>,
    /// Edges.
    pub edges: Vec<EdgeForecastDraft>,
    /// Reserve per resource, a fraction of host capacity.
    pub reserve: BTreeMap<String, f64>,
    /// Components, by latency impact, the highest first.
    pub ranking: Vec<String>,
}

/// The forecast of an edge.
#[derive(Debug, Clone, Default)]
pub struct EdgeForecastDraft {
    /// Service or component.
    pub from: String,
    /// Service or component.
    pub to: String,
    /// Calls/s.
    pub calls_per_s: Option<SeriesDraft>,
    /// Bytes/s.
    pub bytes_per_s: Option<SeriesDraft>,
}

/// A forecast series.
#[derive(Debug, Clone, Default)]
pub struct SeriesDraft {
    /// Mean per step.
    pub mean: Vec<f64>,
    /// (q, value per step), rising in q.
    pub quantiles: Vec<(f64, Vec<f64>)>,
    /// (q, quantile of the maximum over the horizon), rising in q.
    pub window_max: Vec<(f64, f64)>,
}

/// Which demand of the forecast counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DemandKind {
    /// The mean.
    Mean,
    /// A quantile per step.
    Quantile(f64),
    /// A quantile of the maximum over the horizon, as one step.
    WindowMax(f64),
}

/// A policy by name.
#[derive(Debug, Clone)]
pub struct PolicyDraft {
    /// Demand.
    pub demand: DemandKind,
    /// Fills soft limits that the cluster does not give, as fractions of capacity.
    pub max_utilization: BTreeMap<String, f64>,
    /// C10.
    pub max_migration_latency_us: Option<f64>,
    /// Period over which a move must pay, in seconds.
    pub payback_s: Option<i64>,
    /// Routing of edges that do not say.
    pub routing: Routing,
    /// Percentile that prices a path.
    pub rtt_quantile: String,
    /// Percentile for C7 and C10.
    pub ceiling_quantile: String,
    /// Cost of a raw unit above a soft limit, per resource.
    pub overload_weights: BTreeMap<String, f64>,
    /// Whether balance counts the highest utilisation of each resource.
    pub peak_utilisation: bool,
    /// Goals.
    pub goals: Vec<GoalDraft>,
    /// Whether a goal of violation is put first when the start violates something.
    pub violation_first_if_needed: bool,
    /// Prices.
    pub prices: PricesDraft,
    /// C8.
    pub budgets: BudgetsDraft,
    /// Copy rate of one move, bytes/s.
    pub copy_bytes_per_s: i64,
    /// Time until a started component is healthy.
    pub start_s: i64,
    /// What one wave of a plan may hold.
    pub wave_caps: WaveCapsDraft,
}

/// A goal by name.
#[derive(Debug, Clone, Default)]
pub struct GoalDraft {
    /// Weight per term.
    pub terms: BTreeMap<String, f64>,
    /// In units of the goal.
    pub absolute: i64,
    /// As a fraction.
    pub relative: f64,
}

impl GoalDraft {
    /// A goal that weighs these terms alike.
    #[must_use]
    pub fn of(terms: &[&str]) -> Self {
        Self { terms: terms.iter().map(|&term| (term.into(), 1.0)).collect(), ..Self::default() }
    }
}

/// Prices.
#[derive(Debug, Clone)]
pub struct PricesDraft {
    /// $ per million calls and ms.
    pub latency_usd_per_million_call_ms: f64,
    /// ms of latency per ms of jitter.
    pub jitter_weight: f64,
    /// What a lost packet costs, µs.
    pub retransmit_timeout_us: f64,
    /// `same_<partition>` and `other_<outermost partition>` -> $/GB; `None` for the usual prices.
    pub network_usd_per_gb: Option<BTreeMap<String, f64>>,
    /// $/kWh.
    pub energy_usd_per_kwh: f64,
    /// g CO2 per kWh.
    pub carbon_g_per_kwh: f64,
    /// $ per tonne of CO2.
    pub carbon_usd_per_tonne: f64,
    /// $ per move.
    pub usd_per_move: f64,
    /// $ per GB moved.
    pub usd_per_gb: f64,
    /// $ per second of interruption.
    pub usd_per_downtime_s: f64,
    /// Decimal digits of costs in money; chosen from the numbers where absent.
    pub digits: Option<u32>,
}

/// C8 by name.
#[derive(Debug, Clone, Default)]
pub struct BudgetsDraft {
    /// Directives in all.
    pub moves: Option<i64>,
    /// Bytes in all.
    pub bytes: Option<i64>,
    /// Moves of any one service.
    pub moves_per_service: Option<i64>,
    /// Partition (or `host`) -> moves out of any one domain.
    pub moves_per_source: BTreeMap<String, i64>,
    /// Partition (or `host`) -> moves into any one domain.
    pub moves_per_target: BTreeMap<String, i64>,
}

/// Caps on a wave by name.
#[derive(Debug, Clone, Default)]
pub struct WaveCapsDraft {
    /// Directives.
    pub directives: Option<i64>,
    /// Bytes copied.
    pub bytes: Option<i64>,
    /// Partition (or `host`) -> directives that touch any one domain.
    pub per_domain: BTreeMap<String, i64>,
}

impl Default for PolicyDraft {
    fn default() -> Self {
        let (violation, overload) = (GoalDraft::of(&["violation"]), GoalDraft::of(&["overload"]));
        let money = GoalDraft::of(&["latency", "network_cost", "energy", "migration"]);
        let utilisation = [("cpu", 0.85), ("memory", 0.90)];
        Self {
            demand: DemandKind::Quantile(0.95),
            max_utilization: utilisation.map(|(k, limit)| (k.to_owned(), limit)).into(),
            max_migration_latency_us: None,
            payback_s: Some(6 * 3600),
            routing: Routing::Uniform,
            rtt_quantile: "p50".into(),
            ceiling_quantile: "p95".into(),
            overload_weights: BTreeMap::new(),
            peak_utilisation: true,
            goals: vec![violation, overload, money, GoalDraft::of(&["balance"])],
            violation_first_if_needed: false,
            prices: PricesDraft::default(),
            budgets: BudgetsDraft::default(),
            copy_bytes_per_s: 100_000_000,
            start_s: 20,
            wave_caps: WaveCapsDraft::default(),
        }
    }
}

impl Default for PricesDraft {
    fn default() -> Self {
        Self {
            latency_usd_per_million_call_ms: 0.01,
            jitter_weight: 1.0,
            retransmit_timeout_us: 200_000.0,
            network_usd_per_gb: None,
            energy_usd_per_kwh: 0.12,
            carbon_g_per_kwh: 0.0,
            carbon_usd_per_tonne: 0.0,
            usd_per_move: 0.001,
            usd_per_gb: 0.01,
            usd_per_downtime_s: 0.01,
            digits: None,
        }
    }
}
