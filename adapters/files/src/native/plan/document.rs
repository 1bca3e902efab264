//! `plan.json` as it is written and read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::values::{Time, Version};

/// The ordered, safe plan that carries a placement out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// The version of the format.
    pub version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "plan"))]
    pub kind: String,
    /// A short name, from the hash.
    pub id: String,
    /// The hash of waves, routing and problem.
    pub hash: String,
    /// When it was made.
    #[serde(default)]
    pub made_at: Option<Time>,
    /// The end of the horizon.
    #[serde(default)]
    pub valid_until: Option<Time>,
    /// Whether it may be carried out.
    pub executable: bool,
    /// The method that found the placement.
    pub method: String,
    /// The seed of its random choices.
    pub seed: u64,
    /// What it was made from.
    pub inputs: PlanInputs,
    /// What the solver knew of the placement.
    #[serde(default)]
    pub status: Option<String>,
    /// One proven bound a goal, where there is one.
    #[serde(default)]
    pub bound: Option<Vec<Option<i64>>>,
    /// One gap a goal, where there is one.
    #[serde(default)]
    pub gap: Option<Vec<Option<f64>>>,
    /// Goals and terms at the start.
    pub before: Vec<GoalTotal>,
    /// Goals and terms at the end of the plan.
    pub after: Vec<GoalTotal>,
    /// Directives that may run at the same time, wave after wave.
    pub waves: Vec<Wave>,
    /// Components of the placement that the plan does not move.
    pub left_out: Vec<LeftOut>,
    /// Service, component, peer: share of the calls.
    pub routing: BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>,
    /// What a plan that is not executable would break.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<BTreeMap<String, Value>>,
}

/// Hashes of what a plan was made from.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanInputs {
    /// The hash of the problem.
    pub problem: String,
    /// The hash of each file.
    pub files: BTreeMap<String, String>,
}

/// The total and the terms of a goal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalTotal {
    /// Its position.
    pub goal: u64,
    /// Its total.
    pub total: i64,
    /// Its terms.
    pub terms: BTreeMap<String, i64>,
}

/// Directives that may run at the same time and finish in any order.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// Its number, from 1 on.
    pub wave: u64,
    /// Start, in seconds after the start of the plan.
    pub starts_s: i64,
    /// End, likewise.
    pub ends_s: i64,
    /// The directives.
    pub directives: Vec<Directive>,
}

/// One order to the cluster.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Directive {
    /// What moves.
    pub component_id: String,
    /// The rack it goes to.
    pub target_rack: String,
    /// How.
    pub migration_strategy: String,
    /// Where it is; null where it waits for a host.
    #[serde(default)]
    pub source: Option<HostAndRack>,
    /// Where it goes; null where only the rack is decided.
    #[serde(default)]
    pub target_host: Option<String>,
    /// Whether it is a detour that makes room.
    pub parking: bool,
    /// Bytes to copy.
    pub bytes: i64,
    /// Interruption in ms.
    pub downtime_ms: i64,
    /// How the terms change; positive is better.
    pub gain: BTreeMap<String, i64>,
    /// Why, in words.
    pub reason: String,
    /// Peers it comes close to.
    pub channels: Vec<Channel>,
}

/// A host and its rack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostAndRack {
    /// The host.
    pub host: String,
    /// The rack.
    pub rack: String,
}

/// A peer and how close it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The other component.
    pub peer: String,
    /// How close it is.
    pub kind: String,
    /// What it is reached by.
    pub endpoint: String,
}

/// A component that is not moved.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The component.
    pub component_id: String,
    /// Why.
    pub reason: String,
}
