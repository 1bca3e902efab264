//! Where the service has its matrices from.

mod file;
mod source;

pub(crate) use file::FileSource;
pub(crate) use source::{LatencySource, Measured};
