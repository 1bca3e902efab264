//! Hosts.

use serde::Serialize;

use crate::quantity::Amount;

/// A host.
#[derive(Debug, Clone, Serialize)]
pub struct Host {
    /// Its name, unique.
    pub name: String,
    /// Capacity per resource; [`UNLIMITED`](crate::UNLIMITED) where there is none.
    pub capacity: Vec<Amount>,
    /// Soft limit per resource; [`UNLIMITED`](crate::UNLIMITED) where there is none.
    pub soft_limit: Vec<Amount>,
    /// Reserve per resource, added to the load; may be negative.
    pub base: Vec<Amount>,
    /// Demand per dimension of components on their way to another host.
    pub held: Vec<Amount>,
    /// Whether it takes new components.
    pub state: HostState,
    /// Power data, where known.
    pub power: Option<Power>,
}

/// Whether a host takes new components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum HostState {
    /// It does.
    Ready,
    /// It does not, and what it runs should leave.
    Draining,
    /// It has failed: what was on it has no source to copy from.
    Down,
}

/// The power a host draws: idle + slope x utilisation.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Power {
    /// When it runs nothing, in mW.
    pub idle_mw: i64,
    /// Added at full utilisation, in mW.
    pub slope_mw: i64,
    /// Whether it is switched off when it is empty.
    pub power_managed: bool,
}
