//! Components.

use serde::Serialize;

use crate::ids::{ClassId, GroupId, HostId, ServiceId};
use crate::service::MigrationStrategy;

/// A component: one instance of a service.
#[derive(Debug, Clone, Serialize)]
pub struct Component {
    /// Its name, unique.
    pub name: String,
    /// Its service.
    pub service: ServiceId,
    /// The components it is interchangeable with.
    pub class: ClassId,
    /// Where it is at the start: `None` when pending, the target when it is moving.
    pub initial: Option<HostId>,
    /// The host it is being moved from at the moment (C9).
    pub moving_from: Option<HostId>,
    /// Position in [`Problem::host_sets`](crate::Problem::host_sets) of the hosts it may move to.
    pub host_set: u32,
    /// Whether it must stay.
    pub pinned: bool,
    /// Bytes to copy when it moves.
    pub bytes: i64,
    /// Multiple of the policy's price of a move, in parts per million.
    pub fixed_ppm: i64,
    /// How it moves; the first strategy of its service that its source allows.
    pub strategy: MigrationStrategy,
    /// Interruption of that strategy.
    pub downtime_ms: i64,
    /// C11: position in [`Problem::move_groups`](crate::Problem::move_groups).
    pub move_group: Option<u32>,
    /// The ends of traffic edges it belongs to: its service's and its own, where they carry traffic.
    pub groups: Vec<GroupId>,
}

impl Component {
    /// Whether it has a place to leave: neither pending nor moving already.
    #[must_use]
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.initial.is_some() && self.moving_from.is_none()
    }
}
