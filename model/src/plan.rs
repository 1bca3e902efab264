//! The ordered, safe plan that carries a placement out.

use serde::Serialize;

use crate::ids::{ComponentId, HostId};
use crate::score::Terms;
use crate::service::MigrationStrategy;

/// One order to the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationDirective {
    /// What moves.
    pub component: ComponentId,
    /// Where it is; `None` for a pending component.
    pub source: Option<HostId>,
    /// Where it goes; `None` where only the rack is decided (the threshold rule).
    pub target: Option<HostId>,
    /// The domain it goes to, in the partition the plan names as racks.
    pub target_rack: String,
    /// How.
    pub strategy: MigrationStrategy,
    /// Whether this is a detour that makes room, followed by another directive for the same component.
    pub parking: bool,
    /// Bytes to copy.
    pub bytes: i64,
    /// Interruption in ms.
    pub downtime_ms: i64,
    /// Terms of the prefix of the plan before it, less those after it: positive is better.
    pub gain: Terms,
    /// Why, in words.
    pub reason: String,
    /// Alternate channels to peers in the same locality group.
    pub channels: Vec<Channel>,
}

/// An alternate channel between two components in one locality group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// The other component.
    pub peer: ComponentId,
    /// How close it is.
    pub kind: ChannelKind,
}

/// How close the two ends of a channel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// On one host: a Unix socket or loopback.
    SameHost,
    /// In one rack.
    SameRack,
}

impl ChannelKind {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::SameHost, Self::SameRack];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameHost => "same-host",
            Self::SameRack => "same-rack",
        }
    }
}

/// Directives that may run at the same time and finish in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wave {
    /// Start, in seconds after the start of the plan.
    pub starts_s: i64,
    /// End, likewise.
    pub ends_s: i64,
    /// The directives.
    pub directives: Vec<MigrationDirective>,
}

/// A component of the placement that the plan does not move, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The component.
    pub component: ComponentId,
    /// Why it stays.
    pub reason: LeftOutReason,
}

/// Why a component of the placement is not moved by the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// No order of the moves keeps every prefix safe.
    NoSafeOrder,
    /// It would exceed the budget of moves.
    Budget,
    /// It would end after the horizon.
    AfterHorizon,
}

impl LeftOutReason {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::NoSafeOrder, Self::Budget, Self::AfterHorizon];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSafeOrder => "no_safe_order",
            Self::Budget => "budget",
            Self::AfterHorizon => "after_horizon",
        }
    }
}

/// A directive of a plan that was made before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// The wave it belongs to, from 1 on.
    pub wave: usize,
    /// What moves.
    pub component: ComponentId,
    /// Where it goes.
    pub target: HostId,
    /// Whether it is a detour.
    pub parking: bool,
    /// Why, in words.
    pub reason: String,
}

/// What carries a placement out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Waves in order.
    pub waves: Vec<Wave>,
    /// What is not moved.
    pub left_out: Vec<LeftOut>,
    /// Whether `apply` may run it; the threshold rule's directives may not be.
    pub executable: bool,
    /// Terms at the start.
    pub before: Terms,
    /// Terms at the end of the plan.
    pub after: Terms,
}

impl Plan {
    /// The directives in order.
    pub fn directives(&self) -> impl Iterator<Item = &MigrationDirective> {
        self.waves.iter().flat_map(|wave| &wave.directives)
    }
}
