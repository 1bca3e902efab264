//! Rows of constraints that do not hold.

use serde::{Deserialize, Serialize};

use crate::ids::{ComponentId, DomainId, HostId, PartitionId, ResourceId, ServiceId};

/// Which row. Its order is that of `docs/model.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "constraint", rename_all = "snake_case")]
pub enum Row {
    /// C1, or C2 where the resource is transient.
    HostCapacity {
        /// The host.
        host: HostId,
        /// The resource.
        resource: ResourceId,
        /// The step.
        step: u32,
    },
    /// C1b for a resource.
    DomainCapacity {
        /// The partition.
        partition: PartitionId,
        /// The domain.
        domain: DomainId,
        /// The resource.
        resource: ResourceId,
        /// The step.
        step: u32,
    },
    /// C1b for the bytes that cross the border of a domain.
    Uplink {
        /// The partition.
        partition: PartitionId,
        /// The domain.
        domain: DomainId,
        /// The step.
        step: u32,
    },
    /// C1b for power.
    Power {
        /// The partition.
        partition: PartitionId,
        /// The domain.
        domain: DomainId,
        /// The step.
        step: u32,
    },
    /// C3: position in [`Problem::exclusions`](crate::Problem::exclusions).
    Exclusion {
        /// Which exclusion.
        exclusion: u32,
        /// The domain.
        domain: DomainId,
    },
    /// C4.
    Spread {
        /// The service.
        service: ServiceId,
        /// The partition.
        partition: PartitionId,
    },
    /// C5.
    Dependency {
        /// The service that needs another.
        service: ServiceId,
        /// The service it needs.
        on: ServiceId,
        /// The partition.
        partition: PartitionId,
        /// The domain without it.
        domain: DomainId,
    },
    /// C6.
    Compatibility {
        /// The component.
        component: ComponentId,
        /// Where it may not be.
        host: HostId,
    },
    /// C7.
    LatencyCeiling {
        /// From.
        service: ServiceId,
        /// To.
        to: ServiceId,
    },
    /// C8: moves in all.
    MoveBudget,
    /// C8: bytes moved in all.
    ByteBudget,
    /// C8: moves of a service.
    ServiceBudget {
        /// The service.
        service: ServiceId,
    },
    /// C8: moves out of a domain.
    SourceBudget {
        /// The partition.
        partition: PartitionId,
        /// The domain.
        domain: DomainId,
    },
    /// C8: moves into a domain.
    TargetBudget {
        /// The partition.
        partition: PartitionId,
        /// The domain.
        domain: DomainId,
    },
    /// C9.
    Moving {
        /// The component.
        component: ComponentId,
    },
    /// C10.
    MigrationLatency {
        /// The component.
        component: ComponentId,
    },
    /// C11: position in [`Problem::move_groups`](crate::Problem::move_groups).
    MoveGroup {
        /// Which group.
        group: u32,
    },
    /// A component without a host.
    Unplaced {
        /// The component.
        component: ComponentId,
    },
}

impl Row {
    /// The name of the constraint in `docs/model.md`.
    #[must_use]
    pub const fn constraint(&self) -> &'static str {
        match self {
            Self::HostCapacity { .. } => "C1 capacity",
            Self::DomainCapacity { .. } => "C1b domain capacity",
            Self::Uplink { .. } => "C1b uplink",
            Self::Power { .. } => "C1b power",
            Self::Exclusion { .. } => "C3 anti-affinity",
            Self::Spread { .. } => "C4 spread",
            Self::Dependency { .. } => "C5 dependency",
            Self::Compatibility { .. } => "C6 compatibility",
            Self::LatencyCeiling { .. } => "C7 latency ceiling",
            Self::MoveBudget
            | Self::ByteBudget
            | Self::ServiceBudget { .. }
            | Self::SourceBudget { .. }
            | Self::TargetBudget { .. } => "C8 budget",
            Self::Moving { .. } => "C9 moving",
            Self::MigrationLatency { .. } => "C10 migration latency",
            Self::MoveGroup { .. } => "C11 move group",
            Self::Unplaced { .. } => "placed",
        }
    }

    /// Whether an excess that was there at the start may stay.
    #[must_use]
    pub const fn is_elastic(&self) -> bool {
        !matches!(
            self,
            Self::MoveBudget
                | Self::ByteBudget
                | Self::ServiceBudget { .. }
                | Self::SourceBudget { .. }
                | Self::TargetBudget { .. }
                | Self::Moving { .. }
                | Self::MigrationLatency { .. }
                | Self::MoveGroup { .. }
                | Self::Unplaced { .. }
        )
    }
}

/// A row that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Violation {
    /// The row.
    #[serde(flatten)]
    pub row: Row,
    /// By how much, in the unit of the row.
    pub excess: i64,
    /// What it counts in the violation term.
    pub ppm: i64,
}
