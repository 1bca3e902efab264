//! `policy.toml`: what the operator wants.

mod convert;

pub(crate) use convert::{draft, from_draft};

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::Document;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::words::RoutingWord;
use crate::read::{Format, List, Shapes};
use crate::values::{Amount, Period, Version};

/// The format.
pub(crate) struct PolicyFormat;

/// Goals, prices and limits. What is absent is as usual.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", extend("const" = "policy"))]
    kind: Option<String>,
    /// Which demand of the forecast counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    demand: Option<Demand>,
    /// Per resource, the share of capacity that is the soft limit where the cluster gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_utilization: Option<BTreeMap<String, f64>>,
    /// The highest latency a component may be moved over, in µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_migration_latency_us: Option<f64>,
    /// The period within which a move must pay; "none" for moves that need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payback: Option<Period>,
    /// How calls are spread where traffic does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    routing: Option<RoutingWord>,
    /// The percentile that prices a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rtt_quantile: Option<String>,
    /// The percentile that ceilings on latency are held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ceiling_quantile: Option<String>,
    /// Per resource, what a unit above the soft limit costs; 1 / mean capacity where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overload_weights: Option<BTreeMap<String, f64>>,
    /// Whether balance counts the highest utilisation of each resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peak_utilisation: Option<bool>,
    /// Whether a goal of violation is put first when the start violates something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    violation_first_if_needed: Option<bool>,
    /// The goals in lexicographic order, the most important first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    goals: Option<Vec<Goal>>,
    /// What things cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prices: Option<Prices>,
    /// How fast the cluster carries moves out, and how many at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution: Option<Execution>,
    /// Limits on moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budgets: Option<Budgets>,
    /// How old inputs may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_age: Option<MaxAge>,
}

/// Which demand of the forecast counts.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Demand {
    /// Mean, a quantile per step, or a quantile of the maximum over the horizon.
    kind: DemandWord,
    /// The quantile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q: Option<f64>,
}

/// Kinds of demand.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DemandWord {
    /// The mean.
    Mean,
    /// A quantile per step.
    Quantile,
    /// A quantile of the maximum over the horizon.
    WindowMax,
}

/// A goal: a weighted sum of terms.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Goal {
    /// The weight of each term.
    terms: Terms,
    /// What later goals may give up of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tolerance: Option<Tolerance>,
}

/// The weight of each term.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// Excess over what was violated at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    violation: Option<f64>,
    /// Load above the soft limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overload: Option<f64>,
    /// Calls x latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency: Option<f64>,
    /// Bytes x price of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network_cost: Option<f64>,
    /// Energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    energy: Option<f64>,
    /// What the moves cost, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    migration: Option<f64>,
    /// Balances, and the highest utilisation of each resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    balance: Option<f64>,
}

impl Terms {
    fn each(&mut self) -> [(&'static str, &mut Option<f64>); 7] {
        [
            ("violation", &mut self.violation),
            ("overload", &mut self.overload),
            ("latency", &mut self.latency),
            ("network_cost", &mut self.network_cost),
            ("energy", &mut self.energy),
            ("migration", &mut self.migration),
            ("balance", &mut self.balance),
        ]
    }
}

/// What later goals may give up of a goal.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Tolerance {
    /// In units of the goal.
    absolute: Amount,
    /// As a share of the total reached.
    relative: f64,
}

/// What things cost.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Prices {
    /// A million calls, each a millisecond longer, in $.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency_usd_per_million_call_ms: Option<f64>,
    /// What a unit of jitter counts in units of latency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jitter_weight: Option<f64>,
    /// What a lost packet costs, in µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retransmit_timeout_us: Option<f64>,
    /// Keys `same_<partition>` and `other_<outermost partition>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network_usd_per_gb: Option<BTreeMap<String, f64>>,
    /// Energy, in $/kWh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    energy_usd_per_kwh: Option<f64>,
    /// Carbon dioxide per kWh, in g.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carbon_g_per_kwh: Option<f64>,
    /// A tonne of carbon dioxide, in $.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carbon_usd_per_tonne: Option<f64>,
    /// Decimal digits of costs in money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<u32>,
    /// Moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    migration: Option<MigrationPrices>,
}

/// What moves cost.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MigrationPrices {
    /// $ per move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd_per_move: Option<f64>,
    /// $ per GB moved, the path apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd_per_gb: Option<f64>,
    /// $ per second of interruption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd_per_downtime_s: Option<f64>,
}

const PER_WAVE: &str = "max_per_wave_per_";

/// How fast the cluster carries moves out, and how many at a time; also `max_per_wave_per_<partition>`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "additionalProperties" = false,
    "patternProperties" = { "^max_per_wave_per_": { "type": "integer", "minimum": 1 } }
))]
struct Execution {
    /// Copy rate of one move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copy_bytes_per_s: Option<Amount>,
    /// Time until a started component is healthy, in s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_s: Option<Amount>,
    /// Directives of a wave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_per_wave: Option<Amount>,
    /// Bytes copied in a wave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_bytes_per_wave: Option<Amount>,
    /// Directives of a wave that touch any one domain.
    #[serde(flatten)]
    #[schemars(skip)]
    per_domain: BTreeMap<String, Amount>,
}

const PER_SOURCE: &str = "moves_per_source_";
const PER_TARGET: &str = "moves_per_target_";

/// Limits on moves; also `moves_per_source_<partition>` and `moves_per_target_<partition>`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "additionalProperties" = false,
    "patternProperties" = {
        "^moves_per_source_": { "type": "integer", "minimum": 0 },
        "^moves_per_target_": { "type": "integer", "minimum": 0 },
    }
))]
struct Budgets {
    /// In all, parking moves included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moves: Option<Amount>,
    /// Bytes moved in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<Amount>,
    /// Of any one service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moves_per_service: Option<Amount>,
    /// Out of or into any one domain.
    #[serde(flatten)]
    #[schemars(skip)]
    per_domain: BTreeMap<String, Amount>,
}

/// How old inputs may be; "none" for any age.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MaxAge {
    /// The cluster.
    cluster: Period,
    /// Measured latency.
    latency: Period,
    /// Measured traffic.
    traffic: Period,
    /// Forecast demand.
    forecast: Period,
    /// Measured utilisation.
    utilisation: Period,
}

impl Default for MaxAge {
    fn default() -> Self {
        let minutes = |minutes: i64| Period(Some(60 * minutes));
        Self {
            cluster: minutes(5),
            latency: minutes(10),
            traffic: minutes(60),
            forecast: minutes(10),
            utilisation: minutes(5),
        }
    }
}

impl MaxAge {
    /// Per input, in seconds; inputs of any age are left out.
    pub(crate) fn seconds(&self) -> BTreeMap<Document, i64> {
        [
            (Document::Cluster, self.cluster),
            (Document::Latency, self.latency),
            (Document::Traffic, self.traffic),
            (Document::Forecast, self.forecast),
            (Document::Utilisation, self.utilisation),
        ]
        .into_iter()
        .filter_map(|(document, period)| Some((document, period.0?)))
        .collect()
    }
}

/// How old each input may be, in seconds, where a policy does not say.
#[must_use]
pub fn usual_max_age() -> BTreeMap<Document, i64> {
    MaxAge::default().seconds()
}

/// Nothing.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {}

impl Format for PolicyFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Policy;
    const LISTS: &'static [List] = &[];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<PolicyFormat>);
        &SHAPES
    }

    fn push(_: &mut Body, _: &List, _: &str, _: Value) -> serde_json::Result<bool> {
        Ok(true)
    }
}
