//! Resources.

use serde::Serialize;

/// A resource that hosts offer and components take.
#[derive(Debug, Clone, Serialize)]
pub struct Resource {
    /// Its name, such as `cpu` or `memory.request`.
    pub name: String,
    /// The unit of its amounts.
    pub unit: String,
    /// What its amounts are.
    pub basis: Basis,
    /// Whether a component that moves still counts on the host it leaves (ROADEF's transient usage, C2).
    pub transient: bool,
}

/// What an amount of a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Basis {
    /// What is forecast to be used.
    Use,
    /// What the scheduler reserves.
    Request,
}
