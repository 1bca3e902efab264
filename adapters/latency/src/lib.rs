//! Latency monitoring service: probes between hosts, the matrix between racks, what is missing from it and what it will be.

mod coordinate;

pub mod completion;
pub mod consul;
pub mod history;
pub mod outlook;

pub use coordinate::Coordinate;
