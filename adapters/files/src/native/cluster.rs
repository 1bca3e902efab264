//! `cluster.json`: resources, hosts, services, components.

mod convert;

pub(crate) use convert::{fill, from_draft};

use std::collections::BTreeMap;
use std::sync::LazyLock;

use colocate_model::{Document, MigrationStrategy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use super::words::{BasisWord, StateWord, StrategyWord};
use super::{Amounts, is_default};
use crate::read::{Format, List, Shapes};
use crate::values::{Amount, Time, Version};

/// The format.
pub(crate) struct ClusterFormat;

/// A cluster: what there is, where it runs, and the rules on where it may.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: Version,
    /// The kind of file.
    #[schemars(extend("const" = "cluster"))]
    kind: String,
    /// When the cluster looked like this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) taken_at: Option<Time>,
    /// The partitions of the hosts, innermost first, such as rack and zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partitions: Vec<String>,
    /// Costs of moves beside those of the components.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    move_costs: Option<MoveCosts>,
}

/// The lists of a cluster.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {
    /// The resources hosts offer and components take.
    resources: Vec<Resource>,
    /// The domains of the partitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    domains: Vec<Domain>,
    /// The hosts.
    hosts: Vec<Host>,
    /// The services.
    services: Vec<Service>,
    /// The components: the instances of the services.
    components: Vec<Component>,
    /// Moves in progress.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    moving: Vec<Moving>,
    /// Wishes that free amounts of two resources go together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    balances: Vec<Balance>,
}

/// A resource.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Resource {
    /// Its name, such as cpu or memory.request.
    name: String,
    /// The unit of its amounts, such as mcpu or bytes/s.
    #[serde(default)]
    unit: String,
    /// Whether amounts are what is used or what the scheduler reserves.
    #[serde(default = "used")]
    basis: BasisWord,
    /// Whether a component that moves still counts on the host it leaves.
    #[serde(default, skip_serializing_if = "is_default")]
    transient: bool,
}

fn used() -> BasisWord {
    BasisWord::Use
}

/// A domain of a partition.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Domain {
    /// Its partition.
    partition: String,
    /// Its name, unique in the partition.
    id: String,
    /// The domain of an outer partition it lies in.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// What all its hosts together may take.
    #[serde(default, skip_serializing_if = "is_default")]
    capacity: DomainCapacity,
    /// Load per resource above which it counts as overloaded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    soft_limit: Amounts,
}

/// The capacity of a domain; what is absent is unlimited.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
struct DomainCapacity {
    /// Bytes/s that may cross its border.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uplink: Option<Amount>,
    /// Power its hosts may draw together, in W.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    power_w: Option<f64>,
    /// Per resource.
    #[serde(flatten)]
    resources: Amounts,
}

/// A host.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Host {
    /// Its name, unique.
    id: String,
    /// Its domain per partition; outer domains follow from inner ones.
    #[serde(rename = "in", default, skip_serializing_if = "BTreeMap::is_empty")]
    within: BTreeMap<String, String>,
    /// Capacity per resource; what is absent is unlimited.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    capacity: Amounts,
    /// Load per resource above which it counts as overloaded.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    soft_limit: Amounts,
    /// Whether it takes new components.
    #[serde(default = "ready", skip_serializing_if = "is_ready")]
    state: StateWord,
    /// The power it draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    power: Option<Power>,
    /// Labels that components may ask for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    /// Ports that are taken by what colocate does not move.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ports: Vec<u16>,
    /// Volumes it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<String>,
}

fn ready() -> StateWord {
    StateWord::Ready
}

fn is_ready(state: &StateWord) -> bool {
    *state == StateWord::Ready
}

/// The power a host draws.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Power {
    /// When it runs nothing, in W.
    #[schemars(range(min = 0.0))]
    idle_w: f64,
    /// At full utilisation, in W.
    #[schemars(range(min = 0.0))]
    max_w: f64,
    /// Whether it is switched off when it is empty.
    #[serde(default)]
    power_managed: bool,
}

/// A service.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Service {
    /// Its name, unique.
    id: String,
    /// The partition whose domains may hold only one component of it each, or "host".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anti_affinity: Option<String>,
    /// Per partition, the least number of domains its components are in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    spread: BTreeMap<String, u32>,
    /// Services it needs nearby.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<Dependency>,
    /// Ceilings on the latency to other services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    max_latency: Vec<LatencyCeiling>,
    /// How its components may be moved, preferred first; start-first when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    strategies: Vec<StrategyWord>,
    /// How many of its components may be in motion at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_in_motion: Option<u32>,
}

