//! The section `[forecasts]`: from which history the service forecasts what.

use std::path::PathBuf;
use std::time::Duration;

use colocate_files::closest;
use colocate_forecast::Method;
use colocate_grpc::Job;
use colocate_history::{Preset, Source};
use colocate_model::{FaultCode, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::forecasting::sources::{self, MOST_STEPS, is_address};

/// Forecasts that the service makes again and again and hands out; none without a history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ForecastsConfig {
    /// Where history is, all of it together: CSV and Parquet files, folders of them, a history.toml, addresses of
    /// Prometheus. Nothing is forecast where there is none.
    pub(crate) history: Vec<String>,
    /// What is asked of addresses of Prometheus: nomad, cadvisor or node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) preset: Option<String>,
    /// The cluster: only what runs in it is forecast, with the reserve of its hosts and the ranking of its components.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<PathBuf>,
    /// Measured latency, for the ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency: Option<PathBuf>,
    /// Measured traffic, for the ranking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) traffic: Option<PathBuf>,
    /// Goals, prices and limits: for which demand the reserve is calibrated, and what the limits are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<PathBuf>,
    /// How far ahead, in s.
    pub(crate) horizon_s: u32,
    /// Length of a step, in s; where absent that of the history, 300 with a Prometheus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) step_s: Option<u32>,
    /// Quantiles of every step, and of the maximum over all steps.
    pub(crate) quantiles: Vec<f64>,
    /// Who forecasts, as for `colocate forecast --model`.
    pub(crate) model: String,
    /// How much history is looked at, in s.
    pub(crate) window_s: u32,
    /// Time from the start of a forecast to that of the next, in s.
    pub(crate) every_s: u32,
    /// Threads.
    pub(crate) threads: u16,
}

impl Default for ForecastsConfig {
    fn default() -> Self {
        Self {
            history: Vec::new(),
            preset: None,
            cluster: None,
            latency: None,
            traffic: None,
            policy: None,
            horizon_s: 1800,
            step_s: None,
            quantiles: vec![0.5, 0.95],
            model: Method::Auto.name().to_owned(),
            window_s: 28 * 24 * 3600,
            every_s: 300,
            threads: 2,
        }
    }
}

/// Threads, at most.
const MOST_THREADS: u16 = 256;

impl ForecastsConfig {
    /// Whether forecasts are made.
    pub(crate) fn enabled(&self) -> bool {
        !self.history.is_empty()
    }

    /// Who forecasts, where it is somebody.
    pub(crate) fn method(&self) -> Option<Method> {
        Method::all().find(|method| method.name() == self.model)
    }

    /// Where history is.
    ///
    /// # Errors
    /// An address without a preset.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, Faults> {
        sources::parse(&self.history, self.preset.as_deref().and_then(Preset::from_name))
    }

    /// The cluster with what was measured in it, as its files are now.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub(crate) fn cluster(&self) -> Result<Option<Job>, Faults> {
        let measured = [&self.latency, &self.traffic, &self.policy].map(Option::as_deref);
        self.cluster.as_deref().map(|path| sources::cluster(path, measured)).transpose()
    }

    /// How much history is looked at.
    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs(self.window_s.into())
    }

    /// Tells of all that is wrong, files aside: field, code, cause and advice.
    pub(super) fn validate(&self, fault: &mut impl FnMut(&str, FaultCode, String, &str)) {
        for (field, value) in [
            ("forecasts.horizon_s", Some(self.horizon_s)),
            ("forecasts.step_s", self.step_s),
            ("forecasts.window_s", Some(self.window_s)),
            ("forecasts.every_s", Some(self.every_s)),
            ("forecasts.threads", Some(self.threads.into())),
        ] {
            if value == Some(0) {
                fault(field, FaultCode::OutOfRange, "0 makes no forecast".to_owned(), "set at least 1");
            }
        }
        if let Some(step_s) = self.step_s.filter(|&step_s| step_s > 0) {
            if self.horizon_s.div_ceil(step_s) as usize > MOST_STEPS {
                let cause =
                    format!("{} s in steps of {step_s} s are more than {MOST_STEPS} steps", self.horizon_s);
                fault("forecasts.horizon_s", FaultCode::OutOfRange, cause, "lower it, or lengthen step_s");
            }
            if self.window_s < step_s {
                let cause = format!("{} s hold no step of {step_s} s", self.window_s);
                fault("forecasts.window_s", FaultCode::OutOfRange, cause, "raise it, or shorten step_s");
            }
        }
        if self.threads > MOST_THREADS {
            let cause = format!("{} is more than {MOST_THREADS}", self.threads);
            fault("forecasts.threads", FaultCode::OutOfRange, cause, "lower it");
        }
        if self.quantiles.is_empty() {
            let cause = "it is empty".to_owned();
            fault(
                "forecasts.quantiles",
                FaultCode::WrongLength,
                cause,
                "name quantiles, such as [0.5, 0.95]",
            );
        }
        for q in self.quantiles.iter().filter(|&&q| !(q > 0.0 && q < 1.0)) {
            let cause = format!("{q} is not between 0 and 1");
            fault("forecasts.quantiles", FaultCode::OutOfRange, cause, "write numbers such as 0.95");
        }
        if self.method().is_none() {
            unknown("forecasts.model", &self.model, Method::all().map(Method::name).collect(), fault);
        }
        if let Some(preset) = self.preset.as_deref().filter(|preset| Preset::from_name(preset).is_none()) {
            unknown("forecasts.preset", preset, Preset::ALL.map(Preset::name).to_vec(), fault);
        }
        for address in self.history.iter().filter(|source| is_address(source)) {
            let authority = address.split('/').nth(2).unwrap_or_default();
            if authority.contains('@') {
                // The effective configuration is printed, so nothing secret may be in it.
                let action = "name the files of tokens and passwords in a history.toml";
                let cause = "an address holds a password".to_owned();
                fault("forecasts.history", FaultCode::Contradiction, cause, action);
            } else if self.preset.is_none() {
                let action = "set preset to nomad, cadvisor or node, or name a history.toml";
                let cause = format!("{address} says not what to ask");
                fault("forecasts.history", FaultCode::Missing, cause, action);
            }
        }
        if self.history.iter().any(String::is_empty) {
            let action = "name files, folders or addresses";
            fault("forecasts.history", FaultCode::Missing, "a source is empty".to_owned(), action);
        }
        for (field, file) in [
            ("forecasts.latency", &self.latency),
            ("forecasts.traffic", &self.traffic),
            ("forecasts.policy", &self.policy),
        ] {
            if file.is_some() && self.cluster.is_none() {
                let cause = "it is for the ranking of a cluster, of which there is none".to_owned();
                fault(field, FaultCode::Contradiction, cause, "set forecasts.cluster, or leave it out");
            }
        }
    }
}

/// Tells of a word that is none of those allowed.
fn unknown(field: &str, word: &str, known: Vec<&str>, fault: &mut impl FnMut(&str, FaultCode, String, &str)) {
    let action = closest(word, known.iter().copied()).map_or_else(
        || format!("use one of {}", known.join(", ")),
        |known| format!("maybe you meant `{known}`"),
    );
    fault(field, FaultCode::UnknownWord, format!("there is no `{word}`"), &action);
}
