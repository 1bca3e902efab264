//! What the operator wants, resolved to integers.

use serde::Serialize;

use crate::ids::{PartitionId, ResourceId};
use crate::quantity::{NanoDollars, Nanos, Ratio};
use crate::score::Goal;
use crate::traffic::Routing;

/// Goals, prices and limits of a problem.
#[derive(Debug, Clone, Serialize)]
pub struct Policy {
    /// The goals, the most important first; never empty.
    pub goals: Vec<Goal>,
    /// Whether a move that does not pay back is undone; the goals' factors hold the period itself.
    pub payback: bool,
    /// How calls are spread where an edge does not say.
    pub routing: Routing,
    /// C10: the highest ceiling latency a component may move over.
    pub max_migration_latency: Option<Nanos>,
    /// Weight of a unit of load above a soft limit, per resource.
    pub overload_weight: Vec<Ratio>,
    /// Whether balance counts the highest utilisation of each resource.
    pub peak_utilisation: bool,
    /// The highest utilisation the threshold rule allows, per resource, in parts per million.
    pub max_utilisation_ppm: Vec<Option<i64>>,
    /// Prices.
    pub prices: Prices,
    /// C8.
    pub budgets: Budgets,
    /// From which the planner estimates when a wave runs.
    pub execution: Execution,
}

/// Prices; costs in money are counted in units of 10^-`digits` $.
#[derive(Debug, Clone, Serialize)]
pub struct Prices {
    /// Decimal digits of a cost in money.
    pub digits: u32,
    /// $/GB, for pairs that share a domain of the partition; innermost first. Pairs on one host pay nothing.
    pub network_tiers: Vec<(PartitionId, NanoDollars)>,
    /// $/GB beyond the outermost tier.
    pub network_beyond: NanoDollars,
    /// Cost of one mW for an hour.
    pub energy_rate: Ratio,
    /// The resource whose utilisation the slope of power follows.
    pub energy_resource: Option<ResourceId>,
    /// Per move.
    pub per_move: NanoDollars,
    /// Per GB moved, the path apart.
    pub per_gb_moved: NanoDollars,
    /// Per second of interruption.
    pub per_downtime_s: NanoDollars,
}

/// C8: budgets; what is absent is not limited.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Budgets {
    /// Directives in all, parking included.
    pub moves: Option<i64>,
    /// Bytes moved in all.
    pub bytes: Option<i64>,
    /// Moves of any one service.
    pub moves_per_service: Option<i64>,
    /// Moves out of any one domain of a partition.
    pub moves_per_source: Vec<(PartitionId, i64)>,
    /// Moves into any one domain of a partition.
    pub moves_per_target: Vec<(PartitionId, i64)>,
}

/// How fast the cluster carries a directive out, and how much it takes on at a time.
#[derive(Debug, Clone, Serialize)]
pub struct Execution {
    /// Copy rate of one move.
    pub copy_bytes_per_s: i64,
    /// Time until a started component is healthy.
    pub start_s: i64,
    /// What one wave may hold.
    pub caps: WaveCaps,
}

/// The most that runs at a time; what is absent is not limited.
///
/// A directive, or a C11 group, that is over a cap by itself goes alone.
#[derive(Debug, Clone, Default, Serialize)]
pub struct WaveCaps {
    /// Directives of a wave.
    pub directives: Option<i64>,
    /// Bytes copied in a wave.
    pub bytes: Option<i64>,
    /// Directives of a wave that leave or enter any one domain of a partition, or stay inside it.
    pub per_domain: Vec<(PartitionId, i64)>,
}