/// A service that another one needs in the same domain.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Dependency {
    /// The service that is needed.
    service: String,
    /// The partition.
    within: String,
}

/// A ceiling on the latency to another service.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LatencyCeiling {
    /// The other service.
    to: String,
    /// The ceiling in µs.
    #[schemars(range(min = 0.0))]
    us: f64,
}

/// A component: one instance of a service.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Component {
    /// Its name, unique.
    id: String,
    /// Its service.
    service: String,
    /// Where it runs; null when it is pending.
    #[serde(default)]
    host: Option<String>,
    /// What it takes per resource, where no forecast says otherwise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    demand: Amounts,
    /// Where it may be; everything that is given must hold.
    #[serde(default, skip_serializing_if = "is_default")]
    allowed: Allowed,
    /// Whether it must stay.
    #[serde(default, skip_serializing_if = "is_default")]
    pinned: bool,
    /// What it takes to move it.
    #[serde(rename = "move", default, skip_serializing_if = "is_default")]
    movement: Move,
    /// A group that moves together or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moves_with: Option<String>,
}

/// The hosts a component may be on.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Allowed {
    /// Hosts with these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    /// These hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hosts: Option<Vec<String>>,
    /// Hosts that offer these volumes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<String>,
    /// Hosts where these ports are free.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ports: Vec<u16>,
}

/// What it takes to move a component.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Move {
    /// Bytes to copy.
    #[serde(default, skip_serializing_if = "is_default")]
    bytes: Amount,
    /// Multiple of the policy's price of a move.
    #[serde(default = "once")]
    #[schemars(range(min = 0.0))]
    fixed_cost: f64,
    /// Interruption per strategy, in ms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = { "enum": MigrationStrategy::ALL.map(MigrationStrategy::name) }))]
    downtime_ms: BTreeMap<StrategyWord, Amount>,
}

fn once() -> f64 {
    1.0
}

impl Default for Move {
    fn default() -> Self {
        Self { bytes: Amount(0), fixed_cost: once(), downtime_ms: BTreeMap::new() }
    }
}

/// A move in progress.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Moving {
    /// The component.
    component: String,
    /// The host it goes to.
    to: String,
}

/// A wish that for every free unit of k1 there are `target` free units of k2.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Balance {
    /// The first resource.
    k1: String,
    /// The second resource.
    k2: String,
    /// Free units of k2 per free unit of k1.
    target: Amount,
    /// The cost of a unit that is missing.
    weight: Amount,
}

/// Costs of moves beside those of the components.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MoveCosts {
    /// Per component moved of the service of which most are moved.
    #[serde(default)]
    per_service_max: Amount,
    /// Costs that depend on both hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pairs: Option<PairCosts>,
}

/// Costs of moves per pair of hosts: all of them, or those that are not 0.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PairCosts {
    /// What a unit costs.
    weight: Amount,
    /// A row a host, in the order of the hosts: what a move from it to each host counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matrix: Option<Vec<Vec<u32>>>,
    /// The pairs that count anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<PairCost>,
}

/// What a move from one host to another counts.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PairCost {
    /// The host it leaves.
    from: String,
    /// The host it goes to.
    to: String,
    /// How many units.
    cost: u32,
}

impl Format for ClusterFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Cluster;
    const LISTS: &'static [List] = &[
        List::sequence("resources", "resource"),
        List::sequence("domains", "domain"),
        List::sequence("hosts", "host"),
        List::sequence("services", "service"),
        List::sequence("components", "component"),
        List::sequence("moving", "moving"),
        List::sequence("balances", "balance"),
    ];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<ClusterFormat>);
        &SHAPES
    }

    fn push(body: &mut Body, list: &List, _: &str, element: Value) -> serde_json::Result<bool> {
        match list.field {
            "resources" => body.resources.push(from_value(element)?),
            "domains" => body.domains.push(from_value(element)?),
            "hosts" => body.hosts.push(from_value(element)?),
            "services" => body.services.push(from_value(element)?),
            "components" => body.components.push(from_value(element)?),
            "moving" => body.moving.push(from_value(element)?),
            _ => body.balances.push(from_value(element)?),
        }
        Ok(true)
    }
}
