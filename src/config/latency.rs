//! The section `[latency]`: from where the service has its matrices.

use std::collections::BTreeMap;
use std::path::PathBuf;

use colocate_model::FaultCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::exit::Failure;
use crate::latency::{Collected, FileSource, LatencySource};

/// Matrices of latency that the service hands out; none without a source, of which there is one at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LatencyConfig {
    /// A latency.json that somebody else renews: it is handed out anew when it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// The agents of the hosts: addresses such as `https://h1.example:4651`.
    pub(crate) agents: Vec<String>,
    /// A Prometheus that scrapes the agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prometheus: Option<String>,
    /// Time from one look at the source to the next, in s.
    pub(crate) interval_s: u32,
    /// The partition between whose domains the matrix is, or "host".
    pub(crate) level: String,
    /// Over how long measurements are merged, in s.
    pub(crate) window_s: u32,
    /// How old the newest measurement of a pair may be that has none in the window, in s.
    pub(crate) keep_s: u32,
    /// Between two components on one host, in µs: nobody measures it.
    pub(crate) same_host_us: f64,
    /// Whether pairs that were not measured are estimated.
    pub(crate) complete: bool,
    /// How many of the least certain pairs agents are asked to probe more.
    pub(crate) focus: usize,
    /// How agents, or the Prometheus, let us in.
    pub(crate) access: Access,
}

impl Default for LatencyConfig {
    fn default() -> Self {
        Self {
            file: None,
            agents: Vec::new(),
            prometheus: None,
            interval_s: 10,
            level: "rack".to_owned(),
            window_s: 300,
            keep_s: 1_800,
            same_host_us: 20.0,
            complete: true,
            focus: 50,
            access: Access::default(),
        }
    }
}

impl LatencyConfig {
    /// Where matrices come from, if from anywhere.
    ///
    /// # Errors
    /// An address that cannot be used.
    pub(crate) fn source(&self) -> Result<Option<Box<dyn LatencySource>>, Failure> {
        if let Some(file) = &self.file {
            return Ok(Some(Box::new(FileSource::new(file.clone()))));
        }
        let collected = Collected::new(self, BTreeMap::new())?;
        Ok(collected.map(|collected| Box::new(collected) as Box<dyn LatencySource>))
    }

    /// Checks what the shape does not say.
    pub(super) fn validate(&self, fault: &mut impl FnMut(&str, FaultCode, String, &str)) {
        for (field, value) in [("interval_s", self.interval_s), ("window_s", self.window_s)] {
            if value == 0 {
                fault(
                    &format!("latency.{field}"),
                    FaultCode::OutOfRange,
                    "0 is no time".to_owned(),
                    "set at least 1",
                );
            }
        }
        let sources = [self.file.is_some(), !self.agents.is_empty(), self.prometheus.is_some()];
        if sources.into_iter().filter(|given| *given).count() > 1 {
            let action = "give one of file, agents and prometheus";
            fault("latency", FaultCode::Contradiction, "several sources".to_owned(), action);
        }
        if !(0.0..=1e9).contains(&self.same_host_us) {
            fault(
                "latency.same_host_us",
                FaultCode::OutOfRange,
                "out of range".to_owned(),
                "use 0 to 10^9 µs",
            );
        }
    }
}
