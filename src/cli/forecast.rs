//! The command line of `colocate forecast`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, value_parser};
use colocate_forecast::Method;
use colocate_history::Preset;
use jiff::Timestamp;

use super::duration;

/// `colocate forecast`.
#[derive(Debug, Args)]
pub(crate) struct Forecast {
    /// Where history is: a CSV or Parquet file, a folder of them, a history.toml, or the address of a Prometheus.
    #[arg(long, required = true, value_name = "SOURCE", num_args = 1..)]
    pub(crate) history: Vec<String>,
    /// What is asked of a Prometheus.
    #[arg(long, value_parser = preset())]
    pub(crate) preset: Option<Preset>,
    /// What files with columns for time and value only are of.
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) metric: Option<String>,
    /// How far ahead.
    #[arg(long, value_parser = duration, default_value = "30m")]
    pub(crate) horizon: Duration,
    /// Length of a step; where absent that of the history, 5m with a Prometheus.
    #[arg(long, value_parser = duration)]
    pub(crate) step: Option<Duration>,
    /// Quantiles of every step, and of the maximum over all steps.
    #[arg(long, value_delimiter = ',', value_parser = quantile, default_value = "0.5,0.95")]
    pub(crate) quantiles: Vec<f64>,
    /// Who forecasts: `auto` the cheap pool and the global model, `best` everybody, or one of them.
    #[arg(long, value_parser = method(), default_value = Method::Auto.name())]
    pub(crate) model: Method,
    /// How much history is looked at.
    #[arg(long, value_parser = duration, default_value = "28d")]
    pub(crate) window: Duration,
    /// Forecast as of this time; the end of the history where absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
    /// The time that the forecast says it was made at; the clock where absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Write the forecast, gzipped where the name ends in `.gz`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The cluster: only what runs in it is forecast, with the reserve of its hosts and the ranking of its components.
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,
    /// Measured latency, for the ranking.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub(crate) latency: Option<PathBuf>,
    /// Measured traffic, for the ranking.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub(crate) traffic: Option<PathBuf>,
    /// Goals, prices and limits: for which demand the reserve is calibrated, and what the limits are.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub(crate) policy: Option<PathBuf>,
    /// Take the series of somebody else's forecast in place of ours: a forecast.json, from a file or an address.
    #[arg(long, value_name = "FILE|URL", num_args = 1..)]
    pub(crate) external: Vec<String>,
    /// Forecast past windows instead, and score them.
    #[arg(long, conflicts_with_all = ["out", "cluster", "external", "plot"])]
    pub(crate) backtest: bool,
    /// How many past windows.
    #[arg(long, requires = "backtest", default_value_t = 20, value_parser = value_parser!(u16).range(1..=10_000))]
    pub(crate) origins: u16,
    /// The last part of the history that they are spread over.
    #[arg(long, requires = "backtest", value_parser = duration, default_value = "7d")]
    pub(crate) over: Duration,
    /// Write the forecasts of the backtest as CSV, a line a step, for others to score.
    #[arg(long, requires = "backtest", value_name = "FILE")]
    pub(crate) forecasts: Option<PathBuf>,
    /// Draw history and forecast as SVG: the series that are named, else the first of the ranking.
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// What to draw, such as `"checkout.0 cpu"`.
    #[arg(long, value_name = "NAME", requires = "plot")]
    pub(crate) series: Vec<String>,
    /// Threads.
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u16).range(1..=256))]
    pub(crate) threads: u16,
    /// Print one JSON object: the forecast, or the scores of a backtest.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A method by its name.
pub(super) fn method() -> impl TypedValueParser<Value = Method> {
    PossibleValuesParser::new(Method::all().map(Method::name))
        .try_map(|name| Method::all().find(|method| method.name() == name).ok_or("unknown"))
}

/// A preset by its name.
fn preset() -> impl TypedValueParser<Value = Preset> {
    PossibleValuesParser::new(Preset::ALL.map(Preset::name))
        .try_map(|name| Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or("unknown"))
}

/// A quantile.
fn quantile(text: &str) -> Result<f64, String> {
    let q: f64 = text.trim().parse().map_err(|_| "give a number such as 0.95".to_owned())?;
    if q > 0.0 && q < 1.0 { Ok(q) } else { Err("give a number between 0 and 1".to_owned()) }
}
