//! Reads sources.

use std::path::PathBuf;
use std::time::SystemTime;

use bytes::Bytes;
use colocate_model::{Document, Fault, FaultCode, Faults};

use crate::ask;
use crate::files;
use crate::gather::Gathered;
use crate::history::History;
use crate::options::Options;
use crate::regular::regularise;
use crate::settings::read_settings;
use crate::source::{Monitoring, Source};
use colocate_files::Findings;

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The series.
    pub history: History,
    /// What looks odd, in order of codes.
    pub warnings: Vec<Fault>,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// All that is wrong with the inputs.
    #[error(transparent)]
    Input(#[from] Faults),
    /// Prometheus cannot be asked.
    #[error("Prometheus cannot be asked")]
    Server(#[source] colocate_prometheus::Error),
    /// Prometheus does not answer a query.
    #[error("no answer to the query of {metric}: {query}")]
    Query {
        /// The metric.
        metric: String,
        /// The query as it was sent.
        query: String,
        /// Why.
        #[source]
        source: colocate_prometheus::Error,
    },
}

/// The step where Prometheus is asked and none is given, in s.
const STEP_S: u32 = 300;

/// Reads all sources into one history. Files are read on the calling thread before anything is asked; what is dropped is
/// not asked any further.
///
/// # Errors
/// [`Error::Input`] with every fault of all files; else what Prometheus did not answer.
pub async fn load(sources: &[Source], options: &Options) -> Result<Loaded, Error> {
    let mut options = options.clone();
    let (mut findings, mut paths, mut servers) = (Findings::new(Document::History), Vec::new(), Vec::new());
    for source in sources {
        sort(source, &mut paths, &mut servers, &mut findings);
    }
    if !servers.is_empty() {
        options.step_s.get_or_insert(STEP_S);
    }
    let mut gathered = Gathered::new(&options);
    for path in &paths {
        files::read(path, &options, &mut gathered, &mut findings);
    }
    if findings.has_faults() {
        return Ok(finish(gathered, &options, findings)?);
    }
    let step_s = options.step_s.unwrap_or(STEP_S).max(1);
    let until = options.until.unwrap_or_else(now);
    for server in &servers {
        ask::ask(server, step_s, until, &options, &mut gathered, &mut findings).await?;
    }
    Ok(finish(gathered, &options, findings)?)
}

/// Reads CSV and Parquet files, and folders of them, into one history.
///
/// # Errors
/// Every fault of all files.
pub fn load_files(paths: &[PathBuf], options: &Options) -> Result<Loaded, Faults> {
    let (mut findings, mut gathered) = (Findings::new(Document::History), Gathered::new(options));
    for path in paths {
        files::read(path, options, &mut gathered, &mut findings);
    }
    finish(gathered, options, findings)
}

/// Reads a CSV or Parquet file that is in memory.
///
/// # Errors
/// Every fault of the file.
pub fn load_bytes(name: &str, bytes: impl Into<Bytes>, options: &Options) -> Result<Loaded, Faults> {
    let (mut findings, mut gathered) = (Findings::new(Document::History), Gathered::new(options));
    files::read_bytes(name, bytes.into(), options, &mut gathered, &mut findings);
    finish(gathered, options, findings)
}

/// Paths to one side, servers to the other.
fn sort(source: &Source, paths: &mut Vec<PathBuf>, servers: &mut Vec<Monitoring>, findings: &mut Findings) {
    match source {
        Source::Path(path) => paths.push(path.clone()),
        Source::Prometheus(monitoring) => servers.push((**monitoring).clone()),
        Source::Settings(path) => match read_settings(path) {
            Ok(sources) => sources.iter().for_each(|source| sort(source, paths, servers, findings)),
            Err(faults) => findings.extend(faults),
        },
    }
}

fn finish(gathered: Gathered, options: &Options, mut findings: Findings) -> Result<Loaded, Faults> {
    if gathered.series.is_empty() && !findings.has_faults() {
        let action = "check the sources and the time that is asked for";
        findings.fault("all sources", FaultCode::Empty, "there is no history", action);
    }
    let history = regularise(gathered, options.step_s, options, &mut findings);
    let (history, warnings) = findings.finish(history)?;
    Ok(Loaded { history, warnings })
}

/// Unix time, in s.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
