//! The command line of `colocate traffic`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgGroup, Args, Subcommand};
use colocate_traffic::Preset;
use jiff::Timestamp;

use super::duration;

/// `colocate traffic`.
#[derive(Debug, Args)]
pub(crate) struct Traffic {
    #[command(subcommand)]
    pub(crate) command: TrafficCommand,
}

/// What to do with traffic.
#[derive(Debug, Subcommand)]
pub(crate) enum TrafficCommand {
    /// Find out who calls whom, and how much, from metrics, traces, tables and jobs.
    Collect(Box<Collect>),
}

/// `colocate traffic collect`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("sources").required(true).multiple(true).args(["prometheus", "traces", "csv", "jobs", "nomad"])))]
pub(crate) struct Collect {
    /// The address of a Prometheus.
    #[arg(long, value_name = "URL", requires = "preset")]
    pub(crate) prometheus: Option<String>,
    /// Whose metrics are asked of it; may be given several times.
    #[arg(long, value_parser = preset(), requires = "prometheus")]
    pub(crate) preset: Vec<Preset>,
    /// Traces: of Jaeger in JSON, or of OpenTelemetry in JSON, JSON Lines or protobuf.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) traces: Vec<PathBuf>,
    /// Tables with the columns from, to, calls_per_s, bytes_per_s, errors_per_s, p50_us and p95_us.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) csv: Vec<PathBuf>,
    /// Jobs of Nomad in JSON, as `nomad job inspect` prints them: who is said to call whom, without rates.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) jobs: Vec<PathBuf>,
    /// The address of a Nomad whose jobs are read, such as http://127.0.0.1:4646: as `--jobs`, but of what is to run now.
    #[arg(long, value_name = "URL")]
    pub(crate) nomad: Option<String>,
    /// The namespace whose jobs are read; all where absent.
    #[arg(long, value_name = "NAME", requires = "nomad")]
    pub(crate) nomad_namespace: Option<String>,
    /// Show Nomad the token in this file; it has to be allowed to list and read jobs.
    #[arg(long, value_name = "FILE", env = "COLOCATE_NOMAD_TOKEN_FILE")]
    pub(crate) nomad_token_file: Option<PathBuf>,
    /// Trust certificates of Nomad signed by these authorities and no others.
    #[arg(long, value_name = "FILE", requires = "nomad")]
    pub(crate) nomad_ca: Option<PathBuf>,
    /// Time that rates are of: where absent 1h before now of metrics, from the first span to the last of traces.
    #[arg(long, value_parser = duration)]
    pub(crate) window: Option<Duration>,
    /// The share of traces that were kept, such as 0.1; where absent what the spans say of it.
    #[arg(long, value_name = "SHARE", value_parser = share, requires = "traces")]
    pub(crate) sampling: Option<f64>,
    /// Names of the sources that are others in the cluster, or do not count.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The cluster: edges of what it has not are left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) cluster: Option<PathBuf>,
    /// Measured latency, which is compared with what traces say of the network.
    #[arg(long, value_name = "FILE", requires = "cluster")]
    pub(crate) latency: Option<PathBuf>,
    /// The time that metrics are asked for and the file says it was measured at; the clock where absent.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Write the traffic, gzipped where the name ends in `.gz`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A preset by its name.
fn preset() -> impl TypedValueParser<Value = Preset> {
    PossibleValuesParser::new(Preset::ALL.map(Preset::name))
        .try_map(|name| Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or("unknown"))
}

/// A share that can be divided by.
fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.trim().parse().map_err(|_| "give a number such as 0.1".to_owned())?;
    if (1e-9..=1.0).contains(&share) { Ok(share) } else { Err("give a number above 0, up to 1".to_owned()) }
}
