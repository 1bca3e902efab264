//! What a forecast is made from, as the command line and the configuration of the service name it.

use std::path::Path;
use std::time::Duration;

use colocate_files::{Inputs, load};
use colocate_grpc::Job;
use colocate_history::{History, NamedSeries, Options, Preset, Source};
use colocate_model::Faults;

use crate::exit::Failure;
use crate::input;

/// The longest horizon, in steps; further ahead there is nothing to tell.
pub(crate) const MOST_STEPS: usize = 10_000;

/// Whether a source is the address of a Prometheus.
pub(crate) fn is_address(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

/// All sources; the preset says what is asked of addresses.
///
/// # Errors
/// Every address without a preset.
pub(crate) fn parse(history: &[String], preset: Option<Preset>) -> Result<Vec<Source>, Faults> {
    let (mut sources, mut faults) = (Vec::new(), Faults::default());
    for source in history {
        match Source::parse(source, preset.filter(|_| is_address(source))) {
            Ok(source) => sources.push(source),
            Err(more) => faults.0.extend(more.0),
        }
    }
    faults.into_result(sources)
}

/// Reads history and keeps the newest `window` of every series; what looks odd is said in the second.
///
/// # Errors
/// Those of [`colocate_history::load`].
pub(crate) async fn read(
    sources: &[Source],
    options: &Options,
    window: Duration,
) -> Result<(History, Vec<String>), colocate_history::Error> {
    let loaded = colocate_history::load(sources, options).await?;
    let warnings = loaded.warnings.iter().map(ToString::to_string).collect();
    let step_s = loaded.history.series.first().map_or(1, |named| named.series.step_s);
    let most = (window.as_secs() / u64::from(step_s)).max(1) as usize;
    let newest = |named: NamedSeries| NamedSeries { series: named.series.newest(most), ..named };
    Ok((History { series: loaded.history.series.into_iter().map(newest).collect() }, warnings))
}

/// A cluster with its latency, its traffic and its policy.
///
/// # Errors
/// Every fault of all files.
pub(crate) fn cluster(cluster: &Path, [latency, traffic, policy]: [Option<&Path>; 3]) -> Result<Job, Faults> {
    let mut inputs = Inputs::new(cluster);
    inputs.latency = latency.map(Into::into);
    inputs.traffic = traffic.map(Into::into);
    inputs.policy = policy.map(Into::into);
    input::job(load(&inputs)?)
}

/// How many steps cover the horizon, which the option `name` says.
///
/// # Errors
/// None, or more than [`MOST_STEPS`].
pub(crate) fn steps(name: &str, horizon: Duration, history: &History) -> Result<usize, Failure> {
    let step_s = history.series.first().map_or(1, |named| named.series.step_s);
    let steps = horizon.as_secs().div_ceil(u64::from(step_s));
    match usize::try_from(steps) {
        Ok(steps @ 1..=MOST_STEPS) => Ok(steps),
        _ => Err(Failure::Usage(format!("{name} is {steps} steps of {step_s} s; ask for 1 to {MOST_STEPS}"))),
    }
}

/// The quantiles, rising, each once.
pub(crate) fn rising(quantiles: &[f64]) -> Vec<f64> {
    let mut quantiles = quantiles.to_vec();
    quantiles.sort_by(f64::total_cmp);
    quantiles.dedup();
    quantiles
}
