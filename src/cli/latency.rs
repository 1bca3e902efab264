//! The command line of `colocate latency`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};

/// `colocate latency`.
#[derive(Debug, Subcommand)]
pub(crate) enum Latency {
    /// Show a matrix: a heat map, the worst and the asymmetric pairs, and what has changed.
    Show(Show),
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
