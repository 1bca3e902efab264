//! A matrix made of what agents measured.

use std::collections::BTreeMap;

use colocate_files::LatencyFile;
use colocate_latency::{Collector, Coordinate, fill};
use jiff::Timestamp;

use super::source::{LatencySource, Measured};
use super::{Agents, Scraped};
use crate::config::LatencyConfig;
use crate::exit::Failure;

/// What agents measured, merged, and completed where that is wanted.
pub(crate) struct Collected {
    from: Origin,
    collector: Collector,
    config: LatencyConfig,
    prior: BTreeMap<String, Coordinate>,
}

/// Where it is from.
enum Origin {
    Agents(Agents),
    Prometheus(Box<Scraped>),
}

/// What begins at random in a completion begins from here.
const SEED: u64 = 1;

impl Collected {
    /// As the configuration says; `None` where it names neither agents nor a Prometheus.
    ///
    /// # Errors
    /// An address that cannot be used.
    pub(crate) fn new(
        config: &LatencyConfig,
        prior: BTreeMap<String, Coordinate>,
    ) -> Result<Option<Self>, Failure> {
        let from = match &config.prometheus {
            Some(url) => Origin::Prometheus(Box::new(Scraped::new(url, &config.access)?)),
            None if config.agents.is_empty() => return Ok(None),
            None => Origin::Agents(Agents::new(&config.agents, config.access.clone())),
        };
        Ok(Some(Self { from, collector: Self::collector(config), config: config.clone(), prior }))
    }

    fn collector(config: &LatencyConfig) -> Collector {
        let ms = |seconds: u32| i64::from(seconds) * 1_000;
        Collector::new(&config.level, ms(config.window_s), ms(config.keep_s))
    }

    /// Gathers, and makes the matrix as of `now`. Needs a runtime that is entered, and blocks.
    ///
    /// # Errors
    /// When nobody answers.
    pub(crate) fn matrix(&mut self, now: Timestamp) -> Result<LatencyFile, Failure> {
        let now_ms = now.as_millisecond();
        match &mut self.from {
            Origin::Agents(agents) => agents.gather(&mut self.collector, now_ms)?,
            Origin::Prometheus(scraped) => {
                // Counters tell the whole window every time.
                self.collector = Self::collector(&self.config);
                scraped.gather(&mut self.collector, i64::from(self.config.window_s) * 1_000, now_ms)?;
            }
        }
        self.collector.age(now_ms);
        let mut file = self.collector.matrix(now_ms).measurements(self.config.same_host_us);
        if self.config.complete {
            self.complete(&mut file);
        }
        Ok(file)
    }

    /// Fills in what was not measured, and asks for more of what is least sure.
    fn complete(&mut self, file: &mut LatencyFile) {
        match fill(file, &self.prior, self.config.focus, SEED) {
            Ok(filled) => {
                tracing::info!(added = filled.added, basis = ?filled.basis, "completed");
                if let (Origin::Agents(agents), false) = (&mut self.from, filled.uncertain.is_empty()) {
                    let taken = agents.focus(&self.config.level, &filled.uncertain);
                    tracing::info!(
                        asked = filled.uncertain.len(),
                        taken,
                        "agents probe uncertain pairs more"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "not completed: pairs that were not measured are missing"),
        }
    }
}

impl LatencySource for Collected {
    fn newest(&mut self, now: Timestamp) -> Result<Option<Measured>, Failure> {
        self.matrix(now).map(|file| Some(Measured { file, at: now }))
    }
}
