//! The command line of `colocate latency`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use colocate_forecast::Method;
use jiff::Timestamp;

use super::duration;
use super::forecast::method;
use crate::config::LatencyConfig;

/// `colocate latency`.
#[derive(Debug, Subcommand)]
pub(crate) enum Latency {
    /// Make a matrix of what agents measured.
    Collect(LatencyCollect),
    /// Forecast a matrix from past ones.
    Forecast(LatencyForecast),
    /// Show a matrix: a heat map, the worst and the asymmetric pairs, and what has changed.
    Show(Show),
}

/// `colocate latency collect`.
#[derive(Debug, Args)]
pub(crate) struct LatencyCollect {
    #[command(flatten)]
    pub(crate) measurers: Measurers,
    /// The partition between whose domains the matrix is, or `host`.
    #[arg(long, default_value_t = LatencyConfig::default().level)]
    pub(crate) level: String,
    /// Over how long measurements are merged.
    #[arg(long, value_parser = duration, default_value = "5m")]
    pub(crate) window: Duration,
    /// How old the newest measurement of a pair may be that has none in the window.
    #[arg(long, value_parser = duration, default_value = "30m")]
    pub(crate) keep: Duration,
    /// Between two components on one host, in µs: nobody measures it.
    #[arg(long, value_name = "US", default_value_t = LatencyConfig::default().same_host_us)]
    pub(crate) same_host_us: f64,
    /// Leave out what was not measured, instead of estimating it.
    #[arg(long)]
    pub(crate) measured_only: bool,
    /// How many of the least certain pairs agents are asked to probe more.
    #[arg(long, default_value_t = LatencyConfig::default().focus)]
    pub(crate) focus: usize,
    /// Coordinates of Consul: the answer of /v1/coordinate/nodes, from a file. Estimates begin from them.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub(crate) consul: Option<PathBuf>,
    /// The cluster, which says in which domains the hosts are that Consul has coordinates of.
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,
    /// Collect again and again, and write the matrix anew each time, until SIGTERM or Ctrl-C.
    #[arg(long, requires = "out")]
    pub(crate) follow: bool,
    /// With `--follow`: time from one matrix to the next.
    #[arg(long, value_parser = duration, default_value = "10s", requires = "follow")]
    pub(crate) every: Duration,
    /// Collect as of this time; the clock where absent.
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    pub(crate) now: Option<Timestamp>,
    /// Write latency.json, gzipped where the name ends in `.gz`; where absent it is printed.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Trust certificates signed by these authorities (PEM) and no others.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Show this client certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// The key of the client certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// The name that the certificates of the agents have, where it is not that of their addresses.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Show the token in the first line of this file.
    #[arg(long, value_name = "FILE", env = "COLOCATE_TOKEN_FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// Who measured: agents, or a Prometheus.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Measurers {
    /// Ask these agents, such as `https://h1.example:4651`, or those in a file, an address a line.
    #[arg(long, value_name = "URL|FILE", num_args = 1..)]
    pub(crate) agents: Vec<String>,
    /// Ask the Prometheus that scrapes the agents.
    #[arg(long, value_name = "URL")]
    pub(crate) prometheus: Option<String>,
}

/// `colocate latency forecast`.
#[derive(Debug, Args)]
pub(crate) struct LatencyForecast {
    /// Past matrices, each a latency.json, in any order; folders of them too.
    #[arg(value_name = "FILE|FOLDER", required = true, num_args = 1..)]
    pub(crate) past: Vec<PathBuf>,
    /// How far ahead.
    #[arg(long, value_parser = duration, default_value = "30m")]
    pub(crate) horizon: Duration,
    /// Length of a step.
    #[arg(long, value_parser = duration, default_value = "5m")]
    pub(crate) step: Duration,
    /// Who forecasts, as for `colocate forecast`.
    #[arg(long, value_parser = method(), default_value = Method::Auto.name())]
    pub(crate) model: Method,
    /// Write latency.json, gzipped where the name ends in `.gz`; where absent it is printed.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// `colocate latency show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The matrix, a latency.json.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// An earlier matrix: show what has changed since.
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// The cluster: its domains in the order of zones.
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,
    /// Show pairs of these domains instead of those that were measured, such as `zone`: each by its worst path.
    #[arg(long, value_name = "PARTITION", requires = "cluster")]
    pub(crate) level: Option<String>,
    /// The percentile to show; p95 where absent, p50 where that is all there is.
    #[arg(long, value_parser = PossibleValuesParser::new(["p50", "p75", "p90", "p95", "p99", "p999"]))]
    pub(crate) quantile: Option<String>,
    /// How many of the worst pairs to show, and of others that stand out.
    #[arg(long, default_value_t = 10)]
    pub(crate) worst: usize,
    /// Write the heat map as a picture.
    #[arg(long, value_name = "OUT")]
    pub(crate) svg: Option<PathBuf>,
    /// Print one JSON object with everything.
    #[arg(long)]
    pub(crate) json: bool,
    /// No colours, as with NO_COLOR.
    #[arg(long)]
    pub(crate) no_color: bool,
}
