//! The section `[latency]`: from where the service has its matrices.

use std::path::PathBuf;

use colocate_model::FaultCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::latency::{FileSource, LatencySource};

/// Matrices of latency that the service hands out; none without a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LatencyConfig {
    /// A latency.json that somebody else renews: it is handed out anew when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// Time from one look at the source to the next, in s.
    pub(crate) interval_s: u32,
}

impl Default for LatencyConfig {
    fn default() -> Self {
        Self { file: None, interval_s: 10 }
    }
}

impl LatencyConfig {
    /// Where matrices come from, if from anywhere.
    pub(crate) fn source(&self) -> Option<Box<dyn LatencySource>> {
        Some(Box::new(FileSource::new(self.file.clone()?)))
    }

    /// Checks what the shape does not say.
    pub(super) fn validate(&self, fault: &mut impl FnMut(&str, FaultCode, String, &str)) {
        if self.interval_s == 0 {
            fault("latency.interval_s", FaultCode::OutOfRange, "0 is no time".to_owned(), "set at least 1");
        }
    }
}
