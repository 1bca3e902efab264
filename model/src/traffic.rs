//! The traffic graph.

use serde::{Deserialize, Serialize};

use crate::ids::{ComponentId, EdgeId, GroupId, ServiceId};
use crate::quantity::{Nanos, Ratio};

/// An end of traffic edges: the components whose calls are balanced together.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// What the input named.
    pub endpoint: Endpoint,
    /// Its components, in order of id; never empty.
    pub members: Vec<ComponentId>,
    /// The edges that end here.
    pub edges: Vec<EdgeId>,
}

/// What the input names as an end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Endpoint {
    /// All components of a service.
    Service(ServiceId),
    /// One component.
    Component(ComponentId),
}

/// Calls from one group to another.
#[derive(Debug, Clone, Serialize)]
pub struct Edge {
    /// Where calls come from.
    pub from: GroupId,
    /// Where they go.
    pub to: GroupId,
    /// How they are spread over the instances.
    pub routing: Routing,
    /// C7: pairs further apart than this are left out of a local-first flow.
    pub ceiling: Option<Nanos>,
    /// Calls/s per step, in units of 10^-digits (see [`Traffic::call_digits`]).
    pub calls: Vec<i64>,
    /// Bytes/s per step, in units of 10^-digits (see [`Traffic::byte_digits`]).
    pub bytes: Vec<i64>,
    /// Cost of one (unit of flow x call unit x ns x step weight).
    pub call_rate: Ratio,
    /// Cost of one (unit of flow x byte unit x 1e-9 $/GB x step weight).
    pub byte_rate: Ratio,
    /// Bytes/s of one (unit of flow x byte unit).
    pub byte_share: Ratio,
}

/// The edges and their scale.
#[derive(Debug, Clone, Serialize)]
pub struct Traffic {
    /// Ends of edges.
    pub groups: Vec<Group>,
    /// Edges, in the order of the input.
    pub edges: Vec<Edge>,
    /// Calls/s are counted in units of 10^-this.
    pub call_digits: u32,
    /// Bytes/s are counted in units of 10^-this.
    pub byte_digits: u32,
}

/// How calls are spread over the instances of two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// Over all pairs alike: what load balancers do unless told.
    #[default]
    Uniform,
    /// The nearest instances first.
    LocalFirst,
}
