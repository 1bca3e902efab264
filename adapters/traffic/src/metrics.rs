//! Edges from metrics in Prometheus.

mod ask;
mod names;
mod preset;

pub use ask::{MetricsError, ask};
pub use preset::Preset;
