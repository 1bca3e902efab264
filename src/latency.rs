//! Where matrices come from: a file, agents, or a Prometheus.

mod agents;
mod collected;
mod file;
mod prometheus;
mod source;

pub(crate) use agents::Agents;
pub(crate) use collected::Collected;
pub(crate) use file::FileSource;
pub(crate) use prometheus::Scraped;
pub(crate) use source::{LatencySource, Measured};
