//! Services and the rules on where their components may be.

use serde::{Deserialize, Serialize};

use crate::ids::{ComponentId, PartitionId, ServiceId};
use crate::quantity::Nanos;

/// A service: components that do the same work.
#[derive(Debug, Clone, Serialize)]
pub struct Service {
    /// Its name, unique.
    pub name: String,
    /// Its components, in order of id.
    pub components: Vec<ComponentId>,
    /// C4: (partition, least number of domains).
    pub spread: Vec<(PartitionId, u32)>,
    /// C5: where a component of this service runs, its domain also holds one of each of these.
    pub depends_on: Vec<Dependency>,
    /// C7: ceilings on the latency to other services.
    pub max_latency: Vec<LatencyCeiling>,
    /// How its components may be moved, preferred first; never empty.
    pub strategies: Vec<MigrationStrategy>,
    /// How many of its components may be in motion at a time, where given.
    pub max_in_motion: Option<u32>,
}

/// C5: a service this one needs in the same domain.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Dependency {
    /// The service it needs.
    pub service: ServiceId,
    /// The partition whose domain they share.
    pub within: PartitionId,
}

/// C7: a limit on the latency to another service.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LatencyCeiling {
    /// The other service.
    pub to: ServiceId,
    /// The limit.
    pub ceiling: Nanos,
}

/// C3: components that must be in distinct domains of a partition.
#[derive(Debug, Clone, Serialize)]
pub struct Exclusion {
    /// What demands it.
    pub reason: ExclusionReason,
    /// The partition.
    pub partition: PartitionId,
    /// Its members, in order of id.
    pub members: Vec<ComponentId>,
}

/// What demands an [`Exclusion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ExclusionReason {
    /// The anti-affinity of a service.
    AntiAffinity(ServiceId),
    /// A static port that all members need.
    Port(u16),
}

/// How a component is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MigrationStrategy {
    /// Start on the target, then stop on the source.
    StartFirst,
    /// Stop on the source, then start on the target.
    StopFirst,
    /// Stop, copy the disk, start.
    DiskMigrate,
    /// Copy while running, stop, copy the rest, start.
    PreCopy,
    /// Hand over while running.
    Live,
}

impl MigrationStrategy {
    /// Every strategy.
    pub const ALL: [Self; 5] =
        [Self::StartFirst, Self::StopFirst, Self::DiskMigrate, Self::PreCopy, Self::Live];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartFirst => "start-first",
            Self::StopFirst => "stop-first",
            Self::DiskMigrate => "disk-migrate",
            Self::PreCopy => "pre-copy",
            Self::Live => "live",
        }
    }
}
